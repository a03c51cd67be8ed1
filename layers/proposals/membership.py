"""What parts of a proposal are made of: buildings by the ground they stand on or by their codes, villages, targets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.places import from_lonlat
from geo.shapes import footprints_inside
from layers.proposals.kinds import Told
from layers.situation.day import Situation, situation
from layers.situation.within import inside
from layers.store.protocol import Store

PEOPLE = ("households", "population", "elderly_60")
LEAST_SHARE = 1e-9


def situation_of(store: Store, told: Told) -> Situation:
    """Return the situation on the day that a proposal was made for."""
    return situation(store, dt.date.fromisoformat(str(told.summary["as_of"])))


def on_ground(store: Store, told: Told, areas: Mapping[str, shapely.Geometry | None]) -> gpd.GeoDataFrame:
    """Return the buildings of where a proposal was made, each with the area that most of it stands on."""
    now = situation_of(store, told)
    frame = inside(now.buildings, now, str(told.inputs["within"]))
    named = {name: shape for name, shape in areas.items() if shape is not None}
    where = standing(frame.geometry.to_numpy(), list(named.values()), now)
    names = np.array([*named, None], dtype=object)
    return told_of(frame, names[where])


def standing(shapes: np.ndarray, areas: Sequence[shapely.Geometry], now: Situation) -> np.ndarray:
    """Return the area that most of each shape lies in, the first of several, -1 for none: int64[n]."""
    found = np.full(len(shapes), -1, np.int64)
    if not len(areas) or not len(shapes):
        return found
    grounds = np.array([*areas, None], dtype=object)[:-1]
    area, shape, share = footprints_inside(from_lonlat(shapes, now.crs), from_lonlat(grounds, now.crs), LEAST_SHARE)
    order = np.lexsort((-area, share))  # who writes last has most, and of equals the lowest number
    found[shape[order]] = area[order]
    return found


def by_codes(store: Store, told: Told, part_of: Mapping[str, str | None]) -> gpd.GeoDataFrame:
    """Return buildings by their codes, each with its part; those that are gone are left out."""
    now = situation_of(store, told)
    frame = now.buildings[now.buildings["code"].isin(set(part_of)).to_numpy(dtype=bool)]
    return told_of(frame, np.array([*(part_of[each] for each in frame["code"]), None], dtype=object)[:-1])


def told_of(buildings: gpd.GeoDataFrame, part: np.ndarray) -> gpd.GeoDataFrame:
    """Return buildings as members; people of those that the indicators leave out are not counted."""
    counted = buildings["scoped"].to_numpy(dtype=bool)
    people = {name: pd.array(np.where(counted, buildings[name].to_numpy(dtype=float, na_value=np.nan), np.nan))
              for name in PEOPLE}  # fmt: skip
    return framed(buildings["code"], part, buildings["name"], people, buildings.geometry.to_numpy())


def framed(
    codes: Iterable[object], part: np.ndarray, names: Iterable[object], people: Mapping[str, object], shapes: np.ndarray
) -> gpd.GeoDataFrame:
    """Put members into a frame by code."""
    columns = {"part": part, "name": list(names), **{name: people[name] for name in PEOPLE}}
    index = pd.Index([str(each) for each in codes], dtype=object)
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=index), geometry=shapes, crs="EPSG:4326")
    return frame[~frame.index.duplicated()]


def figures_of(told: Told, names: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """Return some figures of each part as the proposal tells them."""
    return {part: {name: each.properties.get(name) for name in names} for part, each in told.parts.items()}
