"""Minutes between places, each with each, along the streets of a day; and the ways themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.network import Travel, reach, route
from geo.places import from_lonlat, to_lonlat
from layers.errors import Conflict
from layers.model import travel
from layers.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyproj import CRS

    from layers.reach.networks import RoadNetwork

_AT_ONCE_KMH = float(10**9)  # what lies between a place and its street is told in metres, and takes no time


@dataclass(frozen=True)
class Way:
    """A way along streets: minutes, metres, and its course in longitude and latitude."""

    minutes: float
    metres: float
    course: shapely.LineString


class Between:
    """Places joined to the streets of a day.

    Parameters
    ----------
    roads : RoadNetwork
        Of the day, with ferries or without.
    crs : CRS
        That of the roads, metric.
    places : object[n]
        Points, longitude and latitude; None where there is none.
    mode : {"walk", "drive"}
    max_access_m : float
        How far a place may lie from the nearest street.

    Attributes
    ----------
    access_m : float64[n]
        How far the place lies from the street that it is joined to; nan for none.
    revision : int
        That of the roads.

    Raises
    ------
    Conflict
        No street is open to the mode.
    """

    def __init__(
        self, roads: RoadNetwork, crs: CRS, places: np.ndarray, mode: travel.Mode, max_access_m: float
    ) -> None:
        self._network, self._crs = roads.network, crs
        if not self._network.usable(mode).any():
            raise Conflict(Text("analyses.no-streets", mode=Text(f"analyses.mode-{mode}")))
        moved = from_lonlat(places, crs)
        xy = np.column_stack([shapely.get_x(moved), shapely.get_y(moved)])
        self._joined = roads.attach(xy, mode, max_access_m)
        speed = travel.WALKING_KMH if mode == "walk" else None
        self._travel = Travel(mode, "to", speed, access_kmh=_AT_ONCE_KMH)
        self.access_m = self._joined.access_m
        self.revision = roads.revision

    def minutes(
        self, rows: np.ndarray, centres: np.ndarray, limit: float, tell: Callable[[float], None]
    ) -> np.ndarray:
        """Return the minutes from some places (rows) to some centres (columns): float64[r, c], inf beyond the limit.

        Each drives to the centre, as one-ways and forbidden turns have it.
        """
        found = np.full((len(rows), len(centres)), np.inf)
        targets = self._joined.take(rows)
        for at, centre in enumerate(centres.tolist()):
            if at % 32 == 0:
                tell(at / len(centres))
            reaching = reach(self._network, self._joined.take(np.array([centre])), limit, self._travel)
            found[:, at] = reaching.at(targets).minutes
        return found

    def ways(self, centre: int, members: np.ndarray, limit: float) -> list[Way | None]:
        """Return the way of each member to a centre; None where there is none within the limit."""
        reaching = reach(self._network, self._joined.take(np.array([centre])), limit, self._travel)
        targets = self._joined.take(members)
        minutes = reaching.at(targets).minutes
        found: list[Way | None] = []
        for row in range(len(members)):
            way = route(reaching, targets, row)
            if way is None or not np.isfinite(minutes[row]):
                found.append(None)
                continue
            (course,) = to_lonlat(np.array([shapely.LineString(way.xy)], dtype=object), self._crs)
            found.append(Way(float(minutes[row]), float(way.length_m), course))
        return found
