"""Decisions as they are kept, read back from a log, and decided again."""
