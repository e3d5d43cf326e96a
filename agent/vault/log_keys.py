"""The keys that sign checkpoints of the log: one a tenant, Ed25519 (RFC 8032), in the tenant's own Key Vault.

The secret is the 32 bytes of the private key as hex. It is made when a tenant is sealed for the first time. Two sealers
may then each make one; the first checkpoint decides which of the two versions is the tenant's key, and from then on it
is found by its public key. The public key is a tag of the secret, for whoever may list secrets but not read them.
"""

import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import VaultError
from agent.vault.secrets import Secret, TenantVault

LOG_KEY = "remit-log-key"

_PRIVATE = re.compile(r"[0-9a-f]{64}")


class VaultLogKey:
    """log_ports.LogKey in this process's memory; it is never shown, logged or stored."""

    __slots__ = ("_private", "public_key")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes_raw().hex()

    def sign(self, text: str) -> str:
        """See log_ports.LogKey."""
        return self._private.sign(text.encode()).hex()


class VaultLogKeys:
    """log_ports.LogKeys over the vaults of the stack's tenants, by tenant id."""

    def __init__(self, vaults: Mapping[str, TenantVault]) -> None:
        self._vaults = dict(vaults)

    async def key(self, tenant_id: str, *, public_key: str) -> VaultLogKey:
        """See log_ports.LogKeys."""
        if tenant_id not in self._vaults:
            raise VaultError(f"tenant `{tenant_id}` has no vault")
        vault = self._vaults[tenant_id]
        found = await vault.find(LOG_KEY)
        if found is None and not public_key:
            return await _made(vault)
        current = _key_in(found) if found else None
        if current and public_key in ("", current.public_key):
            return current
        for version in await vault.versions(LOG_KEY) if found else ():
            earlier = _key_in(await vault.secret(LOG_KEY, version))
            if earlier.public_key == public_key:
                return earlier
        raise VaultError(
            f"secret `{LOG_KEY}` of tenant `{tenant_id}` is not the key that sealed its log until now: put that key "
            "back; a log that goes on under another one would verify for nobody"
        )


def is_signed(text: str, signature: str, *, public_key: str) -> bool:
    """Whether `signature` of `text` verifies with `public_key` (both hex); False for anything malformed."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


async def _made(vault: TenantVault) -> VaultLogKey:
    private = Ed25519PrivateKey.generate()
    made = VaultLogKey(private)
    await vault.add(LOG_KEY, private.private_bytes_raw().hex(), tags={"public_key": made.public_key})
    return made


def _key_in(secret: Secret) -> VaultLogKey:
    if not _PRIVATE.fullmatch(secret.text):
        raise VaultError(f"expected 64 lower-case hex characters in secret `{LOG_KEY}`, got something else")
    return VaultLogKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret.text)))
