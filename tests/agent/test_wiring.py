"""The composition root: nonsense is dropped, passwords keep their promises, nothing is built before it is used."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.settings import read_settings
from agent.surroundings import SecureIds, UnboundAttempts, UtcClock
from agent.wakeup_message import parse_wakeup
from agent.wiring import Stack
from tests.agent.environments import environment, source

ROOT = Path(__file__).parents[2]
CASE = "0123456789abcdef" * 2
NONSENSE = [
    b"",
    b"not json",
    b"\xff\xfe\x00",
    b"[" * 60_000,
    b"null",
    b"7",
    b'"text"',
    b"[]",
    b"{}",
    json.dumps({"case": CASE}).encode(),
    json.dumps({"seq": 1}).encode(),
    json.dumps({"case": CASE, "seq": "1"}).encode(),
    json.dumps({"case": CASE, "seq": 1.0}).encode(),
    json.dumps({"case": CASE, "seq": True}).encode(),
    json.dumps({"case": CASE, "seq": None}).encode(),
    json.dumps({"case": 7, "seq": 1}).encode(),
    json.dumps({"case": [CASE], "seq": 1}).encode(),
    json.dumps({"case": "", "seq": 1}).encode(),
    json.dumps({"case": "../cases", "seq": 1}).encode(),
    json.dumps({"case": f"{CASE}\n", "seq": 1}).encode(),
    json.dumps({"case": CASE.upper(), "seq": 1}).encode(),
    json.dumps({"case": "\ud800" * 32, "seq": 1}).encode(),
    b'{"case": "' + CASE.encode() + b'", "seq": ' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:40].decode("latin-1"))
def test_a_message_that_is_none_is_dropped(text: bytes) -> None:
    assert parse_wakeup(text) is None


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:40].decode("latin-1"))
async def test_a_dropped_message_touches_nothing_and_does_not_come_back(text: bytes) -> None:
    # No storage is reachable here: whatever is not dropped raises.
    await Stack(read_settings(environment())).advance("execute", text)


def test_a_message_names_a_case_and_a_turn_and_nothing_else_of_it_counts() -> None:
    assert parse_wakeup(json.dumps({"case": CASE, "seq": 3, "stage": "execute"}).encode()) == (CASE, 3)


def test_a_password_is_long_and_has_every_kind_of_character() -> None:
    for password in (SecureIds().password() for _ in range(500)):
        assert len(password) == 24
        kinds = [str.isupper, str.islower, str.isdigit, lambda one: not one.isalnum()]
        assert all(any(kind(one) for one in password) for kind in kinds)


def test_a_password_has_no_characters_that_people_confuse_or_that_need_quoting() -> None:
    seen = {one for _ in range(500) for one in SecureIds().password()}
    assert not seen & set("IOlo01\"'`\\<>&$ ")
    assert all(one.isascii() and one.isprintable() for one in seen)


def test_no_two_passwords_or_ids_are_the_same() -> None:
    ids = SecureIds()
    assert len({ids.password() for _ in range(500)}) == 500
    assert len({ids.new() for _ in range(500)}) == 500


def test_the_kinds_stand_in_no_fixed_places() -> None:
    passwords = [SecureIds().password() for _ in range(300)]
    for place in range(24):
        assert len({one[place] for one in passwords}) > 10


def test_the_clock_is_aware_and_in_utc() -> None:
    assert UtcClock().now().utcoffset() == timedelta(0)


def test_attempts_that_nobody_bound_are_a_mistake_and_never_an_empty_answer() -> None:
    with pytest.raises(RuntimeError, match="the loop binds"):
        UnboundAttempts().of(0, "do")


async def test_an_intent_that_nobody_bound_is_a_mistake_too() -> None:
    with pytest.raises(RuntimeError, match="the loop binds"):
        await UnboundAttempts().begin(object())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "Desk/../x"}, "source id"),
        ({"secret_name": "not a name"}, "webhook secret"),
        ({"reply_url": "http://desk.example/{id}", "reply_secret_name": "reply"}, "must be https"),
        ({"reply_url": "https://desk.example/{id}"}, "needs the vault name"),
    ],
)
def test_a_malformed_source_stops_the_start(changes: dict[str, str], reason: str) -> None:
    settings = read_settings(environment(REMIT_SOURCES=json.dumps([source(**changes)])))
    with pytest.raises(SettingsError, match=reason):
        Stack(settings)


def test_a_stack_loads_no_sdk_before_it_is_used() -> None:
    heavy = ("msgraph", "azure.identity", "azure.data.tables", "azure.storage.queue", "azure.keyvault", "httpx")
    program = (
        "import json, sys\nfrom agent.settings import read_settings\nfrom agent.wiring import Stack\n"
        "Stack(read_settings(json.loads(sys.stdin.read())))\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=json.dumps(environment()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
