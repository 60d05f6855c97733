# grammar.ps1 FILE: fails unless the script is one that Windows PowerShell 5.1 can run: its syntax, and only those
# commands, parameters, types and methods of the lists below. All of them exist in 5.1 with .NET Framework 4.5.
param([string]$File)
$commands = @{
    'Write-Host' = @(); 'Write-Warning' = @(); 'Write-Verbose' = @(); 'Start-Sleep' = 'Seconds', 'Milliseconds'
    'New-Object' = @(); 'Where-Object' = @(); 'ForEach-Object' = @(); 'Select-Object' = 'First', 'Skip'
    'ConvertTo-Json' = 'Compress', 'Depth'; 'ConvertFrom-Json' = @(); 'Set-StrictMode' = 'Version'
    'Get-Module' = 'ListAvailable', 'Name'; 'Import-Module' = 'MinimumVersion'; 'Get-MgContext' = @()
    'Connect-MgGraph' = @(); 'Invoke-MgGraphRequest' = @() }
$types = 'string', 'int', 'int[]', 'string[]', 'object[]', 'switch', 'bool', 'void', 'uri', 'regex', 'version', 'DateTime', 'ordered', 'pscustomobject', 'Math', 'Convert',
    'StringComparison', 'StringComparer', 'System.IO.File', 'System.Collections.IDictionary', 'System.Globalization.CultureInfo',
    'System.Globalization.DateTimeStyles', 'CmdletBinding'
$objects = 'System.Text.UTF8Encoding', 'System.Collections.ArrayList', 'System.Collections.Generic.Dictionary[string,object]'
$methods = 'ToString', 'Equals', 'Replace', 'Trim', 'ToUpperInvariant', 'ToLowerInvariant', 'Substring', 'StartsWith', 'Split', 'Unescape', 'Add', 'Remove', 'ContainsKey',
    'AddDays', 'ToUniversalTime', 'Parse', 'Max', 'ToArray', 'GetBytes', 'ToBase64String', 'EscapeDataString', 'AppendAllText', 'WriteAllText', 'ReadAllLines', 'Exists',
    'ShouldProcess', 'ShouldContinue', 'GetUnresolvedProviderPathFromPSPath'
$newer = 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr', 'Clean'

$tokens = $faults = $null
$tree = [Management.Automation.Language.Parser]::ParseFile($File, [ref]$tokens, [ref]$faults)
$bad = @($faults | ForEach-Object { 'line {0}: {1}' -f $_.Extent.StartLineNumber, $_.Message })
$bad += @($tokens | Where-Object { [string]$_.Kind -in $newer } | ForEach-Object { 'line {0}: {1}' -f $_.Extent.StartLineNumber, $_.Text })
$own = @($tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object Name)

function Test-Command($Ast) {
    $name = $Ast.GetCommandName()
    if ($name -in $own) { return }
    if (-not $commands.ContainsKey([string]$name)) { return "command $name" }
    foreach ($part in $Ast.CommandElements) {
        if ($part -is [Management.Automation.Language.CommandParameterAst] -and $part.ParameterName -notin $commands[$name]) { return "$name -$($part.ParameterName)" }
    }
    if ($name -eq 'New-Object' -and $Ast.CommandElements[1].Value -notin $objects) { return "object $($Ast.CommandElements[1])" }
}

foreach ($node in $tree.FindAll({ $true }, $true)) {
    $what = switch ($node.GetType().Name) {
        'CommandAst' { Test-Command $node }
        { $_ -in 'TypeExpressionAst', 'TypeConstraintAst', 'AttributeAst' } { if ($node.TypeName.FullName -notin $types) { "type $($node.TypeName)" } }
        'InvokeMemberExpressionAst' { if ($node.Member.Value -notin $methods) { "method $($node.Member)" } }
        { $_ -in 'TernaryExpressionAst', 'PipelineChainAst' } { $_ }
    }
    if ($what) { $bad += 'line {0}: {1}' -f $node.Extent.StartLineNumber, $what }
}
$bad
if ($bad.Count -gt 0) { exit 1 }
exit 0
