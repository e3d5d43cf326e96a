"""Plays tickets of a corpus through the real planner, look-ups, policy and loop in one process, to see them at once."""
