"""What a request was understood to ask for: an intent with its object, or why nobody can tell."""

import enum
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent.model.clarification import Missing
from agent.model.service_request import Language


class Intent(enum.StrEnum):
    """What people ask IT for. Which of these is served, and how, is said by the runbooks."""

    # Signing in.
    PASSWORD_RESET = enum.auto()
    UNLOCK = enum.auto()
    ACCESS_PASS = enum.auto()
    SESSIONS = enum.auto()
    # Membership, and what comes with it.
    GROUP_ACCESS = enum.auto()
    TEAM_ACCESS = enum.auto()
    SITE_ACCESS = enum.auto()
    DISTRIBUTION_LIST = enum.auto()
    GROUP_OWNER = enum.auto()
    GROUP_CREATE = enum.auto()
    TEAM_CREATE = enum.auto()
    ACCESS_REVIEW = enum.auto()
    # Licences and software.
    LICENCE = enum.auto()
    LICENCE_SWAP = enum.auto()
    SOFTWARE = enum.auto()
    # People who come, move, leave and return.
    JOINER = enum.auto()
    MOVER = enum.auto()
    LEAVER = enum.auto()
    ACCOUNT_ENABLE = enum.auto()
    ACCOUNT_RESTORE = enum.auto()
    PROFILE = enum.auto()
    GUEST_INVITE = enum.auto()
    GUEST_REMOVE = enum.auto()
    # Mail and calendar.
    AUTO_REPLY = enum.auto()
    FORWARDING = enum.auto()
    INBOX_RULE = enum.auto()
    SHARED_MAILBOX = enum.auto()
    CALENDAR = enum.auto()
    MAIL_TRACE = enum.auto()
    # Devices.
    DEVICE_SYNC = enum.auto()
    DEVICE_RESTART = enum.auto()
    DEVICE_LOST = enum.auto()
    DEVICE_WIPE = enum.auto()
    DEVICE_INFO = enum.auto()
    RECOVERY_KEY = enum.auto()
    # What guards the tenant.
    CONDITIONAL_ACCESS = enum.auto()
    WEAKER_SIGN_IN = enum.auto()
    TRAVEL = enum.auto()
    SECURITY_INCIDENT = enum.auto()
    ADMIN_ROLE = enum.auto()
    APP_REGISTRATION = enum.auto()
    APP_CONSENT = enum.auto()
    # Questions, and what is not ours.
    HOW_TO = enum.auto()
    STATUS = enum.auto()
    ACCOUNT_LOOKUP = enum.auto()
    DATA_ACCESS = enum.auto()
    HARDWARE = enum.auto()
    NOT_IT = enum.auto()


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing asked for. Every text in it is the requester's and is only ever searched for.

    `person` is who it is for, as written; empty means the requester. `thing` is the group or the product as
    written. `parts` are the part numbers that the product's name may stand for. `old_thing` and `old_parts` are the
    same of the product that is given up; `group` is the group whose members it is for, or empty for everybody.
    `words` are the requester's own words of this one wish, from which a runbook reads what else it needs: dates,
    names, addresses; `said` are all own words of the request, in which somebody may have been named before.
    `today` is the day on which it was asked, which "tomorrow" is counted from; `language` is the one it is written in.
    The planner sets both; an Ask without them is not dated. `is_console`: the requester signed in to IT's own console,
    as the channel proved; what they may do there is still said by their roles and by policy. `is_proven` is false for a
    mail, whose sender anybody can write.
    """

    intent: Intent
    change: Literal["add", "remove"] = "add"
    person: str = ""
    thing: str = ""
    parts: tuple[str, ...] = ()
    old_thing: str = ""
    old_parts: tuple[str, ...] = ()
    group: str = ""
    words: str = ""
    said: str = ""
    today: date = date.min
    language: Language = "en"
    is_console: bool = False
    is_proven: bool = True


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why a request cannot be served by a runbook, in one sentence, and which team should read it.

    `missing` is what the requester could say to be understood; None when it takes a person whatever they say.
    `is_refusal`: the answer is no, and the team hears of it.
    """

    why: str
    queue: str = "service-desk-l2"
    missing: Missing | None = None
    is_refusal: bool = False
