"""Verifies an exported activity log offline, with the standard library of Python 3.8 or newer and nothing else.

    python verify_log.py EXPORT.jsonl [--key HEX ...] [--checkpoint HEX ...]

--key, --checkpoint: a public key, and a checkpoint's digest, that you know from elsewhere; no key: its owner is open.
Exit code 0: everything holds, 1: something is broken, 2: it cannot be told. What this proves: docs/activity-log.md.
"""

import argparse
import hashlib
import itertools
import json
import os
import re

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7  # The y of a point of order 8.
HEX, NAME, COUNT = "[0-9a-f]{64}", "[0-9a-z-]+", "(0|[1-9][0-9]{0,14})"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
KEYS = f'"key":"{HEX}","next_key":"{HEX}","number":{COUNT},"prev":"{HEX}","root":"{HEX}"'
SHAPES = {  # Of each kind of line: in which order it comes, and what it looks like.
    "header": (0, f'"cases":("all"|\\["{NAME}"(,"{NAME}")*\\]),"format":"remit-log/2","tenant":"{NAME}"}}'),
    "leaf": (1, f'"case":"{NAME}","count":{COUNT},"hash":"{HEX}"}}'),
    "checkpoint": (1, f'{KEYS},"sealed_at":"{TIME}","size":{COUNT},"tenant":"{NAME}"}},"signature":"{HEX}{HEX}"'),
    "entry": (2, f'"case":"{NAME}","event":.*,"hash":"{HEX}","number":{COUNT},"prev":"{HEX}"}}'),
    "end": (3, f'"checkpoints":{COUNT},"ends":"{HEX}","entries":{COUNT},"leaves":{COUNT}}}'),
}


def point_of(raw):
    """Return the point (x, y, z, t) that 32 bytes stand for, None for no point or of small order (RFC 8032, 5.1.3)."""
    sign, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or y in (0, 1, P - 1, EIGHTH, P - EIGHTH):
        return None
    return (x, y, 1, x * y % P) if x & 1 == sign else (P - x, y, 1, -x * y % P)


def added(one, two):
    """Return the sum of two points (RFC 8032, section 5.1.4)."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def is_signed(key, signature, *, text):
    """Whether a signature of `text` verifies with a public key (both hex): s * B - k * A must be R (5.1.7)."""
    key, signature = bytes.fromhex(key), bytes.fromhex(signature)
    public, scalar = point_of(key), int.from_bytes(signature[32:], "little")
    if public is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    base, minus = point_of(b"\x58" + 31 * b"\x66"), (P - public[0], public[1], 1, P - public[3])
    table, found = ((0, 1, 1, 0), base, minus, added(base, minus)), (0, 1, 1, 0)
    for bit in range(max(scalar.bit_length(), challenge.bit_length()) - 1, -1, -1):
        found = added(added(found, found), table[(scalar >> bit & 1) | (challenge >> bit & 1) << 1])
    x, y = (one * pow(found[2], P - 2, P) % P for one in found[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def canonical(value):
    """Return the bytes of the one text that a value has: sorted names, no blanks (RFC 8785 for what the log holds)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(value):
    """Return the SHA-256 of a value's canonical JSON as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def parsed(raw):
    """Return the kind and the content of a line, or None for both if it is no line of an export."""
    try:
        text = raw.decode()
        line, kind = json.loads(text, parse_float=int, parse_constant=int), text[2:].partition('"')[0]
        bare = re.sub(r'"[^"\\]*(\\.[^"\\]*)*"', "", text)  # Without texts there are numbers and brackets.
        deepest = max(itertools.accumulate((one in "[{") - (one in "]}") for one in bare))
        is_plain = deepest <= 64 and not re.search("[0-9]{16}", bare)  # So that every reader takes it for the same.
        shaped = is_plain and kind in SHAPES and re.fullmatch(f'{{"{kind}":{{{SHAPES[kind][1]}}}\n', text)
        whole = shaped and raw == canonical(line) + b"\n" and (kind != "entry" or len(line[kind]) == 5)
        return (kind, line) if whole else (None, None)
    except (ValueError, RecursionError):
        return None, None


class Verification:
    """Reads a file line by line and keeps in `problems` what does not hold. Each kind of line has its method."""

    def __init__(self, keys=(), known=()):
        self.keys, self.known, self.key, self.next_key, self.trusted = set(keys), set(known), "", "", False
        self.line, self.problems, self.notes, self.counts, self.only = 0, [], {}, dict.fromkeys(SHAPES, 0), {}
        self.place, self.tenant, self.peaks, self.size, self.sealed_size, self.sealed_at = 0, "", [], 0, 0, ""
        self.digests, self.leaves, self.sealed, self.entries, self.case, self.prev = ["0" * 64], {}, {}, {}, "", ""

    def need(self, holds, what):
        if not holds:
            self.problems.append(f"line {self.line}: {what}")

    def read(self, lines):
        for self.line, raw in enumerate(lines, 1):
            kind, line = parsed(raw)
            self.need(kind, "this is no line of an exported log in canonical JSON")
            if kind:
                good = SHAPES[kind][0] >= self.place and (kind == "header") == (self.line == 1) and self.place < 3
                self.need(good, "this line does not belong here")
                self.place, self.counts[kind] = max(self.place, SHAPES[kind][0]), self.counts[kind] + 1
                getattr(self, kind)(*line.values())
        self.need(self.counts["end"] == 1 and self.size == self.sealed_size, "the end, or its checkpoint, is missing")
        self.need(self.trusted or (self.key and not self.keys), "no checkpoint, or no known key stands behind it")
        self.need(self.known <= set(self.digests[1:]), "a known checkpoint is not in the file")
        for case in self.only or self.sealed:
            sealed, there = self.sealed.get(case, 0), self.entries.get(case, [0])[0]
            self.need(0 < there >= sealed, f"case {case}: {sealed} entries were sealed, {there} are here")

    def header(self, header):
        cases, self.tenant = header["cases"], header["tenant"]
        self.only = {} if cases == "all" else dict.fromkeys(cases)
        self.need(cases == "all" or cases == sorted(self.only), "the cases are not in their order")

    def leaf(self, leaf):
        case, count, self.size = leaf["case"], leaf["count"], self.size + 1
        self.peaks.append(hashlib.sha256(b"\0" + canonical(leaf)).digest())
        for _ in range((self.size & -self.size).bit_length() - 1):  # Subtrees of one size become one (RFC 6962, 2.1).
            self.peaks[-2:] = [hashlib.sha256(b"\1" + self.peaks[-2] + self.peaks[-1]).digest()]
        self.need(count > self.sealed.get(case, 0), f"case {case} was sealed further before")
        self.leaves[case, count], self.sealed[case] = leaf["hash"], max(count, self.sealed.get(case, 0))

    def checkpoint(self, given, signature):
        number, prev = len(self.digests), self.digests[-1]
        root = self.peaks[-1] if self.peaks else hashlib.sha256(b"").digest()
        for peak in self.peaks[-2::-1]:
            root = hashlib.sha256(b"\1" + peak + root).digest()
        told = {"tenant": self.tenant, "number": number, "size": self.size, "root": root.hex(), "prev": prev}
        good = given == {**given, **told} and given["sealed_at"] >= self.sealed_at
        self.need(good, f"checkpoint {number} does not follow from what is above it")
        self.digests.append(sha(given))
        self.sealed_size, self.sealed_at, key = self.size, max(self.sealed_at, given["sealed_at"]), given["key"]
        named = key == self.next_key or not self.key
        self.need(named or key in self.keys, f"the log begins anew at checkpoint {number}, under an unknown key")
        self.notes.setdefault((key, named), f"key from checkpoint {number}: {key}{'' if named else ', A NEW START'}")
        self.trusted, self.key, self.next_key = key in self.keys or (self.trusted and named), key, given["next_key"]
        self.need(is_signed(key, signature, text=canonical(given)), f"checkpoint {number} is not signed with its key")

    def entry(self, entry):
        case, event, found = entry["case"], entry["event"], entry["hash"]
        if case != self.case:
            self.need(case > self.case and case in (self.only or [case]), f"case {case} does not belong here")
            self.case, self.prev = case, sha({"format": "remit-log/2", "log": case})
        number = self.entries.get(case, [0])[0]
        data = event.get("data") if isinstance(event, dict) and event.get("code") == "case.opened" else None
        owner = data.get("tenant_id") if isinstance(data, dict) else None
        ours = number > 0 or owner == self.tenant or case in ("stack", f"tenant-{self.tenant}", f"grants-{self.tenant}")
        self.need(ours, f"case {case}: the first entry does not say that it is one of this tenant")
        told = {"number": number, "prev": self.prev, "hash": sha({"seq": number, "event": event, "prev": self.prev})}
        self.need(entry == {**entry, **told}, f"case {case}: this is not entry {number}, or it was changed")
        self.need(found == self.leaves.get((case, number + 1), found), f"case {case}: entry {number} is not as sealed")
        self.entries[case], self.prev = [number + 1, found], found

    def end(self, end):
        told = {"leaves": self.size, "checkpoints": len(self.digests) - 1, "entries": self.counts["entry"]}
        told["ends"] = sha([[case, *last] for case, last in self.entries.items()])
        self.need(end == told, "what is said of the lines above does not hold")


def main():
    """Verify the file that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an exported activity log offline.")
    parser.add_argument("file", help="the export, JSON Lines")
    parser.add_argument("--key", action="append", default=[], help="a public key of the tenant, 64 hex characters")
    parser.add_argument("--checkpoint", action="append", default=[], help="digest of a checkpoint that must be there")
    given = parser.parse_args()
    if not all(re.fullmatch(HEX, one) for one in given.key + given.checkpoint):
        parser.error("keys and checkpoints are 64 lower-case hex characters")
    log = Verification(given.key, given.checkpoint)
    try:
        with open(given.file, "rb") as file:  # noqa: PTH123  # At most 4 MiB a line, and a thousand problems.
            log.read(iter(lambda: file.readline(2**22 if len(log.problems) < 1000 else 0), b""))
    except OSError as problem:
        parser.error(f"the file cannot be read: {problem.strerror}")
    more = [f"and {len(log.problems) - 50} more"] * (len(log.problems) > 50)
    unknown = [] if given.key else ["NOT PROVEN: whose keys these are. The file's own were used"]
    told = [*(log.problems[:50] or ["everything holds"]), *more, *log.notes.values(), *unknown]
    unsealed = sum(max(there - log.sealed.get(case, 0), 0) for case, (there, _) in log.entries.items())
    told += [f"{log.counts['entry']} entries of {len(log.entries)} cases, {unsealed} of them not sealed yet"]
    told += [f"{len(set(log.sealed) - set(log.entries))} sealed cases are not in the file"]
    newest = f", the newest of {log.sealed_at}: {log.digests[-1]}" if log.sealed_at else ""
    try:
        print(*told, f"{len(log.digests) - 1} checkpoints{newest}", sep="\n", flush=True)
    except BrokenPipeError:  # Who reads has seen enough; what is left has to go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1 if log.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
