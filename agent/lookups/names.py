"""The tenant's own names: as labels on cards and in titles, and compared with those that a step gives."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from agent.lookups.quoting import is_object_id
from agent.lookups.view import View
from agent.model.plan import NameSource, Step

_MAX_CHARS = 256


def name_of(facts: Mapping[str, Any], field: str = "displayName") -> str:
    """Return the name in `field` of `facts` as one plain line of at most 256 characters, or empty.

    Control, format and direction characters are left out: they could make a card read differently from what
    it says.
    """
    name = facts.get(field)
    if not isinstance(name, str):
        return ""
    plain = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in name)
    return " ".join(plain.split())[:_MAX_CHARS]


def named_at(source: NameSource, view: View) -> Mapping[str, Any]:
    """Return what was seen of the object that is named there; of nothing, or of several, nothing."""
    about_person = source.lookup == "user.get" and is_object_id(source.subject)
    facts = view.user(source.subject) if about_person else view.facts(source.lookup, source.subject)
    if not source.within:
        return facts
    found = [one for one in facts.get(source.within, ()) if one.get(source.key) == source.value]
    return found[0] if len(found) == 1 else {}


def name_at(source: NameSource, view: View) -> str:
    """Return what the tenant calls the object, or empty."""
    return name_of(named_at(source, view), source.field)


def names_are_true(step: Step, view: View) -> bool:
    """Return whether every name in the step is what the tenant calls that object now."""
    return all(one.name == name_at(one.source, view) for one in step.names)
