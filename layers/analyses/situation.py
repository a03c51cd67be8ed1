"""The situation of the workspace on a day: the one place where statuses come from.

Map, table, legend, export and API all take their figures from a `Situation`, so they agree by construction.
What does not depend on the day (which area reaches which building) is kept per revision of the layers.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, proxy

import numpy as np
import pandas as pd

from geo.containment import locate
from geo.crs import metric_crs, parse_crs
from geo.measure import areas_m2, representative_points
from layers.model.scope import scope_pairs
from layers.model.status import evaluate, management_status, on_basis, status_class
from layers.store.frames import Frames

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.protocol import Store

LAYERS = (
    "districts", "streets", "communities", "grids", "courtyards", "buildings",
    "managed-areas", "managers", "arrangements", "stations",
)  # fmt: skip
LEVELS = ("districts", "streets", "communities", "grids", "courtyards")
COLUMN_OF_LEVEL = {
    "districts": "district",
    "streets": "street",
    "communities": "community",
    "grids": "grid",
    "courtyards": "courtyard",
}
KEPT = 6
IN_SCOPE_USES = ("residential", "mixed")


@dataclass(frozen=True)
class Situation:
    """Everything that holds on one day, counted on one basis.

    Parameters
    ----------
    as_of : date
    basis : {"broad", "strict", "accepted"}
    crs : CRS
        Metric.
    buildings : GeoDataFrame
        Valid buildings indexed by id, longitude and latitude: the catalogue's fields and ``community, street,
        district, grid, courtyard`` (codes or None), ``scoped``, ``status, mode, stage, arrangement, managed_area,
        manager, managed`` (NA = unknown), ``reason, reason_date, status_class, rivals, floor_area_estimated``.
    frames : dict
        Layer id → valid features of the other layers.
    evaluated : DataFrame
        What `model.status.evaluate` says of each valid arrangement.
    pairs : DataFrame
        Which area reaches which building and how; positions in `buildings` and ``frames["managed-areas"]``.
    """

    as_of: dt.date
    basis: str
    crs: CRS
    buildings: gpd.GeoDataFrame
    frames: dict[str, gpd.GeoDataFrame]
    evaluated: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def districts(self) -> gpd.GeoDataFrame:
        return self.frames["districts"]

    @property
    def streets(self) -> gpd.GeoDataFrame:
        return self.frames["streets"]

    @property
    def communities(self) -> gpd.GeoDataFrame:
        return self.frames["communities"]

    @property
    def grids(self) -> gpd.GeoDataFrame:
        return self.frames["grids"]

    @property
    def courtyards(self) -> gpd.GeoDataFrame:
        return self.frames["courtyards"]

    @property
    def managed_areas(self) -> gpd.GeoDataFrame:
        return self.frames["managed-areas"]

    @property
    def managers(self) -> gpd.GeoDataFrame:
        return self.frames["managers"]

    @property
    def arrangements(self) -> gpd.GeoDataFrame:
        return self.frames["arrangements"]

    @property
    def stations(self) -> gpd.GeoDataFrame:
        return self.frames["stations"]

    def in_scope(self) -> gpd.GeoDataFrame:
        """Return the buildings that the indicators count."""
        return self.buildings[self.buildings["scoped"]]


def situation(store: Store, as_of: dt.date, basis: str = "broad") -> Situation:
    """Return the situation of the workspace on a day; computed once per revision of the layers it rests on."""
    with _LOCK:
        cases = _CASES.setdefault(store, Cases(store))
    return cases.on(as_of, basis)


class Cases:
    """The situations of one workspace that were asked for lately."""

    def __init__(self, store: Store) -> None:
        self._store = proxy(store)  # the workspace outlives its situations, not they the workspace
        self._frames = Frames(self._store)
        self._situations: OrderedDict[tuple, Situation] = OrderedDict()
        self._scope: tuple[tuple, pd.DataFrame] | None = None
        self._lock = threading.Lock()

    def on(self, as_of: dt.date, basis: str) -> Situation:
        """Return the situation on a day, from the cache where no layer has changed."""
        with self._lock:
            # Revisions are read before the frames: a commit in between makes the next call build again.
            revisions = self._store.layer_revisions()
            state = tuple(revisions[layer] for layer in LAYERS)
            key = (state, as_of, basis)
            if key not in self._situations:
                whole = {layer: self._frames.get(layer) for layer in LAYERS}
                self._situations = OrderedDict((k, v) for k, v in self._situations.items() if k[0] == state)
                self._situations[key] = self._other_basis(key) or self._build(whole, state, as_of, basis)
                while len(self._situations) > KEPT:
                    self._situations.popitem(last=False)
            self._situations.move_to_end(key)
            return self._situations[key]

    def _other_basis(self, key: tuple) -> Situation | None:
        state, as_of, basis = key
        for (other_state, other_day, _), found in self._situations.items():
            if (other_state, other_day) == (state, as_of):
                return replace(found, basis=basis, buildings=_count(found.buildings, basis))
        return None

    def _build(self, whole: dict, state: tuple, as_of: dt.date, basis: str) -> Situation:
        crs = workspace_crs(self._store, whole)
        frames = {layer: valid_on(frame, as_of) for layer, frame in whole.items()}
        buildings = _located(frames, crs, as_of)
        pairs = self._valid_pairs(whole, frames, crs, state)
        evaluated = evaluate(frames["arrangements"], frames["managers"], as_of)
        status = management_status(
            buildings,
            pairs,
            frames["managed-areas"],
            frames["arrangements"],
            evaluated,
            _surveyed(buildings, frames["courtyards"], as_of),
        )
        buildings = buildings.join(status)
        buildings["status_class"] = status_class(buildings, buildings["scoped"])
        return Situation(as_of, basis, crs, _count(buildings, basis), frames, evaluated, pairs)

    def _valid_pairs(self, whole: dict, frames: dict, crs: CRS, state: tuple) -> pd.DataFrame:
        """Return the pairs among what is valid, as positions in the valid frames."""
        rests_on = (*(state[LAYERS.index(layer)] for layer in ("buildings", "managed-areas")), crs.to_wkt())
        if self._scope is None or self._scope[0] != rests_on:
            self._scope = (rests_on, scope_pairs(whole["buildings"], whole["managed-areas"], crs))
        pairs = self._scope[1]
        building = frames["buildings"].index.get_indexer(whole["buildings"].index)
        area = frames["managed-areas"].index.get_indexer(whole["managed-areas"].index)
        pairs = pairs.assign(building=building[pairs["building"]], area=area[pairs["area"]])
        return pairs[(pairs["building"] >= 0) & (pairs["area"] >= 0)].reset_index(drop=True)


_CASES: WeakKeyDictionary[Store, Cases] = WeakKeyDictionary()
_LOCK = threading.Lock()


def valid_on(frame: gpd.GeoDataFrame, day: dt.date) -> gpd.GeoDataFrame:
    """Return the features valid on a day; both ends are inclusive and an empty end is open."""
    moment = pd.Timestamp(day)
    since, until = frame["valid_from"], frame["valid_to"]
    valid = (since.isna() | (since <= moment)) & (until.isna() | (moment <= until))
    return frame if valid.all() else frame[valid]


def workspace_crs(store: Store, frames: dict[str, gpd.GeoDataFrame]) -> CRS:
    """Return the metric CRS that the workspace names, else the one that fits its place."""
    named = store.setting("metric_crs")
    if named:
        return parse_crs(named)
    for layer in ("communities", "buildings", "courtyards", "grids", "stations"):
        bounds = frames[layer].total_bounds if len(frames[layer]) else (np.nan,)
        if not np.isnan(bounds[0]):
            return metric_crs((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    return metric_crs(120.0, 36.0)


def _count(buildings: gpd.GeoDataFrame, basis: str) -> gpd.GeoDataFrame:
    managed, reason = on_basis(buildings, basis)
    return buildings.assign(managed=managed, reason=reason)


def _located(frames: dict[str, gpd.GeoDataFrame], crs: CRS, as_of: dt.date) -> gpd.GeoDataFrame:
    """Return the valid buildings with the codes of every level, scope and floor area."""
    buildings = frames["buildings"].copy()
    points = representative_points(buildings.geometry.to_numpy())
    communities, grids = frames["communities"], frames["grids"]
    active = grids[(grids["grid_system"] != "unit") & ~grids["state"].isin(("draft", "retired"))]
    courtyard = _text(buildings["courtyard_code"])
    home = pd.Series(courtyard).map(_lookup(frames["courtyards"], "community_code")).to_numpy(dtype=object)
    community = _first(buildings["community_code"], _codes_at(points, communities), home)
    buildings["community"] = community
    buildings["street"] = _prefix(community, 9)
    buildings["district"] = _prefix(community, 6)
    buildings["grid"] = _first(buildings["grid_code"], _codes_at(points, active))
    buildings["courtyard"] = courtyard
    use = buildings["use"]
    by_use = use.isin(IN_SCOPE_USES) | use.isna() | (use == "unknown")  # unknown is never "no"
    buildings["scoped"] = buildings["in_scope"].astype(object).where(buildings["in_scope"].notna(), by_use).astype(bool)
    _estimate_floor_area(buildings, crs)
    return buildings


def _estimate_floor_area(buildings: gpd.GeoDataFrame, crs: CRS) -> None:
    given = buildings["floor_area_m2"].to_numpy(dtype=float)
    floors = buildings["floors"].to_numpy(dtype=float, na_value=np.nan)
    footprint = areas_m2(buildings.geometry.to_numpy(), crs)
    estimate = np.where(footprint > 0, footprint, np.nan) * np.where(floors > 0, floors, np.nan)
    buildings["floor_area_estimated"] = np.isnan(given) & ~np.isnan(estimate)
    buildings["floor_area_m2"] = np.where(np.isnan(given), estimate, given)


def _surveyed(buildings: pd.DataFrame, courtyards: pd.DataFrame, as_of: dt.date) -> np.ndarray:
    def done(frame: pd.DataFrame) -> np.ndarray:
        in_time = frame["survey_date"].isna() | (frame["survey_date"] <= pd.Timestamp(as_of))
        return ((frame["survey_status"] == "surveyed") & in_time).to_numpy(dtype=bool)

    of_courtyard = dict(zip(courtyards["code"], done(courtyards), strict=True))
    return done(buildings) | buildings["courtyard"].map(of_courtyard).fillna(False).to_numpy(dtype=bool)


def _codes_at(points: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return the code of the area that each point lies in; areas are tried in the order of their codes."""
    ordered = areas[areas.geom_type.isin(("Polygon", "MultiPolygon"))].sort_values("code")
    where = locate(points, ordered.geometry.to_numpy())
    codes = np.append(ordered["code"].to_numpy(dtype=object), None)
    return codes[where]  # -1, in no area, is the None at the end


def _lookup(frame: pd.DataFrame, column: str) -> dict:
    return dict(zip(frame["code"], _text(frame[column]), strict=True))


def _text(values: pd.Series) -> np.ndarray:
    return values.astype(object).where(values.notna(), None).to_numpy()


def _first(*columns: object) -> np.ndarray:
    """Return, entry by entry, the first value that is given."""
    chosen = pd.Series(columns[0], dtype=object).reset_index(drop=True)
    for column in columns[1:]:
        chosen = chosen.where(chosen.notna(), pd.Series(column, dtype=object).reset_index(drop=True))
    return _text(chosen)


def _prefix(codes: np.ndarray, length: int) -> np.ndarray:
    return np.array([code[:length] if code else None for code in codes], dtype=object)
