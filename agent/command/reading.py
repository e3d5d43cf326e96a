"""What is looked up for an action, whoever asks for it, as names of look-ups.

1. What policy is told: `agent.lookups.facts.needed_lookups`, asked about a step for somebody else, which takes most.
2. What its runbook asks before it plans, and what tells whether it can be approved and by whom.
3. What shows its effect and its before-image: they are no look-ups, but what a look-up may read, so may they.

Nothing here is needed by a permission that the action itself has; `agent.command.consent` leaves that out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from agent.actions import CATALOGUE, Action
from agent.actions.parameters import OtherPerson, lookups_of, marks
from agent.lookups.facts import needed_lookups
from agent.model.expectation import Gone
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Target
from agent.model.service_request import Assurance, ServiceRequest

# Who approves must be looked up: people, their managers, and owners where there are any (`agent.people`).
_OF_APPROVERS: Final = ("user.get", "user.manager")
_OWNERS_OF: Final[Mapping[str, str]] = MappingProxyType({"group": "group.owners"})

# What finds people, and places of which people are members, from words.
_OF_PEOPLE: Final = ("user.find", "user.search")
_OF_PLACES: Final = ("group.find", "group.search", "group.get", "site.search", "site.groups")
_OF_LICENCES: Final = ("tenant.skus", "user.licenses", "group.licenses", "group.search")
_OF_MEMBERS: Final = (
    *_OF_PEOPLE,
    *_OF_PLACES,
    *_OF_LICENCES,
    "group.owners",
    "group.member",
    "intune.apps",
    "intune.app.assignments",
)
_OF_DEVICES: Final = (*_OF_PEOPLE, "user.managed_devices", "device.managed.named", "device.managed.get")
_OF_MAILBOXES: Final = (*_OF_PEOPLE, "mailbox.settings")
# What runbooks ask, by the action that they plan. All begin with the risk, the roles and the groups of the requester.
RUNBOOKS_ASK: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "entra.auth.method.authenticator.delete": (*_OF_PEOPLE, "user.auth_methods"),
        "entra.auth.tap.create": (*_OF_PEOPLE, "user.auth_methods"),
        "entra.ca.policy.state": ("ca.policies",),
        "entra.group.create": (*_OF_PEOPLE, "group.search"),
        "entra.group.member.add": _OF_MEMBERS,
        "entra.group.member.remove": (*_OF_MEMBERS, "user.direct_reports"),
        "entra.group.owner.add": _OF_MEMBERS,
        "entra.group.owner.remove": _OF_MEMBERS,
        "entra.guest.invite": (*_OF_MEMBERS, "tenant.org"),
        "entra.license.assign": (*_OF_PEOPLE, *_OF_LICENCES, "tenant.org", "sku.holders"),
        "entra.license.remove": (*_OF_PEOPLE, *_OF_LICENCES, "group.get", "group.member"),
        "entra.license.swap": (*_OF_PEOPLE, "tenant.skus", "sku.holders", "group.find", "group.get", "group.members"),
        "entra.user.create": (*_OF_PEOPLE, "tenant.org", "tenant.skus", "user.direct_reports", "user.filter"),
        "entra.user.delete": _OF_MEMBERS,
        "entra.user.disable": (*_OF_PEOPLE, "user.direct_reports"),
        "entra.user.enable": (*_OF_PEOPLE, "deleted.users"),
        "entra.user.manager.set": (*_OF_PEOPLE, "user.contact", "user.manager"),
        "entra.user.password.reset": (*_OF_PEOPLE, "user.signins"),
        "entra.user.phone.update": (*_OF_PEOPLE, "user.contact"),
        "entra.user.profile.update": (*_OF_PEOPLE, "user.contact", "user.direct_reports"),
        "entra.user.restore": (*_OF_PEOPLE, "deleted.users"),
        "entra.user.sessions.revoke": _OF_PEOPLE,
        "exo.autoreply.set": _OF_MAILBOXES,
        "exo.calendar.permission.grant": (*_OF_MAILBOXES, "mailbox.calendar_permissions"),
        "exo.calendar.permission.revoke": (*_OF_MAILBOXES, "mailbox.calendar_permissions"),
        "exo.calendar.permission.update": (*_OF_MAILBOXES, "mailbox.calendar_permissions"),
        "exo.inboxrule.delete": (*_OF_PEOPLE, "mailbox.rules"),
        "exo.inboxrule.disable": (*_OF_PEOPLE, "mailbox.rules"),
        "intune.device.reboot": (*_OF_DEVICES, "device.compliance"),
        "intune.device.remotelock": _OF_DEVICES,
        "intune.device.retire": _OF_DEVICES,
        "intune.device.sync": (*_OF_DEVICES, "device.compliance"),
        "intune.device.wipe": _OF_DEVICES,
        "secret.bitlocker.read": (*_OF_DEVICES, "device.bitlocker.list"),
        "teams.team.create": (*_OF_PEOPLE, "group.search"),
    }
)
#: What runbooks ask to answer a question, with which nothing is written: without consent for one of these such a
#: question is handed over.
ANSWERS_ASK: Final = ("health.issues", "mail.trace", "user.license_details", "user.signin_activity")

# Whose permission reads what shows an effect or a before-image, by the beginning of the actions' ids. What is not
# named reads with the permission that the action writes with, or as any look-up of people and groups does.
SHOWN_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "entra.au.member.": ("user.units",),
        "entra.auth.method.": ("user.auth_methods",),
        "intune.device.": ("device.managed.get", "intune.audit"),
        "secret.laps.": ("user.audits",),
        "teams.channel.": ("teams.channels",),
        "teams.member.": ("teams.members",),
        "teams.policy.": ("teams.policies",),
    }
)

# Ids of nobody and of nothing.
_SOMEBODY, _SOMEBODY_ELSE, _A_THIRD = (f"{number}0000000-0000-4000-8000-000000000000" for number in range(3))
_SOMETHING: Final = "somewhere/something"


def lookups_for(action: str) -> frozenset[str]:
    """Return the names of all look-ups that an action of the catalogue takes, from the request to its proof."""
    of = CATALOGUE[action]
    # (1)
    asked = {name for name, _ in needed_lookups(_step(of), _REQUEST, requester_id=_SOMEBODY)}
    # (2)
    planned = (*RUNBOOKS_ASK.get(action, ()), *_OF_APPROVERS, *filter(None, (_OWNERS_OF.get(of.target_kind),)))
    # (3)
    shown = (name for beginning, names in SHOWN_BY.items() if action.startswith(beginning) for name in names)
    return frozenset((*asked, *lookups_of(of), *planned, *shown))


_REQUEST: Final = ServiceRequest(
    tenant_id="a tenant",
    source="nowhere",
    external_id="none",
    channel="console",
    requester="somebody@tenant.example",
    assurance=Assurance.SSO,
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)
_NOTHING: Final = GraphCall(method="GET", path="/nothing")


def _step(action: type[Action]) -> Step:
    """Return as much of a step as needs looking up: who and what it is about."""
    is_named = next(marks(action, OtherPerson), None) is not None
    target = _SOMEBODY_ELSE if action.target_kind in ("user", "mailbox") else _SOMETHING
    return Step(
        action=action.id,
        title="",
        params={},
        target=Target(kind=action.target_kind, id=target),
        beneficiary_id=_SOMEBODY_ELSE,
        other_person=_A_THIRD if is_named else "",
        call=_NOTHING,
        check=Check(call=_NOTHING, expect=Gone()),
        risk=0,
    )
