"""Ids: stable ones derived from names, and fresh ones from a seed so that a run can be repeated."""

import random
import string
import uuid

NAMESPACE = uuid.UUID("6f2b1f0e-6a57-5d0f-9d0b-3f6a1c9a4e21")
_LETTERS = string.ascii_uppercase + string.digits
# Look-alikes are left out, as in the passes that Entra issues.
_PASS_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def stable(*names: str) -> str:
    """The same GUID for the same names, in every run and on every machine (RFC 9562 version 5)."""
    return str(uuid.uuid5(NAMESPACE, "/".join(name.casefold() for name in names)))


class Ids:
    """Fresh ids. The same `seed` gives the same sequence; it is a simulator, so nothing here need be secret."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def guid(self) -> str:
        """A fresh random GUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self) -> str:
        """Thirty-two fresh hex digits, as Key Vault names its versions."""
        return f"{self._random.getrandbits(128):032x}"

    def letters(self, count: int) -> str:
        """`count` fresh capitals and digits."""
        return "".join(self._random.choices(_LETTERS, k=count))

    def number(self) -> int:
        """A fresh eight-digit number."""
        return self._random.randrange(10_000_000, 100_000_000)

    def temporary_pass(self) -> str:
        """A fresh Temporary Access Pass of twelve characters (Entra: 8 to 48)."""
        return "".join(self._random.choices(_PASS_LETTERS, k=12))
