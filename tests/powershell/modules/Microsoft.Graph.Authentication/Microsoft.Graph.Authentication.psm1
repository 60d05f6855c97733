# Stands in for Microsoft.Graph.Authentication 2.x in the tests of cleanup.ps1. It has the parameters that the
# script uses, and the behaviour that is documented or stands in the public source of the module: a POST
# without a body is refused; 429, 503 and 504 are repeated three times; other statuses throw unless
# -SkipHttpErrorCheck is given; status and headers come back in variables of the caller.
#
# GRAPH_URL: the practice service. GRAPH_TENANT, GRAPH_ACCOUNT, GRAPH_SCOPES ("all": whatever is asked for):
# the session. GRAPH_ARRIVALS: a file that moves to GRAPH_ARRIVE_AT during the first pause. GRAPH_CALLS: a file that gets one line for each connection and each pause. Pauses take no time.
$script:session = $null
$client = [Net.Http.HttpClient]::new()

function Write-Call([string]$Text) { if ($env:GRAPH_CALLS) { [IO.File]::AppendAllText($env:GRAPH_CALLS, $Text + "`n") } }

function Start-Sleep {
    param([double]$Seconds = 0, [int]$Milliseconds = 0)
    if ($Milliseconds -gt 0) { Write-Call "pause $Milliseconds" }
    if ($Seconds -lt 1) { return }
    Write-Call "sleep $Seconds"
    if ($env:GRAPH_ARRIVALS -and [IO.File]::Exists($env:GRAPH_ARRIVALS)) { [IO.File]::Move($env:GRAPH_ARRIVALS, $env:GRAPH_ARRIVE_AT) }
}

function Connect-MgGraph {
    [CmdletBinding()]
    param([string[]]$Scopes, [string]$TenantId, [ValidateSet('Process', 'CurrentUser')][string]$ContextScope, [switch]$UseDeviceCode, [switch]$NoWelcome)
    Write-Call "connect scope=$ContextScope device=$UseDeviceCode $($Scopes -join ' ')"
    if ($env:GRAPH_NO_LOGIN) { throw 'User canceled authentication.' }
    $granted = if ($env:GRAPH_SCOPES -eq 'all') { $Scopes } else { $env:GRAPH_SCOPES -split ' ' }
    $script:session = [pscustomobject]@{ Account = $env:GRAPH_ACCOUNT; TenantId = $env:GRAPH_TENANT; Scopes = $granted }
}

function Get-MgContext { $script:session }

function Send-Once([string]$Method, [string]$Uri, [Collections.IDictionary]$Headers, $Body) {
    $request = [Net.Http.HttpRequestMessage]::new($Method, $Uri.Replace('https://graph.microsoft.com', $env:GRAPH_URL))
    $request.Headers.Add('Authorization', 'Bearer practice')
    foreach ($name in @($Headers.Keys)) { $request.Headers.Add($name, [string]$Headers[$name]) }
    if ($null -ne $Body) { $request.Content = [Net.Http.StringContent]::new([string]$Body, [Text.Encoding]::UTF8, 'application/json') }
    $client.Send($request)
}

function Invoke-MgGraphRequest {
    [CmdletBinding()]
    param([ValidateSet('GET', 'POST', 'DELETE')][string]$Method = 'GET', [Parameter(Mandatory)][uri]$Uri, $Body, [Collections.IDictionary]$Headers = @{},
        [string]$ContentType, [string]$OutputType, [switch]$SkipHttpErrorCheck, [string]$StatusCodeVariable, [string]$ResponseHeadersVariable)
    if ($null -eq $script:session) { throw 'Authentication needed. Please call Connect-MgGraph.' }
    if ($Method -eq 'POST' -and $null -eq $Body) { throw 'The cmdlet cannot run because the -Body parameter is missing when method is POST.' }
    for ($try = 0; ; $try++) {
        $response = Send-Once $Method $Uri.OriginalString $Headers $Body
        if ($try -eq 3 -or [int]$response.StatusCode -notin 429, 503, 504) { break }
    }
    $text = $response.Content.ReadAsStringAsync().Result
    if (-not $response.IsSuccessStatusCode -and -not $SkipHttpErrorCheck) {
        throw [Net.Http.HttpRequestException]::new("Response status code does not indicate success: $([int]$response.StatusCode) ($($response.ReasonPhrase)).")
    }
    $all = [Collections.Generic.Dictionary[string, Collections.Generic.IEnumerable[string]]]::new([StringComparer]::OrdinalIgnoreCase)
    foreach ($entry in $response.Headers) { $all[$entry.Key] = $entry.Value }
    if ($StatusCodeVariable) { $PSCmdlet.SessionState.PSVariable.Set($StatusCodeVariable, [int]$response.StatusCode) }
    if ($ResponseHeadersVariable) { $PSCmdlet.SessionState.PSVariable.Set($ResponseHeadersVariable, $all) }
    if ($text) { try { $text | ConvertFrom-Json } catch { $text } }
}
