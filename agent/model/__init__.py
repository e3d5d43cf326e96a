"""The nouns of Remit: frozen values that every floor above shares. No I/O, no clock."""
