"""One tenant's directory: the objects Graph shows, as Graph's own JSON, and how they refer to each other."""

from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.errors import ControlError

Resource = dict[str, Any]


@dataclass(slots=True)
class Directory:
    """Objects by id, and the links between them by id. Everything but the index is plain JSON.

    `owners`, `members`, `managers` and `sponsors` (of guests) hold ids; `audits` is the native audit log, oldest first.
    """

    tenant_id: str
    password_writeback: bool
    organization: Resource
    users: dict[str, Resource] = field(default_factory=dict)
    groups: dict[str, Resource] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    owners: dict[str, list[str]] = field(default_factory=dict)
    managers: dict[str, str] = field(default_factory=dict)
    sponsors: dict[str, list[str]] = field(default_factory=dict)
    skus: dict[str, Resource] = field(default_factory=dict)
    role_definitions: dict[str, Resource] = field(default_factory=dict)
    role_assignments: dict[str, Resource] = field(default_factory=dict)
    role_eligibilities: dict[str, Resource] = field(default_factory=dict)
    authentication_methods: dict[str, list[Resource]] = field(default_factory=dict)
    risky_users: dict[str, Resource] = field(default_factory=dict)
    # Everything else that Graph shows, by the name of its entity set and its id (`simulator.graph.collection`).
    objects: dict[str, dict[str, Resource]] = field(default_factory=dict)
    audits: list[Resource] = field(default_factory=list)
    _ids_by_name: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def index_names(self) -> None:
        """Rebuild the index of sign-in names. Call it whenever a `userPrincipalName` changed."""
        self._ids_by_name = {user["userPrincipalName"].casefold(): user["id"] for user in self.users.values()}

    def user(self, name: str) -> Resource | None:
        """The user with that id or sign-in name (case does not matter), or None."""
        found = self.users.get(name)
        if found is not None:
            return found
        return self.users.get(self._ids_by_name.get(name.casefold(), name.casefold()))

    def groups_of(self, member_id: str) -> list[Resource]:
        """The groups that hold `member_id` directly."""
        return [self.groups[group] for group, members in self.members.items() if member_id in members]

    def all_groups_of(self, member_id: str) -> list[Resource]:
        """The groups that hold `member_id` directly or through another group, each once."""
        found: dict[str, Resource] = {}
        waiting = [member_id]
        while waiting:
            for group in self.groups_of(waiting.pop()):
                if group["id"] not in found:
                    found[group["id"]] = group
                    waiting.append(group["id"])
        return list(found.values())

    def roles_of(self, principal_id: str) -> frozenset[str]:
        """Names of the directory roles a principal holds now, directly or through a role-assignable group."""
        principals = {principal_id, *(group["id"] for group in self.groups_of(principal_id))}
        held = (entry for entry in self.role_assignments.values() if entry["principalId"] in principals)
        return frozenset(self.role_definitions[entry["roleDefinitionId"]]["displayName"] for entry in held)

    def holds_role_assignable_group(self, user_id: str) -> bool:
        """Whether the user owns or belongs to a group that can carry a directory role."""
        linked = (
            group
            for group in self.groups.values()
            if user_id in self.members.get(group["id"], ()) or user_id in self.owners.get(group["id"], ())
        )
        return any(group.get("isAssignableToRole") for group in linked)

    def dump(self) -> Resource:
        """The whole directory as JSON; `load` reads it back."""
        shown = asdict(self)
        del shown["_ids_by_name"]
        return shown


def load(document: Resource) -> Directory:
    """A directory from what `Directory.dump` gave.

    Raises:
        ControlError: (400) keys are missing or unknown.
    """
    try:
        directory = Directory(**document)
        directory.index_names()
    except (TypeError, KeyError, AttributeError) as wrong:
        raise ControlError(400, "BadState", message=f"expected a dumped directory: {wrong}") from wrong
    return directory
