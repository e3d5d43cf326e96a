"""Every sample story, played on the real stack, ends as it is told."""

import re
from pathlib import Path

import pytest

from devhost.desk import Desk
from devhost.journey import differences, play, read_journey
from tests.journeys.stacks import ROOT, SAMPLES

STORIES = sorted((SAMPLES / "journeys").glob("*.yaml"))
FOLLOWED = "2-approved"
KINDS = {"resolved", "refused", "escalated", "rolled_back"}


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_a_story_ends_as_it_is_told(file: Path, desk: Desk) -> None:
    story = read_journey(file)
    played = play(story, desk, watch=lambda _case_id, _case: None)
    assert differences(story, played, desk=desk) == []
    if file.stem == FOLLOWED:
        # The one that ARCHITECTURE.md follows through the code.
        told = re.search(r"and (\d+) log entries", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
        assert told is not None and int(told.group(1)) == len(played.case["events"])


def test_the_stories_show_every_way_in_which_a_case_can_end() -> None:
    stories = [read_journey(file) for file in STORIES]
    assert {story.expect.outcome for story in stories} == KINDS
    assert len(stories) >= 6
    assert {click.verb for story in stories for click in story.clicks} == {"approve", "refuse"}
    assert any(story.faults for story in stories)
