"""What an authorization code of the simulated Entra stands for."""

from dataclasses import dataclass


@dataclass(slots=True)
class Code:
    """One sign-in that ended well and is redeemed once. Times are unix seconds."""

    tenant_id: str
    app_id: str
    user_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    signed_in_at: int
    tells_when: bool
    issued_at: int
    is_redeemed: bool = False
