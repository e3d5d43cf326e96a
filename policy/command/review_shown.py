"""A review for people: what stands in the way, what changes, and what history says, in this order."""

from collections.abc import Iterator

from rich.console import RenderableType

from policy.command.command import table
from policy.publication.review import Review, Shadow


def review_shown(found: Review) -> tuple[RenderableType, ...]:
    """Return a review as lines and one table of what it changes."""
    return (
        *(f"in the way: {one}" for one in found.blockers),
        *(f"{one.severity}: rule {one.rule}: {one.text}" for one in found.findings if one.severity != "error"),
        *(f"test that the draft drops or rewords: {one}" for one in found.dropped_tests),
        *found.unanalysed,
        *found.unknown_changes,
        *_effects(found),
        *(f"changed: {one}" for one in found.terms),
        *_shadow(found.shadow),
        *(("not all changes are known: two people must sign",) if found.unknown_changes else ()),
        *(("the Global layer changes: two people must sign",) if found.changes_global_layer else ()),
    )


def _effects(found: Review) -> Iterator[RenderableType]:
    if not found.effects:
        # What is not known is no reason to say that nothing changes.
        if not found.unknown_changes and not found.invalid:
            yield "no request is decided otherwise than today"
        return
    rows = table("", "action", "", "decision", "asked")
    ordered = sorted(found.effects, key=lambda effect: effect.direction == "narrowed")
    for number, one in enumerate(ordered, start=1):
        asked = " instead of ".join(", ".join(some) for some in (one.asked_after, one.asked_before) if some)
        rows.add_row(str(number), one.action, one.direction, one.kind, asked)
    yield rows
    for number, one in enumerate(ordered, start=1):
        yield "\n".join((f"({number}) for requests where", *one.requests))


def _shadow(shadow: Shadow | None) -> Iterator[str]:
    if shadow is None:
        return
    flips = ", ".join(f"{count} {kind}" for kind, count in shadow.flips.items()) or "no verdict flips"
    others = f"{shadow.other_approvers} ask others, {shadow.other_rules} by other rules"
    yield f"{shadow.records} recorded decisions decided again: {flips}; {others}; {shadow.foreign} of other tenants"
    yield from shadow.examples
    if shadow.not_shown:
        yield f"and {shadow.not_shown} more"
