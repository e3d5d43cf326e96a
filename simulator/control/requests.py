"""What the control site's bodies must look like; anything else is refused with the key named."""

from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.connector.delivery import Tamper
from simulator.errors import ControlError
from simulator.site import read_json
from simulator.throttling import CLASSES, DOCUMENTED, Budget

_Model = TypeVar("_Model", bound=BaseModel)


class Body(BaseModel):
    """A body that knows its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Staleness(Body):
    """How far reads of Graph lag behind its writes, and how late audit entries appear.

    `seconds` is about reads by id, and about those with `$filter` or `$search` too unless `index_seconds` is given.
    For `new_object_seconds` after a 201 whatever goes to the new object's address is answered 404.
    """

    seconds: float = Field(default=0, ge=0)
    index_seconds: float | None = Field(default=None, ge=0)
    new_object_seconds: float = Field(default=0, ge=0)
    audit_seconds: float = Field(default=0, ge=0)


class Limits(Body):
    """Budgets by class of request: the documented ones, some of one's own, or both, where one's own win."""

    documented: bool = False
    budgets: dict[str, list[Budget]] = {}

    @model_validator(mode="after")
    def _known_classes(self) -> "Limits":
        if unknown := set(self.budgets) - set(CLASSES):
            raise ValueError(f"expected classes of {sorted(CLASSES)}, got `{min(unknown)}`")
        return self

    def in_force(self) -> dict[str, tuple[Budget, ...]]:
        """The budgets that were asked for."""
        own = {name: tuple(budgets) for name, budgets in self.budgets.items()}
        return {**(DOCUMENTED if self.documented else {}), **own}


class Click(Body):
    """`user` presses the button `verb` on the card of `activity_id`, or of the latest card that has one.

    When the bot asks for a sign-in, their client signs in by itself and presses again, as Teams does: as `user`, as
    somebody else (`signs_in_as`), or not at all (`signs_in: false`).
    """

    user: str
    tenant: str | None = None
    activity_id: str | None = None
    latest: bool = False
    verb: str
    inputs: dict[str, Any] = {}
    trigger: str = "manual"
    signs_in: bool = True
    signs_in_as: str | None = None
    tamper: Tamper | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _one_card(self) -> "Click":
        if (self.activity_id is None) != self.latest:
            raise ValueError("expected either `activity_id` or `latest: true`")
        return self


class Say(Body):
    """`user` types `text` to the bot.

    With `activity_id` the message has that id: the connector delivers one again, under its id, whose answer was late.
    """

    user: str
    tenant: str | None = None
    text: str
    activity_id: str | None = None
    tamper: Tamper | None = None
    url: str | None = None


class TeamsApp(Body):
    """Whether `user` has the bot's app in Teams; without it the bot cannot write to them."""

    user: str
    tenant: str | None = None
    installed: bool


class MailSettings(Body):
    """The password with which the product hands mails in, and addresses to which the relay takes none."""

    password: str = Field(min_length=8)
    refused: list[str] = []


class AppChange(Body):
    """Change an application in a tenant; without `app_id` it is the product's, an unknown one is registered."""

    tenant: str | None = None
    app_id: str | None = None
    grant: list[str] = []
    revoke: list[str] = []
    grant_scopes: list[str] = []
    revoke_scopes: list[str] = []
    directory_roles: list[str] | None = None
    redirect_uris: list[str] | None = None
    secret: str | None = Field(default=None, min_length=8)


class SignIn(Body):
    """A person signs in to an application; without `app_id` it is the product's."""

    user: str
    tenant: str | None = None
    app_id: str | None = None
    nonce: str | None = None
    lifetime_seconds: int = Field(default=3600, ge=-86_400, le=86_400)


class SecretValue(Body):
    """A secret to put into a vault."""

    value: str


class ItsmSettings(Body):
    """The secret that signs what the product sends to tickets."""

    secret: str = Field(pattern=r"^whsec_[A-Za-z0-9+/=]{16,}$")


async def read(request: web.Request, kind: type[_Model]) -> _Model:
    """The request's body as `kind`.

    Raises:
        ControlError: (400) it is not that; the message names the keys.
    """
    document = await read_json(request, ControlError)
    try:
        return kind.model_validate(document)
    except ValidationError as wrong:
        faults = [f"`{'.'.join(map(str, one['loc'])) or 'body'}`: {one['msg']}" for one in wrong.errors()]
        raise ControlError(400, "BadRequest", message="; ".join(faults)) from wrong
