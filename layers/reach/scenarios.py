"""What-if: the roads and stations of a day with a scenario's measures laid over them, and what became of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from layers.keeping import OfEach, Recent
from layers.model.roads import Overlay
from layers.store.frames import caught_up
from layers.usecases.scenarios import laid, measures_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from layers.text import Text

KEPT = 8
RESTS_ON = ("roads", "stations", "scenario-measures")


@dataclass(frozen=True)
class Scenario:
    """A scenario on a day: its name, the overlay, and how many of its measures are not in force then."""

    name: str
    overlay: Overlay
    not_in_force: int


class Idle(TypedDict):
    """A measure that does nothing, and why."""

    code: str
    reason: Text


class Remark(TypedDict):
    """A measure that does not all it says, and why."""

    code: str
    remark: Text


class Told(TypedDict):
    """What became of a scenario's measures; without an effect is what has a reason for it."""

    name: str
    measures: int
    not_in_force: int
    applied: int
    without_effect: list[Idle]
    remarks: list[Remark]


def scenario_on(store: Store, as_of: dt.date, name: str, crs: CRS) -> Scenario:
    """Return a scenario as it is on a day; worked out once per revision of the layers that it rests on.

    Raises
    ------
    InvalidParameter
        No measure belongs to such a scenario; the known ones are named.
    """
    # a weak proxy of a store, as caches hold it, has the same methods, and they know the store itself
    kept = _LAID(store.revision.__self__)  # type: ignore[attr-defined]  # a method, not any function
    revisions = store.layer_revisions()
    key = (*(revisions[layer] for layer in RESTS_ON), as_of, name, crs.to_wkt())
    return kept.made(key, lambda: _laid(store, as_of, name, crs))


def _laid(store: Store, as_of: dt.date, name: str, crs: CRS) -> Scenario:
    measures, others = measures_of(store, name, as_of)
    return Scenario(name, laid(store, measures, as_of, crs), len(others))


def roads_with(
    store: Store, roads: gpd.GeoDataFrame, as_of: dt.date, scenario: str | None, crs: CRS
) -> gpd.GeoDataFrame:
    """Return the roads of a day as a scenario leaves them; `roads` itself where there is no scenario.

    Parameters
    ----------
    roads : GeoDataFrame
        Those valid on the day, indexed by id.

    Returns
    -------
    GeoDataFrame
        The same columns. A road that is cut is gone, and its parts are there with an id and a code of their own.

    Raises
    ------
    InvalidParameter
        No measure belongs to such a scenario; the known ones are named.
    """
    if scenario is None:
        return roads
    return caught_up(roads, scenario_on(store, as_of, scenario, crs).overlay.of("roads"))


def situation_with(store: Store, now: Situation, scenario: str | None) -> Situation:
    """Return the situation with the stations as a scenario leaves them."""
    if scenario is None:
        return now
    changes = scenario_on(store, now.as_of, scenario, now.crs).overlay.of("stations")
    return replace(now, frames={**now.frames, "stations": caught_up(now.stations, changes)})


def told(store: Store, now: Situation, scenario: str) -> Told:
    """Say what became of a scenario's measures: figures, and every measure that does nothing or not all."""
    found = scenario_on(store, now.as_of, scenario, now.crs)
    outcomes = found.overlay.outcomes
    return {
        "name": scenario,
        "measures": len(outcomes),
        "not_in_force": found.not_in_force,
        "applied": sum(each.fault is None for each in outcomes),
        "without_effect": [{"code": each.code, "reason": each.fault} for each in outcomes if each.fault is not None],
        "remarks": [{"code": each.code, "remark": each.remark} for each in outcomes if each.remark is not None],
    }


_LAID: OfEach[Store, Recent[tuple[Hashable, ...], Scenario]] = OfEach(lambda store: Recent(KEPT))
