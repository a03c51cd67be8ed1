"""The villages of an area on a day: communities of kind village, each with the place where its people are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.places import representative_points
from layers.situation.day import Situation, situation
from layers.situation.within import parse

if TYPE_CHECKING:
    from layers.store.protocol import Store


@dataclass(frozen=True)
class Village:
    """A village.

    Attributes
    ----------
    code, name, street : str
    shape, place : Geometry or None
        Its area as it is on record, and where its people are; longitude and latitude.
    population, households, elderly_60 : int or None
    """

    code: str
    name: str
    street: str
    shape: shapely.Geometry | None
    place: shapely.Point | None
    population: int | None
    households: int | None
    elderly_60: int | None


def villages_within(store: Store, within: str, as_of: dt.date) -> tuple[list[Village], list[str], Situation]:
    """Return the villages of an area by code; the codes of its other communities; and the day's situation.

    Parameters
    ----------
    within : str
        ``LAYER:CODE``; the whole workspace where it is empty.
    """
    code = parse(within)[1] if within else ""
    now = situation(store, as_of)
    frame = now.communities
    mine = frame[frame["code"].astype(str).str.startswith(code).to_numpy(dtype=bool)].sort_values("code")
    village = (mine["kind"] == "village").to_numpy(dtype=bool)
    chosen = mine[village]
    homes = now.buildings[now.buildings["community"].isin(set(chosen["code"]))]
    by = {str(code): each.geometry.to_numpy() for code, each in homes.groupby("community")}
    found = []
    for row in chosen.itertuples():
        code = str(row.code)
        found.append(
            Village(code, str(row.name) if isinstance(row.name, str) else code, code[:9], row.geometry,
                    place_of(row.geometry, by.get(code)), *(_known(getattr(row, name)) for name in COUNTS))
        )  # fmt: skip
    return found, [str(each) for each in mine["code"][~village]], now


COUNTS = ("population", "households", "elderly_60")


def place_of(shape: shapely.Geometry | None, homes: np.ndarray | None) -> shapely.Point | None:
    """Return where the people of a village are: the building in the middle of its buildings, else a point inside it."""
    if homes is not None and len(homes):
        points = representative_points(homes)
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
        xy = xy[np.isfinite(xy).all(axis=1)]
        if len(xy):
            scale = np.array([np.cos(np.radians(xy[0, 1])), 1.0])
            away = np.hypot(*((xy - np.median(xy, axis=0)) * scale).T)
            return shapely.Point(xy[int(np.argmin(away))])
    if shape is None or shape.is_empty:
        return None
    return representative_points(np.array([shape], dtype=object))[0]


def _known(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]  # a number or NA
