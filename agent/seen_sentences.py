"""What was seen, in sentences for the technician who takes over: one line for each thing that matters.

No names of look-ups or fields and no raw values: whoever needs those finds them in the activity log. What could not be
read comes first, because it is why people are needed more often than not; what says nothing about a case is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from agent.lookups.names import name_of
from agent.model.observation import Observation

#: A line is read at a glance.
MAX_CHARS: Final = 160
_NAMES_SHOWN: Final = 4
_OPEN_RISK: Final = ("atRisk", "confirmedCompromised")
# What is read about many things at once and told of none of them by itself.
_SILENT: Final = frozenset({"tenant.skus", "tenant.org", "tenant.domains", "role.definitions", "intune.apps"})
_SEARCHES: Final = (".find", ".search", ".named", ".filter")

#: Where lists of people and things have the names of their items.
_NAMED_BY: Final = ("displayName", "deviceName", "skuPartNumber", "name", "subject")
_TOPICS: Final = {
    "user.get": "the account",
    "user.risk": "whether there is an identity risk",
    "user.directory_roles": "the directory roles",
    "user.groups": "the groups",
    "user.manager": "the manager",
    "user.licenses": "the licences",
    "user.auth_methods": "the sign-in methods",
    "group.get": "the group",
    "group.owners": "the owners",
    "group.member": "the membership",
    "mailbox.settings": "the mailbox's settings",
    "mailbox.rules": "the mailbox's rules",
}


def sentences(seen: Mapping[str, Observation]) -> tuple[str, ...]:
    """Return one line for each observation that tells something, those that failed first; none twice."""
    labels = labels_in(seen)
    failed = (_failed(one, labels) for one in seen.values() if one.state == "unknown")
    told = (line for one in seen.values() if one.state != "unknown" for line in _told(one, labels))
    return tuple(dict.fromkeys(_cut(line) for line in (*failed, *told)))


def labels_in(seen: Mapping[str, Observation]) -> dict[str, str]:
    """Return what people call the objects whose ids were seen with a name."""
    found: dict[str, str] = {}
    for one in seen.values():
        for item in (one.facts, *_items(one.facts)):
            name = next((str(item[key]) for key in _NAMED_BY if item.get(key)), "")
            if name and isinstance(item.get("id"), str):
                found.setdefault(item["id"], name)
        if one.lookup == "user.get" and one.state == "known":
            found[one.subject] = name_of(one.facts)
    return found


def with_names(text: str, labels: Mapping[str, str]) -> str:
    """Return `text` with every id in it that has a name called by that name."""
    for object_id, name in labels.items():
        # Only whole ids: a short subject could be a part of any word.
        text = text.replace(object_id, name) if len(object_id) >= 36 else text
    return text


def _items(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in facts.values():
        if isinstance(value, list):
            yield from (one for one in value if isinstance(one, Mapping))


def _failed(one: Observation, labels: Mapping[str, str]) -> str:
    because = f": {one.problem}" if one.problem else ""
    return f"Could not be read: {_topic(one)} of {_label(one, labels)}{because}."


def _told(one: Observation, labels: Mapping[str, str]) -> Iterator[str]:
    if one.lookup in _SILENT:
        return
    label = _label(one, labels)
    if one.lookup.endswith(_SEARCHES):
        names = _listed(one.facts)
        yield (
            f"A search for “{one.subject}” finds {names}." if names else f"A search for “{one.subject}” finds nothing."
        )
    elif one.lookup in _TELLERS:
        yield _TELLERS[one.lookup](one, label)
    elif one.state == "absent":
        yield f"There is nothing about {_topic(one)} of {label}."
    elif names := _listed(one.facts):
        yield f"{_topic(one).capitalize()} of {label}: {names}."


def _person(one: Observation, label: str) -> str:
    facts = one.facts
    if one.state == "absent":
        return f"Nobody in the directory is “{one.subject}”."
    kinds = ["the account is enabled" if facts.get("accountEnabled") is True else "the account is disabled"]
    kinds += ["a guest"] if facts.get("userType") == "Guest" else []
    kinds += [f"works in {facts['department']}"] if facts.get("department") else []
    kinds += ["kept by an on-premises directory"] if facts.get("onPremisesSyncEnabled") is True else []
    return f"{label} ({facts.get('userPrincipalName', '')}): {', '.join(kinds)}."


def _risk(one: Observation, label: str) -> str:
    is_open = one.facts.get("riskState") in _OPEN_RISK
    return f"{label} has an open identity risk." if is_open else f"{label} has no open identity risk."


def _roles(one: Observation, label: str) -> str:
    return f"{label} holds {_listed(one.facts) or 'no directory role'}."


def _groups(one: Observation, label: str) -> str:
    count = sum(1 for _ in _items(one.facts))
    return f"{label} is in {count} group{'s' if count != 1 else ''}."


def _group(one: Observation, label: str) -> str:
    if one.state == "absent":
        return f"There is no group “{one.subject}”."
    facts, kinds = one.facts, []
    kinds += ["its members follow from a rule"] if "DynamicMembership" in (facts.get("groupTypes") or ()) else []
    kinds += ["it is kept by an on-premises directory"] if facts.get("onPremisesSyncEnabled") is True else []
    kinds += ["it can hold directory roles"] if facts.get("isAssignableToRole") is True else []
    return f"The group {label} exists{': ' + ', '.join(kinds) if kinds else ''}."


def _owners(one: Observation, label: str) -> str:
    return f"The group {label} is owned by {_listed(one.facts) or 'nobody'}."


def _member(one: Observation, label: str) -> str:
    return f"{label}: a member." if one.facts.get("is_member") is True else f"{label}: no member."


def _manager(one: Observation, label: str) -> str:
    return f"{label} has the manager {name_of(one.facts)}." if one.state == "known" else f"{label} has no manager."


def _devices(one: Observation, label: str) -> str:
    return f"{label} has the devices {names}." if (names := _listed(one.facts)) else f"{label} has no device."


def _licences(one: Observation, label: str) -> str:
    return f"{label} has the licences {names}." if (names := _listed(one.facts)) else f"{label} has no licence."


_TELLERS: Final[Mapping[str, Callable[[Observation, str], str]]] = {
    "user.get": _person,
    "user.risk": _risk,
    "user.directory_roles": _roles,
    "user.groups": _groups,
    "user.manager": _manager,
    "user.licenses": _licences,
    "user.devices": _devices,
    "user.managed_devices": _devices,
    "group.get": _group,
    "group.owners": _owners,
    "group.member": _member,
}


def _topic(one: Observation) -> str:
    return _TOPICS.get(one.lookup) or one.lookup.replace(".", " ").replace("_", " ")


def _label(one: Observation, labels: Mapping[str, str]) -> str:
    if one.subject in labels or "/" not in one.subject:
        return labels.get(one.subject, one.subject)
    # Two ids: what it is about, and whom or which of it.
    whole, _, part = one.subject.partition("/")
    return f"{labels.get(part, part)} in {labels.get(whole, whole)}"


def _listed(facts: Mapping[str, Any]) -> str:
    """Return the names of what a look-up lists, the first few of them."""
    named = (next((str(one[key]) for key in _NAMED_BY if one.get(key)), "") for one in _items(facts))
    names = [name for name in named if name]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{', '.join(names[:_NAMES_SHOWN])}{more}"


def _cut(line: str) -> str:
    flat = " ".join(line.split())
    return flat if len(flat) <= MAX_CHARS else f"{flat[: MAX_CHARS - 1]}\N{HORIZONTAL ELLIPSIS}"
