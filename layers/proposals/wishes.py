"""What may be wished of grids."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.proposals.frame import PROPOSAL_LABELS, ProposalInputs
from layers.settings import load_settings
from layers.text import Text

Balance = Literal["households", "population", "elderly_60", "workload"]
Barrier = Literal[
    "motorway", "trunk", "primary", "secondary", "tertiary", "residential", "pedestrian", "service", "track", "path",
    "rail", "water",
]  # fmt: skip
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Load = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
Codes = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=80)]], msgspec.Meta(max_length=5_000)]
MAIN_ROADS: tuple[Barrier, ...] = ("motorway", "trunk", "primary", "secondary", "rail", "water")


class GridWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """How the grids of a community, street or district should be.

    Parameters
    ----------
    grid_system : {"service", "unit"}
        Which grids.
    households_min, households_max : int, optional
        The band of households of each grid; the settings' when not given.
    balance : {"households", "population", "elderly_60", "workload"}
        What is spread evenly among the grids of a community, beside the band of households.
    start : {"active", "none"}
        From today's grids, moving as few households as possible, or from nothing.
    locked : list of str
        Codes of grids that stay as they are.
    only : list of str
        Codes of the grids that are drawn anew; all others stay as they are.
    moved_weight : float
        How many metres of border a household that changes its grid counts for.
    whole : {"courtyards", "none"}
        What no border may cut.
    barriers : list of str
        Road classes, ``rail`` and ``water``: borders along them count a fifth.
    links : list of str
        Codes of roads that join islands as a ferry does; bridges do it by themselves.
    count : int, optional
        How many grids the community is to have.
    even_weight : float
        How many metres of border each household (resident, …) by which a grid differs from the mean counts for.
    load_households, load_elderly, load_courtyards, load_appeals, load_patrol : float
        What a household, a resident of 60 or older, an open courtyard, an appeal and 100 m of patrol weigh in
        `workload`.
    """

    grid_system: Literal["service", "unit"] = "service"
    households_min: Count | None = None
    households_max: Count | None = None
    balance: Balance = "households"
    start: Literal["active", "none"] = "active"
    locked: Codes = msgspec.field(default_factory=list)
    only: Codes = msgspec.field(default_factory=list)
    moved_weight: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 1.0
    whole: Literal["courtyards", "none"] = "courtyards"
    barriers: list[Barrier] = msgspec.field(default_factory=lambda: list(MAIN_ROADS))
    links: Codes = msgspec.field(default_factory=list)
    count: Annotated[int, msgspec.Meta(ge=1, le=999)] | None = None
    even_weight: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 0.5
    load_households: Load = 1.0
    load_elderly: Load = 1.0
    load_courtyards: Load = 20.0
    load_appeals: Load = 5.0
    load_patrol: Load = 2.0

    @property
    def band(self) -> tuple[int, int]:
        """The band of households; InvalidParameter where it is upside down."""
        settings = load_settings()
        low = settings.grid_households_min if self.households_min is None else self.households_min
        high = settings.grid_households_max if self.households_max is None else self.households_max
        if low > high:
            where = {"parameter": "households_min", "value": str(low)}
            raise InvalidParameter(Fault(Text("proposals.band-upside-down", low=low, high=high), where))
        return low, high

    def checked(self) -> tuple[str, str]:
        """Return level and code of where; InvalidParameter with every wish that contradicts another.

        Raises
        ------
        InvalidParameter
        """
        level, code, faults = self.area()
        both = sorted(set(self.locked) & set(self.only))
        if both:
            where = {"parameter": "locked", "value": ", ".join(both[:20])}
            faults.append(Fault(Text("proposals.locked-and-only", grids=both[:20]), where))
        if self.count is not None and level != "communities":
            where = {"parameter": "count", "value": str(self.count)}
            faults.append(Fault(Text("proposals.count-of-one"), where))
        if faults:
            raise InvalidParameter(*faults)
        _ = self.band
        return level, code


WISH_LABELS = {
    **PROPOSAL_LABELS,
    "grid_system": Label("网格体系", "Grid system"),
    "households_min": Label("每网格户数下限（默认取设置）", "Households a grid, at least (the settings' by default)"),
    "households_max": Label("每网格户数上限（默认取设置）", "Households a grid, at most (the settings' by default)"),
    "balance": Label("均衡什么", "What is spread evenly"),
    "start": Label("起点", "Start from"),
    "locked": Label("锁定不动的网格编码", "Grids that stay (codes)"),
    "only": Label("只重划这些网格（编码），其余不动", "Draw these alone anew (codes)"),
    "moved_weight": Label("每户调整折合边界米数", "Metres of border that a moved household counts for"),
    "whole": Label("不得切开", "What no border may cut"),
    "barriers": Label("优先作边界的道路等级、铁路、水面", "Borders along these count a fifth (roads, rail, water)"),
    "links": Label("轮渡或桥（道路编码）", "Ferries or bridges (codes of roads)"),
    "count": Label("网格数（限单个社区）", "How many grids (of one community)"),
    "even_weight": Label("偏离均值每单位折合边界米数", "Metres of border that a unit off the mean counts for"),
    "load_households": Label("工作量：每户", "Workload: a household"),
    "load_elderly": Label("工作量：每名60岁以上老人", "Workload: a resident of 60 or older"),
    "load_courtyards": Label("工作量：每个开放式楼院", "Workload: an open courtyard"),
    "load_appeals": Label("工作量：每件诉求", "Workload: an appeal"),
    "load_patrol": Label("工作量：每100米巡查", "Workload: 100 m of patrol"),
}
