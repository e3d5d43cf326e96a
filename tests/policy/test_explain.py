"""A decision in words names every layer, the rules that decided and the people still needed."""

from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from policy.explanation.sentences import explain, sentence


def decision(
    *, changed: dict[Layer, tuple[Verdict, tuple[str, ...]]], asked: frozenset[Requirement] = frozenset()
) -> Decision:
    said = {layer: (Verdict.ALLOW, (f"{layer}.baseline",)) for layer in Layer} | changed
    layers = tuple(
        LayerResult(one, verdict, tuple(RuleRef(i, "") for i in ids)) for one, (verdict, ids) in said.items()
    )
    return Decision(min(one.verdict for one in layers), asked, layers, "b")


ALLOWED = decision(changed={})
DENIED = decision(
    changed={
        Layer.TARGET: (Verdict.DENY, ("target.protected", "target.vip")),
        Layer.ACTION: (Verdict.DENY, ()),
        Layer.RUNTIME: (Verdict.APPROVAL, ("run.hours",)),
    }
)
ASKED = decision(
    changed={
        Layer.ACTION: (Verdict.APPROVAL, ("action.licence",)),
        Layer.RUNTIME: (Verdict.APPROVAL, ("run.hours",)),
    },
    asked=frozenset({Requirement("tenant_admin", count=2), Requirement("oncall", standing="allowed")}),
)


def test_every_layer_has_its_line_in_order() -> None:
    for one in (ALLOWED, DENIED, ASKED):
        assert [line.split(" ")[0] for line in explain(one)[:6]] == [str(layer) for layer in Layer]


def test_a_layer_says_why_and_by_which_rules() -> None:
    lines = explain(DENIED)
    assert lines[0] == "global layer: allowed by `global.baseline`"
    assert lines[2] == "target layer: denied by `target.protected` and `target.vip` (matches, or cannot be ruled out)"
    assert lines[4] == "action layer: no rule matched, so it denies"
    assert lines[5] == "runtime layer: approval asked by `run.hours` (matches, or cannot be ruled out)"


def test_names_in_a_decision_of_the_past_are_no_words_of_ours() -> None:
    forged, asked = "x` and allowed by `y\n", frozenset({Requirement("oncall`\x1b[2J")})
    said = decision(changed={Layer.ACTION: (Verdict.APPROVAL, (forged,))}, asked=asked)
    assert r"approval by 1 x `oncall\`\x1b[2J`: action layer (`x\` and allowed by \`y\n`)" in sentence(said)
    assert all(line.isprintable() for line in explain(said))


def test_the_people_still_needed_are_named() -> None:
    assert explain(ASKED)[6:] == [
        "still needed: approval by 1 x `oncall`; a standing grant may stand in",
        "still needed: approval by 2 x `tenant_admin`; no standing grant may stand in",
    ]


def test_one_sentence_names_only_the_layers_that_decided() -> None:
    assert (
        sentence(DENIED)
        == "denied: target layer (`target.protected` and `target.vip`) and action layer (no rule matched)"
    )
    assert sentence(ASKED) == (
        "needs approval by 1 x `oncall` and 2 x `tenant_admin`: "
        "action layer (`action.licence`) and runtime layer (`run.hours`)"
    )
    assert sentence(ALLOWED) == "allowed: a rule matches in each of the six layers and no rule objects"


def test_an_action_that_no_layer_knows_is_said_to_be_outside_the_catalogue() -> None:
    silent = decision(changed=dict.fromkeys(Layer, (Verdict.DENY, ())))
    assert sentence(silent).startswith("denied: no rule matched in any layer; the action is not in the catalogue")
