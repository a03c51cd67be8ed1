"""The edits of a plan as they come in: one JSON object each, unknown members refused, sizes bounded."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from layers.usecases.plans.shapes import Area, Line, Point, Position

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Units = Annotated[list[Key], msgspec.Meta(min_length=1, max_length=50_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Spot = Point | Position


class _Op(msgspec.Struct, tag_field="op", forbid_unknown_fields=True):
    """One edit."""


class Create(_Op, tag="create"):
    """A new grid of cells, or of a polygon that takes from its neighbours."""

    name: Name | None = None
    kind: Key | None = None
    units: Units | None = None
    polygon: Area | None = None


class Assign(_Op, tag="assign"):
    """Give cells to a grid; null takes them out of every grid."""

    units: Units
    grid: Key | None


class Split(_Op, tag="split"):
    """Cut a grid in two along a line; `snap` draws the line onto nearby streets first."""

    grid: Key
    line: Line
    name: Name | None = None
    snap: bool = False


class Merge(_Op, tag="merge"):
    """Make one grid of several."""

    grids: Annotated[list[Key], msgspec.Meta(min_length=2, max_length=500)]
    into: Key | None = None


class MoveVertex(_Op, tag="move_vertex", rename={"from_": "from"}):
    """Move a corner in every cell that has it."""

    from_: Spot
    to: Spot
    tolerance_m: Annotated[float, msgspec.Meta(gt=0, le=50)] = 1.0


class Reshape(_Op, tag="reshape"):
    """Draw a new stretch of a grid's border; `snap` draws the line onto nearby streets first."""

    grid: Key
    line: Line
    snap: bool = False


class Draw(_Op, tag="draw"):
    """Give a polygon to a grid; the neighbours lose it."""

    grid: Key
    polygon: Area


class Retire(_Op, tag="retire"):
    """Take a grid away; its cells go to another one."""

    grid: Key
    into: Key | None = None


class Properties(msgspec.Struct, forbid_unknown_fields=True):
    """What may be set on a grid; a member that is not given stays, null clears."""

    name: Name | msgspec.UnsetType | None = msgspec.UNSET
    kind: Key | msgspec.UnsetType | None = msgspec.UNSET
    households: Count | msgspec.UnsetType | None = msgspec.UNSET
    population: Count | msgspec.UnsetType | None = msgspec.UNSET
    workers_full: Count | msgspec.UnsetType | None = msgspec.UNSET
    workers_part: Count | msgspec.UnsetType | None = msgspec.UNSET
    party_org: Annotated[str, msgspec.Meta(max_length=200)] | msgspec.UnsetType | None = msgspec.UNSET
    remark: Annotated[str, msgspec.Meta(max_length=1000)] | msgspec.UnsetType | None = msgspec.UNSET

    def given(self) -> dict[str, Any]:  # as its field says, each
        """Return the members that were given."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not msgspec.UNSET}


class Set(_Op, tag="set"):
    """Change what is on record of a grid."""

    grid: Key
    properties: Properties


class Revert(_Op, tag="revert"):
    """Undo a changeset of the plan."""

    changeset: Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Repair(_Op, tag="repair"):
    """Make an imported plan a partition: node, snap, fill, cut."""


class Refresh(_Op, tag="refresh"):
    """Make cells anew where buildings, streets or the community's boundary have changed since they were made."""


Operation = Create | Assign | Split | Merge | MoveVertex | Reshape | Draw | Retire | Set | Revert | Repair | Refresh

DECODER: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Operation)
