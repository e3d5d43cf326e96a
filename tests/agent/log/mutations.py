"""Every way to tamper with an export that the suite knows, from one character to a log that was made anew.

A mutation is (what was done, the lines afterwards). `single` takes what anybody can do with an editor; `forged` is
the work of somebody who knows the format and computes everything again that needs no key.
"""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from agent.log.merkle import Tree
from agent.model.sealed_log import NOTHING_BEFORE, entry_hash
from policy.canonical import canonical_json, digest
from tests.conformance.memory_log import key_of

Lines = list[str]
Mutation = tuple[str, Lines]
Path = tuple[str | int, ...]


def single(lines: Lines) -> Iterator[Mutation]:
    """Every single-field mutation of every line, and every deletion, doubling, swap and truncation of lines."""
    for at, line in enumerate(lines):
        for what, text in (*_fields(line), *_spellings(line)):
            yield f"line {at + 1}: {what}", [*lines[:at], text, *lines[at + 1 :]]
        yield f"line {at + 1} deleted", lines[:at] + lines[at + 1 :]
        yield f"line {at + 1} doubled", [*lines[: at + 1], *lines[at:]]
        yield f"cut off after line {at}", lines[:at]
    for one in range(len(lines)):
        for two in range(one + 1, len(lines)):
            swapped = list(lines)
            swapped[one], swapped[two] = swapped[two], swapped[one]
            yield f"lines {one + 1} and {two + 1} swapped", swapped


def _fields(line: str) -> Iterator[tuple[str, str]]:
    value = json.loads(line)
    for path, found in _places(value):
        for what, other in _others(found):
            changed = _with(value, path, lambda holder, name, other=other: holder.__setitem__(name, other))
            yield f"{_name(path)} {what}", canonical_json(changed)
        if path:
            yield f"{_name(path)} left out", canonical_json(_with(value, path, lambda holder, name: holder.pop(name)))


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _places(part, (*path, name))


def _with(value: Any, path: Path, change: Callable[[Any, Any], object]) -> Any:
    whole = {"": copy.deepcopy(value)}
    holder: Any = whole
    *way, name = ("", *path)
    for step in way:
        holder = holder[step]
    change(holder, name)
    return whole.get("")


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case bool():
            yield from (("turned", not value), ("as a number", int(value)))
        case int():
            numbers = {value + 1, value - 1, -value, 0, value * 10} - {value}
            yield from ((f"is {other}", other) for other in sorted(numbers))
            yield from (("as text", str(value)), ("as a flag", bool(value)))
        case str():
            yield from _other_texts(value)
        case dict():
            yield from (("with one more", {**value, "zz": 1}), ("emptied", {}), ("in a list", [value]))
        case list():
            yield from (("with one more", [*value, 1]), ("emptied", []), ("turned round", value[::-1]))
    yield from (("is nothing", None), ("is a list", [value]))


def _other_texts(value: str) -> Iterator[tuple[str, Any]]:
    # Another first, middle and last character; what reads the same to a person or to a lenient reader; another type.
    for at in sorted({0, len(value) // 2, len(value) - 1} if value else ()):
        other = "1" if value[at] != "1" else "2"
        yield f"with another character {at}", value[:at] + other + value[at + 1 :]
    texts = {"": "emptied", value + "0": "longer", value[:-1]: "shorter", value + " ": "with a blank"}
    texts |= {
        value.upper(): "in capitals",
        value.lower(): "in small letters",
        value + "\u200b": "with something unseen",
    }
    yield from ((what, other) for other, what in texts.items() if other != value)
    yield from (("is a number", 1), ("is a flag", True))
    if value.isdigit() and len(value) < 16:
        yield "as a number", int(value)


def _name(path: Path) -> str:
    return ".".join(map(str, path)) or "all of it"


def _spellings(line: str) -> Iterator[tuple[str, str]]:
    """The same content in another spelling: no reader may take two texts for one."""
    value = json.loads(line)
    name = next(iter(value))
    turned = dict(reversed(value.items())) | {name: dict(reversed(value[name].items()))}
    ways = {
        "with blanks": json.dumps(value, sort_keys=True, ensure_ascii=False),
        "in another order": json.dumps(turned, separators=(",", ":"), ensure_ascii=False),
        "with a name twice": line[:-1] + f',"{name}":1}}',
        "with a letter escaped": line.replace(name, f"\\u{ord(name[0]):04x}{name[1:]}", 1),
        "with numbers as floats": re.sub(r'("(?:number|count|size|entries)":)([0-9]+)', r"\1\2.0", line),
        "with a carriage return": line + "\r",
        "with an empty line": line + "\n",
        "cut in the middle": line[: len(line) // 2],
        "as a list": f"[{line}]",
    }
    yield from ((what, text) for what, text in ways.items() if text != line)


class Forger:
    """Computes everything of a log again that needs no key: hashes, leaves, roots, sizes, digests, counts.

    `keys` signs the checkpoints anew; None leaves the signatures as they were.
    """

    def __init__(self, lines: Lines, *, signer: str | None = None) -> None:
        self._parts = [json.loads(line) for line in lines]
        self._signer = signer

    @property
    def entries(self) -> list[dict[str, Any]]:
        """All entries, to be changed in place; the same for the others."""
        return [one["entry"] for one in self._parts if "entry" in one]

    @property
    def sealed(self) -> dict[str, int]:
        """How many entries of each case are sealed."""
        found: dict[str, int] = {}
        for one in self._parts:
            if "leaf" in one:
                found[one["leaf"]["case"]] = one["leaf"]["count"]
        return found

    @property
    def parts(self) -> list[dict[str, Any]]:
        """All lines."""
        return self._parts

    def lines(self) -> Lines:
        """Return the log with everything computed again."""
        hashes = self._chain()
        tree, number, prev = Tree(), 0, NOTHING_BEFORE
        for one in self._parts:
            if "leaf" in one:
                leaf = one["leaf"]
                leaf["hash"] = hashes.get((leaf["case"], leaf["count"]), leaf["hash"])
                tree = tree.grown([canonical_json(leaf)])
            elif "checkpoint" in one:
                number += 1
                one["checkpoint"] |= {"number": number, "size": tree.size, "root": tree.root, "prev": prev}
                prev = digest(one["checkpoint"])
                self._sign(one)
        self._count()
        return [canonical_json(one) for one in self._parts]

    def _chain(self) -> dict[tuple[str, int], str]:
        hashes: dict[tuple[str, int], str] = {}
        case, number, prev = "", 0, NOTHING_BEFORE
        for entry in self.entries:
            if entry["case"] != case:
                case, number, prev = entry["case"], 0, NOTHING_BEFORE
            entry |= {"number": number, "prev": prev, "hash": entry_hash(number, entry["event"], prev=prev)}
            number, prev = number + 1, entry["hash"]
            hashes[case, number] = prev
        return hashes

    def _sign(self, line: dict[str, Any]) -> None:
        if self._signer is not None:
            key = key_of(self._signer)
            line |= {"signature": key.sign(canonical_json(line["checkpoint"])), "public_key": key.public_key}
            self._parts[0]["header"]["public_key"] = key.public_key

    def _count(self) -> None:
        ends: dict[str, list[Any]] = {}
        for entry in self.entries:
            ends[entry["case"]] = [entry["case"], entry["number"] + 1, entry["hash"]]
        kinds = ["checkpoint" if "checkpoint" in one else next(iter(one)) for one in self._parts]
        counts = {"leaves": "leaf", "checkpoints": "checkpoint", "entries": "entry"}
        for one in self._parts:
            if "end" in one:
                one["end"] = {name: kinds.count(kind) for name, kind in counts.items()}
                one["end"]["ends"] = digest(list(ends.values()))


def forged(lines: Lines) -> Iterator[Mutation]:
    """Everything that can be done to what is sealed without the key, each computed again to its end."""
    sealed = Forger(lines).sealed
    for at, one in enumerate(Forger(lines).entries):
        if one["number"] >= sealed.get(one["case"], 0):
            continue  # Nothing of ours stands behind what is not sealed yet.
        where = f"entry {one['number']} of case {one['case'][-2:]}"
        yield f"{where} altered", _forged(lines, lambda log, at=at: _alter(log.entries[at]))
        yield f"{where} given another code", _forged(lines, lambda log, at=at: _recode(log.entries[at]))
        yield f"{where} taken out", _forged(lines, lambda log, at=at: _take(log, log.entries[at]))
        if one["number"] < sealed[one["case"]] - 1:  # Behind the last one that is sealed anybody can add.
            yield f"{where} put in twice", _forged(lines, lambda log, at=at: _double(log, log.entries[at]))
        if one["number"]:
            yield f"{where} moved up", _forged(lines, lambda log, at=at: _swap_events(log.entries, at))
    for case in sealed:
        name = f"case {case[-2:]}"
        yield f"{name} shortened", _forged(lines, lambda log, case=case: _shorten(log, case))
        yield f"{name} shortened, leaves left", _forged(lines, lambda log, case=case: _shorten(log, case, leaves=False))
        yield f"{name} taken out", _forged(lines, lambda log, case=case: _forget(log, case))
        yield f"{name} taken out, leaves left", _forged(lines, lambda log, case=case: _forget(log, case, leaves=False))
        yield f"{name} renamed", _forged(lines, lambda log, case=case: _rename(log, case, case[:-1] + "9"))
    for kind in ("leaf", "checkpoint"):
        count = sum(kind in one for one in Forger(lines).parts)
        # Without its last checkpoint a log is what it was before: only who knows of that checkpoint can tell.
        for number in range(count - (kind == "checkpoint")):
            yield f"{kind} {number + 1} taken out", _forged(lines, lambda log, k=kind, n=number: _take_nth(log, k, n))
        for number in range(count - 1):
            yield (
                f"{kind} {number + 1} and the next swapped",
                _forged(lines, lambda log, k=kind, n=number: _swap_nth(log, k, n)),
            )
    yield "a checkpoint dated back", _forged(lines, lambda log: _redate(log, 1))
    yield "two checkpoints of one number", _fork(lines)
    yield "all checkpoints as one", _forged(lines, _one_checkpoint)


def _forged(lines: Lines, change: Callable[[Forger], object]) -> Lines:
    log = Forger(lines)
    change(log)
    return log.lines()


def _alter(entry: dict[str, Any]) -> None:
    entry["event"]["data"] = {**entry["event"]["data"], "approver_id": "somebody else"}


def _recode(entry: dict[str, Any]) -> None:
    entry["event"]["code"] = "approval.given"


def _take(log: Forger, entry: dict[str, Any]) -> None:
    log.parts[:] = [one for one in log.parts if one.get("entry") is not entry]


def _double(log: Forger, entry: dict[str, Any]) -> None:
    at = next(at for at, one in enumerate(log.parts) if one.get("entry") is entry)
    again = copy.deepcopy(log.parts[at])
    # Two entries in a row may say the same already; then one more of them would only be one more at the end.
    again["entry"]["event"]["data"]["again"] = True
    log.parts.insert(at, again)


def _swap_events(entries: list[dict[str, Any]], at: int) -> None:
    before, here = entries[at - 1], entries[at]
    before["event"], here["event"] = here["event"], before["event"]
    here["event"]["data"]["moved"] = True  # Two entries may say the same.


def _shorten(log: Forger, case: str, *, leaves: bool = True) -> None:
    """Take out the last sealed entry and all behind it, and the leaves that name it."""
    kept = log.sealed[case] - 1
    for entry in [one for one in log.entries if one["case"] == case][kept:]:
        _take(log, entry)
    if leaves:
        log.parts[:] = [one for one in log.parts if "leaf" not in one or _fits(one["leaf"], case, count=kept)]


def _fits(leaf: dict[str, Any], case: str, *, count: int) -> bool:
    return bool(leaf["case"] != case or leaf["count"] <= count)


def _forget(log: Forger, case: str, *, leaves: bool = True) -> None:
    kinds = ("entry", "leaf") if leaves else ("entry",)
    log.parts[:] = [one for one in log.parts if all(one.get(kind, {}).get("case") != case for kind in kinds)]


def _rename(log: Forger, case: str, to: str) -> None:
    for one in log.parts:
        for kind in ("entry", "leaf"):
            if one.get(kind, {}).get("case") == case:
                one[kind]["case"] = to


def _nth(log: Forger, kind: str, number: int) -> int:
    return [at for at, one in enumerate(log.parts) if kind in one][number]


def _take_nth(log: Forger, kind: str, number: int) -> None:
    del log.parts[_nth(log, kind, number)]


def _swap_nth(log: Forger, kind: str, number: int) -> None:
    one, two = _nth(log, kind, number), _nth(log, kind, number + 1)
    log.parts[one], log.parts[two] = log.parts[two], log.parts[one]


def _redate(log: Forger, number: int) -> None:
    log.parts[_nth(log, "checkpoint", number)]["checkpoint"]["sealed_at"] = "2020-01-01T00:00:00.000000Z"


def _one_checkpoint(log: Forger) -> None:
    last = log.parts[_nth(log, "checkpoint", -1)]
    log.parts[:] = [one for one in log.parts if "checkpoint" not in one or one is last]


def _fork(lines: Lines) -> Lines:
    at = next(at for at, line in enumerate(lines) if "checkpoint" in line and '"number":2' in line)
    other = json.loads(lines[at])
    other["checkpoint"]["sealed_at"] = "2026-03-04T06:00:00.000000Z"
    other["signature"] = hashlib.sha512(b"x").hexdigest()
    return [*lines[: at + 1], canonical_json(other), *lines[at + 1 :]]
