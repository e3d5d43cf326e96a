"""What the documents say is true of the code: commands run, links lead somewhere, tables are the code's own."""

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from agent import settings
from agent.model.activity_event import EventCode
from agent.storage.blob_connection import BLOB_URL
from agent.storage.connections import CONNECTION_STRING, QUEUE_URL, TABLE_URL
from devhost.stack import LocalStack
from policy import ATTRIBUTES, Attribute
from simulator.connector.delivery import Tamper
from simulator.graph.routing import ROUTES
from simulator.server import SITES
from tests.house.documents import ROOT, blocks, documents, links, only, prose, rows, text_of, ticked, tracked
from tests.house.logged_fields import logged_fields

ADRS = sorted(name for name in tracked() if name.startswith("docs/adr/"))
DEPENDENCIES = "docs/adr/0002-dependencies.md"

# Cheap commands are run here; the others must stand in .ci/run, which runs them for every change.
RUN_HERE = {"make help"}
# Staying up cannot be run to its end; its end by Ctrl-C is tested here.
STAYING_UP = {"make run": ("make run ONCE=1", "tests/journeys/test_run.py", "SIGINT")}

_FILE = re.compile(r"[\w./-]+\.(?:py|md|json|ya?ml|toml|txt)(?::[\w.]+)?")
_PLACE = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/")


def commands(name: str) -> list[str]:
    return [line for block in blocks(name, "console") for line in block.splitlines() if line.strip()]


def ci_lines() -> list[str]:
    return [line.strip() for line in text_of(".ci/run").splitlines()]


@pytest.mark.parametrize("command", [pair for name in documents() for pair in commands(name)])
def test_every_command_in_a_document_is_run_somewhere(command: str) -> None:
    if command in RUN_HERE:
        done = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout.strip()
    elif command in STAYING_UP:
        bounded, test, mark = STAYING_UP[command]
        assert bounded in ci_lines()
        assert (ROOT / test).exists() and mark in text_of(test), f"`{test}` must end `{command}` by {mark}"
    else:
        assert command in ci_lines(), f"`{command}` is documented, but neither this test nor .ci/run runs it"


def test_the_readme_names_the_two_commands_first() -> None:
    assert commands("README.md")[:2] == ["make run", "make test"]


@pytest.mark.parametrize("name", documents())
def test_every_make_target_in_a_document_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    spoken = [*ticked(prose(name)), *commands(name)]
    named = {words[1] for words in map(str.split, spoken) if words[:1] == ["make"] and len(words) > 1}
    assert {one for one in named if "=" not in one} <= targets


def test_the_script_in_the_readme_files_a_ticket(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = blocks("README.md", "python")
    addresses = {
        "all_cases": f"{stack.url}/api/cases?code={stack.key}",
        "tenant_state": f"{stack.cloud['control']}/state",
    }
    for name, address in addresses.items():
        script, replaced = re.subn(rf'^{name} = ".*"$', f'{name} = "{address}"', script, flags=re.MULTILINE)
        assert replaced == 1
    exec(compile(script, "README.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "resolved"
    assert len(said) > 5


@pytest.mark.parametrize("name", documents())
def test_every_link_leads_to_a_file(name: str) -> None:
    folder = (ROOT / name).parent
    assert [target for target in links(name) if not (folder / target).exists()] == []


@pytest.mark.parametrize("name", documents())
def test_every_file_that_a_document_names_exists(name: str) -> None:
    rooms = {file.split("/")[0] for file in tracked() if "/" in file}
    for token in ticked(prose(name)):
        if _FILE.fullmatch(token):
            file, _, member = token.partition(":")
            assert file in tracked(), f"{name} names `{file}`"
            if member:
                assert member in members_of(ROOT / file), f"{name} names `{member}` in `{file}`"
        elif _PLACE.fullmatch(token) and token.split("/")[0] in rooms:
            assert (ROOT / token).exists(), f"{name} names `{token}`"


def members_of(file: Path) -> set[str]:
    """Functions, classes, their methods, and constants."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{one.name}" for one in inner}
        if isinstance(node, ast.Assign):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


def test_the_documents_are_short_enough_to_be_read() -> None:
    assert len(text_of("ARCHITECTURE.md").splitlines()) < 250
    assert len(text_of("README.md").splitlines()) < 150
    assert all(len(text_of(name).splitlines()) <= 60 for name in ADRS)


@pytest.mark.parametrize("name", documents())
def test_no_document_holds_a_path_of_somebodys_machine(name: str) -> None:
    assert re.findall(r"(?<![\w.:/}])/(?:home|root|Users|tmp|work|opt|var)/\S+", text_of(name)) == []


def test_every_decision_record_has_its_number_status_and_parts() -> None:
    assert [Path(name).name[:4] for name in ADRS] == [f"{number:04}" for number in range(1, len(ADRS) + 1)]
    for name in ADRS:
        text = text_of(name)
        assert text.startswith(f"# {Path(name).name[:4]}. ")
        assert re.search(r"^Status: (accepted|superseded by \d{4}), \d{4}-\d\d-\d\d\.", text, re.MULTILINE)
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert [one for one in headings if one in ("Context", "Decision", "Consequences")] == headings[:3]


def test_the_changelog_has_an_unreleased_part() -> None:
    assert re.search(
        r"^## \[Unreleased\]\n\n### (Added|Changed|Fixed|Removed|Security)$", text_of("CHANGELOG.md"), re.M
    )


def test_every_code_of_the_log_is_documented_with_its_fields() -> None:
    documented = {only(row[0]): row for row in rows("docs/activity-log.md", "code")}
    assert list(documented) == [code.value for code in EventCode]
    files = [ROOT / name for name in tracked() if name.startswith("agent/") and name.endswith(".py")]
    fields = logged_fields(files)
    for code in EventCode:
        meaning, data = documented[code.value][1:]
        assert meaning
        # What stands in brackets belongs to the parts of a list.
        assert set(ticked(re.sub(r"\([^)]*\)", "", data))) == fields[code.name], f"the fields of `{code.value}`"


def test_the_policy_page_lists_the_vocabulary() -> None:
    documented = [tuple(row) for row in rows("docs/policy.md", "attribute")]
    assert documented == [attribute_row(one) for one in ATTRIBUTES.values()]


def attribute_row(one: Attribute) -> tuple[str, str, str, str, str]:
    low, high = one.bounds
    if one.values:
        values = ", ".join(f"`{value}`" for value in one.values)
    else:
        number = f"{low} or more" if high is None else f"{low} to {high}"
        text = "an object id" if one.is_object_id else "any text"
        values = {"flag": "`true`, `false`", "set": "object ids", "number": number, "text": text}[one.kind]
    return f"`{one.name}`", one.kind, values, one.source, one.doc


def setting_rows() -> dict[str, list[str]]:
    return {only(row[0]): row for row in rows("docs/settings.md", "setting")}


def test_every_setting_is_documented_with_its_default() -> None:
    documented = setting_rows()
    fixed = {name: fallback for name, (_, fallback) in settings._TEXT.items()} | dict.fromkeys(settings._LISTS)
    assert set(documented) == {*fixed, CONNECTION_STRING, TABLE_URL, QUEUE_URL, BLOB_URL}
    for name, fallback in fixed.items():
        assert documented[name][3] == ("required" if fallback is None else f"`{fallback}`"), name


def test_every_field_of_a_tenant_its_mail_its_slack_and_a_source_is_documented_with_its_default() -> None:
    models = (settings.TenantSettings, settings.MailSettings, settings.SlackSettings, settings.SourceSettings)
    expected = [(name, field) for model in models for name, field in model.model_fields.items()]
    documented = rows("docs/settings.md", "field")
    assert [only(row[0]) for row in documented] == [name for name, _ in expected]
    for (name, field), (_, meaning, default) in zip(expected, documented, strict=True):
        assert meaning
        value = list(field.default) if isinstance(field.default, tuple) else field.default
        assert default == ("required" if field.is_required() else f"`{json.dumps(value)}`"), name


@pytest.mark.parametrize("storage", [(CONNECTION_STRING,), (TABLE_URL, QUEUE_URL, BLOB_URL)])
def test_the_documented_examples_start_a_stack(storage: tuple[str, ...]) -> None:
    environment = dict(zip(settings._LISTS, blocks("docs/settings.md", "json"), strict=True))
    for name, row in setting_rows().items():
        if name in settings._TEXT or name in storage:
            environment[name] = only(row[2])
    read = settings.read_settings(environment)
    assert [one.id for one in read.sources] == ["service-desk"]
    assert bool(read.storage) is (storage == (CONNECTION_STRING,))


def test_every_requirement_has_its_sentence() -> None:
    lines = "".join(
        map(text_of, ("requirements.txt", "requirements-dev.txt", "requirements-analysis.txt"))
    ).splitlines()
    named = [re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line.strip() and line[0] not in "#-"]
    required = {one[0] for one in named if one}
    documented = {row[0]: row[1] for row in rows(DEPENDENCIES, "package")}
    assert set(documented) == required
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in documented.values())


def test_the_simulators_sites_routes_and_faults_are_documented() -> None:
    page = "docs/simulator.md"
    assert {row[0] for row in rows(page, "site")} == set(SITES)
    listed = [(row[0], only(row[1])) for row in rows(page, "method")]
    control = [(method.upper(), path) for method, path in control_routes()]
    assert sorted(listed) == sorted([*((one.method, one.path) for one in ROUTES), *control])
    assert set(get_args(Tamper)) <= set(ticked(text_of(page)))
    assert {only(row[0]) for row in rows(page, "effect")} == {"status", "drop", "ignore", "challenge", "outcome"}


def control_routes() -> list[Any]:
    files = [name for name in tracked() if name.startswith("simulator/control/")]
    return [found for name in files for found in re.findall(r'web\.(get|post|delete|put)\("([^"]+)"', text_of(name))]
