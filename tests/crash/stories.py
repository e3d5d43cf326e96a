"""The stories that are told while the process dies: samples, and what samples do not show."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from devhost.journey import Click, Expected, Journey, TicketText, read_journey

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
_DOMAIN = "quillmere.example"
_MORE_EATERS = ("dominic.ashe", "kiran.dale", "gwen.tallow")
_ADD_MEMBER = "POST /v1.0/groups/*/members/$ref"

Moment = Literal["writing", "asked", "waiting"]


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody's order on the story's case or on its tenant.

    `at`: `writing` while its first write waits right before it is sent, `asked` before anybody answered, `waiting` when
    it stands still because it was paused.
    """

    word: Literal["pause", "resume", "stop"]
    scope: Literal["case", "tenant"]
    at: Moment


@dataclass(frozen=True, slots=True)
class Story:
    """One story. `writes` is how many changes it makes in the tenant, undone ones included.

    `dies_in` names the functions in which it is of interest to die; empty are all but the sweep. `orders` are given one
    after another. At `approve` it may be `answered` by the clicks of its journey, or `expired` because nobody answers,
    or `given up` because the host gave its message up. `is_sealed`: the log is sealed when the case is closed.
    `is_granted`: the owner of QG-Recipes has given a standing grant to people of Sales before it begins.
    """

    name: str
    journey: Journey
    writes: int
    dies_in: frozenset[str] = frozenset()
    orders: tuple[Order, ...] = ()
    question: Literal["answered", "expired", "given up"] = "answered"
    is_sealed: bool = False
    is_granted: bool = False

    @property
    def faults(self) -> tuple[dict[str, Any], ...]:
        """Its faults, lasting: a refusal that comes only once would let a repeated write succeed."""
        return tuple({**one, "times": None, "share": 1.0} for one in self.journey.faults)

    @property
    def holds(self) -> str:
        """Which request the process holds for the first order: function and label as in a boundary's key, or empty."""
        return f"execute|{_ADD_MEMBER}" if any(one.at == "writing" for one in self.orders) else ""


def _sample(file: str) -> Journey:
    return read_journey(SAMPLES / "journeys" / file)


def _journey(
    requester: str,
    text: str,
    *,
    outcome: Literal["resolved", "refused", "escalated", "rolled_back"],
    faults: tuple[dict[str, Any], ...] = (),
    clicks: tuple[Click, ...] = (),
) -> Journey:
    ticket = TicketText(requester=f"{requester}@{_DOMAIN}", summary="Request", description=text)
    expect = Expected(outcome=outcome, events=())
    return Journey(title=text, story=text, ticket=ticket, faults=faults, clicks=clicks, expect=expect)


def _unanswered() -> Journey:
    return _journey("kiran.dale", "Please add me to the team QT-Sales.", outcome="escalated")


def _no_entry(group: str, **effect: Any) -> dict[str, Any]:
    return {"method": "POST", "path": f"/v1.0/groups/{{{group}}}/members/\\$ref", **effect}


#: Asked by somebody of Sales, the owner has to agree; or has agreed beforehand.
ASK_RECIPES = "Please add me to the group QG-Recipes."
_DENIED = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}
_TWO_GROUPS = "Please add me to QG-Remote-Access and QT-Canteen."
_THREE_GROUPS = "Please add me to QG-Remote-Access and QT-Canteen and QT-Sales."
# As long as a ticket may be, in letters that cannot be compressed below what a row may hold.
_LONG = "".join(random.Random(5).choices([chr(code) for code in range(0x4E00, 0xA000)], k=31_000))
_YES = Click(person=f"nate.bellweather@{_DOMAIN}", verb="approve")
_NUNO = "nuno.teles"

# Each with every boundary of every function; the others below begin in the same way and die where they differ.
_SAMPLES = (
    Story("automatic", _sample("1-automatic.yaml"), writes=1),
    Story("approved", _sample("2-approved.yaml"), writes=1),
    Story("rolled back", _sample("6-rolled-back.yaml"), writes=2),
    Story("five at once", _sample("7-many-at-once.yaml"), writes=5),
)
_MORE = (
    Story(
        "two undone",
        _journey(
            _NUNO,
            _THREE_GROUPS,
            outcome="rolled_back",
            faults=(_no_entry("QT-Sales", status=403, body=_DENIED),),
        ),
        writes=4,
        dies_in=frozenset({"rollback"}),
    ),
    Story(
        "access pass",
        _journey("lea.fontaine", "My phone is new and my authenticator is gone.", outcome="resolved", clicks=(_YES,)),
        writes=2,
        dies_in=frozenset({"execute", "verify"}),
    ),
    Story(
        "no effect",
        _journey(_NUNO, _TWO_GROUPS, outcome="rolled_back", faults=(_no_entry("QT-Canteen", ignore=True),)),
        writes=2,
        dies_in=frozenset({"verify", "sweep"}),
    ),
    Story(
        "stopped",
        _journey(_NUNO, _TWO_GROUPS, outcome="rolled_back"),
        writes=2,
        dies_in=frozenset({"control", "execute"}),
        orders=(Order("stop", "tenant", "writing"),),
    ),
    Story(
        "held",
        _journey(_NUNO, _TWO_GROUPS, outcome="resolved"),
        writes=2,
        dies_in=frozenset({"control", "execute"}),
        orders=(Order("pause", "tenant", "writing"), Order("resume", "tenant", "waiting")),
    ),
    Story(
        "paused",
        _sample("2-approved.yaml"),
        writes=1,
        dies_in=frozenset({"control"}),
        orders=(Order("pause", "case", "asked"), Order("resume", "case", "waiting")),
    ),
    Story(
        "long",
        _journey("lea.fontaine", f"I forgot my password, please reset it.\n\n{_LONG}", outcome="escalated"),
        writes=0,
        dies_in=frozenset({"intake", "plan", "escalate", "close"}),
    ),
    Story("refused", _sample("5-refused.yaml"), writes=0, dies_in=frozenset({"messages"})),
    Story("expired", _unanswered(), writes=0, dies_in=frozenset({"approve", "sweep"}), question="expired"),
    Story("given up", _unanswered(), writes=0, dies_in=frozenset({"sweep"}), question="given up"),
    Story(
        "granted",
        _journey("simone.barth", ASK_RECIPES, outcome="resolved"),
        writes=1,
        dies_in=frozenset({"authorize", "execute"}),
        is_granted=True,
    ),
    Story(
        "asked back",
        _sample("8-asked-in-chat.yaml"),
        writes=1,
        dies_in=frozenset({"messages", "clarify", "close"}),
    ),
    Story("sealed", _sample("5-refused.yaml"), writes=0, dies_in=frozenset({"checkpoint"}), is_sealed=True),
)
STORIES = _SAMPLES + _MORE


def write_tenant(file: Path) -> Path:
    """Write the sample tenant with five people in the group of the story about many, and return where."""
    tenant = json.loads((SAMPLES / "tenant.json").read_text(encoding="utf-8"))
    domain = tenant["organization"]["defaultDomain"]
    (canteen,) = (one for one in tenant["groups"] if one["displayName"] == "QT-Canteen")
    canteen["members"] += [f"{name}@{domain}" for name in _MORE_EATERS]
    for product in tenant["subscribedSkus"]:
        product["enabled"], product["available"] = 100, 100 - product["consumed"]
    file.write_text(json.dumps(tenant), encoding="utf-8")
    return file
