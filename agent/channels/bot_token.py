"""Verifies that an activity comes from the bot connector, for our bot, in one of our tenants.

Written by hand because the bot SDK for Python accepts, as delivered, any Entra token for the bot's app id
and never compares `serviceurl` (docs/adr/0004). Source of the rules: Bot Framework "Authenticate requests
from the Bot Connector service"; the numbers are those of its list, (8) is ours:
1. the token is in `Authorization: Bearer ...`;
2. it is a well-formed JWT;
3. its issuer is https://api.botframework.com;
4. its audience is the bot's app id;
5. it is within its time of validity, with five minutes of skew;
6. its RS256 signature is right for a key that the connector publishes, and that key is endorsed for the
   activity's channel, which is `msteams`;
7. its `serviceurl` claim is the activity's `serviceUrl`;
8. conversation and channel data name the same tenant, and it is one of ours.
"""

from datetime import datetime
from typing import Any

from agent.channels.activities import Activity, CardInvoke, Message, VerifiedActivity
from agent.errors import BadRequestError, SettingsError
from agent.published_keys import PublishedKeys, SigningKey
from agent.signed_tokens import MAX_TOKEN_CHARS, check_times, digest_of, key_id_in, refused, signed_claims

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"

#: Where Microsoft publishes the connector's OpenID metadata.
METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"


class OutsiderError(BadRequestError):
    """403: the connector proved itself, and the activity is of a tenant that is not served, or of two.

    Nothing that it asks for may be done. `activity` is as the connector sent it, to be answered where it was said.
    """

    def __init__(self, reason: str, activity: Activity) -> None:
        super().__init__(reason, status=403)
        self.activity = activity


class BotTokens:
    """Verifies inbound activities for one bot.

    Raises:
        SettingsError: the bot's app id or the list of tenants is empty: nothing could be verified.
    """

    def __init__(self, keys: PublishedKeys, *, bot_app_id: str, tenant_ids: frozenset[str]) -> None:
        if not bot_app_id or not tenant_ids or "" in tenant_ids:
            raise SettingsError("verifying activities needs the bot's app id and at least one tenant id")
        self._keys = keys
        self._bot_app_id = bot_app_id
        self._tenant_ids = frozenset(one.lower() for one in tenant_ids)

    async def verify(self, authorization: str, activity: Activity, *, now: datetime) -> VerifiedActivity:
        """Return the activity as verified, or refuse. `authorization` is the header's value, empty if absent.

        Raises:
            BadRequestError: 401 for a token that is not the connector's, 403 for a good token that does not
                fit the activity, 503 while the keys cannot be read. OutsiderError: a tenant that is not ours.
        """
        token = _bearer(authorization)  # (1)
        key_id = key_id_in(token)  # (2)
        key = await self._keys.find(key_id, now=now)
        if key is None:
            raise refused("it is signed with a key that the connector does not publish")
        claims = signed_claims(token, key.public)  # (6)
        self._check_purpose(claims)  # (3) (4)
        check_times(claims, now=now)  # (5)
        _check_fit(activity, claims=claims, key=key)  # (6) (7)
        tenant_id = self._tenant(activity)  # (8)
        evidence = _evidence(activity, claims=claims, token=token) | {"key_id": key_id}
        return VerifiedActivity(activity, tenant_id=tenant_id, person_id=_person(activity), evidence=evidence)

    def _check_purpose(self, claims: dict[str, Any]) -> None:
        if claims.get("iss") != ISSUER:
            raise refused(f"its issuer is not `{ISSUER}`")
        # One audience, not a list in which ours stands among others.
        if claims.get("aud") != self._bot_app_id:
            raise refused("it is for another audience")

    def _tenant(self, activity: Activity) -> str:
        tenant_id = activity.conversation.tenant_id
        if tenant_id != activity.channel_data.tenant.id:
            raise OutsiderError("the activity names two different tenants", activity)
        if tenant_id not in self._tenant_ids:
            raise OutsiderError("the activity comes from a tenant that is not served here", activity)
        return tenant_id


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if len(authorization) > MAX_TOKEN_CHARS or scheme.lower() != "bearer" or not token.isascii():
        raise refused("expected `Authorization: Bearer` and one token")
    return token


def _check_fit(activity: Activity, *, claims: dict[str, Any], key: SigningKey) -> None:
    if activity.channel_id != CHANNEL or CHANNEL not in key.endorsements:
        raise _forbidden(f"expected the channel `{CHANNEL}` and a key endorsed for it")
    # Without this, a good token for one address could make us answer, with our own token, to another.
    if claims.get("serviceurl") != activity.service_url:
        raise _forbidden("the token's `serviceurl` is not the activity's `serviceUrl`")


def _person(activity: Activity) -> str:
    person_id = activity.from_.aad_object_id
    if person_id is None and isinstance(activity, (CardInvoke, Message)):
        raise _forbidden("the channel does not say who in the tenant sent the activity")
    return person_id or ""


def _evidence(activity: Activity, *, claims: dict[str, Any], token: str) -> dict[str, str]:
    found = {
        "activity_id": activity.id,
        "conversation_id": activity.conversation.id,
        "channel": activity.channel_id,
        "issuer": ISSUER,
        "token_expires_at": str(claims["exp"]),
        "token_sha256": digest_of(token),
    }
    token_id = claims.get("jti", claims.get("uti"))
    return found | ({"token_id": token_id[:256]} if isinstance(token_id, str) else {})


def _forbidden(reason: str) -> BadRequestError:
    return BadRequestError(reason, status=403)
