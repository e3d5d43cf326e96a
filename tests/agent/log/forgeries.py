"""An export computed again to its end by somebody who knows the format and has no key, or not the right one."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from agent.log.merkle import Tree
from agent.model.sealed_log import NOTHING_BEFORE, chain_start, entry_hash
from agent.vault.log_keys import VaultLogKey
from policy.canonical import canonical_json, digest
from tests.agent.log.mutations import Lines, Mutation
from tests.conformance.memory_log import key_of


class Forger:
    """Computes everything of a log again that needs no key: hashes, leaves, roots, sizes, digests, counts.

    `signer` names the key that signs the checkpoints anew, from checkpoint `since` on; None leaves the signatures as
    they were.
    """

    def __init__(self, lines: Lines, *, signer: str | None = None, since: int = 1) -> None:
        self._parts = [json.loads(line) for line in lines]
        self._signer = signer
        self._since = since

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
                if self._signer is not None and number >= self._since:
                    self._sign(one, key=key_of(self._signer))
                prev = digest(one["checkpoint"])
        self._count()
        return [canonical_json(one) for one in self._parts]

    def _chain(self) -> dict[tuple[str, int], str]:
        hashes: dict[tuple[str, int], str] = {}
        case, number, prev = "", 0, ""
        for entry in self.entries:
            if entry["case"] != case:
                case, number, prev = entry["case"], 0, chain_start(entry["case"])
            entry |= {"number": number, "prev": prev, "hash": entry_hash(number, entry["event"], prev=prev)}
            number, prev = number + 1, entry["hash"]
            hashes[case, number] = prev
        return hashes

    def _sign(self, line: dict[str, Any], *, key: VaultLogKey) -> None:
        line["checkpoint"] |= {"key": key.public_key, "next_key": key.public_key}
        line["signature"] = key.sign(canonical_json(line["checkpoint"]))

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
    yield from _by_another_key(lines)
    yield "two checkpoints of one number", _fork(lines)
    yield "all checkpoints as one", _forged(lines, _one_checkpoint)


def _by_another_key(lines: Lines) -> Iterator[Mutation]:
    """The log gone on with under a key of the forger's, from each checkpoint on, and a checkpoint of it put behind."""
    count = sum("checkpoint" in one for one in Forger(lines).parts)
    for since in range(2, count + 1):
        log = Forger(lines, signer="an attacker", since=since)
        yield f"under another key from checkpoint {since} on", log.lines()
        log = Forger(lines, signer="an attacker", since=since)
        before = log.parts[_nth(log, "checkpoint", since - 2)]
        before["checkpoint"]["next_key"] = key_of("an attacker").public_key
        yield f"under another key from checkpoint {since} on, named before", log.lines()
    log = Forger(lines, signer="an attacker", since=count + 1)
    at = _nth(log, "checkpoint", count - 1)
    log.parts.insert(at + 1, copy.deepcopy(log.parts[at]))
    yield "one more checkpoint under another key", log.lines()
    for number in range(count):
        yield (
            f"checkpoint {number + 1} names another next key",
            _forged(lines, lambda log, n=number: _name_another_key(log, n)),
        )


def _name_another_key(log: Forger, number: int) -> None:
    log.parts[_nth(log, "checkpoint", number)]["checkpoint"]["next_key"] = key_of("an attacker").public_key


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
