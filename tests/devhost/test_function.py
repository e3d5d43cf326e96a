"""Loading an app: what the Functions runtime would refuse is refused here, in one sentence."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.errors import AppError
from devhost.function import load_app

HEADER = "from typing import List\nimport azure.functions as func\napp = func.FunctionApp()\n"
QUEUE = '@app.queue_output(arg_name="out", queue_name="q", connection="C")\n'
ROUTE = '@app.route(route="x")\n'

REFUSED = [
    ("import azure.functions as func\n", "holds 0 FunctionApp objects"),
    (HEADER + "other = func.FunctionApp()\n", "holds 2 FunctionApp objects"),
    (
        HEADER + ROUTE + QUEUE + "def f(req: func.HttpRequest, out: func.Out[list[str]]) -> str: return ''\n",
        "the runtime refuses `Out[list[...]]`",
    ),
    (HEADER + ROUTE + "def f(req: func.HttpRequest, more: str) -> str: return ''\n", "differ in ['more']"),
    (HEADER + ROUTE + QUEUE + "def f(req: func.HttpRequest) -> str: return ''\n", "differ in ['out']"),
    (
        HEADER + ROUTE + QUEUE + "def f(req: func.HttpRequest, out: str) -> str: return ''\n",
        "`func.Out` go together",
    ),
    (HEADER + ROUTE + "def f(req: func.Out[str]) -> str: return ''\n", "`func.Out` go together"),
    (
        HEADER + '@app.blob_trigger(arg_name="b", path="c/{n}", connection="C")\ndef f(b: func.InputStream): pass\n',
        "binding type `blobTrigger` is not supported here",
    ),
    (HEADER + "def broken(:\n", "SyntaxError"),
    (HEADER + "import a_module_that_is_not_there\n", "ModuleNotFoundError"),
]


@pytest.fixture(autouse=True)
def _own_module_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    # Another test of this process may have loaded the product's own.
    sys.modules.pop("function_app", None)
    yield
    sys.modules.pop("function_app", None)


def _load(folder: Path, source: str) -> list[str]:
    (folder / "function_app.py").write_text(source)
    return [function.name for function in load_app(folder)]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_an_app_the_runtime_refuses_is_refused(tmp_path: Path, source: str, reason: str) -> None:
    with pytest.raises(AppError) as refusal:
        _load(tmp_path, source)
    assert reason in str(refusal.value)


def test_functions_are_ordered_by_name_ignoring_case(tmp_path: Path) -> None:
    functions = "".join(
        f"@app.route()\ndef {name}(req: func.HttpRequest) -> str: return ''\n" for name in ("b", "A", "c")
    )
    assert _load(tmp_path, HEADER + functions) == ["A", "b", "c"]


def test_a_list_of_messages_and_the_context_are_accepted(tmp_path: Path) -> None:
    signature = "def f(req: func.HttpRequest, out: func.Out[List[str]], context: func.Context) -> str: return ''\n"
    assert _load(tmp_path, HEADER + ROUTE + QUEUE + signature) == ["f"]
