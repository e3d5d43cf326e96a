"""One Key Vault a tenant: its secrets, and the data key that seals its working data."""
