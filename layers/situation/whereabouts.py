"""In which part of the workspace each building stands, and what follows from its record and shape on a day.

Kept from one situation to the next: after an edit only the buildings that changed are looked up again, and all of them
only where the areas did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.shapes import locate
from layers.situation.moves import State, differing, moved, same, state_of, with_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

# What of a building's record its place follows from.
READ = [
    "community_code", "courtyard_code", "grid_code", "use", "in_scope", "floor_area_m2", "floors", "version",
]  # fmt: skip
IN_SCOPE_USES = ("residential", "mixed")


@dataclass(frozen=True, slots=True)
class Places:
    """One entry for each building.

    Parameters
    ----------
    columns : dict of arrays
        ``community, street, district, grid`` (codes or None), ``scoped, floor_area_m2, floor_area_estimated``.
    courtyard : int32[n]
        The number of its courtyard's code among `courtyards`, -1 where none is recorded.
    courtyards : Index
    """

    columns: dict[str, np.ndarray]
    courtyard: np.ndarray
    courtyards: pd.Index


class Whereabouts:
    """The places of the buildings that were asked for last."""

    def __init__(self) -> None:
        self._areas: tuple[State, ...] | None = None
        self._buildings: pd.DataFrame | None = None
        self._facts = np.empty((0, 3))
        self._places: Places | None = None
        self._crs: CRS | None = None

    def of(
        self, buildings: gpd.GeoDataFrame, facts: np.ndarray, areas: tuple[gpd.GeoDataFrame, ...], crs: CRS
    ) -> Places:
        """Return the places of buildings; `areas` are communities, service grids and courtyards.

        Parameters
        ----------
        buildings : GeoDataFrame
        facts : float64[n, 3]
            As `Footprints.of` gives them.
        areas : tuple of GeoDataFrame
        crs : CRS
            What the facts were measured in.
        """
        buildings, around = pd.DataFrame(buildings[READ]), tuple(map(state_of, areas))
        before = self._buildings
        known = self._areas is not None and crs == self._crs and all(map(same, self._areas, around))
        if before is None or not known:
            self._places = _places(buildings, facts, areas)
        elif self._moved(before, buildings, facts):
            moves = moved(state_of(before), state_of(buildings))
            self._places = self._caught_up(moves, buildings, facts, areas)
        self._buildings, self._facts, self._areas, self._crs = buildings, facts, around, crs
        assert self._places is not None
        return self._places

    def _moved(self, before: pd.DataFrame, buildings: pd.DataFrame, facts: np.ndarray) -> bool:
        """Say whether a building may stand elsewhere, or count for something else, than it did."""
        rows = differing(before, buildings)
        if rows is None or len(rows):
            return True
        return facts is not self._facts and not np.array_equal(facts, self._facts, equal_nan=True)

    def _caught_up(
        self, moves: tuple[np.ndarray, np.ndarray], buildings: pd.DataFrame, facts: np.ndarray,
        areas: tuple[gpd.GeoDataFrame, ...],
    ) -> Places:  # fmt: skip
        assert self._places is not None
        old, (to, fresh) = self._places, moves
        kept = np.flatnonzero(to >= 0)
        new = _places(buildings.iloc[fresh], facts[fresh], areas)

        in_place = len(to) == len(buildings) and len(kept) + len(fresh) == len(to) and bool((to[kept] == kept).all())

        def joined(before: np.ndarray, after: np.ndarray) -> np.ndarray:
            if in_place:
                return with_rows(before, fresh, after)
            values = np.empty(len(buildings), dtype=before.dtype)
            values[to[kept]], values[fresh] = before[kept], after
            return values

        more = new.courtyards[old.courtyards.get_indexer(new.courtyards) < 0]
        courtyards = old.courtyards.append(more) if len(more) else old.courtyards  # which has been laid out
        number = np.append(courtyards.get_indexer(new.courtyards), -1)[new.courtyard].astype(np.int32)
        columns = {name: joined(values, new.columns[name]) for name, values in old.columns.items()}
        return Places(columns, joined(old.courtyard, number), courtyards)


def _places(buildings: pd.DataFrame, facts: np.ndarray, areas: tuple[gpd.GeoDataFrame, ...]) -> Places:
    communities, grids, courtyards = areas
    community = first_given(
        buildings["community_code"],
        lambda: codes_at(facts[:, :2], communities),
        lambda: buildings["courtyard_code"].map(_lookup(courtyards, "community_code")),
    )
    use, entered = buildings["use"], buildings["in_scope"]
    by_use = (use.isin(IN_SCOPE_USES) | use.isna() | (use == "unknown")).to_numpy()  # unknown is never "no"
    given = buildings["floor_area_m2"].to_numpy(dtype=float)
    floors = buildings["floors"].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        estimate = np.where(facts[:, 2] > 0, facts[:, 2], np.nan) * np.where(floors > 0, floors, np.nan)
    columns = {
        "community": community,
        "street": beginnings(community, 9),
        "district": beginnings(community, 6),
        "grid": first_given(buildings["grid_code"], lambda: codes_at(facts[:, :2], grids)),
        "scoped": np.where(entered.notna().to_numpy(), entered.fillna(False).to_numpy(dtype=bool), by_use),
        "floor_area_m2": np.where(np.isnan(given), estimate, given),
        "floor_area_estimated": np.isnan(given) & ~np.isnan(estimate),
    }
    number, codes = pd.factorize(buildings["courtyard_code"].array)
    return Places(columns, number.astype(np.int32), pd.Index(np.asarray(codes, dtype=object), dtype=object))


def codes_at(points: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return the code of the area that each point lies in; areas are tried in the order of their codes."""
    ordered = areas[areas.geom_type.isin(("Polygon", "MultiPolygon"))].sort_values("code")
    where = locate(points, ordered.geometry.to_numpy())
    codes = np.append(ordered["code"].to_numpy(dtype=object), np.array([None], dtype=object))
    return codes[where]  # -1, in no area, is the None at the end


def _lookup(frame: pd.DataFrame, column: str) -> dict[str, Any]:
    given = frame[frame[column].notna()]
    return dict(zip(given["code"], given[column], strict=True))


def first_given(entered: pd.Series, *derivations: Callable[[], object]) -> np.ndarray:
    """Return, row by row, the first value that is given; None where there is none."""
    missing = entered.isna().to_numpy()
    chosen = np.full(len(entered), None, dtype=object)
    chosen[~missing] = entered.to_numpy(dtype=object)[~missing] if not missing.all() else None
    for derive in derivations:
        if missing.any():
            derived = np.asarray(derive(), dtype=object)
            chosen[missing] = derived[missing]
            missing = pd.isna(chosen)
    chosen[missing] = None
    return chosen


def beginnings(codes: np.ndarray, length: int) -> np.ndarray:
    """Return the beginnings of codes; the few that differ are cut once each."""
    which, different = pd.factorize(codes)
    return np.array([*(code[:length] for code in different), None], dtype=object)[which]
