"""On how many random worlds a law is tried: all, or few when the mutation checker takes a quick look."""

from hypothesis import HealthCheck, Phase, settings

_STEADY = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))

settings.register_profile("full", _STEADY, max_examples=400)
# A broken law is enough for it; nobody reads the smallest example that breaks it.
settings.register_profile("fast", _STEADY, max_examples=40, phases=(Phase.explicit, Phase.generate))
