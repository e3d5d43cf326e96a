"""Writes the reference policy as a folder of YAML files that a person can read and go on from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from devhost.errors import StartError
from devhost.reference_policy.documents import authored_for
from policy import Layer, parse_document

_ABOUT = {
    Layer.GLOBAL: "what holds for everybody. It grants nothing by itself.",
    Layer.TENANT: "which actions the tenant has switched on.",
    Layer.TARGET: "what may be touched. What is handed over, no rule here permits.",
    Layer.DEPARTMENT: "groups that are closed to other departments.",
    Layer.ACTION: "the grants. What no rule here permits or asks for does not happen.",
    Layer.RUNTIME: "when and how much: freezes and the size of a plan.",
}
_NOTICE = (
    "# Made from a tenant file by `python -m devhost.reference_policy`; ids are of that tenant only.\n"
    "# A note names the rule of the reference policy (docs/reference-policy.md) that a rule expresses.\n"
)


def write_documents(file: Mapping[str, Any], folder: Path, *, catalogue: frozenset[str]) -> tuple[Path, ...]:
    """Write the documents to `folder`, one file a layer, and return the files. Nothing is written over.

    Raises:
        StartError: the tenant file is not usable, or a file is there already or cannot be written.
        DocumentError: the tenant file holds something that no rule can say.
    """
    # A person may have gone on from files of an earlier time; they are not ours to replace.
    return _written(file, folder, catalogue=catalogue, mode="x")


def rewrite_documents(file: Mapping[str, Any], folder: Path, *, catalogue: frozenset[str]) -> tuple[Path, ...]:
    """Do the same in a folder of our own, in which files of an earlier time may be written over.

    Raises:
        StartError, DocumentError: as `write_documents`.
    """
    return _written(file, folder, catalogue=catalogue, mode="w")


def _written(
    file: Mapping[str, Any], folder: Path, *, catalogue: frozenset[str], mode: Literal["x", "w"]
) -> tuple[Path, ...]:
    texts = {
        folder / f"{place}-{layer}.yaml": _text(layer, authored)
        for place, (layer, authored) in enumerate(_checked(file, catalogue=catalogue).items(), start=1)
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open(mode, encoding="utf-8") as target:
                target.write(text)
    except OSError as problem:
        raise StartError(f"policy file `{problem.filename}` cannot be written: {problem.strerror}") from problem
    return tuple(texts)


def _checked(file: Mapping[str, Any], *, catalogue: frozenset[str]) -> dict[Layer, dict[str, Any]]:
    authored = authored_for(file, catalogue=catalogue)
    for layer, one in authored.items():
        parse_document(one, source=f"reference policy, {layer}", catalogue=catalogue)
    return authored


def _text(layer: Layer, authored: Mapping[str, Any]) -> str:
    head = {key: authored[key] for key in ("apiVersion", "layer", "tenant")}
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    parts = [f"# {layer.value.capitalize()} layer: {_ABOUT[layer]}\n{_NOTICE}", lines, "rules:\n"]
    parts += [_item(rule) for rule in authored["rules"]]
    if "tests" in authored:
        parts += ["tests:\n  assertions:\n", *(_item(one, indent=4) for one in authored["tests"]["assertions"])]
    return "".join(parts)


def _item(entry: Mapping[str, Any], *, indent: int = 2) -> str:
    lines = _yaml([entry]).splitlines(keepends=True)
    return "".join(" " * indent + line for line in lines)


def _yaml(data: object) -> str:
    # Leaves in one line, the rest in block style: one condition a line.
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None))
