"""What each attribute is about, in the words of an employee: who it concerns, and how to say it kindly.

A technician reads attribute names and values. An employee reads these words, and the personal ones only when
the fact is about the reader: of anybody else nothing is told but that policy has a reason. So no answer shows
who is an administrator, whose account is at risk or who is on a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from policy.registry import COUNTER_PREFIX, attribute_named

# Whom a fact concerns. `request` is nobody: the channel, the plan, the clock, the counters.
Concern = Literal["requester", "target", "beneficiary", "other_person", "request"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One attribute for an employee whom it concerns.

    `words` is a noun phrase. `when_true` and `when_false` are clauses for a flag, empty where the phrase says
    enough. `advice` is a sentence on what the reader can do. A topic that `narrows` says which cases a rule is
    about and is told only when a rule says nothing else.
    """

    concern: Concern
    words: str
    when_true: str = ""
    when_false: str = ""
    advice: str = ""
    narrows: bool = False


_SIGN_IN: Final = "Asking on the portal, or signed in with your work account, may help."
_LATER: Final = "Asking again later may help."

TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        "requester.id": Topic("requester", "who you are"),
        "requester.department": Topic("requester", "your department"),
        "requester.role": Topic("requester", "your role in IT"),
        # How a request came in is known to whoever sent it.
        "requester.assurance": Topic("request", "how you proved who you are", advice=_SIGN_IN),
        "requester.kind": Topic("requester", "the kind of your account (member or guest)"),
        "requester.account_enabled": Topic(
            "requester", "the state of your account", when_false="your account is switched off"
        ),
        "requester.at_risk": Topic(
            "requester", "a security check of your account", when_true="security must look at your account first"
        ),
        "requester.is_vip": Topic("requester", "the special protection of your account"),
        "requester.owns_target": Topic(
            "requester", "who owns the group", when_false="you are not an owner of the group"
        ),
        "requester.manages_beneficiary": Topic(
            "requester", "who the manager is", when_false="you are not the manager of the person whom this is for"
        ),
        "requester.sponsors_beneficiary": Topic(
            "requester", "who the sponsor is", when_false="you are not the sponsor of the guest whom this is for"
        ),
        "requester.directory_roles": Topic("requester", "your administrator roles"),
        "request.on_self": Topic("request", "whom the change is for", when_false="the change is for somebody else"),
        "request.channel": Topic("request", "where you asked", narrows=True),
        "identity.kind": Topic("request", "the identity that would act", narrows=True),
        "target.kind": Topic("request", "the kind of object that would be changed", narrows=True),
        "target.id": Topic("target", "the very object that would be changed", narrows=True),
        "target.department": Topic("target", "your department"),
        "target.is_break_glass": Topic(
            "target", "whether your account is an emergency account", when_true="your account is an emergency account"
        ),
        "target.holds_directory_role": Topic(
            "target", "your administrator roles", when_true="your account has an administrator role"
        ),
        "target.is_role_assignable": Topic("target", "the administrator roles of a group"),
        "target.is_synced": Topic(
            "target",
            "where your account is managed",
            when_true="your account is managed in another system",
        ),
        "target.is_dynamic": Topic("target", "how the members of the group are chosen"),
        "target.is_exchange_managed": Topic("target", "where the group is managed"),
        "target.has_owner_to_ask": Topic("target", "whether the group has an owner who can be asked"),
        "target.account_enabled": Topic(
            "target", "the state of your account", when_false="your account is switched off"
        ),
        "target.is_vip": Topic("target", "the special protection of your account"),
        "target.groups": Topic("target", "the groups that you are in"),
        "beneficiary.id": Topic("beneficiary", "who you are"),
        "beneficiary.department": Topic("beneficiary", "your department"),
        "beneficiary.kind": Topic("beneficiary", "the kind of your account (member or guest)"),
        "beneficiary.mail_domain": Topic("beneficiary", "the domain of your mail address"),
        "beneficiary.account_enabled": Topic(
            "beneficiary", "the state of your account", when_false="your account is switched off"
        ),
        "beneficiary.has_usage_location": Topic(
            "beneficiary", "the country of your account", when_false="your account has no country yet"
        ),
        "beneficiary.at_risk": Topic(
            "beneficiary", "a security check of your account", when_true="security must look at your account first"
        ),
        "other_person.id": Topic("other_person", "who you are"),
        "other_person.is_requester": Topic("other_person", "who you are"),
        "other_person.kind": Topic("other_person", "the kind of your account (member or guest)"),
        "other_person.account_enabled": Topic(
            "other_person", "the state of your account", when_false="your account is switched off"
        ),
        "other_person.at_risk": Topic(
            "other_person", "a security check of your account", when_true="security must look at your account first"
        ),
        "other_person.mail_domain": Topic("other_person", "the domain of your mail address"),
        "params.sku": Topic("request", "the kind of licence"),
        "params.old_sku": Topic("request", "the kind of licence that would be given up"),
        "params.seats_left": Topic("request", "the number of free licences", advice=_LATER),
        "params.lifetime_minutes": Topic("request", "how long it would last"),
        "params.attributes": Topic("request", "the properties that would be changed"),
        "params.department": Topic("request", "the department of the new account"),
        "params.role_id": Topic("request", "the administrator role"),
        "params.app_role_id": Topic("request", "the role in the application"),
        "params.app_id": Topic("request", "the application"),
        "params.group_id": Topic("request", "the group that would get the app"),
        "params.unit_id": Topic("request", "the administrative unit"),
        "params.package_id": Topic("request", "the access package"),
        "params.policy_id": Topic("request", "the policy that would be applied"),
        "params.location_id": Topic("request", "the emergency location of the number"),
        "params.policy_type": Topic("request", "the kind of Teams policy"),
        "params.policy_state": Topic("request", "the state that the sign-in policy would get"),
        "params.is_trusted": Topic(
            "request", "whether the location would be trusted", when_true="the location would be trusted"
        ),
        "params.access": Topic("request", "what somebody could do with it"),
        "params.link_scope": Topic("request", "for whom the link works"),
        "params.audience": Topic("request", "who outside would get the reply"),
        "params.visibility": Topic("request", "who could see the group"),
        "params.group_kind": Topic("request", "the kind of group"),
        "params.intent": Topic("request", "whether the app would be offered or installed"),
        "params.consent_type": Topic("request", "whose consent it is"),
        "params.status": Topic("request", "how far the alert would be"),
        "params.classification": Topic("request", "what came of the alert"),
        "params.keeps": Topic("request", "what the device would keep"),
        "risk": Topic("request", "how much harm the change could do"),
        "plan.distinct_targets": Topic("request", "how many objects would be changed at once"),
        "plan.steps": Topic("request", "how many steps this takes"),
        "plan.takes_access_away": Topic(
            "request", "what the plan takes away", when_true="the plan also takes something away"
        ),
        "plan.makes_requester_manager": Topic(
            "request", "whose manager you would be", when_true="the plan makes you the person's manager"
        ),
        "time.minute_of_week": Topic("request", "the time of day", advice=_LATER),
        "time.day": Topic("request", "the date", advice=_LATER),
        "is_rollback": Topic("request", "whether a change is put back", narrows=True),
    }
)

_COUNTER: Final = Topic("request", "how often this was done lately", advice=_LATER)


def topic_of(fact: str) -> Topic:
    """Return the topic of an attribute of the registry.

    An attribute without an entry is described by the registry's own words if it is about the request, and
    otherwise by nothing but whom it concerns, so that a forgotten entry tells no secret.
    """
    if fact.startswith(COUNTER_PREFIX):
        return _COUNTER
    if fact in TOPICS:
        return TOPICS[fact]
    concern, attribute = _concern_of(fact), attribute_named(fact)
    assert attribute is not None, "documents name attributes of the registry only"
    described = attribute.doc if concern == "request" else "what is known about you"
    return Topic(concern, described)


def _concern_of(fact: str) -> Concern:
    match fact.split(".")[0]:
        case "request" | "identity" | "params" | "plan" | "time" | "risk" | "is_rollback":
            return "request"
        case "requester":
            return "requester"
        case "beneficiary":
            return "beneficiary"
        case "other_person":
            return "other_person"
        case _:
            return "target"
