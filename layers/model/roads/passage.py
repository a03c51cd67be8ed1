"""What a road lets through where the records do not say: by its class, as `import-osm` reads it from a map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.model.osm.roads import HIGHWAYS, Highway

UNKNOWN = HIGHWAYS["road"]
BY_CLASS = {**HIGHWAYS, "ferry": Highway("ferry", True, False, 10)}
SENSE = {"forward": 1, "backward": -1}
FENCES = ("wall", "fence", "hedge", "围墙", "围栏")


def use_of(roads: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return who may use each road and how fast.

    Parameters
    ----------
    roads : DataFrame
        The catalogue's fields.

    Returns
    -------
    dict
        ``walkable, drivable`` (bool), ``oneway`` (1, 0, -1), ``speed_kmh``, ``level`` (int), ``walk_ends, drive_ends``
        (bool: for residents, at the ends of a trip only), ``by_node`` (bool: joined at shared nodes only), ``ferry``
        (bool), ``walk_sense`` (1, 0, -1), each as long as `roads`; and ``assumed`` (bool): the class decided what the
        record does not say.
    """
    by_class = [BY_CLASS.get(each, UNKNOWN) for each in roads["class"].fillna("road")]
    walkable, drivable, speed = roads["walkable"], roads["drivable"], roads["speed_kmh"].to_numpy(dtype=float)
    foot = np.array([each.foot for each in by_class], dtype=bool)
    car = np.array([each.car for each in by_class], dtype=bool)
    usual = np.array([each.speed_kmh for each in by_class], dtype=float)
    barrier = roads["barrier"]
    fenced = barrier.isin(FENCES).to_numpy(dtype=bool)
    level = np.where(roads["bridge"].fillna(False), 1, np.where(roads["tunnel"].fillna(False), -1, 0))
    entered = roads["level"].to_numpy(dtype=float, na_value=np.nan)
    # What the record says goes before what the class or a barrier suggests.
    walkers, cars = passes_of(roads)
    can_drive = _given(drivable, car & barrier.isna().to_numpy()) & (cars != "closed")
    return {
        "walkable": _given(walkable, foot & ~fenced) & (walkers != "closed"),
        "drivable": can_drive,
        "walk_ends": walkers == "residents",
        "drive_ends": cars == "residents",
        "walk_sense": _column(roads, "walk_oneway").map(SENSE).astype(float).fillna(0).to_numpy(dtype=np.int8),
        "oneway": roads["oneway"].map(SENSE).astype(float).fillna(0).to_numpy(dtype=np.int8),
        "speed_kmh": np.where(np.isnan(speed), usual, speed),
        "level": np.where(np.isnan(entered), level, entered).astype(np.int64),
        "ferry": (roads["class"] == "ferry").fillna(False).to_numpy(dtype=bool),
        "by_node": (_column(roads, "joins") == "nodes").to_numpy(dtype=bool),
        "assumed": (walkable.isna() | drivable.isna()).to_numpy() | (np.isnan(speed) & can_drive),
    }


def passes_of(features: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return whom roads or gates let pass on foot and by car: ``public, residents, closed``, object[k] each.

    Where nothing is said everybody passes; what is said of walkers holds for cars too.
    """
    walkers, cars = _column(features, "access"), _column(features, "drive_access")
    cars = cars.where(cars.notna(), walkers)
    shut = _column(features, "locked").fillna(False).to_numpy(dtype=bool)
    on_foot, by_car = (each.where(each.notna(), "public").to_numpy() for each in (walkers, cars))
    return np.where(shut, "closed", on_foot), np.where(shut, "closed", by_car)


def starts_from(roads: pd.DataFrame) -> np.ndarray:
    """Say on which roads one may begin by stepping out of a door: bool[k].

    On the ground, and on no motorway, ramp or ferry; what is above or below ground is another level.
    """
    link = roads.get("link", pd.Series(False, index=roads.index)).fillna(False).to_numpy(dtype=bool)
    return on_ground(roads) & ~link & ~roads["class"].isin(("motorway", "ferry")).to_numpy(dtype=bool)


def uncrossable(roads: pd.DataFrame) -> np.ndarray:
    """Say which roads nobody crosses on foot: motorways and trunk roads on the ground that walkers may not use."""
    fast = roads["class"].isin(("motorway", "trunk")).to_numpy(dtype=bool)
    found = np.zeros(len(roads), dtype=bool)
    found[fast] = on_ground(roads[fast]) & ~use_of(roads[fast])["walkable"]
    return found


def on_ground(roads: pd.DataFrame) -> np.ndarray:
    """Say which roads lie on the ground, outside: bool[k].

    No bridge, no tunnel, not indoors, level 0 where one is named.
    """
    apart = roads["bridge"].fillna(False).to_numpy(dtype=bool) | roads["tunnel"].fillna(False).to_numpy(dtype=bool)
    apart |= _column(roads, "indoor").fillna(False).to_numpy(dtype=bool)
    level = roads["level"].to_numpy(dtype=float, na_value=np.nan)
    return ~apart & (np.isnan(level) | (level == 0))


def opens(gates: pd.DataFrame) -> np.ndarray:
    """Say which gates are an opening in a wall: those that somebody gets past on foot."""
    return passes_of(gates)[0] != "closed"


def walls_of(courtyards: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Say which courtyards are walled: for certain, and where there are gates on record; bool[k] each.

    A boundary that was only drawn around the buildings is no wall.
    """
    drawn = ~courtyards["geometry_derived"].fillna(False).to_numpy(dtype=bool)
    enclosure = courtyards["enclosure"]
    closed, half = ((enclosure == each).fillna(False).to_numpy(dtype=bool) for each in ("closed", "semi"))
    return drawn & closed, drawn & half


STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
"""Classes of roads that are streets, not ways inside a block."""


def _column(features: pd.DataFrame, name: str) -> pd.Series:
    """Return a field of objects; nothing where the records have no such field."""
    return features.get(name, pd.Series(None, index=features.index, dtype=object)).astype(object)


def _given(entered: pd.Series, otherwise: np.ndarray) -> np.ndarray:
    return np.where(entered.isna(), otherwise, entered.fillna(False).to_numpy(dtype=bool))
