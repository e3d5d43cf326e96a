"""The closed vocabulary: every attribute that a rule may mention, its type and where its value comes from.

A value that is missing, null, of another type, outside its closed list or outside its bounds is
UNKNOWN. `source` says which platform code supplies the fact; none of them is a model's output.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from policy.request import UNKNOWN, FactValue, Unknown

Kind = Literal["text", "flag", "number", "set"]
Source = Literal["identity", "graph", "plan", "clock", "counter", "engine"]

COUNTER_PREFIX: Final = "count."
MINUTES_PER_WEEK: Final = 7 * 24 * 60
# The calendar ends there: 9999-12-31, as Python's `datetime.date` and ISO 8601 with four digits of a year have it.
LAST_DAY: Final = datetime.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One fact's name, type and source.

    `values` is the closed list of a text attribute, or None when any text will do. `bounds` are the
    inclusive ends of a number (the upper end None when open). An `is_object_id` attribute holds Entra
    object ids, which are compared in lower case.
    """

    name: str
    kind: Kind
    source: Source
    values: tuple[str, ...] | None
    doc: str
    bounds: tuple[int, int | None] = (0, None)
    is_object_id: bool = False


def _text(name: str, source: Source, *, doc: str, values: tuple[str, ...] | None = None) -> Attribute:
    return Attribute(name=name, kind="text", source=source, values=values, doc=doc)


def _object_id(name: str, source: Source, *, doc: str) -> Attribute:
    return Attribute(name=name, kind="text", source=source, values=None, doc=doc, is_object_id=True)


def _flag(name: str, source: Source, *, doc: str) -> Attribute:
    return Attribute(name=name, kind="flag", source=source, values=None, doc=doc)


def _number(name: str, source: Source, *, doc: str, bounds: tuple[int, int | None] = (0, None)) -> Attribute:
    return Attribute(name=name, kind="number", source=source, values=None, doc=doc, bounds=bounds)


def _object_id_set(name: str, source: Source, *, doc: str) -> Attribute:
    return Attribute(name=name, kind="set", source=source, values=None, doc=doc, is_object_id=True)


_ROLES: Final = ("employee", "manager", "helpdesk", "it_admin", "msp_tech")
_TARGETS: Final = ("user", "group", "device", "site", "mailbox", "app", "policy", "alert", "tenant")

_DECLARED: Final = (
    _object_id("requester.id", "identity", doc="object id of the person who asked"),
    _text("requester.department", "graph", doc="department; null in Graph is unknown"),
    _text("requester.role", "identity", doc="what the requester is to IT", values=_ROLES),
    _text("requester.assurance", "identity", doc="how the channel proved who asked", values=("sso", "portal", "email")),
    _text("requester.kind", "graph", doc="member or guest of the tenant", values=("member", "guest")),
    _flag("requester.account_enabled", "graph", doc="the requester's account may sign in"),
    _flag("requester.at_risk", "graph", doc="the requester has an open identity risk"),
    _flag("requester.is_vip", "graph", doc="the requester is on the tenant's VIP list"),
    _flag("requester.owns_target", "graph", doc="the requester owns the target group, device, mailbox or calendar"),
    _flag("requester.manages_beneficiary", "graph", doc="the requester is the beneficiary's manager"),
    _flag("requester.sponsors_beneficiary", "graph", doc="the requester is the sponsor of the guest who is concerned"),
    _object_id_set(
        "requester.directory_roles",
        "graph",
        doc="role definition ids of the Entra roles held directly and for the whole tenant",
    ),
    _flag("request.on_self", "engine", doc="the requester is the beneficiary, and the target if that is a user"),
    _text(
        "request.channel",
        "identity",
        doc="where the request was authenticated",
        values=("itsm", "teams", "slack", "console"),
    ),
    _text("identity.kind", "engine", doc="whose token would act", values=("delegated", "workload")),
    _text("target.kind", "plan", doc="what kind of object is changed", values=_TARGETS),
    _object_id("target.id", "plan", doc="object id of what is changed"),
    _text("target.department", "graph", doc="department of the target user; null is unknown"),
    _flag("target.is_break_glass", "graph", doc="the target is an emergency access account"),
    _flag("target.holds_directory_role", "graph", doc="the target holds an Entra directory role"),
    _flag("target.is_role_assignable", "graph", doc="the target group can hold directory roles"),
    _flag("target.is_synced", "graph", doc="the target is mastered on-premises"),
    _flag("target.is_dynamic", "graph", doc="the target group's members follow from a query"),
    _flag("target.is_exchange_managed", "graph", doc="the target group is a list or mail-enabled group of Exchange"),
    _flag(
        "target.has_owner_to_ask",
        "graph",
        doc="the target has an enabled owner who is neither requester nor beneficiary",
    ),
    _flag("target.account_enabled", "graph", doc="the target account may sign in"),
    _flag("target.is_vip", "graph", doc="the target is on the tenant's VIP list"),
    _object_id_set("target.groups", "graph", doc="groups of the target user; a target group holds its own id"),
    _object_id("beneficiary.id", "plan", doc="object id of the user who gains or loses by the step"),
    _text("beneficiary.department", "graph", doc="the beneficiary's department; null is unknown"),
    _text("beneficiary.kind", "graph", doc="member or guest of the tenant", values=("member", "guest")),
    _text("beneficiary.mail_domain", "graph", doc="domain of the beneficiary's mail address, in lower case"),
    _flag("beneficiary.account_enabled", "graph", doc="the beneficiary's account may sign in"),
    _flag("beneficiary.has_usage_location", "graph", doc="the beneficiary has the usage location that licences need"),
    _flag("beneficiary.at_risk", "graph", doc="the beneficiary has an open identity risk"),
    _text("params.sku", "plan", doc="skuPartNumber of the licence, as Graph writes it"),
    _number("params.seats_left", "graph", doc="licences of that SKU that nobody holds"),
    _number("params.lifetime_minutes", "plan", doc="how long a Temporary Access Pass lives"),
    _text("params.attribute", "plan", doc="the one property of a profile that is changed, as Graph names it"),
    _text(
        "params.policy_state",
        "plan",
        doc="the state that a Conditional Access policy gets",
        values=("enabled", "report_only", "disabled"),
    ),
    _number("risk", "engine", doc="how much harm the step could do", bounds=(0, 100)),
    _number("plan.distinct_targets", "plan", doc="how many objects the whole plan changes"),
    _number("plan.steps", "plan", doc="how many steps the whole plan has"),
    _flag("plan.takes_access_away", "plan", doc="the plan also takes a group or licence from the beneficiary"),
    _number(
        "time.minute_of_week",
        "clock",
        doc="tenant-local minutes since Monday 00:00",
        bounds=(0, MINUTES_PER_WEEK - 1),
    ),
    _number("time.day", "clock", doc="proleptic Gregorian ordinal of the tenant-local date", bounds=(1, LAST_DAY)),
    _flag("is_rollback", "engine", doc="the step undoes a step that this run executed; a plan cannot set it"),
)

ATTRIBUTES: Final[Mapping[str, Attribute]] = MappingProxyType({one.name: one for one in _DECLARED})


def attribute_named(name: str) -> Attribute | None:
    """Return the attribute, or None when the vocabulary has no such name.

    `count.<limit id>` is the counter of a limit: what is already used plus what this step adds.
    """
    if name.startswith(COUNTER_PREFIX) and name != COUNTER_PREFIX:
        return _number(name, "counter", doc="used in the limit's window, plus what this step adds")
    return ATTRIBUTES.get(name)


def check_fact(name: str, value: object) -> FactValue:
    """Return `value` if it is a value of the attribute `name`, else UNKNOWN.

    Types are exact: `True` is no number, a list is no set, a subclass of `str` may compare as it
    likes and is no text. Empty text says nothing and is UNKNOWN. Object ids come back in lower case.
    """
    attribute = attribute_named(name)
    if attribute is None:
        return UNKNOWN
    if type(value) is str and attribute.kind == "text":
        return check_text(attribute, value)
    if type(value) is bool and attribute.kind == "flag":
        return value
    if type(value) is int and attribute.kind == "number":
        return _checked_number(attribute, value)
    if type(value) is frozenset and attribute.kind == "set":
        return _checked_set(attribute, value)
    return UNKNOWN


def checked_facts(facts: Mapping[str, object]) -> dict[str, FactValue]:
    """Return every fact checked by `check_fact`. A name that is absent stays absent, which means UNKNOWN."""
    return {name: check_fact(name, value) for name, value in facts.items()}


def check_text(attribute: Attribute, text: str) -> str | Unknown:
    """Return `text` as a value of a text attribute or a member of a set, else UNKNOWN."""
    if not text.strip():
        return UNKNOWN
    if attribute.values is not None and text not in attribute.values:
        return UNKNOWN
    return text.lower() if attribute.is_object_id else text


def _checked_number(attribute: Attribute, number: int) -> FactValue:
    low, high = attribute.bounds
    if number < low or (high is not None and number > high):
        return UNKNOWN
    return number


def _checked_set(attribute: Attribute, members: frozenset[object]) -> FactValue:
    checked = frozenset(check_text(attribute, one) if type(one) is str else UNKNOWN for one in members)
    # INVARIANT: one member that cannot be read makes the whole set unknown, or `none` could pass on half a set.
    texts = frozenset(one for one in checked if isinstance(one, str))
    return texts if len(texts) == len(checked) else UNKNOWN
