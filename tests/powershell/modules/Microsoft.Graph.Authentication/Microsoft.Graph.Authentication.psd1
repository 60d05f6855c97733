@{
    RootModule = 'Microsoft.Graph.Authentication.psm1'
    ModuleVersion = '2.26.1'
    GUID = '5f1c0f0a-3f5e-4d0b-9a43-6a1c2e4b7d10'
    Description = 'Stands in for Microsoft.Graph.Authentication, over the practice service'
    FunctionsToExport = 'Connect-MgGraph', 'Get-MgContext', 'Invoke-MgGraphRequest', 'Start-Sleep'
}
