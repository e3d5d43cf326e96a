"""Says of an export what holds: chains, leaves, roots, signatures, that nothing is missing, and what is not sealed yet.

What is expected is computed from the file's own leaves and events, line by line; a line that differs is a problem.

1. Every line is one of an export (`agent/log/lines.py`), and the kinds come in the order of `agent/log/export.py`.
   What is none counts for nothing else.
2. A leaf names more entries of its case than the leaf of that case before it.
3. Checkpoint n follows checkpoint n - 1 by digest and time, its size is that of the leaves above it, its root the
   RFC 6962 root of these leaves, and its signature verifies with the key that it names. One list of leaves under all
   roots means that each tree is a prefix of the next.
4. That key is the one which the checkpoint before names as the next. If it is not, the log begins anew there: that
   holds only for who knows the new key from elsewhere. A key known from elsewhere signed the newest checkpoint, or
   one from which keys lead to it by name.
5. The first entry of a case follows from the case's name and says that it is the tenant's. Entry n follows entry
   n - 1 by number and hash; its hash is that of what it says. Where a leaf names it, the leaf's hash is the same.
6. Every entry that a leaf names is there, for every case that the header promises.
7. The counts at the end are those of the lines, and `ends` is the digest of where the cases end.

`verify_log.py` does the same with the standard library alone; tests hold both equal.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, Final, Protocol

from agent.log.export import EVERY_CASE
from agent.log.lines import ORDER, read_line
from agent.log.merkle import Tree
from agent.log.report import CaseState, KeyUse, Newest, Problem, Report
from agent.model.sealed_log import NOTHING_BEFORE, chain_start, entry_hash
from policy.canonical import canonical_json, digest

# A file that is broken in so many places is read no further.
MOST_PROBLEMS: Final = 1_000

_COUNTED: Final = {"leaf": "leaves", "checkpoint": "checkpoints", "entry": "entries"}


class IsSigned(Protocol):
    """Whether a signature (hex) of a text verifies with a public key (hex); False for anything malformed."""

    def __call__(self, text: str, signature: str, *, public_key: str) -> bool: ...


class Verification:
    """Verifies one export, once. `keys` are the public keys that are known from elsewhere, none to take the file's own.

    `known` are digests of checkpoints that the verifier learned earlier or elsewhere: each must be in the file.
    """

    def __init__(self, is_signed: IsSigned, *, keys: Iterable[str] = (), known: Iterable[str] = ()) -> None:
        self._is_signed = is_signed
        self._known_keys = frozenset(keys)
        self._known = tuple(known)
        self._line = 0
        self._problems: list[Problem] = []
        self._counts = Counter[str]()
        self._tenant = ""
        self._promised: Collection[str] | None = None
        self._tree = Tree()
        # The hash that a case's so many entries must end with, and how many there are of it.
        self._leaves: dict[tuple[str, int], str] = {}
        self._sealed: dict[str, int] = {}
        self._digests: list[str] = []
        self._newest: Newest | None = None
        self._key_uses: list[KeyUse] = []
        self._next_key, self._is_trusted = "", False
        self._sealed_size = 0
        self._entries: dict[str, int] = {}
        self._last: dict[str, str] = {}
        self._case, self._prev = "", ""
        self._problems_of = Counter[str]()

    def run(self, lines: Iterable[bytes]) -> Report:
        """Return what holds of the lines of a file, each with its end."""
        for self._line, raw in enumerate(lines, 1):
            self._take(raw)
            if len(self._problems) >= MOST_PROBLEMS:
                self._wrong("the rest of the file was not read")
                break
        self._finish()
        return self._report()

    def _take(self, raw: bytes) -> None:
        kind, line = read_line(raw)
        if kind == "":
            self._wrong("expected one line of canonical JSON of a known kind, got something else")
            return
        place = max((ORDER[one] for one in self._counts), default=0)
        if ORDER[kind] < place or (kind == "header") is not (self._line == 1) or place == ORDER["end"]:
            self._wrong(f"a line of the kind `{kind}` does not belong here")
        self._counts[kind] += 1
        steps = {"header": self._header, "leaf": self._leaf, "entry": self._entry, "end": self._end}
        if kind == "checkpoint":
            self._checkpoint(line["checkpoint"], line["signature"])
        else:
            steps[kind](line[kind])

    def _header(self, header: dict[str, Any]) -> None:
        self._tenant, cases = header["tenant"], header["cases"]
        self._promised = None if cases == EVERY_CASE else dict.fromkeys(cases)
        if cases != EVERY_CASE and cases != sorted(set(cases)):
            self._wrong(f"expected `{EVERY_CASE}` or a sorted list of case ids, got them in another order")

    def _leaf(self, leaf: dict[str, Any]) -> None:
        self._tree = self._tree.grown([canonical_json(leaf)])
        case, count = leaf["case"], leaf["count"]
        before = self._sealed.get(case, 0)
        if count <= before:
            self._wrong(f"case `{case}` was sealed with `{before}` entries before, got `{count}`", case=case)
        self._leaves[case, count] = leaf["hash"]
        self._sealed[case] = max(count, before)

    def _checkpoint(self, given: dict[str, Any], signature: str) -> None:
        number, prev = len(self._digests) + 1, self._digests[-1] if self._digests else NOTHING_BEFORE
        expected = {"tenant": self._tenant, "number": number, "size": self._tree.size}
        expected |= {"root": self._tree.root, "prev": prev}
        for name, value in expected.items():
            if given[name] != value:
                self._wrong(f"checkpoint `{number}` has another `{name}` than the lines above it give")
        sealed_at = given["sealed_at"]
        if self._newest and sealed_at < self._newest.sealed_at:
            self._wrong(f"checkpoint `{number}` is older than the one before it")
            sealed_at = self._newest.sealed_at
        self._digests.append(digest(given))
        self._newest = Newest(number, sealed_at, self._digests[-1])
        self._sealed_size = self._tree.size
        self._follow(given["key"], given["next_key"], number=number)
        if not self._is_signed(canonical_json(given), signature, public_key=given["key"]):
            self._wrong(f"the signature of checkpoint `{number}` does not verify")

    def _follow(self, key: str, next_key: str, *, number: int) -> None:
        """Note whether the key of a checkpoint is the one that the checkpoint before it names."""
        is_named = not self._key_uses or key == self._next_key
        if not is_named and key not in self._known_keys:
            self._wrong(f"the log begins anew at checkpoint `{number}`, under `{key}`, which none before names")
        if not self._key_uses or self._key_uses[-1].key != key:
            self._key_uses.append(KeyUse(key, number, is_named))
        self._is_trusted = key in self._known_keys or (self._is_trusted and is_named)
        self._next_key = next_key

    def _entry(self, entry: dict[str, Any]) -> None:
        case, event, found = entry["case"], entry["event"], entry["hash"]
        if case != self._case:
            self._next_case(case)
        number = self._entries[case]
        if number == 0 and not self._is_of_tenant(case, event):
            self._wrong(f"case `{case}`: the first entry does not say that it is one of this tenant", case=case)
        if entry["number"] != number:
            self._wrong(f"case `{case}`: expected entry `{number}` here, got another", case=case)
        if entry["prev"] != self._prev:
            self._wrong(f"case `{case}`: entry `{number}` does not name the entry before it", case=case)
        if found != entry_hash(number, event, prev=self._prev):
            self._wrong(f"case `{case}`: entry `{number}` does not have the hash of what it says", case=case)
        if self._leaves.get((case, number + 1), found) != found:
            self._wrong(f"case `{case}`: entry `{number}` is not the one that was sealed", case=case)
        self._entries[case], self._last[case], self._prev = number + 1, found, found

    def _next_case(self, case: str) -> None:
        if case <= self._case:
            self._wrong(f"the entries of case `{case}` do not belong here", case=case)
        if self._promised is not None and case not in self._promised:
            self._wrong(f"the header does not name case `{case}`", case=case)
        self._entries.setdefault(case, 0)
        self._case, self._prev = case, chain_start(case)

    def _is_of_tenant(self, case: str, event: Any) -> bool:
        """Whether a log is one of orders that this tenant has, or its first entry opens a case of this tenant."""
        if case in ("stack", f"tenant-{self._tenant}", f"grants-{self._tenant}"):
            return True
        data = event.get("data") if isinstance(event, dict) and event.get("code") == "case.opened" else None
        return isinstance(data, dict) and data.get("tenant_id") == self._tenant

    def _end(self, end: dict[str, Any]) -> None:
        counts = {name: self._counts[kind] for kind, name in _COUNTED.items()}
        ends = [[case, number, self._last[case]] for case, number in self._entries.items()]
        if end != {**counts, "ends": digest(ends)}:
            self._wrong("what the end says of the lines above it does not hold")

    def _finish(self) -> None:
        if self._counts["end"] != 1:
            self._wrong("the end of the file is missing")
        if self._tree.size != self._sealed_size:
            self._wrong("the last leaves stand under no checkpoint")
        if not self._digests:
            self._wrong("no checkpoint is in the file, so nothing in it is proved")
        elif self._known_keys and not self._is_trusted:
            self._wrong("no key that is known stands behind the newest checkpoint")
        for known in self._known:
            if known not in self._digests:
                self._wrong(f"the known checkpoint `{known}` is not in the file")
        for case in self._promised if self._promised is not None else self._sealed:
            sealed, there = self._sealed.get(case, 0), self._entries.get(case, 0)
            if there < sealed or there == 0:
                self._wrong(f"case `{case}`: expected `{sealed}` sealed entries, got `{there}`", case=case)

    def _report(self) -> Report:
        states = {
            case: CaseState(self._entries.get(case, 0), self._sealed.get(case, 0), self._problems_of[case])
            for case in sorted({*self._entries, *(self._promised or ()), *(self._problems_of)})
        }
        left_out = 0 if self._promised is None else len(set(self._sealed) - set(self._promised))
        counts = {name: self._counts[kind] for kind, name in _COUNTED.items()}
        problems, uses = tuple(self._problems), tuple(self._key_uses)
        return Report(self._tenant, problems, states, left_out, counts, uses, self._newest)

    def _wrong(self, what: str, *, case: str = "") -> None:
        self._problems.append(Problem(self._line, what))
        if case:
            self._problems_of[case] += 1
