"""Runs a corpus of tickets, attacks and conversations through the real front doors and scores what came of it.

The product is given what a person would send and nothing else; what it did is read from the simulated tenant.
"""
