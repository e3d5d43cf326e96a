"""The activity log beyond the case: sealed into checkpoints, exported, verified, and told to a SIEM."""
