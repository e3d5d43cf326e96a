"""Whatever is done to an export is noticed, by the command and by the script of the standard library alike.

`make test-log` runs the same on a larger log.
"""

import functools
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice

import pytest

import verify_log
from agent.log.verify import Report, Verification
from agent.vault.log_keys import is_signed
from tests.agent.log.forgeries import Forger, forged
from tests.agent.log.house import House, busy_house
from tests.agent.log.mutations import Lines, Mutation, single
from tests.conformance.memory_log import key_of
from tests.conformance.samples import TENANT

# The key that the log begins with, and the one that it goes on with.
KEY, SECOND = key_of(TENANT).public_key, key_of(f"{TENANT}, 2").public_key
IS_LONG = os.environ.get("REMIT_LONG_LOG") == "1"


@pytest.fixture(scope="module", autouse=True)
def remembered_signatures() -> Iterator[None]:
    """Let the script check each signature once: the answer depends on nothing else, and most mutations leave them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify_log, "is_signed", functools.cache(verify_log.is_signed))
        yield


@pytest.fixture(scope="module")
async def house() -> House:
    return await busy_house(rounds=2 if IS_LONG else 1)


@pytest.fixture(scope="module")
async def lines(house: House) -> Lines:
    return await house.exported()


def data_of(lines: Lines) -> list[bytes]:
    return [line + b"\n" for line in "\n".join(lines).encode("utf-8", "surrogatepass").split(b"\n")] if lines else []


def ours(data: Iterable[bytes], *, key: str = KEY, known: Sequence[str] = ()) -> Report:
    return Verification(is_signed, keys=[key] if key else [], known=known).run(data)


def theirs(data: Iterable[bytes], *, key: str = KEY, known: Sequence[str] = ()) -> verify_log.Verification:
    log = verify_log.Verification([key] if key else [], known)
    log.read(data)
    return log


def undetected(mutations: Iterable[Mutation], lines: Lines, **given: str) -> tuple[int, list[str]]:
    """Return how many mutations there were, and those that a verifier let pass or that both saw in other places."""
    count, missed = 0, []
    for what, changed in mutations:
        if changed == lines:
            continue
        count += 1
        data = data_of(changed)
        report, log = ours(data, **given), theirs(data, **given)
        places = {int(one.split(":")[0].removeprefix("line ")) for one in log.problems}
        if report.holds or not log.problems:
            missed.append(f"{what}: command {report.holds}, script {not log.problems}")
        elif {one.line for one in report.problems} != places:
            missed.append(f"{what}: command {report.problems}, script {log.problems}")
    return count, missed


def test_the_log_as_it_was_exported_holds(lines: Lines) -> None:
    report, log = ours(data_of(lines)), theirs(data_of(lines))
    assert report.problems == () and log.problems == []
    assert report.newest is not None and report.newest.digest == log.digests[-1]
    assert [(one.key, one.is_named) for one in report.keys[:2]] == [(KEY, True), (SECOND, True)]
    unsealed = {case[-1]: one.entries - one.sealed for case, one in report.cases.items() if one.entries > one.sealed}
    assert sum(unsealed.values()) == 4, "the log has a tail, and a case that is not sealed at all"


# Whoever knows the newer key only, or none, must notice the same; a part of them shows it.
@pytest.mark.parametrize(
    ("key", "step"), [(KEY, 1), (SECOND, 20), ("", 10)], ids=["first key", "second key", "the file's own keys"]
)
def test_every_single_mutation_is_detected(
    lines: Lines, key: str, step: int, capsys: pytest.CaptureFixture[str]
) -> None:
    count, missed = undetected(islice(single(lines), 0, None, step), lines, key=key)
    assert missed == [] and count > 2_000 // step
    with capsys.disabled():
        print(f"\n{count:,} single mutations of {len(lines)} lines, all detected by both verifiers")


@pytest.mark.parametrize("key", [KEY, SECOND, ""], ids=["first key", "second key", "the file's own keys"])
def test_every_forgery_without_the_key_is_detected(lines: Lines, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    count, missed = undetected(forged(lines), lines, key=key)
    assert missed == [] and count > 60
    with capsys.disabled():
        print(f"\n{count:,} forgeries computed to their end, all detected by both verifiers")


def test_cutting_off_bytes_is_detected(lines: Lines) -> None:
    whole = b"".join(data_of(lines))
    for size in range(0, len(whole), 61 if IS_LONG else 13):
        data = whole[:size]
        assert not ours(io.BytesIO(data)).holds and theirs(io.BytesIO(data)).problems


def test_a_log_made_anew_with_another_key_is_detected_by_who_knows_the_key(lines: Lines) -> None:
    log = Forger(lines, signer="an attacker")
    log.entries[0]["event"]["data"]["ticket"] = "another"
    data = data_of(log.lines())
    assert not ours(data).holds and theirs(data).problems
    # Who does not know it is told which key it was, and by both.
    report, script = ours(data, key=""), theirs(data, key="")
    assert report.holds and not script.problems
    assert report.public_key == script.key == key_of("an attacker").public_key


def test_signatures_of_two_keys_in_one_log_are_detected(lines: Lines) -> None:
    other = Forger(lines, signer="an attacker").lines()
    places = [at for at, line in enumerate(lines) if '"checkpoint":' in line[:20]]
    for size in range(1, len(places)):
        for chosen in combinations(places, size):
            mixed = [other[at] if at in chosen else line for at, line in enumerate(lines)]
            assert not ours(data_of(mixed), key="").holds and theirs(data_of(mixed), key="").problems


def test_an_older_log_is_detected_by_who_knows_a_newer_checkpoint(lines: Lines) -> None:
    newest = theirs(data_of(lines)).digests[1:]
    for kept in range(1, len(newest)):
        log = Forger(lines)
        places = [at for at, one in enumerate(log.parts) if "checkpoint" in one]
        log.parts[places[kept - 1] + 1 : places[-1] + 1] = []
        data = data_of(log.lines())
        assert not ours(data, known=[newest[-1]]).holds and theirs(data, known=[newest[-1]]).problems
        # It is a true log of an earlier time, and says of which.
        report = ours(data, known=[newest[kept - 1]])
        assert report.holds and report.newest is not None and report.newest.number == kept


def test_a_fork_under_the_right_key_is_detected_by_who_knows_the_other_branch(lines: Lines) -> None:
    branch = Forger(lines, signer=TENANT)
    branch.entries[1]["event"]["data"] = {"another": "history"}
    data = data_of(branch.lines())
    assert ours(data).holds, "whoever has the key can sign another history"
    known = theirs(data_of(lines)).digests[1:]
    assert not ours(data, known=known).holds and theirs(data, known=known).problems
    both = [line for pair in zip(lines, branch.lines(), strict=True) for line in dict.fromkeys(pair)]
    assert not ours(data_of(both)).holds and theirs(data_of(both)).problems


async def test_an_export_of_some_cases_holds_and_promises_only_these(house: House, lines: Lines) -> None:
    cases = sorted(ours(data_of(lines)).cases)
    some = await house.exported(only=[cases[2], cases[0]])
    report = ours(data_of(some))
    assert report.holds and not theirs(data_of(some)).problems
    assert list(report.cases) == [cases[0], cases[2]] and report.left_out > 0
    count, missed = undetected(islice(single(some), 0, None, 5), some, key=KEY)
    assert missed == [] and count > 200


async def test_a_log_of_a_tenant_without_cases_holds_once_a_checkpoint_says_so() -> None:
    house = House()
    for sealed in (False, True):
        if sealed:
            await house.sealer.run()
        data = data_of(await house.exported())
        for key in ("", KEY):
            assert ours(data, key=key).holds is sealed and bool(theirs(data, key=key).problems) is not sealed
