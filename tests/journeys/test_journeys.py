"""Every sample story, played on the real stack, ends as it is told."""

from pathlib import Path

import pytest

from devhost.desk import Desk
from devhost.journey import differences, play, read_journey
from tests.journeys.stacks import SAMPLES

STORIES = sorted((SAMPLES / "journeys").glob("*.yaml"))
KINDS = {"resolved", "refused", "escalated", "rolled_back"}


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_a_story_ends_as_it_is_told(file: Path, desk: Desk) -> None:
    story = read_journey(file)
    played = play(story, desk, watch=lambda _case_id, _case: None)
    assert differences(story, played, desk=desk) == []


def test_the_stories_show_every_way_in_which_a_case_can_end() -> None:
    stories = [read_journey(file) for file in STORIES]
    assert {story.expect.outcome for story in stories} == KINDS
    assert len(stories) >= 6
    assert {click.verb for story in stories for click in story.clicks} == {"approve", "refuse"}
    assert any(story.faults for story in stories)
