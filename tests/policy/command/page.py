"""The examples of docs/policy-command.md: blocks that begin with `$ python -m policy` and show what it prints.

`python -m tests.policy.command.page` runs them all and writes what they print now into the page.
"""

import asyncio
import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from agent.storage.connections import CONNECTION_STRING
from devhost.publish import publish_documents
from policy.command.inputs import PolicySet, read_catalogue, read_policy
from policy.command.main import main
from policy.compile import compile_bundle
from policy.engine import Engine
from policy.history.recorded import RecordedDecision, facts_data
from policy.request import AuthorizationRequest, FactValue

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "policy-command.md"
TENANT = "0161082c-fbe2-5695-a02a-8868ae87e1fc"

_BLOCK = re.compile(r"^```text\n\$ python -m policy (.*)\n((?s:.*?))^```$", re.MULTILINE)
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_COLUMNS = "100"

# What is known of a request that goes well, and nothing that the examples change.
_PLAIN: dict[str, FactValue] = {
    **dict.fromkeys(("target.is_break_glass", "target.holds_directory_role", "target.is_role_assignable"), False),
    **dict.fromkeys(("target.is_synced", "target.is_dynamic", "requester.at_risk", "beneficiary.at_risk"), False),
    **{"identity.kind": "workload", "requester.kind": "member", "is_rollback": False, "risk": 10},
    **{"plan.distinct_targets": 1, "beneficiary.department": "Sales", "time.day": 739944},
}


def examples() -> list[tuple[str, str]]:
    """The words and the output of every example, in the order of the page."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def prepare(folder: Path) -> None:
    """Lay out what the page speaks of: the samples, the starter, a draft, a log of decisions and one grant."""
    for name in ("samples", "policy/starter"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "samples" / "policy", folder / "draft")
    grants = folder / "draft" / "5-action.yaml"
    text = grants.read_text(encoding="utf-8")
    old = 'actions: ["entra.user.sessions.revoke"], when: {request.on_self: true}'
    assert old in text, "the page speaks of this rule"
    grants.write_text(text.replace(old, old.partition(", when")[0]), encoding="utf-8")
    read = read_policy([folder / "samples" / "policy"], tenant=TENANT, catalogue=read_catalogue(None))
    (folder / "decisions.jsonl").write_text(_log(read), encoding="utf-8")
    (folder / "grant.yaml").write_text(_grant(read), encoding="utf-8")
    facts = facts_data({**_PLAIN, "request.on_self": True, "params.sku": "SPE_E3", "params.seats_left": 4})
    action = {"action": "entra.license.assign", "facts": facts}
    (folder / "request.json").write_text(json.dumps(action), encoding="utf-8")


def run(words: str) -> str:
    """Return what a command prints here and now, with a last line for an exit code that is not 0."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(shlex.split(words))
    text = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
    return steady(f"{text}\n" + (f"(exit code {code})\n" if code else ""))


def steady(text: str) -> str:
    """Return the text with every time of day replaced by one, because it is another one at each run."""
    return _MINUTE.sub("2026-11-24 10:00 UTC", text)


def settle(folder: Path, storage: str, *, set_environment: Callable[[str, str], None]) -> None:
    """Make the place and the storage such that the examples print what the page shows."""
    prepare(folder)
    documents = (folder / "samples" / "policy").glob("*.yaml")
    asyncio.run(publish_documents(documents, TENANT, storage=storage))
    os.chdir(folder)
    set_environment("COLUMNS", _COLUMNS)
    set_environment(CONNECTION_STRING, storage)


def _log(read: PolicySet) -> str:
    engine = Engine(read.bundle, tenant_id=read.tenant_id, catalogue=read.catalogue)
    asked = [
        AuthorizationRequest("entra.user.sessions.revoke", {**_PLAIN, "request.on_self": on_self})
        for on_self in (True, False)
    ]
    records = [RecordedDecision.of(one, engine.decide(one), tenant_id=read.tenant_id) for one in asked]
    return "".join(f"{one.canonical_json()}\n" for one in records)


def _grant(read: PolicySet) -> str:
    rules = compile_bundle(read.bundle, tenant_id=read.tenant_id, catalogue=read.catalogue)
    (asking,) = [one.ref for one in rules if one.ref.id == "action.group.ask-owner"]
    return (
        f"id: gr-0193\ntenant_id: {read.tenant_id}\nactions: [entra.group.member.add]\n"
        'when: {target.id: "fb09b532-7393-5b53-a7bb-ca7b8306178e", beneficiary.department: HR}\n'
        f"discharges: group_owner\nrules: [{{id: {asking.id}, digest: {asking.digest}}}]\n"
        'granted_by: owner\nnot_before: "2026-11-20T00:00:00Z"\nexpires: "2026-12-20T00:00:00Z"\n'
        "max_uses: 300\nrevoked: false\n"
    )


def _rewritten() -> str:
    # A digest that one example prints stands in the words of a later one.
    renamed: dict[str, str] = {}

    def shown(found: re.Match[str]) -> str:
        words = _DIGEST.sub(lambda one: renamed.get(one[0], one[0]), found[1])
        printed = run(words)
        renamed.update(zip(_DIGEST.findall(found[2]), _DIGEST.findall(printed), strict=False))
        return f"```text\n$ python -m policy {words}\n{printed}```"

    return _BLOCK.sub(shown, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    from devhost import azurite

    with tempfile.TemporaryDirectory() as place, azurite.start(ROOT / ".remit", Path(place) / "azurite") as running:
        settle(Path(place) / "page", running.connection_string, set_environment=os.environ.__setitem__)
        text = _rewritten()
        os.chdir(ROOT)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(examples())} examples written to {PAGE.name}\n")
