"""Answers of the policy package as plain JSON data, and in the few words that tables need."""

import re
import shlex
from collections.abc import Iterable
from typing import Any, Final

from policy.analysis import Cover, Proof, Region
from policy.command.yaml_file import parse_yaml
from policy.decision import Requirement, Verdict
from policy.foreign import printable
from policy.history.recorded import facts_data
from policy.request import AuthorizationRequest

# What a verdict means for the person who asks.
WORDS: Final = {Verdict.ALLOW: "without a human", Verdict.APPROVAL: "with approval", Verdict.DENY: "denied"}
# Signs that mean nothing to YAML, also within a list, and nothing to a shell.
_BARE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*( [A-Za-z0-9][A-Za-z0-9._-]*)*")


def request_data(request: AuthorizationRequest) -> dict[str, Any]:
    """Return a request as JSON data; `explain --facts` takes the same form."""
    return {"action": request.action, "facts": facts_data(request.facts)}


def request_words(request: AuthorizationRequest) -> str:
    """Return a request as words that `explain` takes: the action, then every known fact as `name=value`.

    They are quoted for a shell, and the values as YAML, so that a value means in them what it is: pasted into a
    terminal, foreign text runs nothing and ends nothing.
    """
    facts = (f"{name}={shlex.quote(_yaml(value))}" for name, value in facts_data(request.facts).items())
    return " ".join((shlex.quote(request.action), *facts))


def region_data(region: Region) -> dict[str, Any]:
    """Return a region as JSON data."""
    return {
        "sentence": region.sentence(),
        "constraints": {one.attribute: list(one.classes) for one in region.constraints},
        "cells": region.cells,
        "witness": request_data(region.witness),
    }


def cover_data(cover: Cover) -> dict[str, Any]:
    """Return a cover as JSON data; `uncovered` is 0 when the regions are everything."""
    return {
        "regions": [region_data(one) for one in cover.regions],
        "cells": cover.cells,
        "uncovered": cover.uncovered,
    }


def proof_data(proof: Proof) -> dict[str, Any]:
    """Return a proof as JSON data; `counterexample` is null when the claim is proved."""
    found = proof.counterexample
    return {
        "proved": proof.proved,
        "vacuous": proof.vacuous,
        "actions": list(proof.actions),
        "counterexample": None if found is None else request_data(found),
        "verdict": None if proof.verdict is None else proof.verdict.name,
        "region": None if proof.region is None else region_data(proof.region),
    }


def requirements_data(requirements: Iterable[Requirement]) -> list[dict[str, Any]]:
    """Return requirements as JSON data, sorted."""
    return [{"resolver": one.resolver, "count": one.count, "standing": one.standing} for one in sorted(requirements)]


def requirements_words(requirements: Iterable[Requirement]) -> str:
    """Return requirements in a few words, such as `2 x tenant_admin (never standing)`."""
    return " and ".join(
        f"{one.count} x {one.resolver}{' (never standing)' if one.standing == 'never' else ''}"
        for one in sorted(requirements)
    )


def _yaml(value: object) -> str:
    """Return a recorded fact as YAML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return _yaml_text(value) if isinstance(value, str) else str(value)


def _yaml_text(text: str) -> str:
    """Return text as it is where YAML reads it as that text, else in double quotes with escapes that YAML knows."""
    if _BARE.fullmatch(text) and _reads_as_itself(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped, most=len(escaped))}"'


def _reads_as_itself(text: str) -> bool:
    # Bare words can be flags, numbers or dates, also of days that no calendar has.
    try:
        return parse_yaml(text) == text
    except ValueError:
        return False
