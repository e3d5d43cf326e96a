"""What the names in a tenant file's `policyData` mean: object ids of that very file, or a refusal."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from devhost.errors import StartError
from simulator.directory import Directory


class Names:
    """Finds people, groups and applications of one tenant file. Names are compared without case.

    Raises:
        StartError: from every method; a name is nobody's, or more than one object's. The message names the key.
    """

    def __init__(self, tenant: Mapping[str, Any], directory: Directory) -> None:
        self._directory = directory
        self._mails = _index((user.get("mail"), user["id"]) for user in directory.users.values())
        self._groups = _index((group["displayName"], group["id"]) for group in directory.groups.values())
        self._apps = _index((one.get("displayName"), one.get("id")) for one in tenant.get("applications") or ())
        self._shop = _index((one.get("displayName"), one.get("id")) for one in tenant.get("intuneApps") or ())

    def people(self, names: Iterable[str], *, key: str) -> tuple[str, ...]:
        """Return the object ids of people named by principal name, mail address or id."""
        return tuple(self._person(name, key=f"{key}[{place}]") for place, name in enumerate(names))

    def groups(self, names: Iterable[str], *, key: str) -> tuple[str, ...]:
        """Return the object ids of groups named by display name or id."""
        return tuple(self.group(name, key=f"{key}[{place}]") for place, name in enumerate(names))

    def group(self, name: str, *, key: str) -> str:
        """Return the object id of one group."""
        if name.lower() in self._directory.groups:
            return name.lower()
        return _only(self._groups, name, key=key, kind="a group")

    @property
    def group_ids(self) -> Mapping[str, tuple[str, ...]]:
        """The object ids of all groups by display name in lower case; groups that share a name stand together."""
        return self._groups

    def apps(self, names: Iterable[str], *, key: str) -> tuple[str, ...]:
        """Return the object ids of application registrations named by display name."""
        return tuple(
            _only(self._apps, name, key=f"{key}[{place}]", kind="an application") for place, name in enumerate(names)
        )

    def shop_ids(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of those names that the software catalogue knows; a product need not be in it."""
        return tuple(one for name in names for one in self._shop.get(name.casefold(), ()))

    def _person(self, name: str, *, key: str) -> str:
        found = self._directory.user(name)
        return str(found["id"]) if found else _only(self._mails, name, key=key, kind="a person")


def _index(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, object_id in pairs:
        if name and object_id:
            found[name.casefold()] = (*found.get(name.casefold(), ()), object_id.lower())
    return found


def _only(index: Mapping[str, tuple[str, ...]], name: str, *, key: str, kind: str) -> str:
    ids = index.get(name.casefold(), ())
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise StartError(
            f"`policyData.{key}`: expected {kind} of this file, got `{name}`, the name of {len(ids)}; use an id"
        )
    close = difflib.get_close_matches(name.casefold(), index, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    raise StartError(f"`policyData.{key}`: expected {kind} of this file, got `{name}`{hint}")
