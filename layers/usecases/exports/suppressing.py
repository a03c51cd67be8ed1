"""Which counts of the records are hidden from the public: a matter of the records alone, never of what is asked.

It is decided over all records of a workspace, those of other days among them. So a count is hidden or shown in every
file and on every page alike, and two of them tell no more than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.places import representative_points
from geo.shapes import PointIndex, locate
from layers.catalogue import Field, Layer, catalogue
from layers.model.management import shown

if TYPE_CHECKING:
    import geopandas as gpd

COUNTS_OF_PEOPLE = ("户", "人")
# From the total to its parts. Grids cut across courtyards: they are looked at by themselves.
LEVELS = ("communities", "courtyards", "buildings")
GRIDS = "grids"
DECIDED_OVER = (*LEVELS, GRIDS)
# Who is counted in the first is counted in the second too.
PART_OF = {"elderly_60": "population", "elderly_65": "elderly_60"}
POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
Hidden = dict[str, dict[str, pd.Index]]


def counts_of(layer: Layer) -> tuple[Field, ...]:
    """Return the fields of a layer that count people or households, as their unit says."""
    return tuple(field for field in layer.fields if field.unit in COUNTS_OF_PEOPLE)


def hidden_counts(frames: Mapping[str, gpd.GeoDataFrame], limit: int) -> Hidden:
    """Return layer → field → ids of the features whose count is hidden though it need not be small.

    Small counts are hidden wherever they stand; what is said here is which others have to go with them.

    Parameters
    ----------
    frames : mapping
        Those of `DECIDED_OVER`, whole.
    """
    places = _Places(frames)
    fields = {layer: [field.name for field in counts_of(catalogue().layer(layer))] for layer in DECIDED_OVER}
    hidden: Hidden = {layer: {} for layer in DECIDED_OVER}
    for name in dict.fromkeys(name for layer in LEVELS for name in fields[layer]):
        told = places.told(name, limit)
        for layer in LEVELS:
            if name in fields[layer]:
                missing = ~told[layer]
                if PART_OF.get(name) in fields[layer]:
                    whole = frames[layer][PART_OF[name]]
                    missing |= frames[layer].index.isin(hidden[layer][PART_OF[name]]) & whole.notna().to_numpy()
                hidden[layer][name] = frames[layer].index[missing]
        if name in fields[GRIDS]:
            hidden[GRIDS][name] = frames[GRIDS].index[~places.grids_told(name, limit, told["buildings"])]
    return hidden


class _Places:
    """Which record lies in which: as its codes say, else by its place."""

    def __init__(self, frames: Mapping[str, gpd.GeoDataFrame]) -> None:
        self._frames = frames
        communities, courtyards, buildings = (frames[layer] for layer in LEVELS)
        points = {layer: _points(frames[layer]) for layer in ("courtyards", "buildings", GRIDS)}
        self._court_in = _inside(courtyards["community_code"], points["courtyards"], communities)
        self._home_at = _inside(buildings["courtyard_code"], points["buildings"], courtyards)
        lone = self._home_at < 0
        self._home_in = np.full(len(buildings), -1, dtype=np.int64)
        self._home_in[lone] = _inside(buildings["community_code"][lone], points["buildings"][lone], communities)
        self._grid_in = _inside(frames[GRIDS]["community_code"], points[GRIDS], communities)
        self._grid_holds = _held(buildings, points["buildings"], frames[GRIDS])

    def told(self, name: str, limit: int) -> dict[str, np.ndarray]:
        """Say of the counts called `name` in each of `LEVELS` whether they are told: bool."""
        values = [_numbers(self._frames[layer], name) for layer in LEVELS]
        starts = np.cumsum([0, *map(len, values)])
        within = np.where(self._home_at >= 0, self._home_at + starts[1], self._home_in)
        parents = np.concatenate([np.full(len(values[0]), -1), self._court_in, within])
        told = shown(np.concatenate(values), parents, limit)
        return {layer: told[starts[n] : starts[n + 1]] for n, layer in enumerate(LEVELS)}

    def grids_told(self, name: str, limit: int, buildings_told: np.ndarray) -> np.ndarray:
        """Say of the grids whether their count is told: bool.

        Beside counts by building a grid's tells something new unless it is their sum: it is told only where all
        buildings inside are. Where there is nothing below communities but grids, they are their parts.
        """
        grids, counts = self._frames[GRIDS], _numbers(self._frames[GRIDS], name)
        below = [_numbers(self._frames[layer], name) for layer in LEVELS[1:]]
        if all(np.isnan(each).all() for each in below):
            return self._grids_as_parts(name, counts, limit)
        grid, home = self._grid_holds
        kept = ~np.isnan(below[-1][home])
        grid, home = grid[kept], home[kept]
        inside = np.bincount(grid, minlength=len(grids))
        untold = np.bincount(grid, weights=~buildings_told[home], minlength=len(grids))
        return (counts >= limit) & (inside > 0) & (untold == 0)

    def _grids_as_parts(self, name: str, counts: np.ndarray, limit: int) -> np.ndarray:
        totals = _numbers(self._frames["communities"], name)
        told = np.zeros(len(counts), dtype=bool)
        systems = self._frames[GRIDS]["grid_system"].fillna("service").to_numpy()
        for system in np.unique(systems):
            own = systems == system
            within = own & (self._grid_in >= 0) & ~np.isnan(counts)
            summed = np.bincount(self._grid_in[within], weights=counts[within], minlength=len(totals))
            # The grids of another system sum to the same: that sum counts as known, on record or not.
            whole = np.where(np.isnan(totals) & (summed > 0), summed, totals)
            parents = np.concatenate([np.full(len(totals), -1), self._grid_in[own]])
            told[own] = shown(np.concatenate([whole, counts[own]]), parents, limit)[len(totals) :]
        return told


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def _points(frame: gpd.GeoDataFrame) -> np.ndarray:
    points = representative_points(frame.geometry.to_numpy())
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)


def _inside(codes: pd.Series, points: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return the position of the area that each record names, else of the one that it lies in; -1 for none."""
    home = _named(codes, areas)
    missing = home < 0
    home[missing] = locate(points[missing], _outlines(areas))
    return home


def _named(codes: pd.Series, areas: gpd.GeoDataFrame) -> np.ndarray:
    where = {code: place for place, code in enumerate(areas["code"])}
    which, different = pd.factorize(codes)  # -1, no code, is the -1 at the end
    return np.array([*(where.get(code, -1) for code in different), -1], dtype=np.int64)[which]


def _held(buildings: pd.DataFrame, points: np.ndarray, grids: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of a grid and a building that names it or lies in it: grids of two systems overlap."""
    grid, home = PointIndex(points).inside(_outlines(grids))
    named = _named(buildings["grid_code"], grids)
    given = np.flatnonzero(named >= 0)
    pairs = np.unique(np.column_stack([np.r_[grid, named[given]], np.r_[home, given]]).astype(np.int64), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _outlines(frame: gpd.GeoDataFrame) -> np.ndarray:
    shapes = np.asarray(frame.geometry, dtype=object).copy()
    shapes[~np.isin(shapely.get_type_id(shapes), POLYGONS)] = None
    return shapes
