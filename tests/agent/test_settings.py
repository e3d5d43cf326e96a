"""The settings: whatever is missing or malformed stops the start with one sentence that names it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.errors import SettingsError
from agent.settings import read_settings
from tests.agent.environments import APP, environment, source, tenant
from tests.agent.world import TENANT

ROOT = Path(__file__).parents[2]
REQUIRED = sorted(environment())
MAIL = {
    "host": "relay.contoso.example",
    "user_name": "remit",
    "secret_name": "mail-relay",
    "sender": "remit@contoso.example",
}
OTHER_TENANT = "55555555-5555-4555-8555-555555555555"


def problem(**changes: str | None) -> str:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment(**changes))
    return str(refused.value)


def tenants(*entries: Any) -> str:
    return problem(REMIT_TENANTS=json.dumps(entries))


def sources(*entries: Any) -> str:
    return problem(REMIT_SOURCES=json.dumps(entries))


def test_a_complete_environment_starts_with_microsofts_own_addresses() -> None:
    settings = read_settings(environment())
    assert settings.app_id == APP and settings.tenant(TENANT).name == "Contoso"
    assert settings.graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.authority_url == "https://login.microsoftonline.com"
    assert settings.connector_url.startswith("https://smba.trafficmanager.net/")
    assert settings.storage == ""


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_a_missing_setting_stops_the_start_by_name(name: str, value: str | None) -> None:
    said = problem(**{name: value})
    assert f"`{name}` is missing" in said and "\n" not in said


def test_signing_in_inside_of_teams_is_configured_wholly_or_not_at_all() -> None:
    both = {"REMIT_APP_ID_URI": f"api://{APP}", "REMIT_SIGN_IN_CONNECTION": "remit"}
    assert read_settings(environment(**both)).app_id_uri == f"api://{APP}"
    for name in both:
        assert "or neither" in problem(**{**both, name: None})
    assert "REMIT_APP_ID_URI" in problem(**{**both, "REMIT_APP_ID_URI": "https://evil.example"})


def test_the_whole_app_ends_with_that_sentence() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", "import function_app"],
        cwd=ROOT,
        env={**kept, **environment(REMIT_APP_ID=None)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and done.stdout == ""
    last = done.stderr.splitlines()[-1]
    expected = "the setting `REMIT_APP_ID` is missing: add it to the app settings and start again"
    assert last == f"agent.errors.SettingsError: {expected}"


def test_a_connection_string_stands_for_both_storage_addresses() -> None:
    names = {"AzureWebJobsStorage__tableServiceUri": None, "AzureWebJobsStorage__queueServiceUri": None}
    assert read_settings(environment(AzureWebJobsStorage="x=y", **names)).storage == "x=y"


@pytest.mark.parametrize("name", ["REMIT_TENANTS", "REMIT_SOURCES"])
@pytest.mark.parametrize(("text", "reason"), [("[{", "is not JSON"), ('{"id": 1}', "is not a list"), ("7", "list")])
def test_a_list_that_is_none_is_named(name: str, text: str, reason: str) -> None:
    said = problem(**{name: text})
    assert name in said and reason in said


def test_malformed_json_is_not_repeated() -> None:
    assert "hunter2" not in problem(REMIT_SOURCES='[{"secret": "hunter2"')


@pytest.mark.parametrize("name", [n for n in REQUIRED if n.endswith("_URL") or n.endswith("Uri")])
@pytest.mark.parametrize("url", ["http://contoso.example", "contoso.example", "https://", "ftp://contoso.example"])
def test_an_address_must_be_https(name: str, url: str) -> None:
    said = problem(**{name: url})
    assert name in said and "expected an https address" in said and url in said


@pytest.mark.parametrize(
    "name", ["REMIT_GRAPH_URL", "REMIT_BOT_OPENID_URL", "REMIT_CONNECTOR_URL", "AZURE_AUTHORITY_HOST"]
)
def test_an_optional_address_must_be_https_too(name: str) -> None:
    assert name in problem(**{name: "http://localhost:8080"})


@pytest.mark.parametrize("name", ["REMIT_PUBLIC_URL", "AzureWebJobsStorage__tableServiceUri"])
def test_a_password_in_an_address_is_refused_and_not_repeated(name: str) -> None:
    said = problem(**{name: "https://admin:hunter2@contoso.example"})
    assert name in said and "without a user name" in said and "hunter2" not in said


@pytest.mark.parametrize("name", ["REMIT_APP_ID", "REMIT_BOT_ID", "AZURE_CLIENT_ID"])
@pytest.mark.parametrize("text", ["remit", APP.upper().replace("2", "A"), f"{APP} "])
def test_an_id_must_be_a_lower_case_guid(name: str, text: str) -> None:
    assert name in problem(**{name: text})


@pytest.mark.parametrize("zone", ["Mars/Olympus", "GMT Standard Time", "../../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    said = tenants(tenant(time_zone=zone))
    assert "`REMIT_TENANTS` at `0.time_zone`" in said and "expected an IANA time zone" in said


@pytest.mark.parametrize("field", sorted(tenant()))
def test_every_field_of_a_tenant_is_needed(field: str) -> None:
    assert f"`REMIT_TENANTS` at `0.{field}`" in tenants(tenant(**{field: None}))


@pytest.mark.parametrize("field", sorted(source()))
def test_every_field_of_a_source_is_needed(field: str) -> None:
    assert f"`REMIT_SOURCES` at `0.{field}`" in sources(source(**{field: None}))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"vault_url": "http://kv.example"}, "0.vault_url"),
        ({"approval_seconds": 5}, "0.approval_seconds"),
        ({"approval_seconds": 604_801}, "0.approval_seconds"),
        ({"people": {"tenant_admin": "ann"}}, "0.people.tenant_admin"),
        ({"enforce": False}, "0.enforce"),
        ({"mail": {**MAIL, "sender": "Remit <remit@contoso.example>"}}, "0.mail.sender"),
        ({"mail": {**MAIL, "sender": "remit@contoso.example\r\nBcc: x@evil.example"}}, "0.mail.sender"),
        ({"mail": {**MAIL, "tls": "none"}}, "0.mail.tls"),
        ({"mail": {**MAIL, "host": "relay.example:25"}}, "0.mail.host"),
        ({"mail": {**MAIL, "port": 0}}, "0.mail.port"),
        ({"mail": {**MAIL, "tells": "nobody"}}, "0.mail.tells"),
        ({"mail": {**MAIL, "password": "hunter2"}}, "0.mail.password"),
        ({"mail": {**MAIL, "secret_name": ""}}, "0.mail.secret_name"),
        ({"mail": {**MAIL, "user_name": "a b"}}, "0.mail.user_name"),
    ],
)
def test_a_malformed_field_of_a_tenant_is_named(changes: dict[str, Any], place: str) -> None:
    said = tenants(tenant(**changes))
    assert f"`REMIT_TENANTS` at `{place}`" in said and "hunter2" not in said


def test_mail_goes_out_by_tls_to_those_without_a_card_unless_more_is_said() -> None:
    read = read_settings(environment(REMIT_TENANTS=json.dumps([tenant(mail=MAIL)]))).tenant(TENANT).mail
    assert read is not None and (read.port, read.tls, read.tells) == (587, "starttls", "unreached")
    assert read_settings(environment()).tenant(TENANT).mail is None


def test_a_source_of_an_unknown_tenant_is_refused() -> None:
    said = sources(source(tenant_id=OTHER_TENANT))
    assert OTHER_TENANT in said and "`REMIT_TENANTS`" in said


def test_a_source_cannot_claim_an_assurance_that_does_not_exist() -> None:
    assert "`REMIT_SOURCES` at `0.assurance`" in sources(source(assurance="trust-me"))


def test_two_sources_of_one_id_are_refused_because_one_would_win_silently() -> None:
    assert "`desk` twice" in sources(source(), source(assurance="sso"))


def test_two_tenants_of_one_id_are_refused() -> None:
    assert f"`{TENANT}` twice" in tenants(tenant(), tenant(name="Fabrikam"))


def test_two_tenants_in_one_vault_are_refused() -> None:
    assert "every vault once" in tenants(tenant(), tenant(tenant_id=OTHER_TENANT))


def test_a_stack_without_tenants_is_refused() -> None:
    assert "`REMIT_TENANTS`" in tenants()


@pytest.mark.parametrize(
    "name", ["REMIT_ENFORCE", "REMIT_DRY_RUN", "REMIT_DEBUG", "REMIT_POLICY_MODE", "REMIT_ALLOW_ALL"]
)
def test_no_setting_weakens_anything(name: str) -> None:
    assert read_settings(environment(**{name: "false"})) == read_settings(environment())
