"""The consent that a policy is told to need is enough for its stories, with nothing else granted."""

import contextlib
import io
import json
from collections.abc import Iterator

import pytest

from agent.command.main import main
from devhost.desk import Desk
from devhost.journey import differences, play, read_journey
from tests.journeys.stacks import SAMPLES, local_stack


def told() -> frozenset[str]:
    """The application permissions that `python -m agent permissions` tells for the sample policy."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["permissions", str(SAMPLES / "policy"), "--json"]) == 0
    return frozenset(one["permission"] for one in json.loads(said.getvalue())["workload"]["needs"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The people around a stack whose tenant has granted that and nothing else."""
    with local_stack(tmp_path_factory.mktemp("least")) as running:
        opened = Desk(running.address)
        granted = set(opened.control("POST", "/apps", body={})["roles"])
        left = opened.control("POST", "/apps", body={"revoke": sorted(granted - told())})["roles"]
        assert set(left) == told() < granted
        # A token made before says what was granted before.
        opened.control("POST", "/faults", body={"challenge": True})
        yield opened
        opened.close()


@pytest.mark.parametrize("story", ["1-automatic", "2-approved", "6-rolled-back"])
def test_a_story_ends_as_it_is_told_with_the_least_consent(story: str, desk: Desk) -> None:
    told_so = read_journey(SAMPLES / "journeys" / f"{story}.yaml")
    played = play(told_so, desk, watch=lambda _case_id, _case: None)
    assert differences(told_so, played, desk=desk) == []
