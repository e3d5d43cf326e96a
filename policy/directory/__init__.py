"""A snapshot of one tenant's people and groups, and what a policy means for them today."""
