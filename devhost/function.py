"""One function of the app, read from the FunctionApp object and checked as the Functions runtime checks it."""

import importlib
import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias
from typing import Any

import azure.functions as func

from devhost.app_settings import resolve_names
from devhost.errors import AppError
from devhost.production_guard import DEFAULT_CONNECTION

TRIGGERS = ("httpTrigger", "queueTrigger", "timerTrigger")
OUTPUTS = ("http", "queue")

_CONVERTERS: Any = func.get_binding_registry()  # type: ignore[no-untyped-call]  # azure-functions annotates it not.


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding. `plain` is true for a parameter annotated `str` or `bytes`, which skips the typed converters."""

    name: str
    type: str
    fields: Mapping[str, Any]
    plain: bool = False

    @property
    def converter(self) -> Any:
        """The class of azure-functions that decodes or encodes this binding's values."""
        return _CONVERTERS.get(self.type)

    @property
    def connection(self) -> str:
        """The setting that names the storage account."""
        return str(self.fields.get("connection") or DEFAULT_CONNECTION)

    def queue_name(self, environ: Mapping[str, str]) -> str:
        """The queue, with `%NAME%` resolved. Raises AppError when the setting is absent."""
        return resolve_names(str(self.fields["queueName"]), environ)


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """A function and its bindings. `returns` is the `$return` binding, `outputs` the `Out` parameters by name."""

    name: str
    call: Callable[..., Any]
    trigger: Binding
    outputs: Mapping[str, Binding]
    returns: Binding | None
    wants_context: bool
    is_async: bool


def load_app(folder: Path) -> tuple[LoadedFunction, ...]:
    """Import `function_app.py` of `folder` and return its functions ordered by name, as the host orders them.

    The folder is put first on the module path and the module is imported under its own name, as the worker does.

    Raises:
        AppError: there is no single FunctionApp object, or a function breaks a rule of the runtime.
    """
    if not (folder / "function_app.py").is_file():
        raise AppError("the app folder holds no `function_app.py`")
    sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module("function_app")
    except (ImportError, SyntaxError) as problem:
        raise AppError(f"`function_app.py` cannot be imported: {type(problem).__name__}: {problem}") from problem
    apps = {id(value): value for value in vars(module).values() if isinstance(value, func.FunctionApp)}
    if len(apps) != 1:
        raise AppError(f"`function_app.py` holds {len(apps)} FunctionApp objects: expected exactly one")
    functions = (_load(each) for each in next(iter(apps.values())).get_functions())
    return tuple(sorted(functions, key=lambda function: function.name.lower()))


def _load(source: Any) -> LoadedFunction:
    name, call = str(source.get_function_name()), source.get_user_function()
    hints = typing.get_type_hints(call)
    bindings = [_binding(name, each.get_dict_repr(), hints=hints) for each in source.get_bindings()]
    trigger = next(binding for binding in bindings if binding.type in TRIGGERS)
    returns = next((binding for binding in bindings if binding.name == "$return"), None)
    outputs = {b.name: b for b in bindings if b is not trigger and b is not returns}
    for problem in _signature_problems(call, hints, bound={trigger.name, *outputs}, outs=set(outputs)):
        raise AppError(f"function `{name}`: {problem}")
    return LoadedFunction(
        name=name,
        call=call,
        trigger=trigger,
        outputs=outputs,
        returns=returns,
        wants_context="context" in inspect.signature(call).parameters,
        is_async=inspect.iscoroutinefunction(call),
    )


def _binding(function: str, fields: Mapping[str, Any], *, hints: Mapping[str, Any]) -> Binding:
    kind, name = str(fields["type"]), str(fields["name"])
    if kind not in TRIGGERS + OUTPUTS:
        known = ", ".join(TRIGGERS + OUTPUTS)
        raise AppError(f"function `{function}`: binding type `{kind}` is not supported here, known are {known}")
    hint = hints.get(name)
    inner = typing.get_args(hint) or (hint,)
    return Binding(name, kind, fields, plain=kind != "http" and inner[0] in (str, bytes))


def _signature_problems(
    call: Callable[..., Any], hints: Mapping[str, Any], *, bound: set[str], outs: set[str]
) -> Iterator[str]:
    # The rules of Registry.validate_function_params in azure-functions-runtime, which refuses the whole app otherwise.
    parameters = set(inspect.signature(call).parameters) - ({"context"} - bound)
    if parameters != bound:
        yield f"its parameters and its bindings differ in {sorted(parameters ^ bound)}"
    for name in sorted(bound & set(hints)):
        is_out = typing.get_origin(hints[name]) is func.Out
        if is_out != (name in outs):
            yield f"parameter `{name}`: an output binding and the annotation `func.Out` go together"
        if is_out and isinstance(typing.get_args(hints[name])[0], GenericAlias):
            yield f"parameter `{name}`: the runtime refuses `Out[list[...]]`, write `Out[typing.List[...]]`"
