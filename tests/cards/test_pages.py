"""The approval's pages in a browser: whole on a phone, within their own policy, without the network.

`make cards` looks at them as a desk shows them, too.
"""

from typing import Any

import pytest

from console.style import page_headers
from devhost.errors import ToolError
from tests.cards import console_pages
from tests.cards.browser import ensure_tools, page_problems, show

PAGES = console_pages.kinds() | console_pages.hostile()

Told = dict[str, dict[str, Any]]


def broken() -> dict[str, dict[str, Any]]:
    """A page with something wrong in it, by what it is."""
    page = PAGES["page-asked"]
    changes = {
        "too wide": "<p style='width: 2000px'>x",
        "script": "<script>document.title = 'mine'</script>",
        "network": "<link rel=prefetch href='https://evil.example/x'><img src='https://evil.example/a.png'>",
        "wide text": "<pre>" + "x" * 90,
    }
    found = {name: {**page, "body": page["body"].replace("<h2>", f"{text}<h2>", 1)} for name, text in changes.items()}
    found["wide text"]["body"] = found["wide text"]["body"].replace("overflow-wrap: anywhere", "")
    found["unstyled"] = {**page, "headers": {**page_headers(), "content-security-policy": "default-src 'none'"}}
    found["loose"] = {"body": found["too wide"]["body"], "headers": {"content-type": "text/html"}}
    return found


@pytest.fixture(scope="module")
def told() -> Told:
    """As for cards: where the browser cannot be had, `make cards` in `.ci/run` fails, and this says nothing."""
    try:
        ensure_tools()
    except ToolError as problem:
        pytest.skip(f"nothing can be shown: {problem}")
    return {one["name"]: one for one in show(PAGES | broken(), widths=(320,))}


def test_every_page_is_whole_on_a_phone_and_keeps_to_its_own_policy(told: Told) -> None:
    assert page_problems([told[name] for name in PAGES]) == []
    assert told["three-hundred"]["steps"] == 300
    asking = {name for name, one in told.items() if name in PAGES and one["buttons"] == ["Approve", "Refuse"]}
    assert asking == {"page-asked", "no-reason", "three-hundred", "wide", "evil"}
    assert {one["heading"] for one in told.values()} >= {"Approval", "Approval needed", "Approved", "Refused"}


def test_what_is_wrong_with_a_page_is_seen(told: Told) -> None:
    said = {name: page_problems([told[name]]) for name in broken()}
    assert all(said.values())
    assert any("own policy: script-src-elem inline" in one for one in said["script"])
    assert any("evil.example/a.png" in one for one in said["network"])
    assert any("wider than the window" in one for one in said["loose"])
    assert any("without its style" in one for one in said["unstyled"])
