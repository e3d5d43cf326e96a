"""The stories that are told while the process dies: samples, and one plan for five people."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devhost.journey import Journey, read_journey

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
_MORE_EATERS = ("dominic.ashe", "kiran.dale", "gwen.tallow")


@dataclass(frozen=True, slots=True)
class Story:
    """One story. `writes` is how many changes it makes in the tenant, undone ones included."""

    name: str
    journey: Journey
    writes: int

    @property
    def faults(self) -> tuple[dict[str, Any], ...]:
        """Its faults, lasting: a refusal that comes only once would let a repeated write succeed."""
        return tuple({**one, "times": None, "share": 1.0} for one in self.journey.faults)


def _story(name: str, file: str, writes: int) -> Story:
    return Story(name, read_journey(SAMPLES / "journeys" / file), writes)


STORIES = (
    _story("automatic", "1-automatic.yaml", writes=1),
    _story("approved", "2-approved.yaml", writes=1),
    _story("rolled back", "6-rolled-back.yaml", writes=2),
    _story("five at once", "7-many-at-once.yaml", writes=5),
)


def write_tenant(file: Path) -> Path:
    """Write the sample tenant with five people in the group of the story about many, and return where."""
    tenant = json.loads((SAMPLES / "tenant.json").read_text(encoding="utf-8"))
    domain = tenant["organization"]["defaultDomain"]
    (canteen,) = (one for one in tenant["groups"] if one["displayName"] == "QT-Canteen")
    canteen["members"] += [f"{name}@{domain}" for name in _MORE_EATERS]
    for product in tenant["subscribedSkus"]:
        product["enabled"], product["available"] = 100, 100 - product["consumed"]
    file.write_text(json.dumps(tenant), encoding="utf-8")
    return file
