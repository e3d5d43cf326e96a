"""A second tenant with people, groups and a policy of its own, and files that are valid but awkward."""

import json
from pathlib import Path
from typing import Any

TENANT = "4B1C9A70-52D3-4E0F-8A36-0C7E5D91F2AB"
DOMAIN = "nordlicht.example"
ASKER, OWNER = f"ida.brandt@{DOMAIN}", f"jonas.weiss@{DOMAIN}"
GROUP = "Kartografie"


def person(name: str, **changes: Any) -> dict[str, Any]:
    """A user with no more than the schema asks for."""
    return {"userPrincipalName": f"{name}@{DOMAIN}", "displayName": name.replace(".", " ").title(), **changes}


def awkward() -> dict[str, Any]:
    """A valid file: ids in capitals or left out, no guests, no `policyData`, no products, a zone nobody knows."""
    return {
        "schema": "corpus-tenant/1",
        "organization": {
            "id": TENANT,
            "displayName": 'Nordlicht "Ä" GmbH & Co',
            "defaultDomain": DOMAIN,
            "timeZone": "Mars Standard Time",
        },
        "users": [
            person("ida.brandt", id="0E8D5F66-7B0C-4D2E-9A55-3F7C1B2A9D01", department="Vermessung"),
            person("jonas.weiss", department="Redaktion", unknownProperty={"kept": True}),
            person("karla.o'neil", department=None, accountEnabled=True),
        ],
        "groups": [{"displayName": GROUP, "owners": [OWNER]}],
        "aSectionOfTheFuture": [1, 2, 3],
    }


def policy() -> dict[str, dict[str, Any]]:
    """A small policy for that tenant, a document a file: one's own password alone, groups by their owner."""
    guards = ("global", "target", "department", "runtime")
    documents = {
        layer: {"layer": layer, "tenant": "*", "rules": [_permit(f"{layer}.baseline", "*")]} for layer in guards
    }
    documents["tenant"] = {
        "layer": "tenant",
        "tenant": TENANT.lower(),
        "rules": [_permit("tenant.enabled", "entra.user.password.reset", "entra.group.member.*")],
    }
    documents["action"] = {
        "layer": "action",
        "tenant": TENANT.lower(),
        "rules": [
            {**_permit("action.own", "entra.user.password.reset"), "when": {"request.on_self": True}},
            {
                "id": "action.ask",
                "effect": "require_approval",
                "actions": ["entra.group.member.add"],
                "approval": {"from": ["group_owner"], "count": 1, "standing": "never"},
            },
        ],
    }
    return {name: {"apiVersion": "policy/v1", **document} for name, document in documents.items()}


def written(folder: Path, tenant: dict[str, Any]) -> Path:
    """Write a tenant file and return where."""
    file = folder / "tenant.json"
    file.write_text(json.dumps(tenant), encoding="utf-8")
    return file


def policy_folder(folder: Path) -> Path:
    """Write the policy's documents, JSON being YAML, and return their folder."""
    made = folder / "policy"
    made.mkdir()
    for name, document in policy().items():
        (made / f"{name}.yaml").write_text(json.dumps(document), encoding="utf-8")
    return made


def _permit(rule_id: str, *actions: str) -> dict[str, Any]:
    return {"id": rule_id, "effect": "permit", "actions": list(actions)}
