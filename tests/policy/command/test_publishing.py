"""The way into force from a shell: draft, signatures, publication, roll back, history, on a real storage emulator."""

import socket
import uuid
from pathlib import Path

import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from agent.storage.connections import CONNECTION_STRING, QUEUE_URL, TABLE_URL
from devhost.production_guard import emulator_connection_string
from policy.command.errors import UsageError
from policy.command.office import open_office, person_in
from tests.policy.command.conftest import ROOT, Ask, Said

SAMPLES = ROOT / "samples" / "policy"


class Storage:
    """Commands about one tenant's policy in the emulator. The documents are those of `samples/policy`."""

    def __init__(self, ask: Ask, folder: Path) -> None:
        self._ask = ask
        self.tenant = f"t-{uuid.uuid4()}"
        self.folder = folder
        for file in SAMPLES.glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            # The documents of the sample tenant become this tenant's; their tests may name people of the other one.
            (folder / file.name).write_text(
                text.replace("0161082c-fbe2-5695-a02a-8868ae87e1fc", self.tenant), encoding="utf-8"
            )

    def __call__(self, *words: object) -> Said:
        return self._ask(*words, "--tenant", self.tenant)

    def drafted(self, person: str = "ann", note: str = "") -> Said:
        return self("draft", self.folder, "--as", person, "--note", note, "--json")

    def published(self, *people: str, note: str = "") -> Said:
        found = self.drafted(people[0], note).data
        for person in people:
            assert self("sign", found["draft"], found["review"], "--as", person).code == 0
        return self("publish", found["draft"], "--json")

    def widen(self) -> None:
        """Change one grant of the action layer."""
        file = self.folder / "5-action.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace(
                'effect: permit, actions: ["entra.user.sessions.revoke"]',
                'effect: permit, actions: ["entra.user.sessions.revoke"], note: changed',
            ),
            encoding="utf-8",
        )
        assert file.read_text(encoding="utf-8") != text


@pytest.fixture
def storage(ask: Ask, azurite_connection: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Storage:
    monkeypatch.setenv(CONNECTION_STRING, azurite_connection)
    return Storage(ask, tmp_path)


def test_the_first_policy_needs_two_people_and_stands_in_the_history(storage: Storage) -> None:
    assert "nothing was ever published" in storage("history").words
    found = storage.drafted("ann", note="first")
    assert found.code == 0 and found.data["signatures_needed"] == 2 and found.data["signed_by"] == []
    draft, review = found.data["draft"], found.data["review"]
    assert f"draft {draft} is not published" in storage("history").words
    assert storage("sign", draft, review, "--as", "ann", "--json").data["signed_by"] == ["ann"]
    alone = storage("publish", draft)
    assert alone.code == 1 and "two distinct people" in alone.words
    assert "2 of 2 signatures: ann, ben" in storage("sign", draft, review, "--as", "ben").words
    done = storage("publish", draft, "--json")
    assert done.code == 0 and done.data["published"]["bundle"] == found.data["bundle"]
    history = storage("history", "--json").data
    assert [one["note"] for one in history["published"]] == ["first"] and history["drafts"] == []


def test_what_is_in_force_already_is_said_so_with_an_exit_code_of_its_own(storage: Storage) -> None:
    first = storage.published("ann", "ben").data["published"]
    again = storage.drafted("cy").data
    for words in (
        ("publish", first["draft"]),
        ("publish", again["draft"]),
        ("rollback", first["bundle"], "--as", "cy"),
    ):
        said = storage(*words)
        assert said.code == 3 and f"the bundle `{first['bundle']}` is in force already" in said.words
        assert storage(*words, "--json").data == {"already_in_force": first["bundle"]}
    assert len(storage("history", "--json").data["published"]) == 1


def test_one_person_twice_is_one_person(storage: Storage) -> None:
    said = storage.published("ann", "Ann")
    assert said.code == 1 and "two distinct people" in said.words.replace("\\u0060", "`")


def test_a_draft_on_top_of_what_is_no_longer_in_force_is_refused(storage: Storage) -> None:
    assert storage.published("ann", "ben").code == 0
    late = storage.drafted("cy").data
    storage.widen()
    assert storage.published("ann").code == 0
    storage("sign", late["draft"], late["review"], "--as", "cy")
    said = storage("publish", late["draft"])
    assert said.code == 1 and "draft again on top of that" in said.words


def test_what_fails_its_tests_is_kept_as_a_draft_and_never_published(storage: Storage) -> None:
    assert storage.published("ann", "ben").code == 0
    broken = (
        'apiVersion: policy/v1\nlayer: target\ntenant: "*"\ntests:\n  assertions:\n'
        "    - {id: as.nothing-at-all, never: [allow, approval], actions: [entra.user.sessions.revoke]}\n"
    )
    (storage.folder / "7-tests.yaml").write_text(broken, encoding="utf-8")
    found = storage.drafted("ann")
    assert found.code == 1 and any("as.nothing-at-all" in one for one in found.data["blockers"])
    assert "in the way: assertion `as.nothing-at-all`" in storage("draft", storage.folder, "--as", "ann").words
    storage("sign", found.data["draft"], found.data["review"], "--as", "ben")
    said = storage("publish", found.data["draft"])
    assert said.code == 1 and "as.nothing-at-all" in said.words


def test_a_roll_back_goes_through_the_same_door(storage: Storage) -> None:
    first = storage.published("ann", "ben").data["published"]["bundle"]
    storage.widen()
    second = storage.published("ann").data["published"]["bundle"]
    assert first != second
    assert storage("rollback", "0" * 64, "--as", "ann").code == 2
    back = storage("rollback", first, "--as", "ann", "--note", "back", "--json")
    assert back.code == 0 and back.data["bundle"] == first and back.data["based_on"] == second
    assert storage("publish", back.data["draft"]).code == 1
    storage("sign", back.data["draft"], back.data["review"], "--as", "ann")
    assert storage("publish", back.data["draft"]).code == 0
    assert [one["bundle"] for one in storage("history", "--json").data["published"]] == [first, second, first]
    assert storage("history").words.count("back") == 1


def test_no_note_and_no_name_writes_a_line_of_the_history(storage: Storage) -> None:
    forged = "why\n9. 2026-01-01 00:00 UTC forged\x1b[2J"
    assert storage.published("Eve, signed by ann", "ben", note=forged).code == 0
    said = storage("history")
    assert len(said.out.splitlines()) == 2 and "\x1b" not in said.out
    assert "by `Eve, signed by ann`, signed by `Eve, signed by ann`, ben: " in said.words
    assert r"why\n9. 2026-01-01 00:00 UTC forged\x1b[2J" in said.words


def test_a_signature_is_under_the_review_that_was_read(storage: Storage) -> None:
    found = storage.drafted("ann").data
    said = storage("sign", found["draft"], "0" * 64, "--as", "ann")
    assert said.code == 1 and "expected a signature under the review" in said.words
    assert storage("sign", "0" * 64, found["review"], "--as", "ann").code == 2


def test_the_review_shows_what_changes_for_whom(storage: Storage) -> None:
    words = storage("draft", storage.folder, "--as", "ann").words
    assert "DENY->ALLOW" in words and "the Global layer changes: two people must sign" in words
    assert "based on nothing: it would be the first" in words


def test_nobody_signs_without_a_name_on_an_emulator(storage: Storage) -> None:
    said = storage("draft", storage.folder)
    assert said.code == 2 and "expected `--as`" in said.err


def test_documents_for_nobody_in_particular_need_a_tenant(ask: Ask, storage: Storage) -> None:
    said = ask("draft", ROOT / "policy" / "starter", "--as", "ann")
    assert said.code == 2 and "`--tenant`" in said.err


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "expected storage in the setting `AzureWebJobsStorage`"),
        ({CONNECTION_STRING: "AccountName=a;QueueEndpoint=https://a.queue.core.windows.net/"}, "by identity only"),
        ({TABLE_URL: "https://a.table.core.windows.net", QUEUE_URL: "https://a.queue.core.windows.net"}, "no `--as`"),
    ],
)
def test_a_name_proves_nothing_in_azure(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], told: str
) -> None:
    monkeypatch.delenv(CONNECTION_STRING, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    said = ask("draft", SAMPLES, "--as", "ann")
    assert said.code == 2 and told in said.err


# With an endpoint for its queue alone, the SDK takes the tables from the real account in Azure.
HALF_LOCAL = "AccountName=real;AccountKey=c2VjcmV0;QueueEndpoint=http://127.0.0.1:1/x;EndpointSuffix=core.windows.net"


def test_a_name_signs_nothing_in_an_account_of_which_only_the_queue_is_local(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONNECTION_STRING, HALF_LOCAL)
    said = ask("sign", "0" * 64, "0" * 64, "--tenant", "contoso", "--as", "ann")
    assert said.code == 2 and "by identity only" in said.err and "c2VjcmV0" not in said.err


def test_a_name_is_taken_only_if_the_tables_that_would_be_written_are_on_this_machine(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second look is at the address itself, whatever the first one let through.
    monkeypatch.setattr("devhost.production_guard.connection_string", lambda *_: HALF_LOCAL)
    monkeypatch.setenv(CONNECTION_STRING, HALF_LOCAL)
    said = ask("draft", SAMPLES, "--as", "ann")
    assert said.code == 2 and "expected tables on loopback" in said.err


def test_an_emulator_that_does_not_run_is_said_to_be_started(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(CONNECTION_STRING, emulator_connection_string(blob_port=port, queue_port=port, table_port=port))
    for words in (("history",), ("publish", "0" * 64), ("draft", SAMPLES, "--as", "ann")):
        said = ask(*words, "--tenant", "contoso")
        assert said.code == 2 and f"expected a storage emulator at `127.0.0.1:{port}`" in said.err
        assert "`python -m devhost.azurite --data FOLDER` starts an emulator" in said.err


@pytest.mark.parametrize("tenant", ["*", "", " ", "a/b", "contoso\u212a", "\u212aontoso", "x" * 81])
def test_a_tenant_that_no_document_could_name_is_refused_before_storage_is_asked(ask: Ask, tenant: str) -> None:
    for words in (("sign", "0" * 64, "0" * 64), ("publish", "0" * 64), ("rollback", "0" * 64), ("history",)):
        said = ask(*words, "--tenant", tenant)
        assert said.code == 2 and "expected the id of one tenant in `--tenant`, in plain ASCII" in said.err


class Credential:
    """A sign-in that answers with a token, or with none."""

    def __init__(self, token: str | None) -> None:
        self._token, self.closed = token, False

    async def get_token(self, *scopes: str) -> AccessToken:
        if self._token is None:
            raise ClientAuthenticationError("nobody")
        return AccessToken(self._token, 0)

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("claims", "told"), [(None, "nobody is signed in"), ({"oid": "app"}, "got an application"), ({}, "an application")]
)
def test_in_azure_somebody_must_be_signed_in(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, claims: dict[str, object] | None, told: str
) -> None:
    credential = Credential(None if claims is None else token(**claims))
    monkeypatch.setattr("azure.identity.aio.DefaultAzureCredential", lambda **_: credential)
    monkeypatch.delenv(CONNECTION_STRING, raising=False)
    monkeypatch.setenv(TABLE_URL, "https://a.table.core.windows.net")
    monkeypatch.setenv(QUEUE_URL, "https://a.queue.core.windows.net")
    said = ask("draft", SAMPLES)
    assert said.code == 2 and told in said.err and credential.closed


async def test_in_azure_the_office_is_the_signed_in_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    credential = Credential(token(oid="ABC", scp="user_impersonation"))
    monkeypatch.setattr("azure.identity.aio.DefaultAzureCredential", lambda **_: credential)
    account = {TABLE_URL: "https://a.table.core.windows.net", QUEUE_URL: "https://a.queue.core.windows.net"}
    async with open_office(frozenset({"a.one"}), name=None, environment=account) as office:
        assert office.person == "abc" and not credential.closed
    assert credential.closed


def token(**claims: object) -> str:
    return jwt.encode(claims, "a key of thirty-two bytes for a test", algorithm="HS256")


def test_the_signer_in_azure_is_the_person_of_the_token() -> None:
    assert person_in(token(oid="ABC-1", scp="user_impersonation")) == "abc-1"
    assert person_in(token(oid="\u212aim", scp="user_impersonation")) == "\u212aim"


@pytest.mark.parametrize("claims", [{"oid": "abc"}, {"scp": "x"}, {"oid": "abc", "scp": ""}, {"oid": 5, "scp": "x"}])
def test_an_application_never_signs(claims: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="expected a person who is signed in"):
        person_in(token(**claims))


def test_what_is_no_token_names_nobody() -> None:
    with pytest.raises(UsageError, match="az login"):
        person_in("not a token")


def test_a_review_is_signed_by_its_whole_digest_only(storage: Storage) -> None:
    draft = storage.drafted("ann").data
    for review in ("1234", draft["review"][:8], draft["review"].upper()):
        said = storage("sign", draft["draft"], review, "--as", "ann")
        assert said.code == 2 and "expected the whole digest of a review" in said.err
