"""Measurements of the product: how cold it starts, and whether its tests notice when it is broken."""
