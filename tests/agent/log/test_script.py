"""The script for strangers: short, of the standard library alone, and its Ed25519 is that of RFC 8032."""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import verify_log
from agent.vault.log_keys import is_signed
from tests.agent.log.house import busy_house
from tests.conformance.memory_log import key_of
from tests.house.documents import ROOT, text_of

Point = tuple[int, int, int, int]

# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def test_the_script_is_shorter_than_200_lines_and_needs_the_standard_library_only() -> None:
    text = text_of("verify_log.py")
    assert len(text.splitlines()) < 200
    tree = ast.parse(text, feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert names == {"argparse", "hashlib", "itertools", "json", "os", "re"} and names <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_published_signatures_verify(key: str, message: str, signature: str) -> None:
    assert verify_log.is_signed(key, signature, text=bytes.fromhex(message))
    assert not verify_log.is_signed(key, signature, text=bytes.fromhex(message) + b"x")


def test_a_signature_with_one_other_bit_does_not_verify_by_either() -> None:
    key = key_of("somebody")
    signature = bytes.fromhex(key.sign("text"))
    for bit in range(0, 512, 5):
        other = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little").hex()
        assert not verify_log.is_signed(key.public_key, other, text=b"text")
        assert not is_signed("text", other, public_key=key.public_key)


def test_a_second_signature_made_from_the_first_does_not_verify() -> None:
    """RFC 8032, section 5.1.7: the scalar must be below the order, or one signature would have several forms."""
    key = key_of("somebody")
    signature = bytes.fromhex(key.sign("text"))
    scalar = int.from_bytes(signature[32:], "little") + verify_log.ORDER
    other = (signature[:32] + scalar.to_bytes(32, "little")).hex()
    assert not verify_log.is_signed(key.public_key, other, text=b"text")
    assert not is_signed("text", other, public_key=key.public_key)


def times(scalar: int, point: Point) -> Point:
    """Return a multiple of a point, by the script's own addition."""
    found: Point = (0, 1, 1, 0)
    for bit in f"{scalar:b}":
        found = verify_log.added(found, found)
        found = verify_log.added(found, point) if bit == "1" else found
    return found


def packed(point: Point) -> bytes:
    inverse = pow(point[2], verify_log.P - 2, verify_log.P)
    x, y = (one * inverse % verify_log.P for one in point[:2])
    return int(y | (x & 1) << 255).to_bytes(32, "little")


def of_order_8() -> Point:
    """Return what is left of a point when its large part is multiplied away."""
    for number in range(2, 40):
        point = verify_log.point_of(number.to_bytes(32, "little"))
        if point and packed(times(4, rest := times(verify_log.ORDER, point))) != packed((0, 1, 1, 0)):
            return rest
    raise AssertionError("every other point has a part of order 8")


BASE: Point = verify_log.point_of(b"\x58" + b"\x66" * 31)
EIGHTH = of_order_8()
WEAK = [packed(times(number, EIGHTH)) for number in range(8)]
# Other bytes for points: the sign of an x that is 0, and a y that is not below the prime.
OTHER_BYTES = [bytes([*one[:31], one[31] ^ 0x80]) for one in WEAK]
OTHER_BYTES += [(verify_log.P + y | sign).to_bytes(32, "little") for y in range(19) for sign in (0, 1 << 255)]


@pytest.mark.parametrize("weak", sorted({*WEAK, *OTHER_BYTES}), ids=lambda one: one.hex()[:8] + one.hex()[-4:])
def test_a_key_of_small_order_or_in_other_bytes_verifies_nothing_by_either(weak: bytes) -> None:
    """Under such a key R = s * B signs every text whose challenge the order divides, and needs no private key."""
    for scalar in (0, 1, 7):
        for number in range(12):
            text = f"text {number}"
            for first in (packed(times(scalar, BASE)), weak):
                signature = (first + scalar.to_bytes(32, "little")).hex()
                assert not verify_log.is_signed(weak.hex(), signature, text=text.encode())
                assert not is_signed(text, signature, public_key=weak.hex())


def test_both_agree_on_keys_with_a_weak_part() -> None:
    """A key with a part of order 8: the equation without the factor 8 holds for one challenge in eight."""
    secret, nonce = 1234567, 7654321
    key, first = packed(verify_log.added(times(secret, BASE), EIGHTH)), packed(times(nonce, BASE))
    found = []
    for number in range(80):
        text = f"text {number}".encode()
        challenge = int.from_bytes(hashlib.sha512(first + key + text).digest(), "little") % verify_log.ORDER
        scalar = (nonce + challenge * secret) % verify_log.ORDER
        signature = (first + scalar.to_bytes(32, "little")).hex()
        found.append(verify_log.is_signed(key.hex(), signature, text=text))
        assert found[-1] is is_signed(text.decode(), signature, public_key=key.hex()) is (challenge % 8 == 0)
    assert 2 < sum(found) < 30


def test_what_is_no_point_of_the_curve_verifies_nothing() -> None:
    signature = key_of("somebody").sign("text")
    refused = 0
    for number in range(40):
        key = hashlib.sha256(bytes([number])).hexdigest()
        refused += verify_log.point_of(bytes.fromhex(key)) is None
        assert not verify_log.is_signed(key, signature, text=b"text")
        assert not is_signed("text", signature, public_key=key)
    assert refused > 5, "half of all numbers are no points"


async def test_who_reads_only_the_first_lines_gets_no_traceback_and_the_same_verdict(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.write_text("".join(f"{line}\n" for line in await (await busy_house()).exported()), encoding="utf-8")
    broken.write_bytes(whole.read_bytes() + b"junk\n")
    for file, code in ((whole, 0), (broken, 1)):
        reading, writing = os.pipe()
        os.close(reading)
        assert told(file, stdout=writing) == (code, "", "")
        os.close(writing)


def test_of_a_file_without_a_checkpoint_no_newest_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.write_bytes(b"")
    assert told(file)[1].splitlines()[-1] == "0 checkpoints"


def told(file: Path, *, stdout: int = subprocess.PIPE) -> tuple[int, str, str]:
    """Return the script's exit code, and what it printed and complained of."""
    words = [sys.executable, "-I", "-S", str(ROOT / "verify_log.py"), str(file)]
    done = subprocess.run(words, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stdout or "", done.stderr
