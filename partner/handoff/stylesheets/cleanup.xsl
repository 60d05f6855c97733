<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders handoff.xml to cleanup.ps1, for the customer's Graph administrator. Values of a list are in
     single quotes, with their own quotes doubled. PowerShell also accepts typographic quotes as quotes, and
     older versions read a script byte by byte. So the script contains only printable ASCII, and leaves
     devices with other serial numbers to people. It does the steps that the document gives its devices: a
     document without Autopilot steps, such as a letter, gives a script that works in Intune only.
     Syntax and .NET calls are those of Windows PowerShell 5.1 (tests/powershell/grammar.ps1). -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:variable name="quote">'</xsl:variable>
<xsl:variable name="ascii"><xsl:text> !"#$%&amp;'()*+,-./0123456789:;&lt;=&gt;?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~</xsl:text></xsl:variable>

<xsl:template name="quoted">
  <xsl:param name="text"/>
  <xsl:variable name="strange" select="translate($text, $ascii, '')"/>
  <xsl:variable name="marks" select="str:padding(string-length($strange), '?')"/>
  <xsl:value-of select="concat($quote, str:replace(translate($text, $strange, $marks), string($quote), concat($quote, $quote)), $quote)"/>
</xsl:template>

<!-- The receipt repeats the key of the customer, so it must not change. Only unpilot can encode it. -->
<xsl:template name="exact">
  <xsl:param name="text"/>
  <xsl:choose>
    <xsl:when test="translate($text, $ascii, '') != '' and function-available('u:ascii')">
      <xsl:value-of select="concat('[regex]::Unescape(', $quote, u:ascii(string($text)), $quote, ')')"/></xsl:when>
    <xsl:when test="translate($text, $ascii, '') = '' and not(contains($text, $quote))"><xsl:value-of select="concat($quote, $text, $quote)"/></xsl:when>
    <xsl:otherwise><xsl:call-template name="quoted"><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<!-- steps: those that a script can do -->
<xsl:template match="device">
  <xsl:param name="steps"/>
  <xsl:if test="@serial != '' and string-length(@serial) &lt;= 200 and translate(@serial, $ascii, '') = ''">
    <xsl:value-of select="concat('    [pscustomobject]@{ Id = ', $quote, @id, $quote, '; Serial = ')"/>
    <xsl:call-template name="quoted"><xsl:with-param name="text" select="@serial"/></xsl:call-template>
    <xsl:value-of select="concat('; Steps = ', $quote, $steps, $quote, ' }&#10;')"/>
  </xsl:if>
</xsl:template>

<!-- The same rows as u:rows, for other XSLT processors. -->
<xsl:template match="group" mode="rows">
  <xsl:apply-templates select="device">
    <xsl:with-param name="steps">
      <xsl:for-each select="steps/step[contains(' I0 I1 I2 I3 A1 A2 A2? A4 ', concat(' ', @ref, ' '))][not(@ref = preceding-sibling::step/@ref)]">
        <xsl:if test="position() > 1"><xsl:text> </xsl:text></xsl:if>
        <xsl:value-of select="@ref"/>
      </xsl:for-each>
    </xsl:with-param>
  </xsl:apply-templates>
</xsl:template>

<xsl:template match="group">
  <u:rows><xsl:fallback><xsl:apply-templates select="." mode="rows"/></xsl:fallback></u:rows>
</xsl:template>

<xsl:template match="/handoff">
<xsl:variable name="done" select="groups/group[steps/step]"/>
<xsl:text><![CDATA[#Requires -Version 5.1
<#
.SYNOPSIS
Looks up the devices of this pack in Intune and Windows Autopilot. With -Execute it also deletes them there.

.DESCRIPTION
Without -Execute the script only reads. With -Execute it follows the order of the page in the same folder: it
looks whether recovery keys exist, deletes from Intune, checks, synchronises, deregisters in Windows
Autopilot, and waits until the lists are clean. It asks before each kind of deletion.

It deletes a record only where exactly one has exactly this serial number. It deletes an Autopilot record only
where the Intune list does not show the device. It never touches a device object in Microsoft Entra ID or in
AD DS, and it wipes nothing. A device that fails does not stop the others.

At the end it writes a receipt. Send the receipt to your partner: it says which steps are done.
You can stop the script at any time and run it again: it goes on where it stopped.

BEFORE THE FIRST RUN
The file came by mail or download, so Windows marks it, and the policy RemoteSigned refuses it. Check that it
is the file of the pack, then take the mark away:
    Get-FileHash .\cleanup.ps1 -Algorithm SHA256    # must be the value for cleanup.ps1 in manifest.sha256
    Unblock-File .\cleanup.ps1
It needs the module Microsoft.Graph.Authentication and the Entra role Intune Administrator:
    Install-Module Microsoft.Graph.Authentication -Scope CurrentUser
Somebody with the role Global, Cloud Application or Privileged Role Administrator has to consent once to the
permissions that it asks for.

.PARAMETER Execute
Deletes. Without it, and with -WhatIf, the script only reads.

.PARAMETER TenantId
The tenant of the devices, as a GUID. The script ends with 2 when the session belongs to another tenant.
Without it the script asks whether the tenant is right, before it reads anything.

.PARAMETER WithoutKeys
Deletes also devices for which no BitLocker recovery key is found in Entra ID. Deleting can destroy keys.

.PARAMETER ApprovalReason
The reason that a second administrator sees where Multi Admin Approval protects deletions. Run the script
again with the same -LogPath after the approval: it repeats the requests with their approval codes.

.PARAMETER LogPath
The log, one JSON object a line: each deletion and its answer, and approval codes. The script reads it at the
start to know what was done before. Use one file for all packs of one tenant, so that they share the daily limit.
The default is cleanup-CUSTOMER-RUN.log in the current folder.

.PARAMETER ReceiptPath
The receipt. The default is receipt-CUSTOMER-RUN.json in the current folder.

.PARAMETER UseDeviceCode
Signs in with a code on another device.

.EXAMPLE
.\cleanup.ps1
Only looks, and writes a receipt of what is gone already.

.EXAMPLE
.\cleanup.ps1 -Execute -WhatIf
Says what would be deleted, also with regard to recovery keys.

.EXAMPLE
.\cleanup.ps1 -Execute -TenantId aaaabbbb-cccc-dddd-eeee-ffff00001111
Asks before each kind of deletion.

.EXAMPLE
.\cleanup.ps1 -Execute -TenantId aaaabbbb-cccc-dddd-eeee-ffff00001111 -Confirm:$false
Asks nothing.

.EXAMPLE
.\cleanup.ps1 -Execute -ApprovalReason 'Devices returned for repair'
Asks for the approval of a second administrator where a policy demands it.

.NOTES
Ends with 0: everything in its reach is gone. 1: something is left, unclear, refused, or waits for an
approval. 2: wrong tenant, missing module or rights, wrong use; nothing was deleted.
The script itself checks
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }
because PowerShell would end with 1, as if devices were left.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [switch]$Execute,
    [string]$TenantId = '',
    [switch]$WithoutKeys,
    [string]$ApprovalReason = '',
    [string]$LogPath = '',
    [string]$ReceiptPath = '',
    [switch]$UseDeviceCode
)

if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Host 'Nothing was read or deleted: this PowerShell runs in Constrained Language Mode, in which the script cannot compare serial numbers exactly. Use a computer without that restriction, or follow index.html by hand.'
    exit 2
}
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

]]></xsl:text>
<xsl:text>$Customer = </xsl:text>
<xsl:call-template name="exact"><xsl:with-param name="text" select="@customer"/></xsl:call-template>
<xsl:text>&#10;$Run = </xsl:text>
<u:once key="@run"><xsl:fallback><xsl:call-template name="exact"><xsl:with-param name="text" select="@run"/></xsl:call-template></xsl:fallback></u:once>
<xsl:value-of select="concat('&#10;$ByHand = ', sum($done/listed/@count) - sum($done/listed/@scriptable) + sum($done/unlisted/@count), '&#10;$Devices = @(&#10;')"/>
<xsl:apply-templates select="$done"/>
<xsl:text><![CDATA[)

$DailyLimit = 1000                            # Intune deletes a tenant has each day, by portal and scripts together
$IntunePauses = 10, 20, 30, 60, 60, 120       # seconds between two looks at the Intune list
$AutopilotPauses = 15, 30, 60, 120, 180, 195  # the same for Windows Autopilot: ten minutes
$RetryPauses = 5, 15                          # after a failed look at a list
$IntunePause = 100                            # milliseconds after a write: Graph takes 200 in 20 seconds
$AutopilotPause = 200                         # the same for Windows Autopilot: 100 in 20 seconds
$Origin = 'https://graph.microsoft.com/'
$ManagedUri = $Origin + 'v1.0/deviceManagement/managedDevices'
$AutopilotUri = $Origin + 'v1.0/deviceManagement/windowsAutopilotDeviceIdentities'
$KeyUri = $Origin + 'v1.0/informationProtection/bitlocker/recoveryKeys'
$SyncUri = $Origin + 'beta/deviceManagement/windowsAutopilotSettings/sync'
$ListUri = @{ Intune = $ManagedUri; Autopilot = $AutopilotUri }
$ListName = @{ Intune = 'Intune'; Autopilot = 'Windows Autopilot' }
$Utf8 = New-Object System.Text.UTF8Encoding $false
$Culture = [System.Globalization.CultureInfo]::InvariantCulture

# ---- small tools ----

function Stop-Script([int]$Code, [string]$Message) {
    Write-Host $Message
    exit $Code
}

function Format-Time([DateTime]$Time) {
    return $Time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", $Culture)
}

function Get-Now {
    return Format-Time ([DateTime]::UtcNow)
}

# The property of an object that may lack it.
function Get-Field($Object, [string]$Name) {
    if ($null -eq $Object) { return $null }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return $property.Value
}

function Test-Same([string]$One, [string]$Other) {
    return [string]::Equals($One, $Other, [StringComparison]::Ordinal)
}

# A dictionary that tells "a" from "A".
function New-Table {
    return , (New-Object 'System.Collections.Generic.Dictionary[string,object]' ([StringComparer]::Ordinal))
}

# Serial numbers with the same key look alike: they differ in case, blanks or invisible characters at most.
function Get-Key([string]$Serial) {
    return [regex]::Replace($Serial, '[\s\p{C}]', '').ToUpperInvariant()
}

function Get-FileName([string]$Start, [string]$End) {
    return $Start + [regex]::Replace($Customer, '[^A-Za-z0-9._-]', '_') + '-' + $Run + $End
}

# ---- the log ----

function Write-Log([System.Collections.IDictionary]$Entry) {
    $line = [ordered]@{ at = Get-Now; tenant = $Tenant; run = $Run; customer = $Customer }
    foreach ($name in $Entry.Keys) { $line[$name] = $Entry[$name] }
    [System.IO.File]::AppendAllText($Log, (ConvertTo-Json $line -Compress) + "`n", $Utf8)
}

# PowerShell 7 reads a time in JSON as a date, Windows PowerShell as text.
function Get-Instant($Value) {
    if ($Value -is [DateTime]) { return $Value.ToUniversalTime() }
    $style = [System.Globalization.DateTimeStyles]::AdjustToUniversal -bor [System.Globalization.DateTimeStyles]::AssumeUniversal
    return [DateTime]::Parse([string]$Value, $Culture, $style)
}

# Deletions of other packs of the tenant count for the daily limit only.
function Add-Deletion([string]$List, [string]$Serial, [string]$Id, [DateTime]$At, [bool]$Own) {
    if ($Own) { $History[$List + '|' + $Serial] = [pscustomobject]@{ Id = $Id; At = Format-Time $At } }
    if ($List -ceq 'Intune' -and $At -gt [DateTime]::UtcNow.AddDays(-1)) { $Today[$Id] = $true }
}

function Remove-Deletion([string]$List, [string]$Serial, [string]$Id) {
    [void]$History.Remove($List + '|' + $Serial)
    [void]$Today.Remove($Id)
}

function Use-LogLine($Entry) {
    $list = [string](Get-Field $Entry 'list')
    $serial = [string](Get-Field $Entry 'serial')
    $id = [string](Get-Field $Entry 'id')
    $request = [string](Get-Field $Entry 'request')
    $own = (Test-Same ([string](Get-Field $Entry 'run')) $Run) -and (Test-Same ([string](Get-Field $Entry 'customer')) $Customer)
    switch ([string](Get-Field $Entry 'event')) {
        'deleting' { Add-Deletion $list $serial $id (Get-Instant (Get-Field $Entry 'at')) $own }
        'refused' { Remove-Deletion $list $serial $id }
        'key' { if ($own) { $Keys[$serial] = $true } }
        'approval' { $Approvals[$request] = [pscustomobject]@{ Code = [string](Get-Field $Entry 'code'); Reason = [string](Get-Field $Entry 'reason') } }
        'approval-dropped' { [void]$Approvals.Remove($request) }
    }
}

# Skips a line that a killed run left half written.
function Read-Log {
    if (-not [System.IO.File]::Exists($Log)) { return }
    foreach ($text in [System.IO.File]::ReadAllLines($Log)) {
        $entry = $null
        try { $entry = ConvertFrom-Json $text } catch { Write-Verbose ('The log has a line that is not JSON: {0}' -f $text) }
        if ($null -ne $entry -and [string](Get-Field $entry 'tenant') -eq $Tenant) { Use-LogLine $entry }
    }
    # ends the half line, so that it does not swallow the next one
    [System.IO.File]::AppendAllText($Log, "`n", $Utf8)
}

# ---- Graph ----

function Get-ErrorText([int]$Status, $Body) {
    $fault = Get-Field $Body 'error'
    $text = [string](Get-Field $fault 'code') + ' ' + [string](Get-Field $fault 'message')
    if ($Body -is [string]) { $text = $Body }
    $text = [regex]::Replace($text, '[\s\p{C}]+', ' ').Trim()
    if ($text.Length -gt 300) { $text = $text.Substring(0, 300) }
    return ('status {0} {1}' -f $Status, $text).Trim()
}

# Sends one request. Status 0: there was no answer. The module itself repeats it after 429 and 503.
function Invoke-Graph([string]$Method, [string]$Uri, [System.Collections.IDictionary]$Headers) {
    $GraphStatus = 0
    $GraphHeaders = $null
    $body = $null
    $call = @{ Method = $Method; Uri = $Uri; OutputType = 'PSObject'; SkipHttpErrorCheck = $true
        StatusCodeVariable = 'GraphStatus'; ResponseHeadersVariable = 'GraphHeaders' }
    if ($null -ne $Headers -and $Headers.Count -gt 0) { $call.Headers = $Headers }
    if ($Method -ceq 'POST') { $call.Body = '{}'; $call.ContentType = 'application/json' } # the module refuses a POST without a body
    try {
        $body = Invoke-MgGraphRequest @call
    } catch {
        $response = Get-Field $_.Exception 'Response'
        $GraphStatus = 0
        if ($null -ne $response) { $GraphStatus = [int]$response.StatusCode }
        return [pscustomobject]@{ Status = $GraphStatus; Body = $null; Text = 'no answer: ' + $_.Exception.Message; Code = '' }
    }
    $code = ''
    if ($null -ne $GraphHeaders -and $GraphHeaders.ContainsKey('x-msft-approval-code')) { $code = [string]@($GraphHeaders['x-msft-approval-code'])[0] }
    return [pscustomobject]@{ Status = $GraphStatus; Body = $body; Text = (Get-ErrorText $GraphStatus $body); Code = $code }
}

# One page. A look that fails is repeated, except where rights are missing.
function Get-Page([string]$Uri) {
    foreach ($pause in (@($RetryPauses) + 0)) {
        $answer = Invoke-Graph 'GET' $Uri $null
        if ($answer.Status -eq 200 -and $null -ne $answer.Body -and $null -ne $answer.Body.PSObject.Properties['value']) { return $answer.Body }
        if ($answer.Status -eq 401 -or $answer.Status -eq 403) { break }
        if ($pause -gt 0) { Start-Sleep -Seconds $pause }
    }
    if ($answer.Status -eq 200) { $answer.Text = 'the answer is not a list' }
    throw ('{0}: {1}' -f $Uri, $answer.Text)
}

# All records or an error, never some of them: a record that is missing would look like one that is gone.
function Get-Records([string]$Uri) {
    $seen = New-Table
    while ($Uri -cne '') {
        if ($seen.ContainsKey($Uri)) { throw ('{0}: the list does not end' -f $Uri) }
        if (-not $Uri.StartsWith($Origin, [StringComparison]::OrdinalIgnoreCase)) { throw ('{0}: this is not Microsoft Graph' -f $Uri) }
        $seen[$Uri] = $true
        $page = Get-Page $Uri
        $page.value
        $Uri = [string](Get-Field $page '@odata.nextLink')
    }
}

# ---- devices ----

# One item a serial number, however often the list names it.
function New-Items {
    $table = New-Table
    foreach ($device in $Devices) {
        if (-not $table.ContainsKey($device.Serial)) {
            $table[$device.Serial] = [pscustomobject]@{ Serial = $device.Serial; Rows = @(); Steps = @(); Note = ''; Stopped = $false; Asked = $false
                Intune = 'unknown'; Autopilot = 'unknown'; IntuneRecord = $null; AutopilotRecord = $null }
            $table[$device.Serial]
        }
        $table[$device.Serial].Rows += $device
        $table[$device.Serial].Steps += $device.Steps.Split(' ')
    }
}

function Test-Step($Item, [string[]]$Steps) {
    foreach ($step in $Steps) { if ($Item.Steps -ccontains $step) { return $true } }
    return $false
}

function Test-IntuneDelete($Item) {
    return $Item.Intune -ceq 'found' -and (Test-Step $Item 'I1', 'I2')
}

function Test-AutopilotDelete($Item) {
    return $Item.Autopilot -ceq 'found' -and (Test-Step $Item 'A2', 'A2?', 'A4')
}

# Near: the records that look alike, $null for none.
function Set-State($Item, [string]$List, $Near) {
    $Item.($List + 'Record') = $null
    if ($null -eq $Near) {
        $Item.$List = 'gone'
    } elseif ($Near.Count -eq 1 -and (Test-Same ([string]$Near[0].serialNumber) $Item.Serial)) {
        $Item.$List = 'found'
        $Item.($List + 'Record') = $Near[0]
    } else {
        $Item.$List = 'unclear'
    }
}

# Reads a whole list once, and gives each device its state: found, gone or unclear.
function Update-List([string]$List, [object[]]$All) {
    $uri = $ListUri[$List]
    if ($List -ceq 'Intune') { $uri += '?$select=id,deviceName,serialNumber,azureADDeviceId' }
    $index = New-Table
    foreach ($record in (Get-Records $uri)) {
        $key = Get-Key ([string](Get-Field $record 'serialNumber'))
        if (-not $index.ContainsKey($key)) { $index[$key] = New-Object System.Collections.ArrayList }
        [void]$index[$key].Add($record)
    }
    foreach ($item in $All) {
        $near = $null
        $key = Get-Key $item.Serial
        if ($index.ContainsKey($key)) { $near = $index[$key] }
        Set-State $item $List $near
    }
}

function Get-Word($Item, [string]$List) {
    switch ($Item.$List) {
        'found' { return 'shows it (' + $Item.($List + 'Record').id + ')' }
        'unclear' { return 'has several records like it, or one that is not exactly like it: please look yourself' }
        'gone' { return 'does not show it' }
        default { return 'could not be read' }
    }
}

function Write-State([object[]]$All) {
    foreach ($item in $All) {
        Write-Host ('{0}: {1}' -f $item.Serial, (@($Lists | ForEach-Object { $ListName[$_] + ' ' + (Get-Word $item $_) }) -join ', '))
    }
}

# Looks first, then waits. A look that fails leaves the states as they were.
function Wait-Gone([string]$List, [object[]]$Items, [int[]]$Pauses) {
    foreach ($pause in ($Pauses + 0)) {
        try { Update-List $List $Items } catch { Write-Warning ('The {0} list could not be read: {1}' -f $ListName[$List], $_.Exception.Message) }
        $left = @($Items | Where-Object { $_.$List -cne 'gone' })
        if ($left.Count -eq 0 -or $pause -eq 0) { return }
        Write-Host ('{0} of {1} devices are still in the {2} list; the next look is in {3} seconds.' -f $left.Count, $Items.Count, $ListName[$List], $pause)
        Start-Sleep -Seconds $pause
    }
}

# ---- deleting ----

# Whether a BitLocker recovery key exists; the key itself is never read.
function Test-RecoveryKey($Item) {
    if ($Keys.ContainsKey($Item.Serial)) { return $true }
    $id = [string](Get-Field $Item.IntuneRecord 'azureADDeviceId')
    if ($id -notmatch '[1-9a-f]') { $id = [string](Get-Field $Item.AutopilotRecord 'azureActiveDirectoryDeviceId') }
    if ($id -notmatch '^[0-9a-f-]{36}$' -or $id -notmatch '[1-9a-f]') { return $false }
    $found = @(Get-Records ($KeyUri + '?$filter=deviceId eq ''' + $id.ToLowerInvariant() + ''''))
    if ($found.Count -eq 0) { return $false }
    $Keys[$Item.Serial] = $true
    Write-Log @{ event = 'key'; serial = $Item.Serial }
    return $true
}

# Stops the devices without a key.
function Stop-WithoutKey([object[]]$Items) {
    if ($WithoutKeys) { return }
    foreach ($item in $Items) {
        try {
            if (-not (Test-RecoveryKey $item)) { $item.Note = 'no recovery key was found in Entra ID; save what there is, then use -WithoutKeys' }
        } catch {
            $item.Note = 'could not look for a recovery key: ' + $_.Exception.Message
        }
        $item.Stopped = $item.Note -cne ''
    }
    $stopped = @($Items | Where-Object { $_.Stopped }).Count
    Write-Host ('Recovery keys: {0} of {1} devices have one.' -f ($Items.Count - $stopped), $Items.Count)
    if ($stopped -gt 0) { Write-Host 'The others are not deleted.' }
}

function Get-Reason([string]$Request) {
    if ($Approvals.ContainsKey($Request)) { return $Approvals[$Request].Reason }
    return $ApprovalReason
}

function Get-Headers([string]$Request) {
    $headers = @{}
    $reason = Get-Reason $Request
    if ($Approvals.ContainsKey($Request)) { $headers['x-msft-approval-code'] = $Approvals[$Request].Code }
    if ($reason -cne '') { $headers['x-msft-approval-justification'] = [Convert]::ToBase64String($Utf8.GetBytes($reason)) }
    return $headers
}

function Test-GoneAnswer($Answer) {
    return $Answer.Status -eq 404 -or ($Answer.Status -eq 400 -and $Answer.Text -match 'ztd Id|ZtdDeviceAlreadyDeleted|ZtdDeviceDeletionInProgr?ess')
}

function Save-Approval([string]$Request, $Answer) {
    if ($Answer.Code -ceq '') { return }
    $reason = Get-Reason $Request
    $Approvals[$Request] = [pscustomobject]@{ Code = $Answer.Code; Reason = $reason }
    Write-Log @{ event = 'approval'; request = $Request; code = $Answer.Code; reason = $reason }
}

# A code that Graph does not accept is not sent again.
function Remove-Approval([string]$Request) {
    if (-not $Approvals.ContainsKey($Request)) { return }
    [void]$Approvals.Remove($Request)
    Write-Log @{ event = 'approval-dropped'; request = $Request }
}

# Notes why a record was not deleted.
function Set-Refusal($Item, [string]$List, [string]$Request, $Answer) {
    if ($Answer.Status -eq 412) {
        Save-Approval $Request $Answer
        $Item.Note = 'waits for the approval of a second administrator; then run the script again with -LogPath ' + $Log
        return
    }
    $Item.Note = '{0} did not delete it: {1}' -f $ListName[$List], $Answer.Text
    if ($Answer.Status -eq 400) { Remove-Approval $Request }
    # what a 400 for want of a reason says is not documented
    if ($Answer.Status -eq 400 -and $List -ceq 'Intune' -and (Get-Reason $Request) -ceq '') {
        $Item.Note += '. If the tenant has Multi Admin Approval: use -ApprovalReason'
    }
}

# Deletes one record. The log knows of it before Graph does, so that a killed run is not forgotten.
function Remove-Record($Item, [string]$List) {
    $id = [string]$Item.($List + 'Record').id
    $uri = $ListUri[$List] + '/' + [uri]::EscapeDataString($id)
    $request = 'DELETE ' + $uri
    $what = @{ list = $List; serial = $Item.Serial; id = $id }
    Write-Log ($what + @{ event = 'deleting' })
    Add-Deletion $List $Item.Serial $id ([DateTime]::UtcNow) $true
    $answer = Invoke-Graph 'DELETE' $uri (Get-Headers $request)
    $good = $answer.Status -eq 200 -or $answer.Status -eq 204 -or (Test-GoneAnswer $answer)
    $Item.Asked = $good -or $answer.Status -eq 0 -or $answer.Status -ge 500 # it may have worked
    if ($good) {
        Write-Log ($what + @{ event = 'deleted'; status = $answer.Status })
        return
    }
    if (-not $Item.Asked) {
        Remove-Deletion $List $Item.Serial $id
        Write-Log ($what + @{ event = 'refused'; status = $answer.Status; text = $answer.Text })
    }
    Set-Refusal $Item $List $request $answer
    Write-Warning ('{0}: {1}' -f $Item.Serial, $Item.Note)
}

# A user who stays assigned does not prevent the deletion.
function Remove-User($Item) {
    if ([string](Get-Field $Item.AutopilotRecord 'userPrincipalName') -ceq '') { return }
    $uri = $AutopilotUri + '/' + [uri]::EscapeDataString([string]$Item.AutopilotRecord.id) + '/unassignUserFromDevice'
    $answer = Invoke-Graph 'POST' $uri $null
    if ($answer.Status -lt 200 -or $answer.Status -gt 299) { Write-Warning ('{0}: the user stays assigned: {1}' -f $Item.Serial, $answer.Text) }
    Start-Sleep -Milliseconds $AutopilotPause
}

# Returns the devices that Graph accepted, or that it may have deleted.
function Remove-Records([object[]]$Items, [string]$List, [int]$Pause) {
    $number = 0
    foreach ($item in $Items) {
        $number++
        $item.Asked = $false
        try {
            if ($List -ceq 'Autopilot') { Remove-User $item }
            Remove-Record $item $List
        } catch {
            $item.Note = 'failed: ' + $_.Exception.Message
            Write-Warning ('{0}: {1}' -f $item.Serial, $item.Note)
        }
        if ($number % 100 -eq 0) { Write-Host ('{0} of {1} devices' -f $number, $Items.Count) }
        if ($item.Asked) { $item }
        Start-Sleep -Milliseconds $Pause
    }
}

# The question before each kind of deletion. With -WhatIf PowerShell prints it instead of asking.
function Confirm-Deletion([object[]]$Items, [string]$What, [string]$Why) {
    $yes = $false
    try {
        $yes = $Cmdlet.ShouldProcess($What, $What + '? ' + $Why, 'Tenant ' + $Tenant)
    } catch {
        Write-Warning ('Nobody can be asked; use -Confirm:$false with -TenantId. {0}' -f $_.Exception.Message)
    }
    if (-not $yes) { foreach ($item in $Items) { $item.Note = 'was not confirmed' } }
    return $yes
}

# The devices that the daily limit leaves for today.
function Select-Today([object[]]$Items) {
    $room = [Math]::Max(0, $DailyLimit - $Today.Count)
    if ($Items.Count -le $room) { return $Items }
    Write-Warning ('Intune takes {0} deletions a tenant and day; the log has {1} since this time yesterday. Today {2} of {3} devices; run the script again tomorrow.' -f $DailyLimit, $Today.Count, $room, $Items.Count)
    foreach ($item in @($Items | Select-Object -Skip $room)) { $item.Note = 'waits for tomorrow: the daily limit of the tenant' }
    return @($Items | Select-Object -First $room)
}

function Remove-FromIntune([object[]]$All) {
    $todo = @($All | Where-Object { -not $_.Stopped -and (Test-IntuneDelete $_) })
    if ($todo.Count -gt 0) { $todo = @(Select-Today $todo) }
    if ($todo.Count -eq 0) { return }
    $what = 'Delete {0} devices from Intune' -f $todo.Count
    if (-not (Confirm-Deletion $todo $what 'The steps before it are for hands: keys saved, firmware unlocked, wipes finished.')) { return }
    $asked = @(Remove-Records $todo 'Intune' $IntunePause)
    if ($asked.Count -gt 0) { Wait-Gone 'Intune' $asked $IntunePauses }
}

function Start-Sync {
    $answer = Invoke-Graph 'POST' $SyncUri $null
    switch ($answer.Status) {
        204 { Write-Host 'Windows Autopilot: a sync has started.' }
        409 { Write-Host 'Windows Autopilot: a sync is running already.' }
        429 { Write-Host 'Windows Autopilot: the last sync was less than 10 minutes ago.' }
        default { Write-Warning ('Windows Autopilot did not start a sync: {0}' -f $answer.Text) }
    }
}

# Intune comes first: a device that it shows, or may show, keeps its Autopilot record.
function Get-Deregistrable([object[]]$All) {
    foreach ($item in $All) {
        if ($item.Stopped -or -not (Test-AutopilotDelete $item)) { continue }
        if ($item.Intune -ceq 'gone' -or ($ReadOnly -and (Test-IntuneDelete $item))) { $item; continue }
        if ($item.Note -ceq '') { $item.Note = 'its Autopilot record stays as long as Intune shows it' }
    }
}

function Remove-FromAutopilot([object[]]$All) {
    $wait = @(Get-Deregistrable $All | Where-Object { -not (Test-Step $_ 'A2') })
    if ($wait.Count -gt 0 -and -not $ReadOnly) {
        Start-Sync
        Wait-Gone 'Autopilot' $wait $AutopilotPauses
    }
    $todo = @(Get-Deregistrable $All)
    if ($todo.Count -eq 0) { return }
    $what = 'Deregister {0} devices in Windows Autopilot' -f $todo.Count
    if (-not (Confirm-Deletion $todo $what 'Intune does not show them.')) { return }
    $asked = @(Remove-Records $todo 'Autopilot' $AutopilotPause)
    if ($asked.Count -eq 0) { return }
    Start-Sync
    Wait-Gone 'Autopilot' $asked $AutopilotPauses
}

# ---- the receipt ----

# done: this script deleted it. gone: not found. not-applicable: a step only for devices that still show.
function Get-Answer($Item, [string]$Step) {
    $list = if ($Step.StartsWith('I')) { 'Intune' } else { 'Autopilot' }
    $place = $list + '|' + $Item.Serial
    if ($Item.$list -cne 'gone') {
        return [pscustomobject]@{ State = 'left'; At = Get-Now; Record = [string](Get-Field $Item.($list + 'Record') 'id') }
    }
    $state = 'gone'
    if ('A2?', 'A4' -ccontains $Step) { $state = 'not-applicable' }
    if ('I0', 'I3', 'A1' -cnotcontains $Step -and $History.ContainsKey($place)) {
        return [pscustomobject]@{ State = 'done'; At = $History[$place].At; Record = $History[$place].Id }
    }
    return [pscustomobject]@{ State = $state; At = Get-Now; Record = '' }
}

function Write-Receipt([object[]]$All, [string]$Account) {
    $done = New-Object System.Collections.ArrayList
    foreach ($item in $All) {
        foreach ($row in $item.Rows) {
            foreach ($step in $row.Steps.Split(' ')) {
                $answer = Get-Answer $item $step
                $entry = [ordered]@{ device = $row.Id; step = $step; at = $answer.At; state = $answer.State }
                if ($answer.Record -cne '') { $entry.record = $answer.Record }
                [void]$done.Add($entry)
            }
        }
    }
    $by = [regex]::Replace($Account, '\p{C}', '')
    if ($by -ceq '') { $by = 'cleanup.ps1' }
    if ($by.Length -gt 60) { $by = $by.Substring(0, 60) }
    $receipt = [ordered]@{ schema = 'unpilot-receipt/2'; run = $Run; customer = $Customer; by = $by
        generated = Get-Now; source = 'script'; done = $done.ToArray() }
    [System.IO.File]::WriteAllText($ReceiptFile, (ConvertTo-Json $receipt -Depth 5 -Compress) + "`n", $Utf8)
    Write-Host ('Receipt: {0}. Please send it to your partner.' -f $ReceiptFile)
}

# ---- the run ----

function Test-Use {
    $guid = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    if ($TenantId -cne '' -and $TenantId -notmatch $guid) { Stop-Script 2 'Nothing was read: -TenantId is not a GUID.' }
    if ($Silent -and $TenantId -ceq '') { Stop-Script 2 'Nothing was read: -Confirm:$false needs -TenantId, because nobody is asked whether the tenant is right.' }
    $module = @(Get-Module -ListAvailable -Name Microsoft.Graph.Authentication | Where-Object { $_.Version -ge [version]'2.0.0' })
    if ($module.Count -eq 0) { Stop-Script 2 'Nothing was read: the module Microsoft.Graph.Authentication 2.0.0 or newer is missing. Install-Module Microsoft.Graph.Authentication -Scope CurrentUser' }
    Import-Module Microsoft.Graph.Authentication -MinimumVersion 2.0.0
}

function Get-Scopes {
    $verb = if ($ReadOnly) { 'Read' } else { 'ReadWrite' }
    'DeviceManagementManagedDevices.{0}.All' -f $verb
    if ($HasAutopilot) { 'DeviceManagementServiceConfig.{0}.All' -f $verb }
    if ($Execute -and -not $WithoutKeys) { 'BitlockerKey.ReadBasic.All' }
}

function Connect-Tenant {
    $scopes = @(Get-Scopes)
    $how = @{ Scopes = $scopes; NoWelcome = $true; ContextScope = 'Process' }
    if ($TenantId -cne '') { $how.TenantId = $TenantId }
    if ($UseDeviceCode) { $how.UseDeviceCode = $true }
    try { Connect-MgGraph @how } catch { Stop-Script 2 ('Nothing was read: cannot sign in: {0}' -f $_.Exception.Message) }
    $context = Get-MgContext
    if ($null -eq $context) { Stop-Script 2 'Nothing was read: there is no session with Microsoft Graph.' }
    $granted = @(Get-Field $context 'Scopes')
    $missing = @($scopes | Where-Object { -not ($granted -contains $_ -or $granted -contains $_.Replace('.Read.', '.ReadWrite.').Replace('.ReadBasic.', '.Read.')) })
    if ($missing.Count -gt 0) { Stop-Script 2 ('Nothing was read: the session lacks {0}. An administrator has to consent once.' -f ($missing -join ', ')) }
    return $context
}

# Comes before the first look, because a device that another tenant does not show would pass as gone.
function Confirm-Tenant($Context) {
    $signedIn = 'Signed in as {0} in tenant {1}.' -f (Get-Field $Context 'Account'), $Tenant
    Write-Host $signedIn
    if ($TenantId -cne '') {
        if ($TenantId -ne $Tenant) { Stop-Script 2 ('Nothing was read: the session belongs to another tenant than {0}.' -f $TenantId) }
        return
    }
    $yes = $false
    try {
        $yes = $Cmdlet.ShouldContinue(('Is this the tenant of the devices of {0}?' -f $Customer), $signedIn)
    } catch {
        Stop-Script 2 ('Nothing was read: nobody can be asked whether the tenant is right; use -TenantId. {0}' -f $_.Exception.Message)
    }
    if (-not $yes) { Stop-Script 2 'Nothing was read: the session belongs to another tenant.' }
}

function Read-Lists([object[]]$All) {
    try {
        foreach ($list in $Lists) { Update-List $list $All }
    } catch {
        $code = if ($_.Exception.Message -match ': status 40[13]') { 2 } else { 1 }
        Stop-Script $code ('Nothing was deleted: a list could not be read: {0}' -f $_.Exception.Message)
    }
}

function Write-Plan([object[]]$All) {
    foreach ($item in $All) {
        if (Test-IntuneDelete $item) { Write-Host ('would be deleted from Intune: {0}' -f $item.Serial) }
        if (Test-AutopilotDelete $item) { Write-Host ('would be deregistered in Windows Autopilot, if it still shows: {0}' -f $item.Serial) }
    }
    Write-Host 'Nothing was changed. With -Execute the script asks before each kind of deletion.'
}

# The last look decides. A list that cannot be read proves nothing.
function Update-Lists([object[]]$All) {
    foreach ($list in $Lists) {
        try {
            Update-List $list $All
        } catch {
            Write-Warning ('The {0} list could not be read: {1}' -f $ListName[$list], $_.Exception.Message)
            foreach ($item in $All) { $item.$list = 'unknown' }
        }
    }
}

function Remove-All([object[]]$All) {
    $candidates = @($All | Where-Object { (Test-IntuneDelete $_) -or (Test-AutopilotDelete $_) })
    if ($candidates.Count -eq 0) { return }
    Stop-WithoutKey $candidates
    Remove-FromIntune $All
    if ($HasAutopilot) { Remove-FromAutopilot $All }
    if (-not $ReadOnly) { Update-Lists $All }
}

# Returns the number of devices that are gone from all lists.
function Write-End([object[]]$All) {
    $gone = 0
    foreach ($item in $All) {
        $still = @($Lists | Where-Object { $item.$_ -cne 'gone' } | ForEach-Object { $ListName[$_] + ' ' + (Get-Word $item $_) })
        if ($still.Count -eq 0) { $gone++; continue }
        $line = '{0}: {1}' -f $item.Serial, ($still -join ', ')
        if ($item.Note -cne '') { $line += '; ' + $item.Note }
        Write-Warning $line
    }
    Write-Host ('Gone from {0}: {1} of {2} devices.' -f (@($Lists | ForEach-Object { $ListName[$_] }) -join ' and '), $gone, $All.Count)
    if ($ByHand -gt 0) { Write-Host ('{0} more devices are for hands only: see index.html.' -f $ByHand) }
    return $gone
}

$Cmdlet = $PSCmdlet
$ReadOnly = -not $Execute -or $WhatIfPreference
$Silent = $PSBoundParameters.ContainsKey('Confirm') -and -not $PSBoundParameters['Confirm']
# a session that asks nothing by default is asked here all the same
if (-not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'High' }
$HasAutopilot = @($Devices | Where-Object { $_.Steps -cmatch '\bA' }).Count -gt 0
$Lists = @('Intune')
if ($HasAutopilot) { $Lists += 'Autopilot' }
$History = New-Table    # deletions for this pack, by list and serial number
$Today = New-Table      # ids that were deleted from Intune since this time yesterday
$Keys = New-Table       # serial numbers with a recovery key
$Approvals = New-Table  # codes and reasons, by request
if ($LogPath -ceq '') { $LogPath = Get-FileName 'cleanup-' '.log' }
if ($ReceiptPath -ceq '') { $ReceiptPath = Get-FileName 'receipt-' '.json' }
$Log = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($LogPath)
$ReceiptFile = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($ReceiptPath)

Test-Use
$session = Connect-Tenant
$Tenant = [string]$session.TenantId
Confirm-Tenant $session
Write-Host ('Pack {0} for {1}: {2} devices, {3} more are for hands only.' -f $Run, $Customer, $Devices.Count, $ByHand)
$devicesOnce = @(New-Items)
try {
    Read-Log
    Write-Log @{ event = 'start'; execute = (-not $ReadOnly); devices = $devicesOnce.Count }
} catch {
    Stop-Script 2 ('Nothing was read: the log {0} cannot be used: {1}' -f $Log, $_.Exception.Message)
}
Read-Lists $devicesOnce
Write-State $devicesOnce
if ($Execute) { Remove-All $devicesOnce } else { Write-Plan $devicesOnce }
$goneEverywhere = Write-End $devicesOnce
Write-Receipt $devicesOnce ([string](Get-Field $session 'Account'))
if ($goneEverywhere -lt $devicesOnce.Count) { exit 1 }
exit 0
]]></xsl:text>
</xsl:template>
</xsl:stylesheet>
