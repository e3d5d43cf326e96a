"""Ticket systems: how their signed webhooks become requests, and how answers go back to them."""
