"""The tables of proposed units: a row a unit with its area, a row a member with its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.proposals.units.labels import PART_COLUMNS, ROW_COLUMNS
from layers.proposals.units.villages import Village
from layers.reach.between import Between

DECIMALS = 7


@dataclass(frozen=True, eq=False)
class Table:
    """A row a unit, indexed by its part; and a row a member."""

    parts: gpd.GeoDataFrame
    rows: pd.DataFrame


def table_of(villages: Sequence[Village], centre_of: np.ndarray, between: Between, limit: float) -> Table:
    """Return units and members, the units by the code of their centre, the centre first in each."""
    parts, rows, shapes = [], [], []
    for centre in np.unique(centre_of[centre_of >= 0]).tolist():
        mine = np.flatnonzero(centre_of == centre)
        mine = np.concatenate([[centre], mine[mine != centre]])
        ways = between.ways(centre, mine, limit)
        head = villages[centre]
        unit = {"part": head.code, "name": f"{head.name.removesuffix('村')}共建单元", "centre": head.code,
                "centre_name": head.name}  # fmt: skip
        minutes = []
        for at, way in zip(mine.tolist(), ways, strict=True):
            assert way is not None  # the units were made of these ways
            one = villages[at]
            minutes.append(round(way.minutes, 2))
            rows.append({**unit, "member": one.code, "member_name": one.name, "is_centre": at == centre,
                         "minutes": minutes[-1], "metres": round(way.metres, 1),
                         "access_m": round(float(between.access_m[at]), 1), "route": _course(way.course)})  # fmt: skip
        parts.append({**unit, "members": [villages[at].code for at in mine.tolist()], "villages": len(mine),
                      "minutes_max": max(minutes),
                      "minutes_mean": round(sum(minutes) / max(1, len(minutes) - 1), 2),
                      "minutes_sum": round(sum(minutes), 2),
                      **_people([villages[at] for at in mine.tolist()])})  # fmt: skip
        shapes.append(_shape([villages[at] for at in mine.tolist()]))
    frame = pd.DataFrame(parts, columns=list(PART_COLUMNS))
    for name in ("population", "households", "elderly_60"):
        frame[name] = frame[name].astype("Int64")
    whole = gpd.GeoDataFrame(frame, geometry=np.array(shapes, dtype=object), crs="EPSG:4326")
    return Table(whole.set_index(pd.Index(frame["part"], dtype=object)), pd.DataFrame(rows, columns=list(ROW_COLUMNS)))


def _people(villages: Sequence[Village]) -> dict[str, int | None]:
    """Add up the people on record; None where no village says."""
    found: dict[str, int | None] = {}
    for name in ("population", "households", "elderly_60"):
        known = [value for each in villages if (value := getattr(each, name)) is not None]
        found[name] = sum(known) if known else None
    found["missing_population"] = sum(each.population is None for each in villages)
    return found


def _shape(villages: Sequence[Village]) -> shapely.Geometry:
    """Return the area of a unit; where villages have none on record, their places."""
    areas = [each.shape for each in villages if each.shape is not None and each.shape.area > 0]
    if len(areas) == len(villages):
        return shapely.set_precision(shapely.union_all(areas), 10.0**-DECIMALS)
    return shapely.MultiPoint([each.place for each in villages if each.place is not None])


def _course(line: shapely.LineString) -> dict[str, object]:
    xy = np.round(shapely.get_coordinates(line), 6)
    return {"type": "LineString", "coordinates": xy.tolist()}
