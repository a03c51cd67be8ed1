"""What may be wished of joint units."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from layers.errors import Fault, InvalidParameter
from layers.model import travel
from layers.proposals.frame import ProposalInputs
from layers.text import Text

Balance = Literal["none", "villages", "population", "households", "elderly_60"]
Size = Annotated[int, msgspec.Meta(ge=1, le=200)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Codes = Annotated[list[Code], msgspec.Meta(max_length=5_000)]
FREE = "free"


class UnitWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """How the joint units of a district or street should be.

    Parameters
    ----------
    size_min, size_max : int
        How many villages a unit has, its centre among them.
    limit_minutes : float
        How long each may take to its unit's centre along the streets. Exactly at the limit is inside.
    mode : {"drive", "walk"}
    centres : list of str
        Codes of the villages that are centres, each of a unit of its own and no others; ``free`` (or none): any may be.
    same_street : bool
        Whether the villages of a unit belong to one street (town).
    together : list of lists of str
        Codes of villages that go together.
    apart : list of lists of str
        Codes of villages no two of which may be in one unit.
    balance : {"none", "villages", "population", "households", "elderly_60"}
        What is spread evenly, beside short ways.
    balance_minutes : float
        How many minutes it counts for when a unit is off by as much as an average village has.
    max_access_m : float
        How far a village may lie from the nearest street; its own way there takes no time and is told in metres.
    ferries : bool
        Whether ferries are taken, without waiting; they are not, unless this says so.
    """

    size_min: Size = 6
    size_max: Size = 8
    limit_minutes: Annotated[float, msgspec.Meta(gt=0, le=travel.MOST_MINUTES)] = travel.LIMIT_MINUTES
    mode: Literal["drive", "walk"] = "drive"
    centres: Codes = msgspec.field(default_factory=list)
    same_street: bool = False
    together: list[Codes] = msgspec.field(default_factory=list)
    apart: list[Codes] = msgspec.field(default_factory=list)
    balance: Balance = "none"
    balance_minutes: Annotated[float, msgspec.Meta(ge=0, le=1e4)] = 5.0
    max_access_m: Annotated[float, msgspec.Meta(ge=0, le=travel.MOST_ACCESS_M)] = travel.VILLAGE_ACCESS_M
    ferries: bool = False

    @property
    def fixed(self) -> list[str]:
        """The villages that are to be centres; none where any may be."""
        return [] if self.centres in ([], [FREE]) else list(dict.fromkeys(self.centres))

    def checked(self) -> tuple[str, str]:
        """Return level and code of where; InvalidParameter with every wish that contradicts another."""
        level, code, faults = self.area()
        if self.size_min > self.size_max:
            where = {"parameter": "size_min", "value": str(self.size_min)}
            faults.append(Fault(Text("proposals.units-upside-down", low=self.size_min, high=self.size_max), where))
        if faults:
            raise InvalidParameter(*faults)
        return level, code


def named(name: str, codes: list[str]) -> dict[str, str]:
    """Say where a fault is: an input, and the codes there."""
    return {"parameter": name, "value": ", ".join(codes[:20])[:80]}
