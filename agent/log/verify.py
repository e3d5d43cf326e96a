"""Says of an export what holds: chains, leaves, roots, signatures, that nothing is missing, and what is not sealed yet.

What is expected is computed from the file's own leaves and events, line by line; a line that differs is a problem.

1. Every line is canonical JSON and of one of the five kinds, in the order of `agent/log/export.py`.
2. A leaf names more entries of its case than the leaf of that case before it.
3. Checkpoint n follows checkpoint n - 1 by digest, its size is that of the leaves above it, its root the RFC 6962 root
   of these leaves, and its signature verifies with the one key. One list of leaves under all roots means that each tree
   is a prefix of the next.
4. Entry n of a case follows entry n - 1 by number and hash; its hash is that of what it says. Where a leaf names it,
   the leaf's hash is the same.
5. Every entry that a leaf names is there, for every case that the header promises.
6. The counts at the end are those of the lines, and `ends` is the digest of where the cases end.

`verify_log.py` does the same with the standard library alone; tests hold both equal.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from agent.log.export import EVERY_CASE, FORMAT
from agent.log.merkle import Tree
from agent.model.sealed_log import NOTHING_BEFORE, entry_hash
from policy.canonical import canonical_json, digest

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
# The kinds of lines by the names in them, and in which order they come.
_KINDS: Final = {
    frozenset({"header"}): "header",
    frozenset({"leaf"}): "leaf",
    frozenset({"checkpoint", "public_key", "signature"}): "checkpoint",
    frozenset({"entry"}): "entry",
    frozenset({"end"}): "end",
}
_ORDER: Final = {"header": 0, "leaf": 1, "checkpoint": 1, "entry": 2, "end": 3}
_COUNTED: Final = {"leaf": "leaves", "checkpoint": "checkpoints", "entry": "entries"}


class IsSigned(Protocol):
    """Whether a signature (hex) of a text verifies with a public key (hex); False for anything malformed."""

    def __call__(self, text: str, signature: str, *, public_key: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold, and the number of the line where that shows, counted from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class CaseState:
    """One case in the file: how many entries there are, how many of them are sealed, and how many problems."""

    entries: int
    sealed: int
    problems: int


@dataclass(frozen=True, slots=True)
class Newest:
    """The last checkpoint in the file; `digest` is what a verifier keeps, to ask for it the next time."""

    number: int
    sealed_at: str
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `left_out` counts cases that are sealed and that the file does not promise to hold."""

    tenant: str
    public_key: str
    problems: tuple[Problem, ...]
    cases: Mapping[str, CaseState]
    left_out: int
    counts: Mapping[str, int]
    newest: Newest | None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class Verification:
    """Verifies one export, once. `key` is the public key that is expected, empty to take the file's own.

    `known` are digests of checkpoints that the verifier learned earlier or elsewhere: each must be in the file.
    """

    def __init__(self, is_signed: IsSigned, *, key: str = "", known: Iterable[str] = ()) -> None:
        self._is_signed = is_signed
        self._expected_key = key
        self._known = tuple(known)
        self._line = 0
        self._problems: list[Problem] = []
        self._counts = Counter[str]()
        self._tenant = ""
        self._key = key
        self._promised: Collection[str] | None = None
        self._tree = Tree()
        self._leaves: dict[str, dict[int, str]] = {}
        self._digests: list[str] = []
        self._newest: Newest | None = None
        self._sealed_size = 0
        self._entries: dict[str, int] = {}
        self._last: dict[str, Any] = {}
        self._case, self._prev = "", NOTHING_BEFORE
        self._problems_of = Counter[str]()

    def run(self, lines: Iterable[bytes]) -> Report:
        """Return what holds of the lines of a file, each with its end."""
        steps = {"header": self._header, "leaf": self._leaf, "checkpoint": self._checkpoint, "entry": self._entry}
        place = 0
        for self._line, raw in enumerate(lines, 1):
            kind, line = self._read(raw)
            if kind == "":
                continue
            if _ORDER[kind] < place or (kind == "header") is not (self._line == 1) or place == _ORDER["end"]:
                self._wrong(f"a line of the kind `{kind}` does not belong here")
            place = max(place, _ORDER[kind])
            self._counts[kind] += 1
            if kind in steps:
                steps[kind](line)
            else:
                self._end(line)
        self._finish()
        return self._report()

    def _read(self, raw: bytes) -> tuple[str, dict[str, Any]]:
        """Return a line's kind and content, or the kind "" for what is no line of an export."""
        try:
            text = raw.decode()
            line = json.loads(text)
            is_canonical = canonical_json(line) + "\n" == text
        except (ValueError, RecursionError):
            is_canonical, line = False, None
        kind = _KINDS.get(frozenset(line), "") if isinstance(line, dict) else ""
        if not is_canonical or not kind:
            self._wrong("expected one line of canonical JSON of a known kind, got something else")
            return "", {}
        return kind, line

    def _header(self, line: dict[str, Any]) -> None:
        header = self._fields(line["header"], "format", "tenant", "cases", "public_key")
        if header is None:
            return
        if header["format"] != FORMAT:
            self._wrong(f"expected the format `{FORMAT}`, got another")
        self._tenant = str(header["tenant"])
        cases = header["cases"]
        if _is_list_of_cases(cases):
            self._promised = frozenset(cases)
        elif cases != EVERY_CASE:
            self._wrong(f"expected `{EVERY_CASE}` or a sorted list of case ids, got something else")
        key = header["public_key"]
        if key != "" and not _is_hash(key):
            self._wrong("expected a public key of 64 hex characters, got something else")
        if self._expected_key and key != self._expected_key:
            self._wrong("the file names another public key than the expected one")
        self._key = self._expected_key or (key if _is_hash(key) else "")

    def _leaf(self, line: dict[str, Any]) -> None:
        leaf = self._fields(line["leaf"], "case", "count", "hash")
        self._tree = self._tree.grown([canonical_json(line["leaf"])])
        if leaf is None:
            return
        case, count = leaf["case"], leaf["count"]
        if not (isinstance(case, str) and type(count) is int and count > 0 and _is_hash(leaf["hash"])):
            self._wrong("expected a case, a count and a hash in a leaf, got something else")
            return
        before = max(self._leaves.get(case, {}), default=0)
        if count <= before:
            self._wrong(f"case `{case}` was sealed with `{before}` entries before, got `{count}`", case=case)
            return
        self._leaves.setdefault(case, {})[count] = leaf["hash"]

    def _checkpoint(self, line: dict[str, Any]) -> None:
        text = canonical_json(line["checkpoint"])
        given = self._fields(line["checkpoint"], "tenant", "number", "size", "root", "sealed_at", "prev")
        prev = self._digests[-1] if self._digests else NOTHING_BEFORE
        self._digests.append(digest(line["checkpoint"]))
        self._sealed_size = self._tree.size
        if given is None:
            return
        expected = {"tenant": self._tenant, "number": len(self._digests), "size": self._tree.size}
        expected |= {"root": self._tree.root, "prev": prev}
        for name, value in expected.items():
            if type(given[name]) is not type(value) or given[name] != value:
                self._wrong(f"checkpoint `{len(self._digests)}` has another `{name}` than the lines above it give")
        if line["public_key"] != self._key:
            self._wrong(f"checkpoint `{len(self._digests)}` names another public key than the log's")
        signature = line["signature"]
        if not (isinstance(signature, str) and _SIGNATURE.fullmatch(signature) and _is_hash(self._key)) or not (
            self._is_signed(text, signature, public_key=self._key)
        ):
            self._wrong(f"the signature of checkpoint `{len(self._digests)}` does not verify")
        self._newest = Newest(len(self._digests), str(given["sealed_at"]), self._digests[-1])

    def _entry(self, line: dict[str, Any]) -> None:
        entry = self._fields(line["entry"], "case", "number", "event", "prev", "hash")
        if entry is None or not isinstance(entry["case"], str) or not entry["case"]:
            self._wrong("an entry names no case")
            return
        case = entry["case"]
        if case != self._case:
            self._next_case(case)
        number, found = self._entries[case], entry["hash"]
        if type(entry["number"]) is not int or entry["number"] != number:
            self._wrong(f"case `{case}`: expected entry `{number}` here, got another", case=case)
        if entry["prev"] != self._prev:
            self._wrong(f"case `{case}`: entry `{number}` does not name the entry before it", case=case)
        if not _is_hash(found) or found != entry_hash(number, entry["event"], prev=self._prev):
            self._wrong(f"case `{case}`: entry `{number}` does not have the hash of what it says", case=case)
        if self._leaves.get(case, {}).get(number + 1, found) != found:
            self._wrong(f"case `{case}`: entry `{number}` is not the one that was sealed", case=case)
        self._entries[case], self._last[case], self._prev = number + 1, found, str(found)

    def _next_case(self, case: str) -> None:
        if case <= self._case:
            self._wrong(f"the entries of case `{case}` do not belong here", case=case)
        if self._promised is not None and case not in self._promised:
            self._wrong(f"the header does not name case `{case}`", case=case)
        self._entries.setdefault(case, 0)
        self._case, self._prev = case, NOTHING_BEFORE

    def _end(self, line: dict[str, Any]) -> None:
        counts = {name: self._counts[kind] for kind, name in _COUNTED.items()}
        ends = [[case, number, self._last[case]] for case, number in self._entries.items()]
        if canonical_json(line["end"]) != canonical_json({**counts, "ends": digest(ends)}):
            self._wrong("what the end says of the lines above it does not hold")

    def _finish(self) -> None:
        if self._counts["end"] != 1:
            self._wrong("the end of the file is missing")
        if self._tree.size != self._sealed_size:
            self._wrong("the last leaves stand under no checkpoint")
        if bool(self._key) is not bool(self._digests):
            self._wrong("expected checkpoints and the key that signed them, got one without the other")
        for known in self._known:
            if known not in self._digests:
                self._wrong(f"the known checkpoint `{known}` is not in the file")
        for case in self._promised if self._promised is not None else self._leaves:
            sealed, there = max(self._leaves.get(case, {}), default=0), self._entries.get(case, 0)
            if there < sealed or there == 0:
                self._wrong(f"case `{case}`: expected `{sealed}` sealed entries, got `{there}`", case=case)

    def _report(self) -> Report:
        states = {
            case: CaseState(
                self._entries.get(case, 0), max(self._leaves.get(case, {}), default=0), self._problems_of[case]
            )
            for case in sorted({*self._entries, *(self._promised or ()), *(self._problems_of)})
        }
        left_out = 0 if self._promised is None else len(set(self._leaves) - set(self._promised))
        counts = {name: self._counts[kind] for kind, name in _COUNTED.items()}
        return Report(self._tenant, self._key, tuple(self._problems), states, left_out, counts, self._newest)

    def _fields(self, value: object, *names: str) -> dict[str, Any] | None:
        """Return an object with exactly these names, or None after saying that it is none."""
        if isinstance(value, dict) and set(value) == set(names):
            return value
        self._wrong(f"expected exactly {', '.join(f'`{name}`' for name in sorted(names))}, got something else")
        return None

    def _wrong(self, what: str, *, case: str = "") -> None:
        self._problems.append(Problem(self._line, what))
        if case:
            self._problems_of[case] += 1


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_list_of_cases(value: object) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        return False
    return value == sorted(set(value))
