"""What may be wished of new stations."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from layers.catalogue import Label, catalogue
from layers.errors import Fault, InvalidParameter
from layers.model import travel
from layers.proposals.frame import PROPOSAL_LABELS, ProposalInputs
from layers.reach.inputs import Access, Minutes, Speed
from layers.text import Text

Model = Literal["max_cover", "set_cover", "p_median", "p_center"]
Weight = Literal["households", "population", "elderly_60"]
STREETS, POINTS = "streets", "points"
PLACED = ("courtyards", "buildings", "stations", "communities", "grids", "managed-areas", "gates")
"""Layers whose features may be candidates."""


class SiteWishes(ProposalInputs, forbid_unknown_fields=True, kw_only=True):
    """Where new stations should be.

    Parameters
    ----------
    model : {"max_cover", "set_cover", "p_median", "p_center"}
        Reach as many as possible within `minutes`; reach everybody at the least cost; the fewest minutes of all people
        together; the fewest minutes of who has it farthest.
    k : int
        How many new stations, at most; does not matter for `set_cover`.
    kinds : list of str
        The kinds of today's stations that count; without any, none counts. The first is the kind of the new ones.
    existing : {"fixed", "free"}
        Today's stations stay and are not counted in `k`; or each may be chosen or given up like any candidate.
    candidates : str
        `streets` (places along streets every `every_m`), `points`, or a layer such as `courtyards`.
    filter : str, optional
        CQL2 text; only features of the layer for which it holds are candidates.
    points : list of [lon, lat]
        Candidates, with `candidates` = `points`.
    every_m : float
        How far places along streets are from each other.
    weight : {"households", "population", "elderly_60"}
        What a building counts for; one whose weight is missing counts for nothing and is told.
    minutes : float
        What is reached in time; for `p_median` and `p_center` it is only told who is.
    mode : {"walk", "drive"}
    speed_kmh : float, optional
        As in `service-coverage`: 4.0 on foot without.
    max_access_m : float
        How far a building or a station may lie from the nearest street.
    residents_roads : {"ends", "closed", "open"}
        Who uses residents' ways and gates.
    ferries : bool
        Whether ferries are taken, without waiting; they are not, unless this says so.
    scenario : str, optional
        What if the measures of this scenario were in force?
    capacity : bool
        Whether a station serves only as many as its `capacity` says; one without is taken to have no limit.
    new_capacity : int, optional
        How many a new station serves, where its feature does not say; no limit without.
    whole : bool
        With capacities: whether the people of a building all go to one station.
    cost : list of str
        What a new station costs: a number for all, `CODE=NUMBER` for one.
    """

    model: Model = "max_cover"
    k: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 3
    kinds: list[str] = msgspec.field(default_factory=list)
    existing: Literal["fixed", "free"] = "fixed"
    candidates: str = STREETS
    filter: str | None = None
    points: list[tuple[float, float]] = msgspec.field(default_factory=list)
    every_m: Annotated[float, msgspec.Meta(ge=20, le=5000)] = 200.0
    weight: Weight = "households"
    minutes: Minutes = travel.LIMIT_MINUTES
    mode: travel.Mode = travel.MODES[0]
    speed_kmh: Speed | None = None
    max_access_m: Access = travel.ACCESS_M
    residents_roads: travel.Residents = travel.RESIDENTS[0]
    ferries: bool = False
    scenario: str | None = None
    capacity: bool = False
    new_capacity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    whole: bool = False
    cost: list[str] = msgspec.field(default_factory=list)

    def costs(self) -> tuple[float, dict[str, float]]:
        """Return what a new station costs, and which cost otherwise; InvalidParameter for what is no cost."""
        usual, others, faults = 1.0, {}, []
        for each in self.cost:
            code, equals, number = each.rpartition("=")
            try:
                value = float(number)
            except ValueError:
                value = -1.0
            if not 0 < value <= 1e9:
                faults.append(Fault(Text("proposals.sites-bad-cost"), {"parameter": "cost", "value": each[:80]}))
            elif equals:
                others[code.strip()] = value
            else:
                usual = value
        if faults:
            raise InvalidParameter(*faults)
        return usual, others

    def require(self) -> None:
        """Refuse wishes that contradict each other, all at once.

        Raises
        ------
        InvalidParameter
        """
        faults = []
        known = {choice.code for choice in catalogue().layer("stations").field("kind").values}
        unknown = [kind for kind in self.kinds if kind not in known]
        if unknown:
            text = Text("analyses.no-such-kind", kinds=sorted(known))
            faults.append(Fault(text, {"parameter": "kinds", "value": ", ".join(unknown)[:80]}))
        if self.k == 0 and self.model != "set_cover":
            faults.append(Fault(Text("proposals.sites-no-stations-wished"), {"parameter": "k", "value": "0"}))
        if self.candidates not in (STREETS, POINTS, *PLACED):
            text = Text("proposals.sites-no-candidates-of", known=[STREETS, POINTS, *PLACED])
            faults.append(Fault(text, {"parameter": "candidates", "value": self.candidates[:80]}))
        if self.filter and self.candidates in (STREETS, POINTS):
            text = Text("proposals.sites-filter-of-layer", candidates=self.candidates)
            faults.append(Fault(text, {"parameter": "filter", "value": self.filter[:80]}))
        if self.candidates == POINTS and not self.points:
            faults.append(Fault(Text("proposals.sites-points-missing"), {"parameter": "points"}))
        if self.points and self.candidates != POINTS:
            text = Text("proposals.sites-points-are-candidates", candidates=self.candidates)
            faults.append(Fault(text, {"parameter": "points"}))
        if self.new_capacity is not None and not self.capacity:
            text = Text("proposals.sites-capacity-off")
            faults.append(Fault(text, {"parameter": "new_capacity", "value": str(self.new_capacity)}))
        if faults:
            raise InvalidParameter(*faults)
        self.costs()


WISH_LABELS = {
    **PROPOSAL_LABELS,
    "model": Label(
        "目标",
        "Model (reach most, reach all, fewest minutes, nobody far)",
    ),
    "k": Label("新增站点数上限", "New stations, at most"),
    "kinds": Label("站点类别", "Kinds of station"),
    "existing": Label("现有站点", "Today's stations"),
    "candidates": Label("候选点", "Candidates"),
    "filter": Label("候选要素条件（CQL2）", "Condition of candidates (CQL2)"),
    "points": Label("候选点位（经度,纬度）", "Points (lon,lat)"),
    "every_m": Label("沿街间距（米）", "Distance along streets (m)"),
    "weight": Label("统计口径", "Counted by"),
    "minutes": Label("分钟", "Minutes"),
    "mode": Label("出行方式", "Mode"),
    "speed_kmh": Label("速度（km/h）", "Speed (km/h)"),
    "max_access_m": Label("最大接入距离（米）", "Access distance (m)"),
    "residents_roads": Label("住户道路", "Residents' ways"),
    "ferries": Label("乘坐轮渡", "Ferries"),
    "scenario": Label("情景", "Scenario"),
    "capacity": Label("是否受站点服务能力限制", "Within the stations' capacities"),
    "new_capacity": Label("新站点服务能力", "Capacity of a new station"),
    "whole": Label("一栋楼的人是否须去同一站点", "A building's people all go to one station"),
    "cost": Label("建设成本（数字，或 编码=数字）", "Cost (a number, or CODE=NUMBER)"),
}
