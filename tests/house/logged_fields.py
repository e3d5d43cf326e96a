"""Reads from the code which fields each code of the activity log is written with."""

import ast
from collections import defaultdict
from pathlib import Path

Assignment = ast.Assign | ast.AnnAssign
Function = ast.FunctionDef | ast.AsyncFunctionDef


def logged_fields(files: list[Path]) -> dict[str, set[str]]:
    """Return, by `EventCode` member, the union of fields of every ActivityEvent that is made with it."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if getattr(call.func, "id", None) == "ActivityEvent":
                    given = {one.arg: one.value for one in call.keywords}
                    for code in _codes(given["code"], function, tree=tree):
                        found[code] |= _keys(given["data"], function)
    return dict(found)


def _codes(value: ast.expr, function: Function, *, tree: ast.Module) -> set[str]:
    """The members that `value` names itself, or that the name behind it was made of."""
    direct = _members(value)
    if direct:
        return direct
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    made = [one.value for one in _assignments(function) + _assignments(tree) if one.value and names & _targets(one)]
    codes = {member for one in made for member in _members(one)}
    assert codes, f"line {value.lineno}: the code of this event cannot be read"
    return codes


def _members(value: ast.expr) -> set[str]:
    return {
        node.attr
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "EventCode"
    }


def _keys(value: ast.expr, function: Function) -> set[str]:
    """The keys of a dict literal, or of the local name that holds one, with those set afterwards."""
    if isinstance(value, ast.Dict):
        keys: set[str] = set()
        for key, item in zip(value.keys, value.values, strict=True):
            keys |= _keys(item, function) if key is None else {ast.literal_eval(key)}
        return keys
    assert isinstance(value, ast.Name), f"line {value.lineno}: the data of this event cannot be read"
    found: set[str] = set()
    for one in _assignments(function):
        if value.id in _targets(one):
            assert one.value is not None, "an assignment was asked for"
            found |= _keys(one.value, function)
        for target in _places(one):
            if isinstance(target, ast.Subscript) and getattr(target.value, "id", None) == value.id:
                found.add(ast.literal_eval(target.slice))
    return found


def _assignments(node: ast.AST) -> list[Assignment]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None]


def _places(one: Assignment) -> list[ast.expr]:
    return one.targets if isinstance(one, ast.Assign) else [one.target]


def _targets(one: Assignment) -> set[str]:
    return {target.id for target in _places(one) if isinstance(target, ast.Name)}
