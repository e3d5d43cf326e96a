"""The development host: runs `function_app.py` and `host.json` on loopback over Azurite, as Azure Functions would."""
