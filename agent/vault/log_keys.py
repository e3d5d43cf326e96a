"""The keys that sign checkpoints of the log: one a tenant, Ed25519 (RFC 8032), in the tenant's own Key Vault.

The secret is the 32 bytes of the private key as hex. It is made when a tenant is sealed for the first time. Two sealers
may then each make one; the first checkpoint decides which of the two versions is the tenant's key, and from then on it
is found by its public key. The public key is a tag of the secret, for whoever may list secrets but not read them.

Every key is a version of the one secret. Which of them signs is said by the newest checkpoint and not by their order:
whoever may add a version cannot make it the log's key by that (`agent.log.rotation`).
"""

import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import AbsentSecretError, VaultError
from agent.vault.secrets import Secret, TenantVault

LOG_KEY = "remit-log-key"

_PRIVATE = re.compile(r"[0-9a-f]{64}")

# A point (x, y) of the curve is 32 bytes: y, little-endian, and the lowest bit of x on top (RFC 8032, section 5.1.2).
_PRIME = 2**255 - 19
# The y of the points whose order divides 8. Under such a key one signature verifies many texts, so it names nobody.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})


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
        vault = self._vault(tenant_id)
        if not public_key:
            found = await vault.find(LOG_KEY)
            return _key_in(found, tenant_id) if found else await _made(vault, tenant_id)
        # INVARIANT: which version is the newest decides nothing. One that is disabled or no key never stops the log.
        for version in await vault.versions(LOG_KEY):
            secret = await vault.secret(LOG_KEY, version)
            if _PRIVATE.fullmatch(secret.text) and (one := _key_in(secret, tenant_id)).public_key == public_key:
                return one
        raise AbsentSecretError(
            f"secret `{LOG_KEY}` of tenant `{tenant_id}` has no enabled version that is the key of its log: put that "
            "key back; if it is lost for good, begin anew with `python -m agent log rotate --lost`"
        )

    async def make(self, tenant_id: str) -> VaultLogKey:
        """See log_ports.LogKeys."""
        return await _made(self._vault(tenant_id), tenant_id)

    def _vault(self, tenant_id: str) -> TenantVault:
        if tenant_id not in self._vaults:
            raise VaultError(f"tenant `{tenant_id}` has no vault")
        return self._vaults[tenant_id]


def is_signed(text: str, signature: str, *, public_key: str) -> bool:
    """Whether `signature` of `text` verifies with `public_key` (both hex); False for anything malformed.

    A public key that is no canonical point or of small order verifies nothing (RFC 8032, sections 5.1.3 and 8.4), which
    the library leaves open.
    """
    try:
        raw = bytes.fromhex(public_key)
        y = int.from_bytes(raw, "little") & (2**255 - 1)
        if y >= _PRIME or y in _SMALL_ORDER:
            return False
        Ed25519PublicKey.from_public_bytes(raw).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


async def _made(vault: TenantVault, tenant_id: str) -> VaultLogKey:
    private = Ed25519PrivateKey.generate()
    made = VaultLogKey(private)
    await vault.add(
        LOG_KEY, private.private_bytes_raw().hex(), tags={"public_key": made.public_key, "tenant": tenant_id}
    )
    return made


def _key_in(secret: Secret, tenant_id: str) -> VaultLogKey:
    whose = secret.tags.get("tenant", tenant_id)
    if whose != tenant_id:
        raise VaultError(
            f"this vault holds the log key of tenant `{whose}`, not of `{tenant_id}`: give that one's vault"
        )
    if not _PRIVATE.fullmatch(secret.text):
        raise VaultError(f"expected 64 lower-case hex characters in secret `{LOG_KEY}`, got something else")
    return VaultLogKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret.text)))
