"""What a cold start may load. Counts only: time is measured by `make bench`, on a machine that rests."""

from functools import cache
from typing import Any

import pytest

from bench.cold_start import FORBIDDEN, MAX_MODULES, NAIVE_APP, ROOT, Start, broken, environment_of_a_stack, probe


@cache
def imported() -> dict[str, Any]:
    return probe(ROOT, environment=environment_of_a_stack())


def test_importing_the_function_app_loads_fewer_than_700_modules() -> None:
    assert imported()["modules"] < 700 == MAX_MODULES


@pytest.mark.parametrize("package", FORBIDDEN)
def test_importing_the_function_app_loads_no_sdk(package: str) -> None:
    assert package not in imported()["heavy"]


def test_every_sdk_of_the_stack_is_forbidden_at_import() -> None:
    sdks = {"msgraph", "azure.identity", "azure.data.tables", "azure.storage.queue", "azure.keyvault.secrets"}
    sdks |= {"azure.storage.blob", "msal"}
    assert {*sdks, "msgraph.generated.models"} <= set(FORBIDDEN)


def test_the_first_request_loads_its_sdks_and_no_graph_model() -> None:
    heavy = probe(ROOT, "first-request", environment=environment_of_a_stack())["heavy"]
    assert {"azure.identity", "azure.data.tables"} <= set(heavy), "the probe must see what it is to forbid"
    assert "msgraph.generated.models" not in heavy


def test_a_start_that_loads_too_much_or_takes_too_long_breaks_the_budget() -> None:
    good = Start("s", 0.9, 699, peak_bytes=1, heavy=("httpx",))
    assert broken(good) == []
    assert len(broken(Start("s", 0.91, 700, peak_bytes=1, heavy=("msgraph", "azure.identity")))) == 4


def test_the_naive_peer_uses_every_sdk_that_we_use() -> None:
    for name in (
        "azure.identity",
        "azure.data.tables",
        "azure.storage.queue",
        "azure.storage.blob",
        "azure.keyvault.secrets",
        "msgraph",
    ):
        assert f"from {name}" in NAIVE_APP
