"""Conditions and claims as they are typed at a prompt: `requester.department=Sales`, `never allow * where ...`."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from policy.command.errors import UsageError
from policy.command.inputs import PolicySet
from policy.command.yaml_file import parse_yaml
from policy.compile import conjunctions_of
from policy.complaint import plain_json
from policy.decision import Verdict
from policy.document import RuleDocument, actions_matching
from policy.errors import DocumentError
from policy.foreign import shown
from policy.grammar import messages_of, nearest, parse_block
from policy.predicate import Block
from policy.rule import Conjunction

# The verdicts by the words of policy documents.
VERDICTS: Final = {"allow": Verdict.ALLOW, "approval": Verdict.APPROVAL, "deny": Verdict.DENY}
FORM: Final = "never allow|approval|deny [or ...] ACTION[,ACTION] [where ATTRIBUTE=VALUE [and ...]]"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that must not happen: a verdict of `never` on one of `actions` where one conjunction is TRUE."""

    text: str
    actions: tuple[str, ...]
    where: tuple[Conjunction, ...]
    never: frozenset[Verdict]


def assignment(word: str) -> tuple[str, object]:
    """Return the name and the value of `name=value`; the value is YAML, so `true`, `5` and `[a, b]` are meant so.

    Raises:
        UsageError: there is no `=`, or the value is not YAML.
    """
    name, sign, text = word.partition("=")
    if not sign or not name:
        raise UsageError(f"expected `attribute=value`, got {shown(word)}")
    try:
        return name, parse_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(
            f"{shown(name)}: expected a YAML value, got {shown(text)}; put text with signs in quotes"
        ) from None


def parse_where(words: Sequence[str]) -> Block | None:
    """Return the block of conditions written as `attribute=value` words, each in the form of policy documents.

    Raises:
        UsageError: a word is no condition; the message names the nearest attribute or value.
    """
    if not words:
        return None
    pairs = [assignment(word) for word in words]
    names = [name for name, _ in pairs]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise UsageError(f"expected {shown(doubled)} once, got it twice; write several values as a list")
    try:
        # The same way as a document goes, so that dates and forms mean the same.
        return parse_block(parse_yaml(plain_json(dict(pairs), source="the conditions")))
    except DocumentError as error:
        raise UsageError("; ".join(one.message for one in error.problems)) from None
    except ValueError as error:
        raise UsageError("; ".join(messages_of(error))) from None


def conjunctions(block: Block | None) -> tuple[Conjunction, ...]:
    """Return the compiled form of a block; no block is no condition, so everything."""
    return conjunctions_of(RuleDocument(id="where", effect="deny", actions=("*",), when=block))


def parse_claim(text: str, policy: PolicySet) -> Claim:
    """Return the claim that a sentence of the form `FORM` makes about a policy.

    Raises:
        UsageError: the sentence has another form, or names an action, attribute or value that does not exist.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{shown(text)}: {str(error).lower()}") from None
    head, where = _split(words)
    if len(head) < 3 or head[0] != "never":
        raise UsageError(f"expected `{FORM}`, got {shown(text)}; put the whole claim in quotes")
    verdicts = [word for part in head[1:-1] for word in part.split(",") if word and word != "or"]
    conditions = [word for word in where if word != "and"]
    if len(head) != len(words) and not conditions:
        raise UsageError(f"expected a condition after `where`, got nothing in {shown(text)}")
    return Claim(
        text=text,
        actions=_actions(head[-1], policy),
        where=conjunctions(parse_where(conditions)),
        never=_never(verdicts),
    )


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    place = words.index("where") if "where" in words else len(words)
    return list(words[:place]), list(words[place + 1 :])


def _never(words: Sequence[str]) -> frozenset[Verdict]:
    for word in words:
        if word not in VERDICTS:
            raise UsageError(f"expected `allow`, `approval` or `deny`, got {shown(word)}{nearest(word, VERDICTS)}")
    if set(words) == set(VERDICTS):
        raise UsageError("expected one or two verdicts that must not happen, got all three; some verdict always comes")
    return frozenset(VERDICTS[word] for word in words)


def _actions(text: str, policy: PolicySet) -> tuple[str, ...]:
    found: set[str] = set()
    for pattern in filter(None, text.split(",")):
        matching = actions_matching((pattern,), policy.catalogue)
        if not matching:
            raise UsageError(f"{shown(pattern)} matches no action{nearest(pattern, sorted(policy.catalogue))}")
        found |= matching
    return tuple(sorted(found))
