"""A request in words: pasted into a shell after `explain`, it is the same request again and nothing else."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.command.facts import request_of
from policy.command.plain import request_words
from policy.registry import check_fact
from policy.request import AuthorizationRequest, FactValue
from tests.policy.test_laws import SETTINGS

# The word that `explain` keeps for what nobody knows.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda text: text.strip() and text != "unknown"
)


def read_again(request: AuthorizationRequest) -> AuthorizationRequest:
    action, *facts = shlex.split(request_words(request))
    return request_of(facts, action=action)


@SETTINGS
@given(department=TEXTS, groups=st.frozensets(TEXTS.filter(str.isascii), max_size=3), on_self=st.booleans())
def test_any_request_in_words_is_read_as_the_same_request(
    department: str, groups: frozenset[str], on_self: bool
) -> None:
    known: dict[str, FactValue] = {
        "requester.department": department,
        "target.groups": check_fact("target.groups", groups),
        "request.on_self": on_self,
        "risk": 5,
    }
    assert read_again(AuthorizationRequest("a.one", known)) == AuthorizationRequest("a.one", known)
    words = request_words(AuthorizationRequest("a.one", known))
    assert words.isprintable()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Sales", "Sales"),
        ("Head of Sales", "'Head of Sales'"),
        ("yes", "'\"yes\"'"),
        ("5", "'\"5\"'"),
        ("2026-02-30", "'\"2026-02-30\"'"),
        ('x" $(id) "y', r"""'"x\" $(id) \"y"'"""),
        ("it's; id #", "'\"it'\"'\"'s; id #\"'"),
        ("x\n\x1b[2J\u202e\U000e0001", r"""'"x\n\x1b[2J\u202e\U000e0001"'"""),
        ("a\\", "'\"a\\\\\"'"),
    ],
)
def test_a_value_is_quoted_for_yaml_and_then_for_a_shell(text: str, word: str) -> None:
    request = AuthorizationRequest("a.one", {"requester.department": text})
    assert request_words(request) == f"a.one requester.department={word}"
    assert read_again(request) == request
