"""The situation of the workspace on a day: the one place where statuses come from.

Map, table, legend, export and API all take their figures from a `Situation`, so they agree by construction.
What does not depend on the day (which area reaches which building) is kept per revision of the layers.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args
from weakref import proxy

import numpy as np
import pandas as pd

from geo.places import metric_crs, parse_crs
from layers.catalogue import catalogue
from layers.keeping import OfEach, Recent
from layers.model.management import evaluate
from layers.situation.derived import Derived, Deriving, on_other_basis
from layers.situation.footprints import Footprints
from layers.situation.reaching import Reaching
from layers.situation.statuses import Statuses
from layers.situation.surveyed import Surveyed
from layers.situation.whereabouts import Whereabouts
from layers.store.frames import frames_of, rows_among
from layers.store.kept_files import KeptFiles

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.protocol import Store

LAYERS = (
    "districts", "streets", "communities", "grids", "courtyards", "buildings",
    "managed-areas", "managers", "arrangements", "stations",
)  # fmt: skip
Level = Literal["districts", "streets", "communities", "grids", "courtyards"]
LEVELS = get_args(Level)  # the widest first
COLUMN_OF_LEVEL = {
    "districts": "district",
    "streets": "street",
    "communities": "community",
    "grids": "grid",
    "courtyards": "courtyard",
}
KEPT, MOST_BYTES = 6, 400 << 20
DAYS_CARRIED = 2  # as `Deriving` keeps, so that what follows for a day is kept once
BYTES_EACH = 130  # of what a situation holds of a building beside the records, roughly


@dataclass(frozen=True, eq=False)  # each is itself alone: what follows from one is kept for it
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
        Layer id → valid features.
    evaluated : DataFrame
        What `model.status.evaluate` says of each valid arrangement.
    pairs : DataFrame
        Which area reaches which building and how; positions in `buildings` and ``frames["managed-areas"]``.
    stated : date
        Up to which day what was stated is told; the day itself but for comparisons.
    derived : Derived
        What of `buildings` is not in their records: the very same in situations that do not differ in it.
    """

    as_of: dt.date
    basis: str
    crs: CRS
    buildings: gpd.GeoDataFrame
    frames: dict[str, gpd.GeoDataFrame]
    evaluated: pd.DataFrame
    pairs: pd.DataFrame
    stated: dt.date
    derived: Derived

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

    @property
    def acceptances(self) -> bool:
        """Say whether any arrangement of the day has an acceptance on record."""
        return _accepted(self.arrangements)

    @property
    def recorded(self) -> bool:
        """Say whether the records hold what the basis asks about; a share of what nobody records is no share."""
        return self.basis != "accepted" or self.acceptances

    def in_scope(self, columns: Sequence[str] | None = None) -> gpd.GeoDataFrame:
        """Return the buildings that the indicators count, or some columns of them: a copy of a city is large."""
        chosen = self.buildings if columns is None else self.buildings[list(columns)]
        return chosen[self.buildings["scoped"].to_numpy()]


def situation(store: Store, as_of: dt.date, basis: str = "broad", stated: dt.date | None = None) -> Situation:
    """Return the situation of the workspace on a day; computed once per revision of the layers it rests on.

    With `stated`, a later day, as it is told by what was stated up to then.
    """
    return _CASES(store).on(as_of, basis, stated or as_of)


class Cases:
    """The situations of one workspace that were asked for lately."""

    def __init__(self, store: Store) -> None:
        self._store = proxy(store)  # the workspace outlives its situations, not they the workspace
        self._frames = frames_of(store)
        self._situations: Recent[tuple[Hashable, ...], Situation] = Recent(KEPT, MOST_BYTES, _parts)
        # the past must not push out today
        self._kept = {earlier: Carried(KeptFiles(store.url)) for earlier in (False, True)}
        self._building = threading.Lock()

    def on(self, as_of: dt.date, basis: str, stated: dt.date) -> Situation:
        """Return the situation on a day, from the cache where no layer has changed.

        One that is there is given at once, whatever is being built meanwhile; builds take turns, as each takes the
        memory of a situation and all of them catch up what is kept for every day.
        """
        found = self._situations.get(self._key(as_of, basis, stated))
        if found is not None:
            return found
        with self._building:
            # Revisions are read before the frames: a commit in between makes the next call build again.
            state, key = self._key(as_of, basis, stated)
            return self._situations.made_at(state, key, lambda: self._made(*key))

    def _key(self, as_of: dt.date, basis: str, stated: dt.date) -> tuple[Hashable, tuple[dt.date, str, dt.date]]:
        """Return what a situation rests on, and which one of that state it is."""
        revisions = self._store.layer_revisions()
        if stated != as_of and not self._otherwise(as_of, LAYERS):
            stated = as_of  # nothing was stated later
        return tuple(revisions[layer] for layer in LAYERS), (as_of, basis, stated)

    def _otherwise(self, day: dt.date, layers: Sequence[str]) -> bool:
        """Say whether some layers were otherwise on a day than they are now."""
        return any(self._store.differing(layer, day, None, 0) is None for layer in layers)

    def _made(self, as_of: dt.date, basis: str, stated: dt.date) -> Situation:
        return self._other_basis(as_of, basis, stated) or self._build(as_of, basis, stated)

    def _other_basis(self, as_of: dt.date, basis: str, stated: dt.date) -> Situation | None:
        for found in self._situations.values():
            if (found.as_of, found.stated) == (as_of, stated):
                derived = on_other_basis(found.derived, basis)
                counted = found.buildings.assign(**{name: derived.columns[name] for name in ("managed", "reason")})
                return replace(found, basis=basis, buildings=counted, derived=derived)
        return None

    def _build(self, as_of: dt.date, basis: str, stated: dt.date) -> Situation:
        whole = {layer: self._frames.get(layer, stated, valid=False) for layer in LAYERS}
        kept = self._kept[self._otherwise(stated, ("buildings", "managed-areas"))]
        crs = workspace_crs(self._store, whole)
        frames = {layer: valid_on(frame, as_of) for layer, frame in whole.items()}
        frames["courtyards"] = _with_age(frames["courtyards"])
        facts = kept.footprints.of(whole["buildings"], crs)
        pairs = _among(kept.reaching.pairs(whole["buildings"], whole["managed-areas"], crs), whole, frames)
        buildings = frames["buildings"]
        if len(buildings) != len(whole["buildings"]):
            facts = facts[rows_among(buildings.index, whole["buildings"].index)]
        areas = frames["communities"], service_grids(frames["grids"]), frames["courtyards"]
        places = kept.whereabouts.of(buildings, facts, areas, crs)
        evaluated = evaluate(frames["arrangements"], frames["managers"], as_of)
        terms = frames["arrangements"], evaluated
        surveyed = kept.surveyed.of(buildings, frames["courtyards"], places, as_of)
        status = kept.statuses_on(as_of).of(buildings, pairs, frames["managed-areas"], terms, surveyed)
        accepted = _accepted(frames["arrangements"])
        derived = kept.deriving.of(as_of, basis, buildings.index, {**places.columns, **status}, accepted)
        told = derived.columns
        columns = {name: told[name] for name in places.columns} | {"courtyard": buildings["courtyard_code"]}
        buildings = buildings.assign(**columns, **{name: told[name] for name in told.columns if name not in columns})
        return Situation(as_of, basis, crs, buildings, frames, evaluated, pairs, stated, derived)


class Carried:
    """What goes from one situation to the next."""

    def __init__(self, files: KeptFiles) -> None:
        self.footprints, self.reaching = Footprints(files), Reaching(files)
        self.whereabouts, self.surveyed, self.deriving = Whereabouts(), Surveyed(), Deriving()
        self._statuses: Recent[dt.date, Statuses] = Recent(DAYS_CARRIED)

    def statuses_on(self, day: dt.date) -> Statuses:
        """Return what was said last of a day, of which an edit changes little; of a new day what another one has."""
        latest = self._statuses.values()[-1:]
        return self._statuses.made(day, lambda: copy(latest[0]) if latest else Statuses())


_CASES: OfEach[Store, Cases] = OfEach(Cases)


def valid_on(frame: gpd.GeoDataFrame, day: dt.date) -> gpd.GeoDataFrame:
    """Return the features valid on a day; both ends are inclusive and an empty end is open."""
    moment = pd.Timestamp(day)
    since, until = frame["valid_from"], frame["valid_to"]
    valid = (since.isna() | (since <= moment)) & (until.isna() | (moment <= until))
    return frame if valid.all() else frame[valid]


def in_force(grids: gpd.GeoDataFrame) -> pd.Series:
    """Say which of the grids valid on a day count: no drafts, and no retired ones unless they name their last day."""
    return (grids["state"] != "draft") & ((grids["state"] != "retired") | grids["valid_to"].notna())


def service_grids(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return those of the grids valid on a day that say in which grid something is."""
    return grids[(grids["grid_system"] != "unit") & in_force(grids)]


def workspace_crs(store: Store, frames: dict[str, gpd.GeoDataFrame]) -> CRS:
    """Return the metric CRS that the workspace names, else the one that fits its place."""
    named = store.setting("metric_crs")
    if named:
        return parse_crs(named)
    for layer in ("communities", "buildings", "courtyards", "grids", "stations"):
        bounds = frames[layer].total_bounds if len(frames[layer]) else np.full(4, np.nan)
        if not np.isnan(bounds[0]):
            return metric_crs((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    return metric_crs(120.0, 36.0)


def _parts(found: Situation) -> dict[Hashable, int]:
    return {id(found): BYTES_EACH * len(found.buildings)}


def _accepted(arrangements: pd.DataFrame) -> bool:
    return bool(arrangements["accepted_on"].notna().any())


def _with_age(courtyards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Say of courtyards whether they are old by the year they were built, where nobody entered it."""
    cutoff = catalogue().layer("courtyards").field("is_old").cutoff
    by_year = courtyards["build_year"] < cutoff  # NA where the year is not known
    entered = courtyards["is_old"]
    derived = entered.isna() & by_year.notna()
    return courtyards.assign(is_old=entered.fillna(by_year), is_old_derived=derived.to_numpy(dtype=bool))


def _among(
    pairs: pd.DataFrame, whole: dict[str, gpd.GeoDataFrame], frames: dict[str, gpd.GeoDataFrame]
) -> pd.DataFrame:
    """Return the pairs among what is valid, as positions in the valid frames."""
    for side, layer in (("building", "buildings"), ("area", "managed-areas")):
        if len(frames[layer]) != len(whole[layer]):
            place = rows_among(whole[layer].index, frames[layer].index)
            pairs = pairs.assign(**{side: place[pairs[side]]})
    there = ((pairs["building"] >= 0) & (pairs["area"] >= 0)).to_numpy()
    return pairs if there.all() else pairs[there].reset_index(drop=True)
