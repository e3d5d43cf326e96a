"""Named locations of Conditional Access: making one of address ranges, and changing one."""

import ipaddress
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.actions.action import Action, Label, ObjectId, UserName
from agent.actions.parameters import PROSE, NameOf, Told, Untold, Where
from agent.lookups.quoting import literal
from agent.model.expectation import AllOf, Expectation, FieldEquals, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind, Undo

_LOCATIONS = "/identity/conditionalAccess/namedLocations"
_KIND = "#microsoft.graph.ipNamedLocation"
_RANGE_KINDS = {4: "#microsoft.graph.iPv4CidrRange", 6: "#microsoft.graph.iPv6CidrRange"}

# How soon a change shows is not documented (unverified); the list of locations may lag more than a read by id.
_PATIENCE_SECONDS = 180

# Documentation, "Conditional Access: network assignment": 2,000 ranges in a location, none as wide as /8.
_MOST_RANGES, _WIDEST_PREFIX = 2000, 8


def _block(text: str) -> str:
    """Take an address block in its one canonical spelling, narrower than Microsoft's widest."""
    network = ipaddress.ip_network(text)
    if str(network) != text or network.prefixlen <= _WIDEST_PREFIX:
        raise ValueError(f"expected a block of addresses narrower than /{_WIDEST_PREFIX}, in canonical spelling")
    return text


def _block_as_found(text: str) -> str:
    ipaddress.ip_network(text, strict=False)
    return text


_Text = Annotated[str, StringConstraints(strict=True, max_length=50, pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$")]
_Block = Annotated[_Text, AfterValidator(_block)]
_FoundBlock = Annotated[_Text, AfterValidator(_block_as_found)]

# JSON has no tuples, so these fields also take lists.
_Blocks = Annotated[tuple[_Block, ...], Field(strict=False, min_length=1, max_length=_MOST_RANGES)]
_FoundBlocks = Annotated[tuple[_FoundBlock, ...], Field(strict=False, max_length=_MOST_RANGES)]
_Called = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\p{C}]+$")]


_RANGES = Untold("no rule can compare address ranges; they open something only where `params.is_trusted` says so")


class _LocationAction(Action):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
    application_permissions: ClassVar[tuple[str, ...]] = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
    throttle_class: ClassVar[str] = "entra-ca"


class UpdateNamedLocation(_LocationAction):
    """Give a named location of address ranges other ranges, or another trust.

    Graph replaces the whole list, so the whole list as it was is a parameter. Safe to repeat; there is no ETag, and
    the last writer wins. A trusted range lets everybody behind it pass policies that spare trusted places. Source:
    Graph reference, ipNamedLocation-update.
    """

    id: ClassVar[str] = "entra.ca.namedlocation.update"
    target_kind: ClassVar[TargetKind] = "policy"
    title: ClassVar[str] = "Set the named location {target} to {ranges}, {trust}"
    risk: ClassVar[int] = 80

    location_id: ObjectId
    target_name: Annotated[Label, NameOf(Where("ca.location.get", "{location_id}"))] = ""
    ip_ranges: Annotated[_Blocks, _RANGES]
    is_trusted: Annotated[bool, Field(strict=True), Told("params.is_trusted")]
    was_ip_ranges: _FoundBlocks
    was_trusted: Annotated[bool, Field(strict=True)]

    @model_validator(mode="after")
    def _changes_something(self) -> "UpdateNamedLocation":
        if len(set(self.ip_ranges)) != len(self.ip_ranges):
            raise ValueError("expected each range once")
        if set(self.ip_ranges) == set(self.was_ip_ranges) and self.is_trusted == self.was_trusted:
            raise ValueError("expected other ranges or another trust than the location has")
        return self

    @property
    def _path(self) -> str:
        return f"{_LOCATIONS}/{self.location_id}"

    def step(self) -> Step:
        """As `Action.step`."""
        read = GraphCall(method="GET", path=self._path)
        return self._built(
            title=self.title.format(
                target=self.target_name or self.location_id,
                ranges=_in_words(self.ip_ranges),
                trust="trusted" if self.is_trusted else "not trusted",
            ),
            target=(self.location_id, self.target_name),
            call=self._patch(self.ip_ranges, self.is_trusted),
            check=self._shows(self.ip_ranges, self.is_trusted, without=self.was_ip_ranges),
            capture=read,
            precondition=_exactly(self.was_ip_ranges, self.was_trusted),
            undo=Undo(
                call=self._patch(self.was_ip_ranges, self.was_trusted),
                check=self._shows(self.was_ip_ranges, self.was_trusted, without=self.ip_ranges),
            ),
        )

    def _patch(self, ranges: tuple[str, ...], trusted: bool) -> GraphCall:
        body = {"@odata.type": _KIND, "ipRanges": _as_ranges(ranges), "isTrusted": trusted}
        return GraphCall(method="PATCH", path=self._path, body=body)

    def _shows(self, ranges: tuple[str, ...], trusted: bool, *, without: tuple[str, ...]) -> Check:
        # The order in which Graph gives ranges back is not documented; each is looked for by itself.
        gone = sorted(set(without) - set(ranges))
        held = (_holds(one, present=True) for one in ranges)
        expect = (FieldEquals(field="isTrusted", value=trusted), *held, *(_holds(one, present=False) for one in gone))
        call = GraphCall(method="GET", path=self._path)
        return Check(call=call, expect=AllOf(of=expect), patience_seconds=_PATIENCE_SECONDS)


class CreateNamedLocation(_LocationAction):
    """Make a named location of address ranges, not trusted. It does nothing until a policy uses it.

    Names need not be unique in Graph, so nothing is sent while a location has the name. It is never trusted at first,
    because Graph deletes no trusted location and the undo deletes it; trust takes a step of its own. `user_id` is the
    person who answers for the addresses. Source: Graph reference, conditionalAccessRoot-post-namedLocations.
    """

    id: ClassVar[str] = "entra.ca.namedlocation.create"
    target_kind: ClassVar[TargetKind] = "tenant"
    title: ClassVar[str] = "Create the named location {location} with {ranges}, for {user}"
    risk: ClassVar[int] = 50
    repeatable: ClassVar[bool] = False
    also_tells: ClassVar[tuple[str, ...]] = ("params.is_trusted",)

    called: Annotated[_Called, PROSE]
    ip_ranges: Annotated[_Blocks, _RANGES]
    user_id: ObjectId
    user_name: UserName = ""

    def _told(self) -> dict[str, Fact]:
        return {**super()._told(), "params.is_trusted": False}

    def step(self) -> Step:
        """As `Action.step`."""
        query = (("$filter", f"displayName eq {literal(self.called)}"), ("$select", "id,displayName"))
        namesakes = GraphCall(method="GET", path=_LOCATIONS, query=query)
        body = {
            "@odata.type": _KIND,
            "displayName": self.called,
            "isTrusted": False,
            "ipRanges": _as_ranges(self.ip_ranges),
        }
        return self._built(
            title=self.title.format(
                location=self.called, ranges=_in_words(self.ip_ranges), user=self.user_name or self.user_id
            ),
            target=("tenant", ""),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=_LOCATIONS, body=body),
            check=_created(namesakes, present=True),
            capture=namesakes,
            precondition=FieldEquals(field="value", value=[]),
            undo=Undo(
                call=GraphCall(method="DELETE", path=f"{_LOCATIONS}/{{created}}"),
                check=_created(namesakes, present=False),
            ),
        )


def _created(call: GraphCall, *, present: Literal[True, False]) -> Check:
    expect = ListHoldsCreated(field="value", present=present)
    return Check(call=call, expect=expect, patience_seconds=_PATIENCE_SECONDS)


def _as_ranges(ranges: tuple[str, ...]) -> list[Any]:
    return [{"@odata.type": _RANGE_KINDS[6 if ":" in one else 4], "cidrAddress": one} for one in ranges]


def _in_words(ranges: tuple[str, ...]) -> str:
    more = f" and {len(ranges) - 3} more ranges" if len(ranges) > 3 else ""
    return ", ".join(ranges[:3]) + more


def _holds(block: str, *, present: bool) -> Expectation:
    return ListHolds(field="ipRanges", key="cidrAddress", value=block, present=present)


def _exactly(ranges: tuple[str, ...], trusted: bool) -> Expectation:
    shown = FieldEquals(field="ipRanges", value=_as_ranges(ranges))
    return AllOf(of=(FieldEquals(field="isTrusted", value=trusted), shown))
