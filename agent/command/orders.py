"""`pause`, `resume`, `modify`, `stop` and `state`: orders to a running stack, and what is ordered now."""

import argparse
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.command.stack import running_stack
from agent.orders import EXPECTED_CASE_ID, is_case_id
from policy.command.command import GOOD, Answer, Command, Terminal, table
from policy.command.errors import UsageError

_WORDS: Final[Mapping[str, str]] = {
    "pause": "hold the writes of a case, a tenant or the stack until they are resumed",
    "resume": "let go on what was paused; end the stop of a tenant or of the stack",
    "stop": "end a case, or all that would write: put back what was done and hand over",
    "modify": "change or drop one step of a case before it runs; approvals are void",
}


def subject_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what an order is about (exactly one), who gives it and why."""
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument("--case", metavar="ID", help="one case, by the 32 hex characters in the address of its page")
    about.add_argument("--tenant", metavar="ID", help="all cases of one tenant")
    about.add_argument("--stack", action="store_true", help="all cases of all tenants")
    person_arguments(parser)


def person_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare who gives an order and why; both stand in the log."""
    parser.add_argument("--as", dest="by", required=True, metavar="NAME", help="who you are; it stands in the log")
    parser.add_argument("--why", required=True, metavar="TEXT", help="your reason; it stands in the log")


def subject_of(given: argparse.Namespace) -> dict[str, Any]:
    """Return what an order is about, as its body says it.

    Raises:
        UsageError: a case id that is none.
    """
    if given.stack:
        return {"stack": True}
    return {"tenant": given.tenant} if given.case is None else {"case": _case_id(given.case)}


def _case_id(text: str) -> str:
    if not is_case_id(text.lower()):
        raise UsageError(f"`--case`: {EXPECTED_CASE_ID}")
    return text.lower()


def _modify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--case", required=True, metavar="ID", help="one case; pause it first, so that it stays put")
    parser.add_argument("--step", required=True, type=int, metavar="N", help="number of the step, from 1")
    change = parser.add_mutually_exclusive_group(required=True)
    change.add_argument("--drop", action="store_true", help="leave the step out")
    change.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a parameter and its new value")
    person_arguments(parser)


def _modify(given: argparse.Namespace, terminal: Terminal) -> Answer:
    params = dict(map(_param, given.set))
    order = {"case": _case_id(given.case), "step": given.step, "drop": given.drop, "params": params}
    return _ordered({"order": "modify", **order, "by": given.by, "why": given.why}, terminal)


def _param(text: str) -> tuple[str, Any]:
    name, is_set, value = text.partition("=")
    if not name or not is_set:
        raise UsageError(f"expected `--set NAME=JSON`, got `{text[:80]}`")
    try:
        return name, json.loads(value)
    except ValueError:
        # Most parameters are ids: without quotes they are no JSON, and meant as text all the same.
        return name, value


def _run_of(word: str) -> Callable[[argparse.Namespace, Terminal], Answer]:
    def run(given: argparse.Namespace, terminal: Terminal) -> Answer:
        return _ordered({"order": word, **subject_of(given), "by": given.by, "why": given.why}, terminal)

    return run


def _ordered(body: Mapping[str, Any], terminal: Terminal) -> Answer:
    with running_stack() as stack, terminal.working("giving the order"):
        stored = stack.order(body)
    where = f"; the case stands at `{stored['stage']}`" if "stage" in stored else ""
    said = f"stored at {stored['stored_at']}: {stored['order']} of {_named(body)}{where}"
    return Answer(stored, (said, stored["note"]) if "note" in stored else (said,), GOOD)


def _named(body: Mapping[str, Any]) -> str:
    if body.get("stack"):
        return "the whole stack"
    return f"case {body['case']}" if "case" in body else f"tenant {body['tenant']}"


def _state_arguments(_: argparse.ArgumentParser) -> None:
    """Nothing follows the word."""


def _state(_: argparse.Namespace, terminal: Terminal) -> Answer:
    with running_stack() as stack, terminal.working("asking the stack"):
        found = stack.state()
    rows = table("what", "state", "by", "since", "why")
    for name, one in (("the whole stack", found["stack"]), *found["tenants"].items()):
        rows.add_row(name, *_cells(one["control"]))
    for one in found["cases"]:
        rows.add_row(f"case {one['id']} at {one['stage']}", *_case_cells(one["control"]))
    return Answer(found, (rows,))


def _cells(control: Mapping[str, Any] | None) -> tuple[str, ...]:
    if control is None:
        return ("running", "", "", "")
    return (control["state"], control["by"], control["at"], control["why"])


def _case_cells(control: Mapping[str, Any]) -> tuple[str, ...]:
    # Whose order holds the case is what must be resumed.
    from_above = "" if control["scope"] == "case" else f" ({control['scope']})"
    state, *others = _cells(control)
    return (f"{state}{from_above}", *others)


PAUSE = Command("pause", _WORDS["pause"], subject_arguments, _run_of("pause"))
RESUME = Command("resume", _WORDS["resume"], subject_arguments, _run_of("resume"))
STOP = Command("stop", _WORDS["stop"], subject_arguments, _run_of("stop"))
MODIFY = Command("modify", _WORDS["modify"], _modify_arguments, _modify)
STATE = Command("state", "tell what is paused or stopped, by whom and why", _state_arguments, _state)
