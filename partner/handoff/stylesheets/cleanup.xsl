<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders handoff.xml to cleanup.ps1, for the customer's Graph administrator. Values of a list are in
     single quotes, with their own quotes doubled. PowerShell also accepts typographic quotes as quotes, and
     older versions read a script byte by byte. So the script contains only printable ASCII, and leaves
     devices with other serial numbers to people. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:variable name="quote">'</xsl:variable>
<xsl:variable name="ascii"><xsl:text> !"#$%&amp;'()*+,-./0123456789:;&lt;=&gt;?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~</xsl:text></xsl:variable>

<xsl:template name="quoted">
  <xsl:param name="text"/>
  <xsl:variable name="plain" select="substring($text, 1, 200)"/>
  <xsl:variable name="strange" select="translate($plain, $ascii, '')"/>
  <xsl:variable name="marks" select="str:padding(string-length($strange), '?')"/>
  <xsl:value-of select="concat($quote, str:replace(translate($plain, $strange, $marks), string($quote), concat($quote, $quote)), $quote)"/>
</xsl:template>

<!-- Groups whose steps a script can do: look or delete in Intune, look or delete in Autopilot. -->
<xsl:template match="device">
  <xsl:param name="intune"/><xsl:param name="autopilot"/>
  <xsl:if test="@serial != '' and string-length(@serial) &lt;= 200 and translate(@serial, $ascii, '') = ''">
    <xsl:text>    [pscustomobject]@{ Serial = </xsl:text>
    <xsl:call-template name="quoted"><xsl:with-param name="text" select="@serial"/></xsl:call-template>
    <xsl:value-of select="concat('; Intune = ', $quote, $intune, $quote, '; Autopilot = ', $quote, $autopilot, $quote, ' }&#10;')"/>
  </xsl:if>
</xsl:template>

<!-- The same rows as u:rows, for other XSLT processors. -->
<xsl:template match="group" mode="rows">
  <xsl:variable name="ids" select="steps/step/@ref"/>
  <xsl:apply-templates select="device">
    <xsl:with-param name="intune"><xsl:choose>
      <xsl:when test="$ids = 'I1' or $ids = 'I2'">delete</xsl:when><xsl:otherwise>look</xsl:otherwise></xsl:choose></xsl:with-param>
    <xsl:with-param name="autopilot"><xsl:choose>
      <xsl:when test="$ids = 'A2'">delete</xsl:when>
      <xsl:when test="$ids = 'A2?' or $ids = 'A4'">if-left</xsl:when>
      <xsl:otherwise>look</xsl:otherwise></xsl:choose></xsl:with-param>
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
Looks up the devices of this hand-off in Intune and Windows Autopilot; with -Execute also deletes.

.DESCRIPTION
Without -Execute this script only reads. With -Execute it follows the order of index.html and asks
before each step: delete from Intune, check, sync, delete from Windows Autopilot, wait until the list
is clean. It deletes a record only where exactly one has exactly this serial number, and an Autopilot
record only where the Intune list no longer shows the device. It never touches
a device object in Microsoft Entra ID or AD DS, and it wipes nothing.
It needs the module Microsoft.Graph.Authentication and the Entra role Intune Administrator. Somebody
with the role Global, Cloud Application or Privileged Role Administrator has to consent to its
permissions once.
#>
[CmdletBinding()]
param([switch]$Execute)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Customer = ]]></xsl:text>
<xsl:call-template name="quoted"><xsl:with-param name="text" select="@customer"/></xsl:call-template>
<xsl:text>&#10;$Run = </xsl:text>
<xsl:call-template name="quoted"><xsl:with-param name="text" select="@run"/></xsl:call-template>
<xsl:value-of select="concat('&#10;$ByHand = ', sum($done/listed/@count) - sum($done/listed/@scriptable) + sum($done/unlisted/@count), '&#10;$Devices = @(&#10;')"/>
<xsl:apply-templates select="$done"/>
<xsl:text><![CDATA[)

$DailyLimit = 1000   # Intune deletes a tenant has each day, by portal, bulk action and script together
$SyncPause = 600     # seconds between two syncs; sooner is refused
$SyncRounds = 4
$IntuneRounds = 5    # minutes that the Intune list is given
$ManagedUri = 'https://graph.microsoft.com/v1.0/deviceManagement/managedDevices'
$AutopilotUri = 'https://graph.microsoft.com/v1.0/deviceManagement/windowsAutopilotDeviceIdentities'
$SyncUri = 'https://graph.microsoft.com/beta/deviceManagement/windowsAutopilotSettings/sync'

function Get-All([string]$Uri) {
    while ($Uri) {
        $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType PSObject
        $page.value
        $Uri = if ($page.PSObject.Properties['@odata.nextLink']) { $page.'@odata.nextLink' } else { $null }
    }
}

# Serial numbers with more than one record, or one that differs in case, in either list. "Not found"
# would be a lie for them: they are left to hands from then on.
$Unclear = @{}

# One record whose serial number is exactly this one; $null where there is none, or where it is not
# clear which. A filter may answer with more than was asked for.
function Select-Exact([object[]]$Records, [string]$Serial, [string]$Where) {
    $near = @($Records | Where-Object { $_ -and [string]::Equals($_.serialNumber, $Serial, [StringComparison]::OrdinalIgnoreCase) })
    $exact = @($near | Where-Object { [string]::Equals($_.serialNumber, $Serial, [StringComparison]::Ordinal) })
    if ($near.Count -eq 0) { return $null }
    if ($near.Count -gt 1 -or $exact.Count -ne 1) {
        Write-Warning ('{0}: {1} records are like it in {2}; left alone, please look yourself' -f $Serial, $near.Count, $Where)
        $script:Unclear[$Serial] = $true
        return $null
    }
    return $exact[0]
}

function Get-Word($Record, [string]$Serial) {
    if ($Unclear[$Serial]) { return 'is unclear' }
    if ($Record) { return 'shows it (' + $Record.id + ')' }
    return 'finds nothing'
}

function ConvertTo-Filter([string]$Text) {
    return [uri]::EscapeDataString($Text.Replace("'", "''"))
}

function Find-Managed([string]$Serial) {
    $uri = $ManagedUri + '?$filter=serialNumber eq ''' + (ConvertTo-Filter $Serial) + '''&$select=id,deviceName,serialNumber,azureADDeviceId'
    return Select-Exact @(Get-All $uri) $Serial 'Intune'
}

# "contains" finds parts of serial numbers and refuses hyphens: ask for the longest part, compare all.
function Find-Autopilot([string]$Serial) {
    $part = $Serial.Split('-') | Sort-Object Length -Descending | Select-Object -First 1
    $uri = $AutopilotUri + '?$filter=contains(serialNumber,''' + (ConvertTo-Filter $part) + ''')'
    return Select-Exact @(Get-All $uri) $Serial 'Windows Autopilot'
}

function Confirm-Step([string]$Question) {
    return (Read-Host ($Question + ' Type YES to go on')) -ceq 'YES'
}

function Remove-FromIntune {
    $todo = @($Found | Where-Object { $_.Managed -and $_.Device.Intune -ceq 'delete' -and -not $Unclear[$_.Device.Serial] })
    if ($todo.Count -eq 0) { return }
    if ($todo.Count -gt $DailyLimit) {
        Write-Host ('{0} devices: the first {1} today, please run this again tomorrow.' -f $todo.Count, $DailyLimit)
        $todo = $todo[0..($DailyLimit - 1)]
    }
    if (-not (Confirm-Step ('Step I1: delete {0} devices from Intune?' -f $todo.Count))) { return }
    foreach ($item in $todo) {
        Invoke-MgGraphRequest -Method DELETE -Uri ($ManagedUri + '/' + $item.Managed.id) | Out-Null
        Write-Host ('{0}: delete accepted by Intune' -f $item.Device.Serial)
        Start-Sleep -Milliseconds 250
    }
    for ($round = 1; $round -le $IntuneRounds -and $todo.Count -gt 0; $round++) {
        Start-Sleep -Seconds 60
        $todo = @($todo | Where-Object { Find-Managed $_.Device.Serial })
    }
    $todo | ForEach-Object { Write-Warning ('{0}: still in the Intune list, look again later (I3)' -f $_.Device.Serial) }
}

# Intune comes first: who is still there, or not clearly gone, keeps the Autopilot record.
function Select-GoneFromIntune([object[]]$Items) {
    foreach ($item in $Items) {
        $managed = Find-Managed $item.Device.Serial
        if ($Unclear[$item.Device.Serial]) { continue }
        if ($managed) {
            Write-Warning ('{0}: Intune still shows it, so its Autopilot record is left alone' -f $item.Device.Serial)
        } else {
            $item
        }
    }
}

function Start-Sync {
    try {
        Invoke-MgGraphRequest -Method POST -Uri $SyncUri | Out-Null
    } catch {
        Write-Warning ('The sync was not accepted (one is running, or the last was less than 10 minutes ago): {0}' -f $_.Exception.Message)
    }
}

# The devices that Windows Autopilot still shows.
function Get-Left([object[]]$Items) {
    foreach ($item in $Items) {
        $record = Find-Autopilot $item.Device.Serial
        if ($record) { [pscustomobject]@{ Device = $item.Device; Autopilot = $record } }
    }
}

function Wait-Clean([object[]]$Items) {
    $left = @($Items)
    for ($round = 1; $round -le $SyncRounds -and $left.Count -gt 0; $round++) {
        Start-Sync
        Write-Host ('Waiting {0} minutes for the Windows Autopilot list ({1} of {2}).' -f ($SyncPause / 60), $round, $SyncRounds)
        Start-Sleep -Seconds $SyncPause
        $left = @(Get-Left $left)
    }
    return $left
}

function Remove-FromAutopilot([object[]]$Items) {
    foreach ($item in $Items) {
        $uri = $AutopilotUri + '/' + $item.Autopilot.id
        if ($item.Autopilot.PSObject.Properties['userPrincipalName'] -and $item.Autopilot.userPrincipalName) {
            Invoke-MgGraphRequest -Method POST -Uri ($uri + '/unassignUserFromDevice') | Out-Null
        }
        Invoke-MgGraphRequest -Method DELETE -Uri $uri | Out-Null
        Write-Host ('{0}: delete accepted by Windows Autopilot' -f $item.Device.Serial)
        Start-Sleep -Milliseconds 250
    }
}

function Clear-Autopilot {
    $clear = @(Select-GoneFromIntune @($Found | Where-Object { $_.Autopilot -and $_.Device.Autopilot -cne 'look' }))
    $now = @($clear | Where-Object { $_.Device.Autopilot -ceq 'delete' })
    $wait = @($clear | Where-Object { $_.Device.Autopilot -ceq 'if-left' })
    if ($wait.Count -gt 0 -and (Confirm-Step ('Step A1: sync and wait for {0} devices?' -f $wait.Count))) {
        $now += @(Wait-Clean $wait)
    }
    if ($now.Count -eq 0) { return }
    $now | ForEach-Object { Write-Host ('would be deleted from Windows Autopilot: {0}' -f $_.Device.Serial) }
    if (-not (Confirm-Step ('Step A2: deregister {0} devices in Windows Autopilot?' -f $now.Count))) { return }
    Remove-FromAutopilot $now
    $left = @(Wait-Clean $now)
    $left | ForEach-Object { Write-Warning ('{0}: still in the Windows Autopilot list' -f $_.Device.Serial) }
}

$scopes = if ($Execute) {
    'DeviceManagementManagedDevices.ReadWrite.All', 'DeviceManagementServiceConfig.ReadWrite.All'
} else {
    'DeviceManagementManagedDevices.Read.All', 'DeviceManagementServiceConfig.Read.All'
}
Connect-MgGraph -Scopes $scopes -NoWelcome
$context = Get-MgContext
$signedIn = 'Signed in as {0} in tenant {1}.' -f $context.Account, $context.TenantId
Write-Host $signedIn
Write-Host ('Hand-off {0} for {1}: {2} devices, {3} more are for hands only.' -f $Run, $Customer, $Devices.Count, $ByHand)

$Found = @(foreach ($device in $Devices) {
    $managed = Find-Managed $device.Serial
    $record = Find-Autopilot $device.Serial
    Write-Host ('{0}: Intune {1}, Windows Autopilot {2}' -f $device.Serial,
        (Get-Word $managed $device.Serial), (Get-Word $record $device.Serial))
    [pscustomobject]@{ Device = $device; Managed = $managed; Autopilot = $record }
})

if (-not $Execute) {
    $Found | Where-Object { $_.Managed -and $_.Device.Intune -ceq 'delete' -and -not $Unclear[$_.Device.Serial] } |
        ForEach-Object { Write-Host ('would be deleted from Intune: {0}' -f $_.Device.Serial) }
    $Found | Where-Object { $_.Autopilot -and $_.Device.Autopilot -cne 'look' -and -not $Unclear[$_.Device.Serial] } |
        ForEach-Object { Write-Host ('would be deregistered in Windows Autopilot, if it still shows: {0}' -f $_.Device.Serial) }
    Write-Host 'Nothing was changed. With -Execute this script asks before each step.'
    return
}
if (-not (Confirm-Step ($signedIn + ' Is this the tenant of the hand-off?'))) { return }
if (-not (Confirm-Step 'Steps B1, B2, F1, F2, W1, R1 are for hands and come first: keys saved, firmware unlocked, wipes finished?')) { return }
Remove-FromIntune
Clear-Autopilot
Write-Host ('{0} serial numbers were unclear and left alone. The other steps of index.html are for hands.' -f $Unclear.Count)
]]></xsl:text>
</xsl:template>
</xsl:stylesheet>
