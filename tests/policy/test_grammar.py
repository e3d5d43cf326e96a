"""What a block of conditions is read to, and how a value is shown that was not expected."""

import pytest

from policy.document import RuleDocument
from policy.field import actions_matching
from policy.foreign import shown
from policy.grammar import parse_block


def test_a_block_that_is_parsed_already_is_taken_as_it_is() -> None:
    block = parse_block({"risk": {"min": 5}, "is_rollback": True})
    assert parse_block(block) is block
    rule = RuleDocument(id="act.one", effect="deny", actions=("*",), when=block, unless=(block,))
    assert (rule.when, rule.unless) == (block, (block,))


class Sly(str):
    """Text that could compare as it likes."""


def test_only_plain_text_is_a_constant() -> None:
    with pytest.raises(ValueError, match=r"`requester\.department`: expected text"):
        parse_block({"requester.department": Sly("HR")})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("Büro 東京", "`Büro 東京`"),
        ("a\nb\x1b[31m", r"`a\nb\x1b[31m`"),
        ("\u202eevil", r"`\u202eevil`"),
        (True, "`true`"),
        ([1], "`[1]`"),
    ],
)
def test_a_value_is_shown_in_its_own_letters_and_on_one_line(value: object, says: str) -> None:
    assert shown(value) == says


def test_a_pattern_that_many_rules_repeat_is_matched_and_kept_once() -> None:
    catalogue = frozenset({"a.one", "a.two", "b.one"})
    assert actions_matching(("a.*", "*.one"), catalogue) == catalogue
    assert actions_matching(("a.*",), catalogue) == {"a.one", "a.two"}
    # Ten thousand rules with a set each would hold the catalogue ten thousand times.
    assert actions_matching(("a.*",), catalogue) is actions_matching(("a.*",), catalogue)
