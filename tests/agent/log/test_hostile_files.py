"""Files that are made to be read in two ways, or to show something else than what was sealed."""

import hashlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.log.export import export_lines
from agent.log.lines import MAX_LINE_BYTES, lines_of
from agent.log.verify import MOST_PROBLEMS
from agent.model.sealed_log import NOTHING_BEFORE, chain_start, entry_hash
from policy.canonical import canonical_json, digest
from tests.agent.log.forgeries import Forger
from tests.agent.log.house import OTHER, House, busy_house
from tests.agent.log.mutations import Lines
from tests.agent.log.verifiers import command, holds
from tests.conformance.memory_log import key_of
from tests.conformance.samples import TENANT
from tests.house.documents import ROOT

KEYS = [key_of(TENANT).public_key]


@pytest.fixture(scope="module")
async def house() -> House:
    return await busy_house()


@pytest.fixture(scope="module")
async def lines(house: House) -> Lines:
    return await house.exported()


def data_of(lines: Lines) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)


RESPELT: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda data: b"",
    "a line end": lambda data: b"\n",
    "a mark of byte order": lambda data: b"\xef\xbb\xbf" + data,
    "line ends of Windows": lambda data: data.replace(b"\n", b"\r\n"),
    "line ends of old Macs": lambda data: data.replace(b"\n", b"\r"),
    "no last line end": lambda data: data[:-1],
    "one more line end": lambda data: data + b"\n",
    "a blank behind": lambda data: data + b" ",
    "a zero byte behind": lambda data: data + b"\0",
    "a zero byte within": replaced(b'"code"', b'"co\0de"'),
    "zero bytes as in UTF-16": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 with its mark": lambda data: data.decode().encode("utf-16"),
    "another encoding": lambda data: data.decode().encode("cp1252", "replace"),
    "an overlong character": replaced(b'"code"', b'"co\xc1\xa4e"'),
    "half a character": replaced("\u2028".encode(), b"\xed\xa0\x80"),
    "half a character, escaped": replaced("\u2028".encode(), b"\\ud800"),
    "a name twice, the first one true": replaced(b'"data":{', b'"data":{},"data":{'),
    "a name twice on top": replaced(b'{"header":', b'{"header":{},"header":'),
    "a further field in an entry": replaced(b'},"hash"', b'},"f":1,"hash"'),
    "a name escaped": replaced(b'"tenant_id"', b'"tenant\\u005fid"'),
    "a character in two parts": replaced("h\u00e9".encode(), "he\u0301".encode()),
    "capital hex": replaced(b"\\n", b"\\u000A"),
    "a slash escaped": replaced(b"\\n", b"\\/"),
    "a comment": replaced(b'{"leaf"', b'/* */{"leaf"'),
    "a number with a point": replaced(b'"count":1', b'"count":1.0'),
    "a number with a power": replaced(b'"count":1', b'"count":1e0'),
    "a number below zero": replaced(b'"number":0', b'"number":-0'),
    "a number that is none": replaced(b'"count":1', b'"count":NaN'),
    "a number without end": replaced(b'"count":1', b'"count":Infinity'),
    "a long number": replaced(b'"count":1', b'"count":' + b"9" * 5_000),
    "a flag for a number": replaced(b'"count":1', b'"count":true'),
    "a zero before a number": replaced(b'"count":1', b'"count":01'),
    "the whole file twice": lambda data: data + data,
    "behind it another header": lambda data: data + data[: data.index(b"\n") + 1],
}


@pytest.mark.parametrize("how", RESPELT)
def test_a_log_in_another_spelling_does_not_hold(lines: Lines, how: str) -> None:
    data = data_of(lines)
    assert holds(data, keys=KEYS)
    other = RESPELT[how](data)
    assert other != data and not holds(other, keys=KEYS)


# What stands in an entry that nobody sealed is proved by nothing, so anybody can put it there with the right hashes.
EVENTS: list[tuple[str, str, bool]] = [
    ("a number of 15 digits", "9" * 15, True),
    ("a number of 16 digits", "1" + "0" * 15, False),
    ("a negative one", "-" + "9" * 15, True),
    ("one that readers round", str(2**53 + 1), False),
    ("digits in a text", f'"{"9" * 40}"', True),
    ("brackets in a text", f'"{"[" * 200}\\"{"{" * 200}"', True),
    ("as deep as can be", "[" * 60 + "]" * 60, True),
    ("one deeper", "[" * 61 + "]" * 61, False),
    ("much deeper", "[" * 400 + "]" * 400, False),
    ("deeper than a stack", "[" * 100_000 + "]" * 100_000, False),
    ("wide", "[" + ",".join(["[]"] * 10_000) + "]", True),
    ("a fraction", "0.5", False),
    ("one power", "1e2", False),
    ("nothing", "null", True),
    ("not a number", "NaN", False),
    ("a text that ends like an entry", '"\\"},\\"hash\\":\\"0\\""', True),
    ("one name twice", '{"a":1,"a":1}', False),
    ("the other order", '{"b":1,"a":1}', False),
]


@pytest.mark.parametrize(("what", "text", "good"), EVENTS, ids=[one[0] for one in EVENTS])
def test_both_draw_the_same_limits_for_what_an_entry_may_hold(lines: Lines, what: str, text: str, good: bool) -> None:
    opened = f'{{"code":"case.opened","data":{{"tenant_id":"{TENANT}","x":{text}}}}}'
    data = data_of(_with_last_event(lines, opened))
    assert holds(data, keys=KEYS) is good


def _with_last_event(lines: Lines, event: str) -> Lines:
    """The log with another last entry, which is not sealed: all else of the line and of the end is computed."""
    *before, _, _ = lines
    entry, end = json.loads(lines[-2])["entry"], json.loads(lines[-1])["end"]
    text = f'{{"event":{event},"prev":"{entry["prev"]}","seq":{entry["number"]}}}'
    hashed = digest_of(text)
    rest = f'"hash":"{hashed}","number":{entry["number"]},"prev":"{entry["prev"]}"'
    ends: dict[str, list[Any]] = {}
    for line in before:
        if one := json.loads(line).get("entry"):
            ends[one["case"]] = [one["case"], one["number"] + 1, one["hash"]]
    ends[entry["case"]] = [entry["case"], entry["number"] + 1, hashed]
    last = canonical_json({"end": {**end, "ends": digest(list(ends.values()))}})
    return [*before, f'{{"entry":{{"case":"{entry["case"]}","event":{event},{rest}}}}}', last]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("field", ["tenant", "sealed_at", "key", "next_key", "size", "number"])
@pytest.mark.parametrize(
    "value", [None, True, 1, "", [], {}, "\x1b[2J", "T\u0415NANT", "2026-03-04", "9" * 64, "f" * 63]
)
def test_what_a_signed_checkpoint_may_say_is_the_same_for_both(lines: Lines, field: str, value: Any) -> None:
    """Whoever makes a whole log with a key of their own can sign anything; it must not be taken for a checkpoint."""
    log = Forger(lines, signer="an attacker")
    for one in log.parts:
        if "checkpoint" in one:
            one["checkpoint"][field] = value
    if field == "tenant":
        log.parts[0]["header"]["tenant"] = value
    if field in ("tenant", "sealed_at"):
        assert not holds(data_of(log.lines()))
    changed = [json.loads(line) for line in log.lines()]
    for one in changed:
        if "checkpoint" in one:
            one["checkpoint"][field] = value
            one["signature"] = key_of("an attacker").sign(canonical_json(one["checkpoint"]))
    assert not holds(data_of([canonical_json(one) for one in changed]))


def test_the_time_of_a_log_does_not_run_backwards_whoever_signed_it(lines: Lines) -> None:
    log = Forger(lines, signer=TENANT)
    second = [one["checkpoint"] for one in log.parts if "checkpoint" in one][1]
    assert holds(data_of(log.lines()), keys=KEYS)
    second["sealed_at"] = "2026-03-04T05:06:07.000000Z"
    assert not holds(data_of(log.lines()), keys=KEYS)


@pytest.mark.parametrize("name", ["", "\x1b[31m", "[bold]", "stack\u200b", "\u0441ase", "A" * 32, "a b", "../x", "a\n"])
def test_a_case_has_a_name_that_reads_in_one_way(lines: Lines, name: str) -> None:
    log = Forger(lines, signer="an attacker")
    case = log.entries[0]["case"]
    for one in log.parts:
        for kind in ("entry", "leaf"):
            if one.get(kind, {}).get("case") == case:
                one[kind]["case"] = name
    entries = sorted((one for one in log.parts if "entry" in one), key=lambda one: one["entry"]["case"])
    log.parts[:] = [*(one for one in log.parts[:-1] if "entry" not in one), *entries, log.parts[-1]]
    assert not holds(data_of(log.lines()))


async def test_the_chain_alone_shows_whose_entries_these_are(lines: Lines) -> None:
    """Entries that nobody sealed, shown as those of another case: nothing but their chain says that they are not."""
    log = Forger(lines)
    (case,) = {one["case"] for one in log.entries} - set(log.sealed)
    renamed = [json.loads(line) for line in lines]
    ends: dict[str, list[Any]] = {}
    for one in renamed:
        if entry := one.get("entry"):
            entry["case"] = "f" * 32 if entry["case"] == case else entry["case"]
            ends[entry["case"]] = [entry["case"], entry["number"] + 1, entry["hash"]]
    renamed[-1]["end"]["ends"] = digest(list(ends.values()))
    assert case != "f" * 32 and not holds(data_of([canonical_json(one) for one in renamed]), keys=KEYS)
    first = next(one for one in log.entries if one["case"] == case)
    assert first["prev"] == chain_start(case) != chain_start("f" * 32)
    # A chain that begins as every chain once did is none.
    event = log.entries[0]["event"]
    assert entry_hash(0, event, prev=NOTHING_BEFORE) != log.entries[0]["hash"]


async def test_the_log_of_one_tenant_is_not_that_of_another(house: House, lines: Lines) -> None:
    other = [line async for line in export_lines(OTHER, logs=house.logs, archive=house.archive)]
    assert holds(data_of(other), keys=[key_of(OTHER).public_key])
    assert not holds(data_of(other), keys=KEYS)
    # Another header over the same lines; and all of it signed for the other tenant by somebody.
    assert not holds(data_of([lines[0].replace(TENANT, OTHER), *lines[1:]]))
    log = Forger(lines, signer=OTHER)
    for one in log.parts:
        for holder in (one.get("header", {}), one.get("checkpoint", {})):
            if "tenant" in holder:
                holder["tenant"] = OTHER
    report = command(data_of(log.lines()))
    assert not holds(data_of(log.lines()))
    assert {one.what.split(":")[1] for one in report.problems} == {
        " the first entry does not say that it is one of this tenant"
    }


async def test_a_case_of_another_tenant_in_a_log_does_not_hold_even_signed_with_the_right_key(
    house: House, lines: Lines
) -> None:
    (case_id, _), *_ = await house.leaves(OTHER)
    strange = [one async for one in house.logs.entries(case_id)]
    log = Forger(lines, signer=TENANT)
    at = next(at for at, one in enumerate(log.parts) if "leaf" in one)
    log.parts.insert(at, {"leaf": {"case": case_id, "count": len(strange), "hash": strange[-1].hash}})
    added = [{"entry": {"case": case_id, "number": one.number, "event": one.event}} for one in strange]
    entries = sorted((*added, *(one for one in log.parts if "entry" in one)), key=lambda one: one["entry"]["case"])
    log.parts[:] = [*(one for one in log.parts[:-1] if "entry" not in one), *entries, log.parts[-1]]
    assert not holds(data_of(log.lines()), keys=KEYS)


async def test_two_exports_in_one_file_do_not_hold(house: House, lines: Lines) -> None:
    cases = sorted({json.loads(line)["entry"]["case"] for line in lines if line.startswith('{"entry"')})
    one, two = [await house.exported(only=some) for some in (cases[:2], cases[2:])]
    entries = [line for line in two if line.startswith('{"entry"')]
    assert not holds(data_of([*one, *two]), keys=KEYS)
    assert not holds(data_of([*one[:-1], *entries, one[-1]]), keys=KEYS)
    assert not holds(data_of([lines[0], *one[1:]]), keys=KEYS)


def test_a_header_that_leaves_cases_out_is_told_by_both(lines: Lines, tmp_path: Path) -> None:
    """The header is not signed: whoever cuts cases out can say that the file was meant to have only the others."""
    log = Forger(lines)
    kept = sorted(log.sealed)[:1]
    log.parts[0]["header"]["cases"] = kept
    log.parts[:] = [one for one in log.parts if one.get("entry", {}).get("case", kept[0]) in kept]
    data = data_of(log.lines())
    assert holds(data, keys=KEYS)
    left_out = len(log.sealed) - 1
    assert left_out and command(data).left_out == left_out
    file = tmp_path / "cut.jsonl"
    file.write_bytes(data)
    assert f"{left_out} sealed cases are not in the file" in told_by_script(file).stdout


def test_a_file_of_junk_is_read_no_further_than_needed(lines: Lines, tmp_path: Path) -> None:
    data = data_of(lines) + b"junk\n" * 10_000
    assert MOST_PROBLEMS < len(command(data).problems) < MOST_PROBLEMS + 10
    file = tmp_path / "junk.jsonl"
    file.write_bytes(data)
    done = told_by_script(file)
    told = done.stdout.splitlines()
    assert done.returncode == 1 and 50 < len(told) < 60 and told[50].startswith("and 95")


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "long"
    with file.open("wb") as out:
        out.truncate(100 * MAX_LINE_BYTES)
    done = told_by_script(file, limit=60 * MAX_LINE_BYTES)
    assert done.returncode == 1 and "this is no line" in done.stdout, done.stderr
    with file.open("rb") as opened:
        assert max(map(len, lines_of(opened))) == MAX_LINE_BYTES


def told_by_script(file: Path, *, limit: int = 0) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    words = [sys.executable, "-I", "-S", str(ROOT / "verify_log.py"), str(file)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limited)
