"""What a command is given: policy documents, the catalogue of actions, the tenant. All mistakes are told at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from policy.bundle import Bundle
from policy.command.errors import InputError, UsageError
from policy.command.yaml_file import read_yaml
from policy.document import PolicyDocument, parse_document
from policy.errors import BundleError, DocumentError
from policy.field import TENANT_PATTERN, lowered
from policy.foreign import shown
from policy.grammar import nearest

# Judged when no document names a tenant: it gets what the documents for all tenants say and nothing else.
ANY_TENANT = "any-tenant"
_SUFFIXES = (".yaml", ".yml", ".json")
_TENANT: Final = re.compile(TENANT_PATTERN)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The ids of all actions, and for those where it is known the one kind of object that an action can change."""

    actions: frozenset[str]
    target_kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The documents of a folder as one bundle, seen by one tenant, over one catalogue."""

    bundle: Bundle
    tenant_id: str
    catalogue: frozenset[str]
    files: tuple[str, ...]
    target_kinds: Mapping[str, str]

    def action(self, name: str) -> str:
        """Return `name` if it is an action of the catalogue.

        Raises:
            UsageError: it is not; the message names the nearest one.
        """
        if name not in self.catalogue:
            hint = nearest(name, sorted(self.catalogue)) or "; `python -m policy facts FOLDER` lists all actions"
            raise UsageError(f"{shown(name)} is not an action of the catalogue{hint}")
        return name


def read_policy(paths: Sequence[Path], *, tenant: str | None, catalogue: Catalogue) -> PolicySet:
    """Return the policy written in `paths`, which are files or folders of `*.yaml`, `*.yml` and `*.json`.

    Raises:
        InputError: with every mistake of every file.
        UsageError: there is no file, or the documents name several tenants and `tenant` is None.
    """
    files = files_of(paths)
    bundle = _bundle(files, catalogue=catalogue.actions)
    names = tuple(file.name for file in files)
    return PolicySet(bundle, _tenant(bundle, tenant), catalogue.actions, names, catalogue.target_kinds)


def read_catalogue(file: Path | None) -> Catalogue:
    """Return the actions whose ids are in `file`, one a line, `#` starting a comment; the agent's own without a file.

    Raises:
        InputError: the file cannot be read, or names nothing.
    """
    if file is None:
        # Loading the agent's actions takes longer than most commands do, so it waits until it is asked for.
        from agent.actions import CATALOGUE, TARGET_KINDS

        return Catalogue(frozenset(CATALOGUE), TARGET_KINDS)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        raise InputError([f"catalogue file `{file.name}` cannot be read: {reason}"]) from None
    names = frozenset(filter(None, (line.partition("#")[0].strip() for line in lines)))
    if not names:
        raise InputError([f"catalogue file `{file.name}`: expected one action id a line, got none"])
    return Catalogue(names)


def one_tenant(text: str) -> str:
    """Return the id of one tenant, as documents write it, from `--tenant`.

    Raises:
        UsageError: no document could name such a tenant.
    """
    tenant_id = str(lowered(text))
    if tenant_id == "*" or not _TENANT.fullmatch(tenant_id):
        raise UsageError(
            f"expected the id of one tenant in `--tenant`, in plain ASCII, got {shown(text)}; in Entra it is the "
            "directory id"
        )
    return tenant_id


def files_of(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the document files that `paths` name, those of a folder sorted by name.

    Raises:
        UsageError: a path does not exist, or a folder holds no document.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"there are no policy documents in the folder `{path}`: expected files `*.yaml`")
        if not path.exists():
            raise UsageError(f"there is no file or folder `{path}`")
        found.extend(inside)
    return tuple(found)


def _bundle(files: Iterable[Path], *, catalogue: frozenset[str]) -> Bundle:
    documents: list[PolicyDocument] = []
    problems: list[str] = []
    for file in files:
        try:
            data = read_yaml(file, "policy file")
            documents.append(parse_document(data, source=file.name, catalogue=catalogue))
        except InputError as error:
            problems += error.problems
        except DocumentError as error:
            problems += map(str, error.problems)
    if problems:
        raise InputError(problems)
    try:
        return Bundle.of(documents)
    except BundleError as error:
        raise InputError([str(error)]) from None


def _tenant(bundle: Bundle, wanted: str | None) -> str:
    named = sorted({document.tenant for document in bundle.documents} - {"*"})
    if wanted is not None:
        return one_tenant(wanted)
    if len(named) > 1:
        listed = ", ".join(f"`{one}`" for one in named)
        raise UsageError(f"the documents name several tenants ({listed}): choose one with `--tenant`")
    return named[0] if named else ANY_TENANT
