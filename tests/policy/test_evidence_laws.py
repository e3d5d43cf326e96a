"""Evidence keeps its laws (G1 to G9) on random decisions, questions and piles of evidence."""

import os

import pytest
from hypothesis import given, settings

from policy.evidence.discharge import discharge
from tests.policy.evidence_laws import LAWS
from tests.policy.evidence_worlds import WORLDS, World

# The profiles stand in conftest.py.
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


@pytest.mark.parametrize("law", LAWS)
@SETTINGS
@given(world=WORLDS)
def test_evidence_keeps_every_law(law: str, world: World) -> None:
    LAWS[law](discharge, world)
