"""The closed vocabulary: every attribute that a rule may mention, its type and where its value comes from.

A value that is missing, null, of another type, outside its closed list or outside its bounds is
UNKNOWN. `source` says which platform code supplies the fact; none of them is a model's output.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from policy.closed_lists import ACCESS, CLASSIFICATIONS, PROPERTIES, ROLES, TARGETS, TEAMS_POLICIES
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

    `values` is the closed list of a text attribute or of a set's members, or None when any text will do.
    `bounds` are the inclusive ends of a number (the upper end None when open). An `is_object_id` attribute
    holds Entra object ids, which are compared in lower case.
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


def _closed_set(name: str, source: Source, *, doc: str, values: tuple[str, ...]) -> Attribute:
    return Attribute(name=name, kind="set", source=source, values=values, doc=doc)


_DECLARED: Final = (
    _object_id("requester.id", "identity", doc="object id of the person who asked"),
    _text("requester.department", "graph", doc="department; null in Graph is unknown"),
    _text("requester.role", "identity", doc="what the requester is to IT", values=ROLES),
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
    _text("target.kind", "plan", doc="what kind of object is changed", values=TARGETS),
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
    _flag(
        "beneficiary.has_usage_location",
        "graph",
        doc="the beneficiary has the usage location that licences need, or gets it by an earlier step",
    ),
    _flag("beneficiary.at_risk", "graph", doc="the beneficiary has an open identity risk"),
    _object_id(
        "other_person.id",
        "graph",
        doc="object id of the person whom the step names besides: a new manager, the reader of a calendar",
    ),
    _flag("other_person.is_requester", "engine", doc="the requester is that other person"),
    _text("other_person.kind", "graph", doc="member or guest of the tenant", values=("member", "guest")),
    _flag("other_person.account_enabled", "graph", doc="the other person's account may sign in"),
    _flag("other_person.at_risk", "graph", doc="the other person has an open identity risk"),
    _text("other_person.mail_domain", "graph", doc="domain of the other person's mail address, in lower case"),
    _text("params.sku", "graph", doc="skuPartNumber of the licence, as Graph writes it"),
    _text("params.old_sku", "graph", doc="skuPartNumber of the licence that is given up for another"),
    _number("params.seats_left", "graph", doc="licences of that SKU that nobody holds"),
    _number(
        "params.lifetime_minutes",
        "plan",
        doc="how long it lasts: a Temporary Access Pass, a role, an eligibility, a membership",
    ),
    _closed_set(
        "params.attributes",
        "plan",
        doc="all properties that the step changes or sets, as Graph names them",
        values=PROPERTIES,
    ),
    _text("params.department", "plan", doc="the department that a new account gets"),
    _object_id("params.role_id", "plan", doc="role definition id of the directory role"),
    _object_id("params.app_role_id", "plan", doc="id of the role in an application; all zeros is the default access"),
    _object_id("params.app_id", "plan", doc="client id of the application that is let into a site"),
    _object_id("params.group_id", "plan", doc="object id of the group that an app is assigned to"),
    _object_id("params.unit_id", "plan", doc="object id of the administrative unit"),
    _object_id("params.package_id", "plan", doc="id of the access package"),
    _object_id("params.policy_id", "plan", doc="id of the policy of an access package, or of the Teams policy"),
    _object_id("params.location_id", "plan", doc="id of the emergency location of a telephone number"),
    _text("params.policy_type", "plan", doc="the type of a Teams policy, as Graph names it", values=TEAMS_POLICIES),
    _text(
        "params.policy_state",
        "plan",
        doc="the state that a Conditional Access policy gets",
        values=("enabled", "report_only", "disabled"),
    ),
    _flag("params.is_trusted", "plan", doc="a named location is to count as trusted"),
    _text(
        "params.access",
        "plan",
        doc="what is allowed with a file, site or calendar, or taken back; a link to view reads, one to edit writes",
        values=ACCESS,
    ),
    _text(
        "params.link_scope",
        "plan",
        doc="for whom a sharing link works",
        values=("organization", "users", "anonymous"),
    ),
    _text("params.audience", "plan", doc="which people outside get replies", values=("none", "contactsOnly", "all")),
    _text("params.visibility", "plan", doc="who may see a group or team", values=("private", "public")),
    _text("params.group_kind", "plan", doc="what kind of group is made", values=("security", "microsoft365")),
    _text(
        "params.intent",
        "plan",
        doc="whether devices offer an app or must install it, as Graph names it",
        values=("available", "required", "availableWithoutEnrollment"),
    ),
    _text(
        "params.consent_type",
        "plan",
        doc="whether a consent is everybody's or one person's, as Graph names it",
        values=("AllPrincipals", "Principal"),
    ),
    _text(
        "params.status",
        "plan",
        doc="how far an alert or incident is, as Graph names it",
        values=("new", "active", "inProgress", "resolved"),
    ),
    _text(
        "params.classification",
        "plan",
        doc="what came of an alert or incident, as Graph names it",
        values=CLASSIFICATIONS,
    ),
    _closed_set(
        "params.keeps",
        "plan",
        doc="what a wiped device keeps",
        values=("user_data", "enrollment_data", "esim_plan"),
    ),
    _number("risk", "engine", doc="how much harm the step could do", bounds=(0, 100)),
    _number("plan.distinct_targets", "plan", doc="how many objects the whole plan changes"),
    _number("plan.steps", "plan", doc="how many steps the whole plan has"),
    _flag("plan.takes_access_away", "plan", doc="the plan also takes a group or licence from the beneficiary"),
    _flag("plan.makes_requester_manager", "plan", doc="the plan also makes the requester the beneficiary's manager"),
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
