"""What a mailbox's owner sets for all mail: automatic replies, time zone, language and formats."""

from datetime import datetime
from html import escape
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import StringConstraints, field_validator, model_validator

from agent.actions.action import Action, ObjectId, UserName
from agent.actions.parameters import NAMED, PROSE, Told, Untold
from agent.model.expectation import AllOf, FieldEquals
from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind, Undo

# What a person writes as a reply: plain text of several lines. Exchange takes far more; nobody reads more.
ReplyText = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=2_000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$")
]

# A reply that was there before, in Exchange's own HTML. A longer one is for a person to put back.
ReplyHtml = Annotated[str, StringConstraints(strict=True, max_length=8_000)]

# An id as Exchange gives one to a rule or to an entry of a calendar: base 64, so it can be no `.` or `..`.
ExchangeKey = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9+/=_-]{1,512}$")]

# A moment in UTC, to the minute.
UtcMinute = Annotated[
    str, StringConstraints(strict=True, pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:00Z$")
]

# A moment as Graph's dateTimeTimeZone shows it, without its zone.
GraphMoment = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?$"),
]

_TIME = Untold("a reply is as harmless at one time as at another")

ReplyStatus = Literal["disabled", "alwaysEnabled", "scheduled"]
Audience = Literal["none", "contactsOnly", "all"]

_REPLIES = "automaticRepliesSetting"


class MailboxAction(Action):
    """An action on the mailbox of one user, who owns what is changed and is its beneficiary.

    With a user's own token it reaches that user's mailbox only; any other needs the application's token, which the
    tenant can limit to some mailboxes (Exchange Online, role based access control for applications).
    """

    target_kind: ClassVar[TargetKind] = "mailbox"
    throttle_class: ClassVar[str] = "outlook"
    serves_me: ClassVar[bool] = True

    user_id: ObjectId
    user_name: UserName = ""

    @property
    def _owner(self) -> dict[str, Any]:
        return {
            "target": (self.user_id, self.user_name),
            "owner_id": self.user_id,
            "beneficiary_id": self.user_id,
            "beneficiary_label": self.user_name,
        }

    @property
    def _path(self) -> str:
        return f"/users/{self.user_id}"

    def _titled(self, **more: str) -> str:
        return self.title.format(user=self.user_name or self.user_id, **more)


class _SettingsAction(MailboxAction):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("MailboxSettings.ReadWrite",)
    application_permissions: ClassVar[tuple[str, ...]] = ("MailboxSettings.ReadWrite",)

    def _get(self, *names: str) -> GraphCall:
        return GraphCall(method="GET", path=f"{self._path}/mailboxSettings", query=(("$select", ",".join(names)),))

    def _patch(self, body: dict[str, Any]) -> GraphCall:
        return GraphCall(method="PATCH", path=f"{self._path}/mailboxSettings", body=body)


class WasReply(Frozen):
    """The automatic replies as they were, as `mailbox.settings` shows them; the times are in UTC.

    Exchange shows times also while nothing is scheduled, and those move by themselves: they are put back, but only
    those of a schedule are compared.
    """

    status: ReplyStatus
    external_audience: Audience
    internal_html: ReplyHtml
    external_html: ReplyHtml
    starts_at: GraphMoment
    ends_at: GraphMoment

    @property
    def body(self) -> dict[str, Any]:
        """The replies as Graph takes them."""
        return {
            "status": self.status,
            "externalAudience": self.external_audience,
            "internalReplyMessage": self.internal_html,
            "externalReplyMessage": self.external_html,
            "scheduledStartDateTime": _utc(self.starts_at),
            "scheduledEndDateTime": _utc(self.ends_at),
        }

    @property
    def shown(self) -> AllOf:
        """Expect the mailbox to have exactly these replies."""
        times = ("scheduledStartDateTime", "scheduledEndDateTime")
        kept = self.status == "scheduled"
        return _shows({name: value for name, value in self.body.items() if kept or name not in times})


class SetAutoReply(_SettingsAction):
    """Switch automatic replies on, on for some time, or off. Doing it twice changes nothing.

    Texts are plain and are sent as HTML in the spelling in which Exchange shows them (Graph reference,
    user-get-mailboxsettings), so that they can be compared; against a live mailbox this is unverified. A mailbox
    outside of the application's scope answers 403 ErrorAccessDenied. What is not sent stays as it was.
    """

    id: ClassVar[str] = "exo.autoreply.set"
    title: ClassVar[str] = "{verb} the automatic replies of {user}"
    risk: ClassVar[int] = 25

    status: Annotated[ReplyStatus, Untold("on or off harms nobody; `params.audience` says who outside is reached")]
    external_audience: Annotated[Audience | None, Told("params.audience")] = None
    internal_text: Annotated[ReplyText | None, PROSE] = None
    external_text: Annotated[ReplyText | None, PROSE] = None
    starts_at: Annotated[UtcMinute | None, _TIME] = None
    ends_at: Annotated[UtcMinute | None, _TIME] = None
    was: WasReply

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _is_a_moment(cls, text: str | None) -> str | None:
        if text is not None:
            datetime.fromisoformat(text)
        return text

    @model_validator(mode="after")
    def _is_whole(self) -> "SetAutoReply":
        replies = (self.external_audience, self.internal_text)
        if self.status == "disabled" and any((*replies, self.external_text, self.starts_at, self.ends_at)):
            raise ValueError("replies that are switched off have neither texts nor times")
        if self.status != "disabled" and not all(replies):
            raise ValueError("replies need a text and say to whom they go")
        if (self.external_audience in ("contactsOnly", "all")) != (self.external_text is not None):
            raise ValueError("people outside get a text exactly if they get a reply")
        scheduled = self.starts_at is not None and self.ends_at is not None and self.starts_at < self.ends_at
        if scheduled != (self.status == "scheduled") or (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("a schedule has a beginning and a later end, and nothing else has")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        read = self._get(_REPLIES)
        return self._built(
            title=self._titled(verb=_VERBS[self.status]),
            **self._owner,
            call=self._patch({_REPLIES: self._wanted}),
            check=Check(call=read, expect=_shows(self._wanted)),
            capture=read,
            precondition=self.was.shown,
            undo=Undo(
                call=self._patch({_REPLIES: self.was.body}),
                check=Check(call=read, expect=self.was.shown),
            ),
        )

    @property
    def _wanted(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "status": self.status,
            "externalAudience": self.external_audience,
            "internalReplyMessage": _html(self.internal_text),
            "externalReplyMessage": _html(self.external_text),
            "scheduledStartDateTime": _utc(_graph_moment(self.starts_at)),
            "scheduledEndDateTime": _utc(_graph_moment(self.ends_at)),
        }
        return {name: value for name, value in given.items() if value is not None}


_VERBS: Final[dict[ReplyStatus, str]] = {
    "disabled": "Switch off",
    "alwaysEnabled": "Switch on",
    "scheduled": "Schedule",
}


def _html(text: str | None) -> str | None:
    """Return plain text as HTML, every character of it as text, with line ends where Exchange writes them."""
    if text is None:
        return None
    lines = "<br>\n".join(escape(line, quote=False) for line in text.split("\n"))
    return f"<html>\n<body>\n<p>{lines}</p></body>\n</html>\n"


def _graph_moment(text: str | None) -> str | None:
    return None if text is None else text.removesuffix("Z") + ".0000000"


def _utc(moment: str | None) -> dict[str, str] | None:
    return None if moment is None else {"dateTime": moment, "timeZone": "UTC"}


def _shows(replies: dict[str, Any]) -> AllOf:
    return AllOf(of=tuple(FieldEquals(field=f"{_REPLIES}.{name}", value=value) for name, value in replies.items()))


# Windows names and IANA names of time zones.
ZoneName = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+/()-]{0,63}$")]
Locale = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?$")]
DateFormat = Annotated[str, StringConstraints(strict=True, pattern=r"^[dMy./, -]{0,32}$")]
TimeFormat = Annotated[str, StringConstraints(strict=True, pattern=r"^[Hhmt:. ]{0,16}$")]


class UpdateMailboxSettings(_SettingsAction):
    """Set a mailbox's time zone, language or formats; each with what it was. Doing it twice changes nothing.

    Working hours are not among them. Names of time zones are Windows names or IANA names; Exchange refuses one that
    it does not know.
    """

    id: ClassVar[str] = "exo.mailbox.settings.update"
    title: ClassVar[str] = "Set {what} of the mailbox of {user}"
    risk: ClassVar[int] = 12
    also_tells: ClassVar[tuple[str, ...]] = ("params.attributes",)

    time_zone: Annotated[ZoneName | None, NAMED] = None
    was_time_zone: ZoneName | None = None
    locale: Annotated[Locale | None, NAMED] = None
    was_locale: Locale | None = None
    date_format: Annotated[DateFormat | None, NAMED] = None
    was_date_format: DateFormat | None = None
    time_format: Annotated[TimeFormat | None, NAMED] = None
    was_time_format: TimeFormat | None = None

    @model_validator(mode="after")
    def _has_a_way_back(self) -> "UpdateMailboxSettings":
        if not self._new:
            raise ValueError("expected something to set")
        if self._new.keys() != self._old.keys():
            raise ValueError("what is set needs what it was, and nothing else does")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        read = self._get(*dict.fromkeys(name.partition(".")[0] for name in self._new))
        return self._built(
            title=self._titled(what=", ".join(f"{_SPOKEN[name]} to {value}" for name, value in self._new.items())),
            **self._owner,
            call=self._patch(_nested(self._new)),
            check=Check(call=read, expect=_equal(self._new)),
            capture=read,
            precondition=_equal(self._old),
            undo=Undo(call=self._patch(_nested(self._old)), check=Check(call=read, expect=_equal(self._old))),
        )

    def _told(self) -> dict[str, Fact]:
        changed = sorted(name.partition(".")[0] for name in self._new)
        return {**super()._told(), "params.attributes": tuple(changed)}

    @property
    def _new(self) -> dict[str, str]:
        values = (self.time_zone, self.locale, self.date_format, self.time_format)
        return {name: value for name, value in zip(_SPOKEN, values, strict=True) if value is not None}

    @property
    def _old(self) -> dict[str, str]:
        values = (self.was_time_zone, self.was_locale, self.was_date_format, self.was_time_format)
        return {name: value for name, value in zip(_SPOKEN, values, strict=True) if value is not None}


# Where a mailbox's settings have them, and how people call them.
_SPOKEN: Final[dict[str, str]] = {
    "timeZone": "the time zone",
    "language.locale": "the language",
    "dateFormat": "the date format",
    "timeFormat": "the time format",
}


def _nested(settings: dict[str, str]) -> dict[str, Any]:
    return {
        name.partition(".")[0]: {name.partition(".")[2]: value} if "." in name else value
        for name, value in settings.items()
    }


def _equal(settings: dict[str, str]) -> AllOf:
    return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in settings.items()))
