"""Credentials of the stack, none of which holds a secret."""
