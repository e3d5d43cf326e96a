"""The Merkle tree hash of RFC 6962, section 2.1, kept so small that a tree of any size grows without its leaves.

A tree of n leaves is remembered as the roots of the full subtrees that n consists of in binary, largest first: its
peaks. They determine the root, so peaks that give a root that was signed are the right ones, wherever they came from.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves; `peaks` are hex SHA-256.

    Raises:
        ValueError: there are not as many peaks as a tree of that size has.
    """

    size: int = 0
    peaks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count():
            raise ValueError(f"expected `{self.size.bit_count()}` peaks of `{self.size}` leaves, got another number")

    @property
    def root(self) -> str:
        """The Merkle tree hash as 64 hex characters; of no leaves it is the SHA-256 of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").hexdigest()
        *rest, found = self.peaks
        for peak in reversed(rest):
            found = _node(peak, found)
        return found

    def grown(self, leaves: Iterable[str]) -> "Tree":
        """Return the tree with the texts of further leaves behind those that it has."""
        size, peaks = self.size, list(self.peaks)
        for text in leaves:
            peaks.append(hashlib.sha256(b"\x00" + text.encode()).hexdigest())
            size += 1
            # Two subtrees of one size become one, once for every zero at the end of the new size.
            for _ in range((size & -size).bit_length() - 1):
                right, left = peaks.pop(), peaks.pop()
                peaks.append(_node(left, right))
        return Tree(size, tuple(peaks))


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
