"""Where stations are, and where they could be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.places import from_lonlat, representative_points, to_lonlat
from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, InvalidParameter
from layers.filters import parse_filter
from layers.model import travel
from layers.model.roads import STREETS as STREET_CLASSES
from layers.proposals.sites.wishes import POINTS, STREETS, SiteWishes
from layers.reach.inputs import ReachInputs, stations_of
from layers.situation.day import COLUMN_OF_LEVEL, Situation
from layers.situation.within import parse
from layers.store.protocol import Query, Store
from layers.text import Text

MOST_CANDIDATES = 5_000
COLUMNS = ("code", "name", "kind", "serves", "capacity", "today")


def asked_of(wishes: SiteWishes, kinds: list[str] | None = None) -> ReachInputs:
    """Return the wishes as a question about reach."""
    return ReachInputs(
        as_of=wishes.as_of, kinds=kinds or [], minutes=[wishes.minutes], mode=wishes.mode, speed_kmh=wishes.speed_kmh,
        max_access_m=wishes.max_access_m, residents_roads=wishes.residents_roads, ferries=wishes.ferries,
        scenario=wishes.scenario,
    )  # fmt: skip


def todays(now: Situation, wishes: SiteWishes) -> gpd.GeoDataFrame:
    """Return the open stations of the kinds that count."""
    if not wishes.kinds:
        return _frame({name: [] for name in COLUMNS}, [])
    found = stations_of(now, asked_of(wishes, wishes.kinds)).sort_values("code", kind="stable")
    found = found[shapely.is_valid(found.geometry) & ~shapely.is_empty(found.geometry)]
    capacity = dict(zip(now.stations["code"], now.stations["capacity"], strict=True))
    told = {name: found[name].to_numpy(dtype=object) for name in COLUMNS[:4]}
    sizes = [capacity[code] for code in found["code"]]
    return _frame({**told, "capacity": sizes, "today": True}, found.geometry.to_numpy())


def candidates_of(store: Store, now: Situation, base: pd.DataFrame, wishes: SiteWishes) -> gpd.GeoDataFrame:
    """Return where new stations could be, within the area.

    Raises
    ------
    InvalidParameter
        There are none, or too many; a point is no place on earth; the condition is none of the layer.
    """
    if wishes.candidates == POINTS:
        found = _points(wishes)
    else:
        area = _area(now, base, wishes)
        found = (
            _along_streets(store, area, now, wishes) if wishes.candidates == STREETS else _features(store, area, wishes)
        )
    if not len(found):
        key = "sites-no-places" if wishes.candidates == STREETS else "sites-no-candidates"
        text = Text(f"proposals.{key}", within=wishes.within, every_m=f"{wishes.every_m:g}")
        raise InvalidParameter(_fault(wishes, text))
    if len(found) > MOST_CANDIDATES:
        text = Text("proposals.sites-too-many-candidates", count=len(found), most=MOST_CANDIDATES)
        raise InvalidParameter(_fault(wishes, text))
    return found


def _fault(wishes: SiteWishes, text: Text) -> Fault:
    return Fault(text, {"parameter": "candidates", "value": wishes.candidates[:80]})


def _frame(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(columns, geometry=np.asarray(shapes, dtype=object), crs=4326)
    frame["capacity"] = pd.to_numeric(frame["capacity"], errors="coerce").astype(float)
    return frame.set_index(frame["code"].to_numpy(dtype=object))


def _points(wishes: SiteWishes) -> gpd.GeoDataFrame:
    places = np.array(wishes.points, dtype=float).reshape(-1, 2)
    outside = ~(np.isfinite(places).all(axis=1) & (np.abs(places) <= (180, 90)).all(axis=1))
    if outside.any():
        at = places[outside][0]
        where = {"parameter": "points", "value": f"{at[0]:g},{at[1]:g}"}
        raise InvalidParameter(Fault(Text("analyses.no-place"), where))
    if len(places) > travel.MOST_POINTS:
        text = Text("analyses.too-many-points", most=travel.MOST_POINTS)
        raise InvalidParameter(Fault(text, {"parameter": "points", "value": str(len(places))}))
    codes = [f"point-{number}" for number in range(1, len(places) + 1)]
    return _frame({"code": codes, "name": None, "kind": None, "serves": None, "capacity": np.nan, "today": False},
                  shapely.points(places))  # fmt: skip


def _area(now: Situation, base: pd.DataFrame, wishes: SiteWishes) -> shapely.Geometry:
    """Return the area that is meant, or where its buildings stand if it has no boundary."""
    layer, code = parse(wishes.within)
    frame = now.frames[layer]
    shapes = frame.geometry[(frame["code"] == code).to_numpy(dtype=bool)].dropna()
    if len(shapes):
        return shapely.union_all(shapes.to_numpy())
    placed = base["geometry"][base["geometry"].notna().to_numpy()]
    if not len(placed):
        raise Conflict(
            Fault(Text("proposals.sites-nothing-to-serve", column=COLUMN_OF_LEVEL[layer]), {"parameter": "within"})
        )
    return shapely.convex_hull(shapely.union_all(shapely.centroid(placed.to_numpy())))


def _features(store: Store, area: shapely.Geometry, wishes: SiteWishes) -> gpd.GeoDataFrame:
    """Return the features of a layer that stand in the area, today's open stations of the kinds that count not."""
    layer = catalogue().layer(wishes.candidates)
    try:
        condition = parse_filter(wishes.filter, "cql2-text", layer) if wishes.filter else None
    except InvalidParameter as error:
        faults = (Fault(each.text, {**each.where, "parameter": "filter"}) for each in error.faults)
        raise InvalidParameter(*faults) from None
    found = store.read(layer.id, Query(as_of=wishes.as_of, bbox=area.bounds, filter=condition))
    if layer.id == "stations":
        closed = found["status"].isin(["closed"]).to_numpy(dtype=bool)
        counted = found["kind"].isin(wishes.kinds).to_numpy(dtype=bool) & (found["status"] != "planned").to_numpy(
            dtype=bool
        )
        found = found[~closed & ~counted]
    points = representative_points(found.geometry.to_numpy())
    shapely.prepare(area)
    inside = shapely.intersects(area, points)
    found, points = found[inside], points[inside]
    size = found["capacity"].to_numpy(dtype=float, na_value=np.nan) if "capacity" in found else np.nan
    frame = _frame(
        {"code": found["code"].to_numpy(dtype=object), "name": found["name"].to_numpy(dtype=object) if "name" in found
         else None, "kind": None, "serves": None, "capacity": size, "today": False}, points,
    )  # fmt: skip
    return frame.sort_values("code", kind="stable")


def _along_streets(store: Store, area: shapely.Geometry, now: Situation, wishes: SiteWishes) -> gpd.GeoDataFrame:
    """Return places along streets: of each square of `every_m` that one that is nearest to its middle."""
    roads = store.read("roads", Query(as_of=wishes.as_of, bbox=area.bounds))
    streets = roads["class"].isin(STREET_CLASSES).to_numpy(dtype=bool)
    over = (roads["bridge"].fillna(False).astype(bool) | roads["tunnel"].fillna(False).astype(bool)).to_numpy(
        dtype=bool
    )
    fast = roads["class"].isin(["motorway", "trunk"]).to_numpy(dtype=bool)
    lines = from_lonlat(roads.geometry.to_numpy()[streets & ~over & ~fast], now.crs)
    lines = shapely.get_parts(lines[~shapely.is_missing(lines)])
    (there,) = from_lonlat(np.array([area], dtype=object), now.crs)
    if not len(lines):
        return _frame({name: [] for name in COLUMNS}, [])
    dense = shapely.get_coordinates(shapely.segmentize(lines, wishes.every_m / 2))
    shapely.prepare(there)
    dense = dense[shapely.contains_xy(there, dense[:, 0], dense[:, 1])]
    cell = np.floor(dense / wishes.every_m)
    off = np.hypot(*(dense - (cell + 0.5) * wishes.every_m).T)
    order = np.lexsort((dense[:, 1], dense[:, 0], np.round(off, 3), cell[:, 1], cell[:, 0]))
    cell, dense = cell[order], dense[order]
    first = np.ones(len(dense), dtype=bool)
    first[1:] = (np.diff(cell, axis=0) != 0).any(axis=1)
    places = to_lonlat(shapely.points(dense[first]), now.crs)
    codes = [f"street-{number:04}" for number in range(1, len(places) + 1)]
    return _frame(
        {"code": codes, "name": None, "kind": None, "serves": None, "capacity": np.nan, "today": False}, places
    )
