"""The agent: what a case is, what may be done to a tenant, and the loop that does it."""
