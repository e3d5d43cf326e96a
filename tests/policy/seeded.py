"""Looking for a world in which a law fails: how a seeded mutant is killed."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy


def fails_somewhere(law: Callable[[Any], None], worlds: SearchStrategy[Any], *, tries: int) -> bool:
    """Return whether `law` fails on one of `tries` worlds; nobody reads the smallest one, so none is sought."""

    @settings(
        max_examples=tries,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds)
    def run(world: Any) -> None:
        law(world)

    try:
        run()
    except AssertionError:
        return True
    return False
