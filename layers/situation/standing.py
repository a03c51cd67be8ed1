"""How courtyards stand on a day: who manages them, told from their buildings.

A courtyard without any building on record is told from its own record, as if it were one building: from the managed
areas that list it or that it lies in, and from its survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.places import representative_points
from layers.keeping import OfEach
from layers.model.management import NOT_RECORDED, management_status, on_basis, scope_pairs
from layers.model.values import as_counts, known_sums
from layers.situation.day import Situation, service_grids
from layers.situation.surveyed import surveyed_by
from layers.situation.whereabouts import beginnings, codes_at, first_given

if TYPE_CHECKING:
    import geopandas as gpd

ALL, SOME, NONE, UNKNOWN = STANDINGS = ("all", "some", "none", "unknown")
SIDES = ("managed", "unmanaged", "unknown")
# What is told of a building, or of a courtyard that stands for itself.
TOLD = ["managed", "status", "reason", "reason_date", "arrangement"]
SUMMED = ("households", "elderly_60")
PLACES = ("community", "grid")


def standing(now: Situation) -> gpd.GeoDataFrame:
    """Return the courtyards of a day with how they stand, as their record has them and beside it:

    Returns
    -------
    GeoDataFrame
        ``community, street, district, grid, courtyard`` (codes or None); ``standing`` (all, some, none: of the
        buildings in scope are managed; ``unknown``: nobody is known to manage any, and of some or all nobody knows);
        ``units`` (what is told from: its buildings in scope, or itself) and ``units_managed, …_unmanaged, …_unknown``;
        ``buildings`` in scope; ``households_managed, …_unmanaged, …_unknown`` (sums over its units, missing where there
        are such units and no one of them has any on record) and ``without_households_managed, …`` and
        ``without_households`` (of how many units they are missing); ``households`` and ``elderly_60`` (as entered, else
        the sum over its units where one is given) with ``households_summed`` and ``elderly_60_summed``;
        ``unmanaged_share`` (of units, NaN without any); ``reason, reason_date`` (the most frequent among what is not
        managed or not known); ``arrangement`` (in force, the one of most units), ``arrangements`` (how many are) and
        ``former_arrangement`` (over, of those that lapsed).
    """
    return _STANDING(now).copy(deep=False)


def _standing(now: Situation) -> gpd.GeoDataFrame:
    yards = now.courtyards
    codes = pd.Index(yards["code"].to_numpy(dtype=object)).unique()
    buildings = now.buildings
    home = codes.get_indexer(buildings["courtyard"].to_numpy(dtype=object))
    counted = (home >= 0) & buildings["scoped"].to_numpy(dtype=bool)
    bare = ~np.isin(np.arange(len(codes)), home)  # no building at all, in scope or not
    units = pd.concat(
        [
            buildings.loc[counted, [*TOLD, *SUMMED, *PLACES]].assign(home=home[counted], building=1),
            _alone(now, yards.drop_duplicates("code")[bare]).assign(home=np.flatnonzero(bare), building=0),
        ],
        ignore_index=True,
    )
    at = codes.get_indexer(yards["code"].to_numpy(dtype=object))
    columns = {name: values[at] for name, values in _facts(units, len(codes)).items()}
    found = yards.assign(**{name: pd.Series(values, index=yards.index) for name, values in columns.items()})
    for name in (f"households_{side}" for side in SIDES):
        found[name] = pd.Series(as_counts(columns[name]), index=yards.index)
    for name in SUMMED:
        found[name], found[f"{name}_summed"] = _own_or_sum(yards[name], columns[f"{name}_sum"])
    return found.assign(**_places(now, yards, columns)).drop(columns=[f"{name}_sum" for name in SUMMED])


_STANDING: OfEach[Situation, gpd.GeoDataFrame] = OfEach(_standing)


def _facts(units: pd.DataFrame, size: int) -> dict[str, np.ndarray]:
    """Return what the units come to, one value a courtyard."""
    home = units["home"].to_numpy()
    managed = units["managed"].mask(units["reason"] == NOT_RECORDED)  # nobody knows what was accepted
    sides = dict(
        zip(
            SIDES,
            (managed.fillna(False), (~managed).fillna(False), managed.isna()),
            strict=True,
        )
    )
    households = units["households"].to_numpy(dtype=float, na_value=np.nan)
    facts: dict[str, np.ndarray] = {"units": np.bincount(home, minlength=size)}
    facts["buildings"] = np.bincount(home[units["building"].to_numpy() > 0], minlength=size)
    for side, mark in sides.items():
        there = mark.to_numpy(dtype=bool)
        facts[f"units_{side}"] = np.bincount(home[there], minlength=size)
        facts[f"households_{side}"] = known_sums(households[there], home[there], size)
        facts[f"without_households_{side}"] = np.bincount(home[there & np.isnan(households)], minlength=size)
    facts["without_households"] = np.bincount(home[np.isnan(households)], minlength=size)
    for name in SUMMED:
        values = units[name].to_numpy(dtype=float, na_value=np.nan)
        given = ~np.isnan(values)
        some = np.bincount(home[given], minlength=size) > 0
        facts[f"{name}_sum"] = np.where(some, np.bincount(home[given], values[given], size), np.nan)
    yes, no = facts["units_managed"], facts["units_unmanaged"]
    with np.errstate(invalid="ignore"):
        facts["unmanaged_share"] = no / facts["units"]
    facts["standing"] = _named(yes, no, facts["units"])
    left = units[(managed != True).fillna(True).to_numpy(dtype=bool)]  # noqa: E712
    reasons = _most(left, ["reason", "reason_date"], size)
    facts |= {"reason": reasons["reason"], "reason_date": reasons["reason_date"]}
    in_force, over = (units[(units["status"] == each).to_numpy(dtype=bool)] for each in ("managed", "lapsed"))
    facts["arrangement"] = _most(in_force, ["arrangement"], size)["arrangement"]
    different = in_force[["home", "arrangement"]].drop_duplicates()["home"].to_numpy()
    facts["arrangements"] = np.bincount(different, minlength=size)
    facts["former_arrangement"] = _most(over, ["arrangement"], size)["arrangement"]
    return facts | {f"of_{name}": _most(units, [name], size)[name] for name in PLACES}


def _named(managed: np.ndarray, unmanaged: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Name how a courtyard stands; what is not known is neither a yes nor a no."""
    sides = [(units > 0) & (managed == units), managed > 0, (units > 0) & (unmanaged == units)]
    return np.array(STANDINGS, dtype=object)[np.select(sides, [0, 1, 2], 3)]


def _most(units: pd.DataFrame, names: Sequence[str], size: int) -> dict[str, np.ndarray]:
    """Return the values that most units of each courtyard have; of several the first in order, None without any."""
    given = units[units[names[0]].notna().to_numpy()]
    counts = given.groupby(["home", *names], dropna=False, sort=True).size().reset_index(name="count")
    most = counts.sort_values(["home", "count"], ascending=[True, False], kind="stable").drop_duplicates("home")
    found = {}
    for name in names:
        values = np.full(size, None, dtype=object)
        values[most["home"].to_numpy(dtype=int)] = most[name].to_numpy(dtype=object)
        found[name] = values
    if "reason_date" in found:
        found["reason_date"] = pd.to_datetime(pd.Series(found["reason_date"])).to_numpy(dtype="datetime64[s]")
    return found


def _alone(now: Situation, yards: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell of courtyards without buildings who manages them, as of one building each."""
    # Lists of buildings do not mean them, whatever their codes are like.
    whole = yards.assign(courtyard_code=yards["code"], code="")
    status = management_status(
        len(yards),
        scope_pairs(whole, now.managed_areas, now.crs),
        now.managed_areas,
        now.arrangements,
        now.evaluated,
        surveyed_by(yards, now.as_of),
    )
    told = pd.DataFrame(status, index=yards.index)
    managed, reason = on_basis(told, now.basis, now.acceptances)
    told = told.assign(managed=managed, reason=reason)[TOLD]
    return told.assign(**{name: yards[name] for name in SUMMED}, **dict.fromkeys(PLACES))


def _own_or_sum(entered: pd.Series, summed: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    """Return the figures of the record, and those of its units where it has none; and where that is."""
    own = entered.to_numpy(dtype=float, na_value=np.nan)
    taken = np.isnan(own) & ~np.isnan(summed)
    values = pd.array(np.where(taken, summed, own), dtype="Float64")
    return pd.Series(values, index=entered.index).astype("Int64"), taken


def _places(now: Situation, yards: gpd.GeoDataFrame, columns: dict[str, np.ndarray]) -> dict[str, pd.Series]:
    """Return the codes of every level: as entered, by position, or as most of its buildings have them."""
    points = representative_points(yards.geometry.to_numpy())
    lonlat = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    community = first_given(
        yards["community_code"], lambda: codes_at(lonlat, now.communities), lambda: columns["of_community"]
    )
    grid = first_given(
        pd.Series(columns["of_grid"], index=yards.index, dtype=object),
        lambda: codes_at(lonlat, service_grids(now.grids)),
    )
    levels = {
        "community": community,
        "street": beginnings(community, 9),
        "district": beginnings(community, 6),
        "grid": grid,
        "courtyard": yards["code"].to_numpy(dtype=object),
    }
    return {name: pd.Series(values, index=yards.index, dtype=object) for name, values in levels.items()}
