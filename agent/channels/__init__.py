"""People: Teams messages and approval cards, in and out, without a bot SDK."""
