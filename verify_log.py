"""Verifies an exported activity log offline, with the standard library of Python 3.8 or newer and nothing else.

    python verify_log.py EXPORT.jsonl [--key HEX] [--checkpoint HEX ...]

--key: the tenant's public key as you got it elsewhere. Without it the file's own is used, and whose it is stays open.
--checkpoint: the digest of a checkpoint that you learned earlier or elsewhere, and that must be in the file.
Exit code 0: everything holds, 1: something is broken (each line says where), 2: the command or the file cannot be used.
docs/activity-log.md tells the format and what this proves. Ed25519 is RFC 8032, the Merkle tree RFC 6962.
"""

import argparse
import hashlib
import json
import sys

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
NOTHING_BEFORE = "0" * 64
KINDS = {"header": 0, "leaf": 1, "checkpoint,public_key,signature": 1, "entry": 2, "end": 3}


def point_of(raw):
    """Return the curve's point (x, y, z, t) that 32 bytes stand for, or None (RFC 8032, section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def added(one, two):
    """Return the sum of two points (RFC 8032, section 5.1.4)."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, signature, *, text):
    """Whether a signature of `text` verifies with a public key (both hex): s * B - k * A must be R (5.1.7)."""
    key, signature = bytes.fromhex(key), bytes.fromhex(signature)
    public, scalar = point_of(key), int.from_bytes(signature[32:], "little")
    if public is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    minus = (P - public[0], public[1], 1, P - public[3])
    table, found = ((0, 1, 1, 0), BASE, minus, added(BASE, minus)), (0, 1, 1, 0)
    for bit in range(max(scalar.bit_length(), challenge.bit_length()) - 1, -1, -1):
        found = added(added(found, found), table[(scalar >> bit & 1) | (challenge >> bit & 1) << 1])
    inverse = pow(found[2], P - 2, P)
    x, y = found[0] * inverse % P, found[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def canonical(value):
    """Return the one text that a value has: sorted names, no blanks (RFC 8785 for what the log holds)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def is_hex(value, length=64):
    """Whether a value is text of so many lower-case hex characters."""
    return isinstance(value, str) and len(value) == length and set(value) <= set("0123456789abcdef")


class Verification:
    """Reads a file line by line and keeps in `problems` what does not hold. Each kind of line has its method."""

    def __init__(self, key, known):
        self.key, self.expected_key, self.known = key, key, known
        self.line, self.problems, self.counts, self.only = 0, [], dict.fromkeys(KINDS, 0), None
        self.tenant, self.peaks, self.size, self.sealed_size, self.sealed_at = "", [], 0, 0, ""
        self.leaves, self.digests, self.entries, self.case, self.prev = {}, [], {}, "", NOTHING_BEFORE

    def need(self, holds, what):
        if not holds:
            self.problems.append(f"line {self.line}: {what.encode('unicode_escape').decode()}")
        return holds

    def names(self, value, *expected):
        return self.need(isinstance(value, dict) and set(value) == set(expected), f"expected {', '.join(expected)}")

    def read(self, lines):
        place = 0
        for self.line, raw in enumerate(lines, 1):
            try:
                line = json.loads(raw.decode(), parse_float=int, parse_constant=int)  # int takes neither 1.0 nor NaN.
                kind = ",".join(sorted(line)) if isinstance(line, dict) else ""
                known = kind in KINDS and raw == (canonical(line) + "\n").encode()
            except (ValueError, RecursionError):
                known = False
            if self.need(known, "this is no line of an exported log in canonical JSON"):
                ordered = KINDS[kind] >= place and (kind == "header") == (self.line == 1) and place < KINDS["end"]
                self.need(ordered, "this line does not belong here")
                place, self.counts[kind] = max(place, KINDS[kind]), self.counts[kind] + 1
                getattr(self, kind.partition(",")[0])(line)
        self.need(self.counts["end"] == 1, "the end of the file is missing")
        self.need(self.size == self.sealed_size, "the last leaves stand under no checkpoint")
        self.need(bool(self.key) == bool(self.digests), "there are checkpoints without a key, or a key without them")
        self.need({*self.known} <= {*self.digests}, "a known checkpoint is not in the file")
        for case in self.leaves if self.only is None else self.only:
            sealed, there = max(self.leaves.get(case, {}), default=0), self.entries.get(case, [0])[0]
            self.need(0 < there >= sealed, f"case {case}: {sealed} entries were sealed, {there} are here")

    def header(self, line):
        header = line["header"]
        if self.names(header, "format", "tenant", "cases", "public_key"):
            cases, key, self.tenant = header["cases"], header["public_key"], header["tenant"]
            if isinstance(cases, list) and all(isinstance(one, str) for one in cases) and cases == sorted(set(cases)):
                self.only = cases or None
            self.need(cases == "all" or self.only, "the cases are neither all nor a sorted list")
            good = key == self.expected_key if self.expected_key else key == "" or is_hex(key)
            self.need(good and header["format"] == "remit-log/1", "the public key or the format is another one")
            self.key = self.expected_key or (key if is_hex(key) else "")

    def leaf(self, line):
        leaf, self.size = line["leaf"], self.size + 1
        self.peaks.append(hashlib.sha256(b"\0" + canonical(leaf).encode()).digest())
        for _ in range((self.size & -self.size).bit_length() - 1):  # Subtrees of one size become one (RFC 6962, 2.1).
            right = self.peaks.pop()
            self.peaks.append(hashlib.sha256(b"\1" + self.peaks.pop() + right).digest())
        if self.names(leaf, "case", "count", "hash"):
            case, count = leaf["case"], leaf["count"]
            good = isinstance(case, str) and type(count) is int and count > max(self.leaves.get(case, {}), default=0)
            if self.need(good and is_hex(leaf["hash"]), "this is no leaf, or its case was sealed further before"):
                self.leaves.setdefault(case, {})[count] = leaf["hash"]

    def checkpoint(self, line):
        given, text = line["checkpoint"], canonical(line["checkpoint"]).encode()
        root = self.peaks[-1] if self.peaks else hashlib.sha256(b"").digest()
        for peak in self.peaks[-2::-1]:
            root = hashlib.sha256(b"\1" + peak + root).digest()
        number, prev = len(self.digests) + 1, self.digests[-1] if self.digests else NOTHING_BEFORE
        expected = {"tenant": self.tenant, "number": number, "size": self.size, "root": root.hex(), "prev": prev}
        self.sealed_at = expected["sealed_at"] = given.get("sealed_at") if isinstance(given, dict) else ""
        self.digests.append(hashlib.sha256(text).hexdigest())
        self.sealed_size = self.size
        self.need(text == canonical(expected).encode(), f"checkpoint {number} does not follow from the lines above it")
        self.need(line["public_key"] == self.key, f"checkpoint {number} names another public key")
        good = is_hex(self.key) and is_hex(line["signature"], 128) and is_signed(self.key, line["signature"], text=text)
        self.need(good, f"the signature of checkpoint {number} does not verify")

    def entry(self, line):
        entry = line["entry"]
        named = self.names(entry, "case", "number", "event", "prev", "hash")
        if not self.need(named and isinstance(entry["case"], str) and entry["case"], "an entry names no case"):
            return
        case, found = entry["case"], entry["hash"]
        if case != self.case:
            self.need(case > self.case, f"case {case} does not belong here")
            self.need(self.only is None or case in self.only, f"the header does not name case {case}")
            self.case, self.prev = case, NOTHING_BEFORE
        number, sealed = self.entries.get(case, [0])[0], self.leaves.get(case, {})
        expected = hashlib.sha256(canonical({"seq": number, "event": entry["event"], "prev": self.prev}).encode())
        follows = canonical(entry["number"]) == str(number) and entry["prev"] == self.prev
        self.need(follows, f"case {case}: this is not entry {number}, or it does not name the one before it")
        self.need(found == expected.hexdigest(), f"case {case}: entry {number} does not have the hash of what it says")
        self.need(found == sealed.get(number + 1, found), f"case {case}: entry {number} is not the one that was sealed")
        self.entries[case], self.prev = [number + 1, found], found

    def end(self, line):
        _, leaves, checkpoints, entries, _ = self.counts.values()
        ends = hashlib.sha256(canonical([[case, *last] for case, last in self.entries.items()]).encode()).hexdigest()
        expected = {"checkpoints": checkpoints, "entries": entries, "leaves": leaves, "ends": ends}
        self.need(canonical(line["end"]) == canonical(expected), "what is said of the lines above does not hold")


def main():
    """Verify the file that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an exported activity log offline.")
    parser.add_argument("file", help="the export, JSON Lines")
    parser.add_argument("--key", default="", help="the tenant's public key, 64 hex characters")
    parser.add_argument("--checkpoint", action="append", default=[], help="digest of a checkpoint that must be there")
    given = parser.parse_args()
    if not all(is_hex(one) for one in [given.key or NOTHING_BEFORE, *given.checkpoint]):
        parser.error("keys and checkpoints are 64 lower-case hex characters")
    log = Verification(given.key, given.checkpoint)
    try:
        with open(given.file, "rb") as file:  # noqa: PTH123
            log.read(file)
    except OSError as problem:
        parser.error(f"the file cannot be read: {problem.strerror}")
    print("\n".join(log.problems) or "everything holds")
    tails = [max(there - max(log.leaves.get(case, {}), default=0), 0) for case, (there, _) in log.entries.items()]
    print(f"{log.counts['entry']} entries of {len(log.entries)} cases, {sum(tails)} of them not sealed yet")
    print(f"{len(log.digests)} checkpoints, the newest of {log.sealed_at!a}: {(log.digests or ['none'])[-1]}")
    if not given.key:
        print(f"NOT PROVEN: whose key it is. The file's own was used: {log.key!a}")
    return 1 if log.problems else 0


if __name__ == "__main__":
    sys.exit(main())
