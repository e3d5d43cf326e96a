"""The triggers: every stage has its function and its queue, and nothing is open that should not be."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agent.loop import STAGES
from agent.model.case import Stage
from agent.storage.provision import QUEUES, STAGE_QUEUES
from tests.agent.environments import environment

# Each proves who is there by itself: a signature, the connector's token, or a fresh sign-in.
SIGNED = {"intake", "messages", "slack"}
SIGN_IN_PAGES = {"approval", "sign_in_begin", "requests", "requests_sign_in", "request"}
SIGN_IN = {*SIGN_IN_PAGES, "approval_answer", "request_filed", "request_answer", "sign_in_end"}
OPEN = {*SIGNED, *SIGN_IN}
KEYED_PAGES = {"cases", "case", "controls", "grants", "proposals", "memory"}
KEYED = {*KEYED_PAGES, "control", "grant", "forget"}
PAGES = {*KEYED_PAGES, *SIGN_IN_PAGES}


@pytest.fixture(scope="module")
def functions() -> Iterator[list[Any]]:
    """The functions of the app, imported with a complete environment. An app can be asked for them only once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        patch.delenv("AzureWebJobsStorage", raising=False)
        sys.modules.pop("function_app", None)
        yield importlib.import_module("function_app").app.get_functions()
    sys.modules.pop("function_app", None)


@pytest.fixture(scope="module")
def triggers(functions: list[Any]) -> dict[str, dict[str, Any]]:
    """The trigger of every function, by the function's name."""
    found: dict[str, dict[str, Any]] = {}
    for function in functions:
        bindings = [one.get_dict_repr() for one in function.get_bindings()]
        (found[function.get_function_name()],) = [one for one in bindings if one["type"].lower().endswith("trigger")]
    return found


def of_type(triggers: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in triggers.items() if one["type"] == kind}


def test_every_stage_has_a_function_and_a_queue_of_its_own_name(triggers: dict[str, dict[str, Any]]) -> None:
    queues = of_type(triggers, "queueTrigger")
    stages = {stage.value for stage in Stage if stage is not Stage.CLOSED}
    assert set(queues) == stages == {stage.value for stage in STAGES} == set(STAGE_QUEUES)
    assert all(one["queueName"] == name for name, one in queues.items())


def test_every_queue_is_provisioned_with_its_poison_queue(triggers: dict[str, dict[str, Any]]) -> None:
    named = {one["queueName"] for one in of_type(triggers, "queueTrigger").values()}
    assert set(QUEUES) == named | {f"{name}-poison" for name in named}


def test_all_queues_are_in_the_hosts_own_account(triggers: dict[str, dict[str, Any]]) -> None:
    assert {one["connection"] for one in of_type(triggers, "queueTrigger").values()} == {"AzureWebJobsStorage"}


def test_only_what_proves_by_itself_who_is_there_is_open_without_a_key(triggers: dict[str, dict[str, Any]]) -> None:
    levels = {name: str(one["authLevel"]).lower() for name, one in of_type(triggers, "httpTrigger").items()}
    assert {name for name, level in levels.items() if "anonymous" in level} == OPEN
    assert {name for name, level in levels.items() if "function" in level} == KEYED
    assert set(levels) == OPEN | KEYED


def test_what_changes_something_takes_posts_only_and_the_pages_take_gets_only(
    triggers: dict[str, dict[str, Any]],
) -> None:
    methods = {name: {str(m).upper().rpartition(".")[2] for m in triggers[name]["methods"]} for name in OPEN | KEYED}
    assert methods == {name: {"GET"} if name in PAGES else {"POST"} for name in OPEN | KEYED}


def test_the_sweep_runs_twice_a_minute_and_the_log_is_sealed_every_five(triggers: dict[str, dict[str, Any]]) -> None:
    timers = of_type(triggers, "timerTrigger")
    assert {name: one["schedule"] for name, one in timers.items()} == {
        "sweep": "*/30 * * * * *",
        "checkpoint": "0 */5 * * * *",
    }
    assert not any(one.get("runOnStartup") for one in timers.values())


def test_every_function_is_a_coroutine_with_a_docstring(functions: list[Any]) -> None:
    for function in functions:
        user = function.get_user_function()
        assert user.__code__.co_flags & 0x80 and user.__doc__


def test_no_function_has_a_second_binding_that_could_write_before_the_commit(functions: list[Any]) -> None:
    for function in functions:
        kinds = {one.get_dict_repr()["type"] for one in function.get_bindings()}
        assert kinds <= {"httpTrigger", "http", "queueTrigger", "timerTrigger"}
