"""Small promises that an attack once broke: spellings of ids, odd statuses, texts made to be slow."""

import pytest
from pydantic import ValidationError

from agent.graph.sender import _may_have_happened
from agent.planners.asks import Unclear
from agent.planners.understanding import MAX_CHARS, understand
from agent.settings import TenantSettings

GUARDED = "aaaaaaaa-0000-4000-8000-000000000001"


def tenant(*protected: str) -> TenantSettings:
    return TenantSettings(
        tenant_id="11111111-1111-4111-8111-111111111111",
        name="Contoso",
        vault_url="https://kv-contoso.vault.azure.net",
        time_zone="Europe/London",
        people={},
        break_glass_ids=protected,
    )


def test_a_protected_id_protects_in_any_case() -> None:
    assert tenant(GUARDED.upper()).break_glass_ids == (GUARDED,)


@pytest.mark.parametrize("spelling", ["eag-one@contoso.example", f" {GUARDED}", f"{GUARDED} ", "", "none"])
def test_a_protected_account_that_is_no_object_id_stops_the_start(spelling: str) -> None:
    with pytest.raises(ValidationError):
        tenant(spelling)


@pytest.mark.parametrize(
    ("status", "doubtful"),
    [(408, True), (500, True), (507, True), (520, True), (599, True), (501, False), (429, False)],
)
def test_after_any_server_error_but_501_a_write_may_have_happened(status: int, doubtful: bool) -> None:
    assert _may_have_happened(status) is doubtful


def test_a_long_text_is_turned_away_before_it_is_folded() -> None:
    slow = "\u0301" * (MAX_CHARS // 2) + "\u0323" * MAX_CHARS
    assert isinstance(understand("", slow, own_names=()), Unclear)
