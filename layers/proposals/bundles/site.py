"""What is to be bundled, and the ground that it stands on: buildings, walls, main roads, managed areas, streets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.bundling import Ground, Streets, streets_of
from geo.network import SHUT
from geo.places import from_lonlat
from layers.model.roads import walls_of
from layers.proposals.bundles.wishes import BundleWishes
from layers.reach.networks import road_network
from layers.situation.day import Situation, situation
from layers.situation.within import inside
from layers.store.protocol import Query, Store

READ = (
    "communities", "courtyards", "buildings", "managed-areas", "managers", "arrangements", "roads", "turns", "barriers",
    "gates",
)  # fmt: skip
"""The layers that bundles are made of."""

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
NEAR_DEGREES = 0.01


@dataclass(frozen=True, eq=False)
class Site:
    """Buildings of one place; arrays are by building.

    Attributes
    ----------
    now : Situation
    buildings : GeoDataFrame
        Those that are to be bundled and all that stand near them.
    asked : bool[b]
        Which of them are to be bundled.
    unknown : int
        How many of the place nobody has surveyed.
    ground : Ground
    bars : list of (str, str)
        What each of the ground's lines is, and its code.
    area_codes : list of str
        Those of the ground's areas.
    streets : Streets
    bundled : object[b] of str or None
        The bundle on record that a building is in.
    """

    now: Situation
    buildings: gpd.GeoDataFrame
    asked: np.ndarray
    unknown: int
    ground: Ground
    bars: list[tuple[str, str]]
    area_codes: list[str]
    streets: Streets
    bundled: np.ndarray

    @cached_property
    def codes(self) -> np.ndarray:
        """The codes of the buildings."""
        return self.buildings["code"].to_numpy(dtype=object)

    @cached_property
    def communities(self) -> np.ndarray:
        """The communities' codes; None where none is known."""
        return self.buildings["community"].to_numpy(dtype=object)

    @cached_property
    def weights(self) -> np.ndarray:
        """Floor area in m² and households, nan where they are not on record: float64[b, 2]."""
        columns = [self.buildings[name].to_numpy(dtype=float, na_value=np.nan) for name in
                   ("floor_area_m2", "households")]  # fmt: skip
        return np.column_stack(columns)

    def bounds(self, codes: list[str]) -> np.ndarray:
        """Return the boundaries of communities in metres; None for one without: object[k]."""
        frame = self.now.communities[self.now.communities.geometry.notna()]
        shapes = dict(zip(frame["code"], frame.geometry.to_numpy(), strict=True))
        wanted = sorted({code for code in codes if code in shapes})
        known = dict(zip(wanted, from_lonlat(np.array([shapes[code] for code in wanted], dtype=object), self.now.crs),
                         strict=True))  # fmt: skip
        return np.array([*(known.get(code) for code in codes), None], dtype=object)[:-1]


def site_of(store: Store, wishes: BundleWishes) -> Site:
    """Read the buildings that nobody manages within an area, and what stands around them.

    Raises
    ------
    InvalidParameter
        There is no such area.
    """
    now = situation(store, wishes.as_of)
    place = inside(now.in_scope(), now, wishes.within)
    wanted = place[place["status"].isin(wishes.status).to_numpy(dtype=bool)]
    unknown = int((place["status"] == "unknown").sum())
    shapes = now.buildings.geometry.to_numpy()
    box = _around(wanted.geometry.to_numpy())
    near = now.buildings.index.isin(wanted.index)
    if box is not None:
        west, south, east, north = box
        bounds = shapely.bounds(shapes)
        near |= (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    order = np.argsort(now.buildings["code"].to_numpy(dtype=object)[near].astype(str), kind="stable")
    rows = np.flatnonzero(near)[order]
    buildings = now.buildings.iloc[rows]
    asked = buildings.index.isin(wanted.index)
    areas, codes, bundled = _areas(now, rows, asked)
    lines, bars = _bars(store, now, wishes, box)
    footprints = from_lonlat(buildings.geometry.to_numpy(), now.crs)
    ground = Ground(footprints, lines, areas)
    streets = _streets(store, now, ground, box)
    return Site(now, buildings, asked, unknown, ground, bars, codes, streets, bundled)


def _around(shapes: np.ndarray) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north around shapes and some hundred metres more; None where there are none."""
    there = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(there):
        return None
    west, south, east, north = shapely.total_bounds(there).tolist()
    return west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES


def _areas(now: Situation, rows: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Return the managed areas that bundles keep out of, their codes, and the bundle on record of each building.

    They keep out of every area that is managed, and of every other that none of their buildings is of: one whose
    manager has gone gives up its buildings.
    """
    frame, pairs = now.managed_areas, now.pairs
    effective = set(now.arrangements["managed_area"][now.evaluated["effective"].to_numpy(dtype=bool)])
    managed = frame["code"].isin(effective).to_numpy(dtype=bool)
    bundles = (frame["kind"] == "bundle").to_numpy(dtype=bool)
    at = np.full(len(now.buildings), -1, np.int64)
    at[rows] = np.arange(len(rows))
    building, area = at[pairs["building"].to_numpy()], pairs["area"].to_numpy()
    building, area = building[building >= 0], area[building >= 0]
    mine = bundles[area]
    bundled = np.full(len(rows), None, dtype=object)
    bundled[building[mine]] = frame["code"].to_numpy(dtype=object)[area[mine]]
    free = np.zeros(len(frame), dtype=bool)
    free[area[asked[building]]] = True
    shaped = frame.geometry.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy(dtype=bool)
    kept = shaped & (managed | bundles | ~free)
    codes = [str(each) for each in frame["code"].to_numpy(dtype=object)[kept]]
    return from_lonlat(frame.geometry.to_numpy()[kept], now.crs), codes, bundled


def _bars(
    store: Store, now: Situation, wishes: BundleWishes, box: tuple[float, float, float, float] | None
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the lines that no way crosses, metric, and what each is: main roads, barriers, walls of courtyards."""
    if box is None:
        return np.empty(0, dtype=object), []
    query = Query(as_of=wishes.as_of, bbox=box)
    roads, barriers = store.read("roads", query), store.read("barriers", query)
    below = roads["tunnel"].fillna(False).astype(bool) | (roads["level"].fillna(0) < 0)
    main = roads[(roads["class"].isin(MAIN_ROADS) & ~below).to_numpy(dtype=bool)]
    walled = now.courtyards[walls_of(now.courtyards)[0]]
    shapes, told = [], list[tuple[str, str]]()
    for frame, kinds in (
        (main, ["road"] * len(main)),
        (barriers, barriers["kind"].fillna("other").tolist()),
        (walled, ["courtyard"] * len(walled)),
    ):
        lines = from_lonlat(frame.geometry.to_numpy(), now.crs)
        shapes.append(np.where(shapely.get_dimensions(lines) == 2, shapely.boundary(lines), lines))
        told += [(str(kind), _called(row)) for kind, row in zip(kinds, frame.to_dict("records"), strict=True)]
    parts, whose = shapely.get_parts(np.concatenate(shapes), return_index=True)
    sound = (shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)
    return parts[sound], [told[each] for each in whose[sound].tolist()]


def _called(row: dict[str, object]) -> str:
    name = row.get("name")
    return str(row["code"]) if name is None or pd.isna(name) or not str(name).strip() else str(name)


def _streets(
    store: Store, now: Situation, ground: Ground, box: tuple[float, float, float, float] | None
) -> Streets:
    """Return what is walked along near the buildings: all ways on foot but main roads, cut at what no way crosses."""
    if box is None:
        return Streets(np.empty(0, dtype=object))
    found = road_network(store, now.as_of, now.crs)
    network = found.network
    corner = from_lonlat(np.array([shapely.box(*box)], dtype=object), now.crs)[0]
    west, south, east, north = corner.bounds
    low, high = np.minimum, np.maximum
    ends = network.node_xy[network.edge_from], network.node_xy[network.edge_to]
    near = (low(ends[0], ends[1]) <= (east, north)).all(axis=1) & (high(ends[0], ends[1]) >= (west, south)).all(axis=1)
    frame = store.read("roads", Query(as_of=now.as_of, columns=("code", "class"), geometry=False))
    main = frame["code"][frame["class"].isin(MAIN_ROADS).to_numpy(dtype=bool)]
    small = ~pd.Index(found.codes).isin(main)[network.edge_line]
    kept = network.usable("walk", "open") & near & small
    shut = network.node_xy[network.gate("walk") == SHUT]
    return streets_of(network.geometries[np.flatnonzero(kept)], ground, shapely.points(shut))
