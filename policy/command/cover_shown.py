"""Sets of requests for people: what all regions have in common once, then one line a region, ids as names."""

import re
from collections.abc import Mapping
from typing import Final

from policy.analysis import Cover, Region
from policy.directory.snapshot import Snapshot
from policy.foreign import quoted

NO_NAMES: Final[Mapping[str, str]] = {}
# Regions that are read at a glance, where an answer holds a cover for each of several actions.
MANY: Final = 6
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def names_in(snapshot: Snapshot | None) -> Mapping[str, str]:
    """Return the names of a snapshot's users and groups by object id; none without a snapshot."""
    if snapshot is None:
        return NO_NAMES
    people = {one.id: quoted(one.name) for one in snapshot.users}
    return {**people, **{one.id: quoted(one.name) for one in snapshot.groups}}


def named(text: str, names: Mapping[str, str]) -> str:
    """Return `text` with every object id that has a name replaced by it."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text)


def cover_words(cover: Cover, names: Mapping[str, str] = NO_NAMES, *, most: int | None = None) -> str:
    """Return a cover in lines: what every region asks, then what each of them asks besides, and what is left out.

    At most `most` regions are told; how many more there are is said.
    """
    if len(cover.regions) < 2:
        return named("\n".join(cover.sentences()), names) or "no request at all"
    texts = [[one.text for one in region.constraints] for region in cover.regions]
    shared = [text for text in texts[0] if all(text in some for some in texts)]
    lines = [f"always {', '.join(shared)}", "and one of"] if shared else ["one of"]
    lines += [f"{number}. {_rest(region, shared)}" for number, region in enumerate(cover.regions[:most], start=1)]
    left = () if cover.complete else (cover.sentences()[-1],)
    more = len(cover.regions) if most is None else most
    hidden = len(cover.regions[more:])
    rest = (f"and {hidden} more; --json tells all of them",) if hidden else ()
    return named("\n".join((*lines, *rest, *left)), names)


def _rest(region: Region, shared: list[str]) -> str:
    return ", ".join(one.text for one in region.constraints if one.text not in shared) or "nothing else"
