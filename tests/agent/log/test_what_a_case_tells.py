"""One whole case, from request to close, read back from a verified export: what an auditor asks of it stands there."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from agent.log.export import export_lines
from agent.log.sealing import Sealing
from agent.model.case import Case
from agent.model.sealed_log import ChainEnd
from policy.history.recorded import decision_data
from tests.agent.log.verifiers import holds
from tests.agent.world import ANN, ANN_UPN, ASK_OWNER, BASELINES, BOB, READERS, TENANT, World, add_member, bundle_of
from tests.conformance.memory_log import MemoryArchive, MemoryCaseLogs, MemoryLogKeys, key_of

WISH = "a wish that nobody else needs to read"
EVIDENCE = {"activity_id": "activity-7", "token_id": "token-9"}

Entries = list[dict[str, Any]]


class Told:
    """The entries of one case as they stand in its export, and the world in which it happened."""

    def __init__(self, world: World, case: Case, *, asked: str, entries: Entries) -> None:
        self.world = world
        self.case = case
        self.asked = asked
        self.entries = entries

    @property
    def codes(self) -> list[str]:
        return [one["code"] for one in self.entries]

    def all(self, code: str) -> Entries:
        return [one["data"] for one in self.entries if one["code"] == code]

    def one(self, code: str) -> dict[str, Any]:
        (found,) = self.all(code)
        return found


async def exported(world: World) -> Entries:
    """Seal and export the world's one case; both verifiers find that the export holds."""

    async def alarm(end: ChainEnd, why: str) -> None:
        raise AssertionError(f"the log of {end.case_id} is broken: {why}")

    logs, archive = MemoryCaseLogs(world.store), MemoryArchive()
    keys = MemoryLogKeys()
    await Sealing(logs, archive, keys=keys, tenant_ids=[TENANT], clock=world.clock, alarm=alarm).run()
    lines = [line async for line in export_lines(TENANT, logs=logs, archive=archive)]
    assert holds("".join(f"{line}\n" for line in lines).encode(), keys=[key_of(TENANT).public_key])
    return [one["entry"]["event"] for one in map(json.loads, lines) if "entry" in one]


@pytest.fixture(scope="module")
async def told() -> Told:
    """Ann asks for a group, Bob, who owns it, says yes, it is written and seen."""
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open(text=WISH))
    assert case.approval_request is not None
    await world.answer(case.id, evidence=EVIDENCE)
    closed = await world.run(case.id)
    assert closed.outcome == "resolved"
    return Told(world, case, asked=case.approval_request.id, entries=await exported(world))


def test_who_asked_by_which_way_and_how_sure_that_is(told: Told) -> None:
    opened = told.entries[0]
    assert opened["code"] == "case.opened" and opened["at"]
    assert opened["data"] == {
        "source": "desk",
        "ticket": "T-1",
        "channel": "itsm",
        "assurance": "portal",
        "requester": ANN_UPN,
        "tenant_id": TENANT,
    }


def test_on_whose_authority_and_in_whose_name(told: Told) -> None:
    given, sent = told.one("approval.given"), told.one("write.attempted")
    assert sent["approver_ids"] == [BOB] == [given["approver_id"]]
    assert sent["acting_id"] == "" and told.one("write.answered")["token_id"] == "token-1"
    assert sent["identity"] == "workload" == told.world.directory.written[0].permit.actor.label
    assert {one["identity"] for one in told.all("step.decided")} == {"workload"}
    assert ANN != BOB and ANN not in sent["approver_ids"]


def test_every_lookup_with_ids_and_without_contents(told: Told) -> None:
    lookups = told.all("lookup.answered")
    resolved = [one for entry in told.all("approvers.resolved") for one in entry["lookups"]]
    assert Counter(one["lookup"] for one in lookups)["user.get"] > 1 and resolved
    for one in lookups:
        assert one["state"] in ("known", "absent", "unknown") and re.fullmatch(r"request-[0-9]+", one["request_id"])
    assert {READERS, ANN} <= {one.get("object_id") for one in lookups}
    # Of a question whose answer has no id of its own, the ids in the question say whom it was about.
    about = {one["lookup"]: one.get("subject_ids") for one in lookups}
    assert about["group.owners"] == [READERS] and about["user.risk"] == about["user.groups"] == [ANN]
    for name, subject, state, request_id in resolved:
        assert name in ("group.owners", "user.approver") and subject in (READERS, BOB)
        assert state == "known" and re.fullmatch(r"request-[0-9]+", request_id)
    # Names, the wish and its ticket's text are contents; the address that asked is the one thing that is personal.
    text = json.dumps(told.entries).replace(ANN_UPN, "")
    for content in (WISH, "Readers", "contoso.example", "displayName", "lastPasswordChangeDateTime"):
        assert content not in text


def test_no_request_to_the_tenant_is_left_out(told: Told) -> None:
    named = set(re.findall(r'"(request-[0-9]+)"', json.dumps(told.entries)))
    assert named == {f"request-{number}" for number in range(1, told.world.directory._count + 1)}
    assert len(told.one("write.attempted")["read_ids"]) == 2, "was it so already, and how it was before"


def test_the_reasoning_step_by_step(told: Told) -> None:
    reasons = [one["why"] for one in told.all("case.reasoned")]
    assert reasons and all(reasons) and reasons[-1] == "as asked"
    assert told.codes.index("case.reasoned") < told.codes.index("plan.made")


def test_the_plan_by_digest_with_each_step(told: Told) -> None:
    made = told.one("plan.made")
    assert told.case.plan is not None
    (step,) = told.case.plan.steps
    assert made["plan_digest"] == told.case.plan_digest == told.one("approval.given")["plan_digest"]
    assert made["steps"] == [
        {"action": "entra.group.member.add", "target_id": READERS, "risk": step.risk, "digest": step.digest}
    ]


def test_each_decision_with_the_bundle_and_the_rules(told: Told) -> None:
    before, again = told.all("step.decided")
    asked = next(at for at, code in enumerate(told.codes) if code == "approval.asked")
    first, second = [at for at, code in enumerate(told.codes) if code == "step.decided"]
    assert first < asked < second < told.codes.index("permit.granted"), "it is decided again right before the write"
    permit = told.world.directory.written[0].permit
    for one in (before, again):
        assert one["bundle_digest"] == bundle_of(*BASELINES, ASK_OWNER).digest and one["verdict"] == "APPROVAL"
        rules = {layer["layer"]: layer["rules"] for layer in one["layers"]}
        assert rules["action"] == ["action.ask"] and len(rules) == 6 and all(rules.values())
        assert one["requirements"] == ["group_owner x1"] and one["facts"] and one["target_id"] == READERS
    assert again["decision"] == decision_data(permit.decision)
    assert told.one("write.attempted")["bundle_digest"] == again["bundle_digest"] == permit.decision.bundle_digest


def test_who_was_asked_who_said_yes_and_what_proves_the_click(told: Told) -> None:
    asked, given = told.one("approval.asked"), told.one("approval.given")
    assert asked["rules"] == ["action.ask"] and asked["approval_id"] == given["approval_id"] == told.asked
    assert asked["asked"] == [{"resolver": "group_owner", "approver_ids": [BOB]}]
    assert (given["approver_id"], given["resolvers"], given["evidence"]) == (BOB, ["group_owner"], EVIDENCE)


def test_the_exact_call_and_every_id_that_finds_it_again(told: Told) -> None:
    (sent,) = told.world.directory.written
    granted, attempted, answered = told.one("permit.granted"), told.one("write.attempted"), told.one("write.answered")
    assert granted["call_digest"] == attempted["call_digest"] == sent.permit.call_digest == sent.permit.call.digest
    assert (attempted["method"], attempted["path"]) == (sent.method, sent.path)
    assert attempted["client_request_id"] == sent.client_request_id and attempted["try"] == 1
    assert answered["status"] == 204 and re.fullmatch(r"request-[0-9]+", answered["request_id"])
    assert attempted["kind"] == answered["kind"] == "do" and attempted["action"] == "entra.group.member.add"


def test_what_came_of_it(told: Told) -> None:
    assert told.codes[-5:] == ["permit.granted", "write.attempted", "write.answered", "effect.verified", "case.closed"]
    verified = told.one("effect.verified")
    assert set(verified) == {"step", "check", "request_id"} and verified["step"] == 0
    assert verified["request_id"] == f"request-{told.world.directory._count}", "the read that showed it came last"
    closed = told.one("case.closed")
    assert closed["outcome"] == "resolved" and closed["requester_told"] is True
    times = [one["at"] for one in told.entries]
    assert times == sorted(times) and all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", one) for one in times)
