"""Every parameter of every action tells policy what it decides, or says why it tells nothing; every name is checked."""

import json
from typing import Any, Literal, get_args, get_origin

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.actions.mailboxes import _SPOKEN
from agent.actions.parameters import NameOf, OtherPerson, Told, ToldByName, Untold, attributes_of
from agent.actions.profiles import AttributeChange, NumberChange
from agent.actions.role_names import BUILT_IN_ROLES
from agent.actions.security_alerts import _PROPERTIES
from agent.lookups import LOOKUPS
from agent.model.graph_call import GraphCall
from agent.model.plan import Step
from policy.registry import ATTRIBUTES, check_fact
from policy.request import UNKNOWN
from simulator import seed, tenant_file
from tests.agent.areas.collected import EXAMPLES, PARAMS
from tests.conformance.action_world import TENANT_FILE

_DECLARED = (Told, ToldByName, OtherPerson, Untold)
_PLACES = [(action, name) for action in sorted(CATALOGUE) for name in CATALOGUE[action].model_fields]
_NAMES = [one for one in _PLACES if one[1].endswith("_name")]
_OTHERS = [one for one in _PLACES if not one[1].endswith("_name")]


def marked(action: str, name: str, *kinds: type) -> list[Any]:
    return [one for one in CATALOGUE[action].model_fields[name].metadata if isinstance(one, kinds)]


def ids_of(places: list[tuple[str, str]]) -> list[str]:
    return [".".join(one) for one in places]


@pytest.mark.parametrize(("action", "name"), _OTHERS, ids=ids_of(_OTHERS))
def test_a_parameter_tells_policy_or_says_why_not(action: str, name: str) -> None:
    step = parse_step(action, PARAMS[action])
    marks = marked(action, name, *_DECLARED)
    if name == "was" or name.startswith("was_"):
        assert step.precondition is not None, "nothing holds the parameter to what is there"
    elif step.params[name] in [*step.target.id.split("/"), step.target.id, step.beneficiary_id]:
        assert not marks, "policy is told of target and beneficiary anyway"
    else:
        assert marks, "declare the parameter with one of `agent.actions.parameters`"
    assert all(one.reason for one in marks if isinstance(one, Untold))
    assert len({type(one) for one in marks}) <= 1


def _options(annotation: Any) -> list[Any]:
    """The values of a parameter with a closed list."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for one in get_args(annotation) for value in _options(one)]


@pytest.mark.parametrize(("action", "name"), [one for one in _OTHERS if marked(*one, Told)])
def test_whatever_is_chosen_is_a_value_of_the_attribute(action: str, name: str) -> None:
    for mark in marked(action, name, Told):
        for value in _options(CATALOGUE[action].model_fields[name].annotation):
            fact = mark.read(value)
            told = frozenset(fact) if isinstance(fact, tuple) else fact
            assert check_fact(mark.attribute, told) is not UNKNOWN, value


def _steps() -> list[Step]:
    made = [parse_step(action, params) for action, params in PARAMS.items()]
    file = tenant_file.read(TENANT_FILE)
    return [*made, *(parse_step(one.action, one.arrange(seed.directory_of(file))) for one in EXAMPLES)]


def test_what_steps_tell_is_in_the_vocabulary_and_all_of_its_parameters_are_told_by_some_step() -> None:
    supplied: set[str] = {"params.seats_left"}
    for step in _steps():
        for name, fact in step.told.items():
            assert check_fact(name, frozenset(fact) if isinstance(fact, tuple) else fact) is not UNKNOWN, (name, fact)
        supplied |= {*step.told, *step.told_by_name}
    # A parameter tells of itself; only who is not there yet cannot be looked up.
    assert {name for name in supplied if not name.startswith("params.")} == {
        "beneficiary.kind",
        "beneficiary.mail_domain",
    }
    assert {name for name in ATTRIBUTES if name.startswith("params.")} <= supplied


def test_the_properties_of_the_vocabulary_are_those_that_actions_change() -> None:
    changes = (AttributeChange.model_fields["field"], NumberChange.model_fields["field"])
    group = CATALOGUE["entra.group.update"].model_fields["attribute"]
    listed = {name for field in (*changes, group) for name in _options(field.annotation)}
    listed |= {name.partition(".")[0] for name in _SPOKEN} | {*_PROPERTIES.values()}
    assert {*(ATTRIBUTES["params.attributes"].values or ())} == listed


@pytest.mark.parametrize(
    ("action", "change", "told"),
    [
        ("entra.user.profile.update", {}, {"params.attributes": ("department", "jobTitle", "officeLocation")}),
        ("entra.user.phone.update", {}, {"params.attributes": ("businessPhones", "mobilePhone")}),
        ("entra.group.update", {}, {"params.attributes": ("description",)}),
        (
            "entra.group.update",
            {"attribute": "visibility", "value": "Public", "was": "Private"},
            {"params.attributes": ("visibility",), "params.visibility": "public"},
        ),
        ("entra.group.update", {"value": "Public"}, {"params.attributes": ("description",)}),
        (
            "entra.user.create",
            {},
            {"params.department": "Sales", "params.attributes": ("department", "givenName", "usageLocation")},
        ),
        ("entra.guest.invite", {}, {"beneficiary.kind": "guest", "beneficiary.mail_domain": "tendermill.example"}),
        ("entra.guest.invite", {"mail": "X@PostBasket.Example"}, {"beneficiary.mail_domain": "postbasket.example"}),
        ("entra.pim.role.activate_self", {"hours": 2}, {"params.lifetime_minutes": 120}),
        ("entra.pim.role.eligible.assign", {"days": 30}, {"params.lifetime_minutes": 43_200}),
        ("spo.item.link.create", {}, {"params.access": "write", "params.link_scope": "organization"}),
        (
            "spo.item.permission.remove",
            {"was": {"kind": "link", "type": "view", "scope": "anonymous"}},
            {"params.access": "read", "params.link_scope": "anonymous"},
        ),
        ("spo.item.permission.remove", {}, {"params.access": "read"}),
        (
            "entra.ca.policy.state",
            {"state": "enabledForReportingButNotEnforced", "was_state": "enabled"},
            {"params.policy_state": "report_only"},
        ),
        ("intune.device.wipe", {"keep_user_data": True}, {"params.keeps": ("esim_plan", "user_data")}),
        ("exo.autoreply.set", {}, {"params.audience": "contactsOnly"}),
        (
            "exo.mailbox.settings.update",
            {},
            {"params.attributes": ("language", "timeZone")},
        ),
    ],
)
def test_what_is_told_is_what_the_parameters_say(action: str, change: dict[str, Any], told: dict[str, Any]) -> None:
    step = parse_step(action, PARAMS[action] | change)
    assert {name: step.told[name] for name in told} == told
    assert {name for name in ("params.visibility", "params.link_scope") if name in step.told} <= set(told)
    assert Step.model_validate(json.loads(step.model_dump_json())) == step


def test_all_that_an_action_can_tell_is_known_without_a_step() -> None:
    found: dict[str, set[str]] = {name: set() for name in CATALOGUE}
    for step in _steps():
        found[step.action] |= {*step.told, *step.told_by_name, *(["other_person.*"] if step.other_person else [])}
    for name, action in CATALOGUE.items():
        assert found[name] <= {*attributes_of(action), *action.also_tells}, name
        assert not {*action.also_tells} & {*attributes_of(action)}, name


@pytest.mark.parametrize(("action", "name"), _NAMES, ids=ids_of(_NAMES))
def test_every_name_says_where_the_tenant_has_it_and_stands_on_the_card(action: str, name: str) -> None:
    assert len(marked(action, name, NameOf)) == 1
    step = parse_step(action, PARAMS[action] | {name: "N4me of us"})
    (given,) = step.names
    assert (given.param, given.name) == (name, "N4me of us")
    assert isinstance(LOOKUPS[given.source.lookup].call(given.source.subject), GraphCall)
    assert bool(given.source.within) == bool(given.source.key) == bool(given.source.value)
    built_in = name == "role_name" and step.params["role_id"] in BUILT_IN_ROLES
    assert built_in or "N4me of us" in step.title


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_a_label_is_one_of_the_names_that_are_checked(action: str) -> None:
    labels = [name for name in CATALOGUE[action].model_fields if name.endswith("_name")]
    step = parse_step(action, PARAMS[action] | {name: f"N4me {place}" for place, name in enumerate(labels)})
    assert {step.target.label, step.beneficiary_label} - {""} <= {one.name for one in step.names}
    assert len(step.names) == len(labels)
    assert parse_step(action, PARAMS[action]).names == ()


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_whose_the_target_is_stands_in_its_path_or_is_demanded_of_the_before_image(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    if owner := step.target.owner_id:
        demanded = step.precondition.model_dump_json() if step.precondition else ""
        assert f"/users/{owner}/" in step.call.path or owner in demanded
