"""What a request was understood to ask for: one of six intents with its object, or why nobody can tell."""

import enum
from dataclasses import dataclass
from typing import Literal

from agent.model.clarification import Missing


class Intent(enum.StrEnum):
    """The kinds of request that have a runbook."""

    PASSWORD_RESET = enum.auto()
    SESSIONS = enum.auto()
    ACCESS_PASS = enum.auto()
    GROUP_ACCESS = enum.auto()
    LICENCE = enum.auto()
    LICENCE_SWAP = enum.auto()


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing asked for. Every text in it is the requester's and is only ever searched for.

    `person` is who it is for, as written; empty means the requester. `thing` is the group or the product as
    written. `parts` are the part numbers that the product's name may stand for. `old_thing` and `old_parts` are the
    same of the product that is given up; `group` is the group whose members it is for, or empty for everybody.
    """

    intent: Intent
    change: Literal["add", "remove"] = "add"
    person: str = ""
    thing: str = ""
    parts: tuple[str, ...] = ()
    old_thing: str = ""
    old_parts: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why a request cannot be served by a runbook, in one sentence, and which team should read it.

    `missing` is what the requester could say to be understood; None when it takes a person whatever they say.
    """

    why: str
    queue: str = "service-desk-l2"
    missing: Missing | None = None
