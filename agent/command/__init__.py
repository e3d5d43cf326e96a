"""`python -m agent`: what the agent can do, and what it must be allowed to."""
