"""The way of a bundle into force: draft, review (validate, test, analyse, shadow), signatures, publication."""
