"""Key Vault: one vault per tenant, secrets only."""
