"""The ways to break a module: every condition, comparison, verdict and yes-or-no of its source, one change at a time.

What is changed, each alone:

1. A condition (of `if`, `while`, `x if y else z`, a comprehension, a guard), a comparison, an `and`, an `or` or a
   `not` becomes True, and becomes False. Of `a and b` each side becomes True, of `a or b` each side False.
2. A comparison is flipped, and an ordering also loses or gains its boundary, a chain one end. `and` and `or` change
   places. `not` goes.
3. A constant of `Verdict` or `Truth` becomes each of the others; True and False change places inside functions
   and classes.
4. `min` and `max`, `any` and `all` change places.
5. A `case` never matches.

An `assert` is left alone: it states what cannot happen, so nothing can make it fail. So are annotations,
decorators and `if TYPE_CHECKING`, which change no behaviour that a test could see.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_ENUMS: Final = {"Verdict": ("DENY", "APPROVAL", "ALLOW"), "Truth": ("FALSE", "UNKNOWN", "TRUE")}
_CALLS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_FLIPS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
_CONDITIONS: Final = frozenset(
    {(ast.If, "test"), (ast.While, "test"), (ast.IfExp, "test"), (ast.comprehension, "ifs"), (ast.match_case, "guard")}
)
_LEFT_ALONE: Final = frozenset({"annotation", "returns", "decorator_list", "bases"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module.

    `file` is the path below the root; `within` the function, or empty for the module itself. `before` and
    `after` are the changed expression, `code` the whole changed module. Line numbers move with every edit, so a
    mutant is known by its `key`; `occurrence` counts equal changes in one function, from 1.
    """

    file: str
    line: int
    within: str
    before: str
    after: str
    occurrence: int
    code: str = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What stays the same while lines move: file, function, change and its number there."""
        return self.file, self.within, self.before, self.after, self.occurrence

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in `{self.within or 'the module'}`: `{self.before}` -> `{self.after}`"


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in the tree that holds one expression, so that another can be put there and taken out again."""

    parent: ast.AST
    name: str
    place: int | None
    within: str

    @property
    def node(self) -> ast.AST | None:
        held = getattr(self.parent, self.name)
        found: ast.AST | None = held if self.place is None else held[self.place]
        return found

    def put(self, node: ast.AST | None) -> None:
        if self.place is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.place] = node


def mutants_of(source: str, file: str) -> list[Mutant]:
    """Return every mutant of one module, in the order of its lines.

    Raises:
        SyntaxError: `source` is no Python.
    """
    tree = ast.parse(source)
    seen: set[str] = {ast.unparse(tree)}
    counts: Counter[tuple[str, str, str]] = Counter()
    found = []
    for slot, replacement in [(place, one) for place in _slots(tree) for one in _replacements(place)]:
        before, after, code, line = _changed(tree, slot, replacement=replacement)
        if code in seen:
            continue
        seen.add(code)
        counts[(slot.within, before, after)] += 1
        number = counts[(slot.within, before, after)]
        found.append(Mutant(file, line, slot.within, before, after, occurrence=number, code=code))
    return sorted(found, key=lambda one: one.line)


def _changed(tree: ast.Module, slot: _Slot, *, replacement: ast.AST) -> tuple[str, str, str, int]:
    """Return the expression before and after, the whole changed module, and the line of the change."""
    original = slot.node
    if isinstance(slot.parent, ast.match_case):
        before, line = f"case {ast.unparse(slot.parent.pattern)}", slot.parent.pattern.lineno
        after = f"{before} if {ast.unparse(replacement)}"
        before += f" if {ast.unparse(original)}" if original else ""
    else:
        assert isinstance(original, ast.expr), "only expressions and guards are replaced"
        before, after, line = ast.unparse(original), ast.unparse(replacement), original.lineno
    slot.put(replacement)
    code = ast.unparse(ast.fix_missing_locations(tree))
    slot.put(original)
    return before, after, code, line


def _slots(node: ast.AST, *, within: str = "") -> Iterator[_Slot]:
    """Yield every place below `node` that holds an expression, and the guard of every case, outermost first."""
    if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        return
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        within = f"{within}.{node.name}" if within else node.name
    for name, held in ast.iter_fields(node):
        if name in _LEFT_ALONE or (isinstance(node, ast.ClassDef) and name == "keywords"):
            continue
        for place, child in enumerate(held) if isinstance(held, list) else ((None, held),):
            if isinstance(child, ast.expr) or (isinstance(node, ast.match_case) and name == "guard"):
                yield _Slot(node, name, place, within)
            if isinstance(child, ast.AST):
                yield from _slots(child, within=within)


def _replacements(slot: _Slot) -> Iterator[ast.AST]:
    node = slot.node
    if node is None:  # (5)
        yield ast.Constant(value=False)
        return
    yield from _forced(slot, node)  # (1)
    match node:
        case ast.Compare():  # (2)
            yield from _flipped(node)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(op=ast.Or() if isinstance(op, ast.And) else ast.And(), values=values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Attribute(value=ast.Name(id=enum), attr=member) if member in _ENUMS.get(enum, ()):  # (3)
            for other in _ENUMS[enum]:
                if other != member:
                    yield ast.Attribute(value=ast.Name(id=enum), attr=other)
        case ast.Constant(value=bool(value)) if slot.within:
            yield ast.Constant(value=not value)
        case ast.Name(id=called) if isinstance(slot.parent, ast.Call) and slot.name == "func" and called in _CALLS:
            yield ast.Name(id=_CALLS[called])  # (4)


def _forced(slot: _Slot, node: ast.AST) -> Iterator[ast.AST]:
    assert isinstance(node, ast.expr), "a condition is an expression"
    parent = slot.parent
    if isinstance(parent, ast.BoolOp):
        # The other value would decide the whole, which is a mutant of the whole already.
        yield _always(node, isinstance(parent.op, ast.And))
    elif isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        return
    elif (type(parent), slot.name) in _CONDITIONS or _is_logic(node):
        yield _always(node, True)
        yield _always(node, False)


def _is_logic(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def _always(node: ast.expr, value: bool) -> ast.expr:
    constant = ast.Constant(value=value)
    if not any(isinstance(one, ast.NamedExpr) for one in ast.walk(node)):
        return constant
    # `:=` inside still has to bind its name, or the mutant would die of that instead of its condition.
    return ast.BoolOp(op=ast.Or() if value else ast.And(), values=[node, constant])


def _flipped(node: ast.Compare) -> Iterator[ast.Compare]:
    for place, op in enumerate(node.ops):
        for other in _FLIPS[type(op)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
    if len(node.ops) > 1:  # Of `a <= b < c` either end may be left out.
        yield ast.Compare(left=node.comparators[0], ops=node.ops[1:], comparators=node.comparators[1:])
        yield ast.Compare(left=node.left, ops=node.ops[:-1], comparators=node.comparators[:-1])
