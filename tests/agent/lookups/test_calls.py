"""What the look-ups ask, and that no subject, however hostile, becomes anything but a value."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.lookups.groups import membership_call
from agent.lookups.name_search import MAX_TERMS, any_of
from tests.agent.areas.collected import SUBJECTS
from tests.published_contract import FACTS, validator

USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
GROUP = "8272451c-0789-5c5e-8b19-8ed1992695b8"

HOSTILE = [
    "Ed O'Shea",
    "a' or displayName ne 'b",
    'say "Hello" & wave',
    "back\\slash",
    "100% #1 + more",
    "../../groups",
    "Zoë Ünïcödé 😬",
    "x" * 300,
    "tab\tand\nnewline",
]


@pytest.mark.parametrize("name", LOOKUPS)
def test_every_lookup_only_reads_and_bears_its_own_name(name: str) -> None:
    call = LOOKUPS[name].call(SUBJECTS[name])
    assert not call.writes
    assert LOOKUPS[name].name == name


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["user.find", "group.find", "app.find"])
def test_a_hostile_name_stays_one_quoted_search_phrase(name: str, text: str) -> None:
    call = LOOKUPS[name].call(text)
    assert call.path in ("/users", "/groups", "/servicePrincipals")
    assert call.eventual
    phrase = dict(call.query)["$search"]
    inner = re.fullmatch(r'"displayName:([^"\\]*)"', phrase)
    assert inner is not None, phrase
    # Every word of the name is still searched for.
    assert re.findall(r"\w+", inner.group(1)) == re.findall(r"\w+", text)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["user.search", "group.search"])
def test_a_hostile_name_is_a_quoted_phrase_in_each_field_that_is_searched(name: str, text: str) -> None:
    subject = any_of((text, "Zoe|Minto", text))
    phrases = dict(LOOKUPS[name].call(subject).query)["$search"].split(" OR ")
    inner = [re.fullmatch(r'"(\w+):([^"\\]*)"', one) for one in phrases]
    words = [re.findall(r"\w+", one.group(2)) for one in inner if one is not None]
    # Each term once, in three fields; a bar in a name parts no term from another.
    assert words == [re.findall(r"\w+", text)] * 3 + [["Zoe", "Minto"]] * 3


def test_no_more_terms_are_searched_for_than_are_few() -> None:
    many = any_of(tuple(f"name{number}" for number in range(40)))
    assert dict(LOOKUPS["group.search"].call(many).query)["$search"].count("displayName:") == MAX_TERMS
    with pytest.raises(DirectoryError):
        LOOKUPS["group.search"].call("|".join("abcdefghijkl"))


@pytest.mark.parametrize("text", ["", "  ", '"', "\\", "\u200b\n"])
def test_a_name_without_any_letter_is_not_searched_for(text: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["group.find"].call(text)


@pytest.mark.parametrize(
    "address",
    [
        "o'shea@quillmere.example",
        "hal.finch_brightcrate.example#EXT#@quillmere.onmicrosoft.example",
        "a%2Fb&c+d@quillmere.example",
        "zoë@quillmere.example",
        "x' or 'a' eq 'a@quillmere.example".replace(" ", ""),
    ],
)
def test_an_address_is_asked_for_inside_a_literal_and_never_as_a_path(address: str) -> None:
    call = LOOKUPS["user.get"].call(address)
    text = address.replace("'", "''")
    assert call.path == "/users"
    alias = f"proxyAddresses/any(one:one eq 'smtp:{text}')"
    assert dict(call.query)["$filter"] == f"userPrincipalName eq '{text}' or mail eq '{text}' or {alias}"


@pytest.mark.parametrize(
    "subject", ["", ".", "..", "me", "a/b@c/../d e", "x" * 300 + "@a.example", "a@b@c", f"{USER}x", "@"]
)
def test_what_is_neither_an_id_nor_an_address_is_not_asked_about(subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["user.get"].call(subject)


# What takes a name or an address, or no subject of its own.
_BY_NAME = {
    "device.managed.named",
    "user.get",
    "user.find",
    "user.search",
    "group.find",
    "group.search",
    "app.find",
    "site.search",
    "tenant.skus",
}
# Published, but not in the extract that we hold ourselves to: listing the members of a group through other groups
# (Graph reference, group-list-transitivemembers), the apps of Intune (intune-apps-mobileapp-list), and who has an item
# of a site (driveitem-list-permissions).
_NOT_EXTRACTED = {"group.people", "intune.apps", "site.groups"}


@pytest.mark.parametrize("name", sorted(set(LOOKUPS) - _BY_NAME))
@pytest.mark.parametrize("subject", ["", "..", "me", f"{USER}/..", f"{GROUP}/", f"/{USER}", f"{USER}\n", "x@y.example"])
def test_what_is_not_an_id_never_enters_a_path(name: str, subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS[name].call(subject)


@given(st.text(max_size=300))
def test_no_text_at_all_breaks_out_or_crashes(text: str) -> None:
    for name in LOOKUPS:
        try:
            call = LOOKUPS[name].call(text)
        except DirectoryError:
            continue
        # An id that is no GUID fills one segment of the path, and adds none.
        known = LOOKUPS[name].call(SUBJECTS[name]).path
        assert call.path in ("/users", "/groups") or call.path.count("/") == known.count("/")
        if "$filter" in dict(call.query):
            # Every quote inside a literal is doubled, so an even number of them is left outside.
            assert dict(call.query)["$filter"].count("'") % 2 == 0


def test_ids_are_asked_in_lower_case_and_membership_by_one_filtered_read() -> None:
    assert LOOKUPS["user.get"].call(USER.upper()).path == f"/users/{USER}"
    assert LOOKUPS["group.member"].call(f"{GROUP}/{USER}") == membership_call(GROUP, USER)
    assert dict(membership_call(GROUP, USER).query)["$filter"] == f"id eq '{USER}'"
    assert membership_call(GROUP, USER).eventual


@pytest.mark.skipif(not FACTS.is_dir(), reason="the published Graph metadata is not beside the project")
def test_every_lookup_conforms_to_the_published_contract() -> None:
    validate = validator()
    assert validate is not None
    for name, lookup in LOOKUPS.items():
        call = lookup.call(SUBJECTS[name])
        if name in _NOT_EXTRACTED:
            continue
        headers = {"ConsistencyLevel": "eventual"} if call.eventual else {}
        query = "&".join(f"{key}={value.replace('&', '%26')}" for key, value in call.query)
        faults = validate.check("GET", f"/v1.0{call.path}", query, None, headers=headers)
        assert [one for one in faults if one[0] == "error"] == [], name
    listed = {one["id"]: one for one in json.loads((FACTS / "reads.json").read_text())["reads"]}
    for name in sorted(set(LOOKUPS) & set(listed)):
        assert LOOKUPS[name].throttle_class == listed[name]["throttle_class"], name
