"""Microsoft Graph behind `ports.Directory`: the only sender of Graph requests."""
