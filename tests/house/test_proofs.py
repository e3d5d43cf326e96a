"""The attacks on an approval that must be proven not to work: docs/approvals.md names the test of each."""

import ast

from tests.house.documents import ROOT, only, rows

#: From the issue that asks for approvals: each has one expected result and a named test, over HTTP.
ATTACKS = (
    "forged",
    "replayed",
    "expired",
    "double-clicked",
    "wrong approver",
    "self-approval",
    "self-approval by a linked account",
    "edited card",
    "changed plan",
    "changed rule",
    "revoked grant",
    "used-up grant",
    "revoked consent",
)
#: Where tests press buttons over HTTP, at the whole product.
OVER_HTTP = ("tests/journeys/test_callback.py", "tests/proofs/test_attacks.py")


def test_every_attack_has_a_test_of_its_own_over_http_that_exists() -> None:
    listed = rows("docs/approvals.md", "must not work")
    assert [attack for attack, _, _ in listed] == list(ATTACKS)
    assert all(expected for _, expected, _ in listed)
    named = [only(test).split(":") for _, _, test in listed]
    assert len({name for _, name in named}) == len(ATTACKS)
    for file, name in named:
        assert file in OVER_HTTP and name.startswith("test_") and name in _functions(file)


def test_no_attack_is_tried_that_the_table_does_not_name() -> None:
    named = {only(test).split(":")[1] for _, _, test in rows("docs/approvals.md", "must not work")}
    assert set(_functions("tests/proofs/test_attacks.py")) <= named


def _functions(file: str) -> list[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return [one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
