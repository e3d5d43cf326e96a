"""A Microsoft cloud on loopback: sign-in, Graph v1.0, Key Vault, the bot connector and a ticket system.

It imports nothing of `agent` or `policy`, so it cannot share their mistakes. What it does not know it
refuses with 501 `NotSimulated`; nothing passes by accident.
"""
