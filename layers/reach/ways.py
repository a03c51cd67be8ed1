"""The way of one building to its nearest station: out of the door, along the streets, in at the station's door."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS

from geo.network import Legs, Network, Reach, route
from geo.places import to_lonlat


@dataclass(frozen=True)
class Way:
    """A way, longitude and latitude.

    Attributes
    ----------
    station : int or None
        The row of the station it leads to; None where there is no way, and only the leg is known.
    leg, roads, last : LineString or None
        From the building to the street, along the streets, and from there to the station; None where there is none.
    leg_m, roads_m, last_m : float
    """

    station: int | None
    leg: shapely.LineString | None
    roads: shapely.LineString | None
    last: shapely.LineString | None
    leg_m: float
    roads_m: float
    last_m: float


def way_of(found: Reach, places: tuple[np.ndarray, np.ndarray], joined: Legs, row: int, crs: CRS) -> Way | None:
    """Return the way of one building; None for one that no street is near.

    Parameters
    ----------
    found : Reach
        From the stations, without a limit.
    places : (homes float64[n, 2], stations float64[s, 2])
        Metric.
    joined : Legs
        The buildings.
    row : int
        Which building.
    crs : CRS
    """
    homes, stations = places
    if joined.edge[row] < 0:
        return None
    leg = _leg(found.network, homes[row], joined.take(np.array([row])))
    found_way = route(found, joined, row)
    if found_way is None:
        return Way(None, _line(leg, crs), None, None, float(joined.access_m[row]), 0.0, 0.0)
    at = found_way.source
    source = found.sources.take(np.array([at]))
    assert isinstance(source, Legs)  # stations are joined as buildings are
    last = _leg(found.network, stations[at], source)[::-1]
    lengths = float(joined.access_m[row]), found_way.length_m, float(source.access_m[0])
    return Way(at, _line(leg, crs), _line(found_way.xy, crs), _line(last, crs), *lengths)


def _leg(network: Network, place: np.ndarray, joined: Legs) -> np.ndarray:
    """Return the corners of a leg: straight, or with its bends."""
    end = joined.places(network)[0]
    bends = joined.bend_xy[0]
    return np.array([place, *bends[np.isfinite(bends).all(axis=1)], end])


def _line(xy: np.ndarray, crs: CRS) -> shapely.LineString:
    return to_lonlat(np.array([shapely.LineString(xy)], dtype=object), crs)[0]
