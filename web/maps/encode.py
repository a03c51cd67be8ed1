"""Frames and geometries as the page's JSON, small enough to be sent with the page itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from web.maps.values import taken

if TYPE_CHECKING:
    from web.maps.theme import Theme

# 1e-6 degrees are about 0.1 m: less than a pixel at the deepest zoom.
STEPS_PER_DEGREE = 1_000_000
# Inside <script> nothing may end the element or open a comment; these occur in JSON only within strings.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_json(data: object) -> Markup:  # what msgspec can write
    """Write JSON that can stand inside a script element; NaN becomes null."""
    text = msgspec.json.encode(data).decode()
    for unsafe, written in UNSAFE.items():  # several times faster than `translate`
        text = text.replace(unsafe, written)
    return Markup(text)


def column(values: Iterable[object]) -> dict[str, object]:
    """Encode one column: ``{"values": […]}``, or words once and positions where words repeat.

    ``{"words": [word, …], "at": [position or -1, …]}`` stands for text of which there are few different values.
    """
    plain = [_plain(value) for value in values]
    texts = [value for value in plain if isinstance(value, str)]
    words = list(dict.fromkeys(texts))
    if texts and len(words) <= len(plain) / 2:
        position = {word: n for n, word in enumerate(words)}
        return {"words": words, "at": [position[value] if isinstance(value, str) else -1 for value in plain]}
    return {"values": plain}


def _plain(value: object) -> object:
    if isinstance(value, str):  # most are, and the questions below are slow
        return value
    if isinstance(value, (tuple, list)):
        return "、".join(str(item) for item in value) or None
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        # A share of 1 is told in per cent with a digit behind the point: rounded to 4 it would be rounded twice.
        return int(value) if value.is_integer() else round(value, 6 if abs(value) < 1 else 4)
    return value


def batch(theme: Theme, rows: Sequence[int] | np.ndarray, written: bool = True) -> dict[str, object]:
    """Encode some features of a theme: ``features`` and ``columns``, which a page takes up as they come.

    Columns are described where they are to be `written` about; a page that knows them needs their values alone.
    """
    at = np.asarray(rows, dtype=np.int64)
    about = ("key", "label", "kind", "unit", "width") if written else ("key",)
    return {
        "features": {
            "ids": taken(theme.ids, at),
            "names": column(taken(theme.names, at)),
            "class": column(taken(theme.class_of, at)),
            "shapes": shapes(taken(theme.geometries, at)),
        },
        "columns": [
            {name: getattr(each, name) for name in about} | column(taken(each.values, at)) for each in theme.columns
        ],
    }


def shapes(geometries: Iterable[shapely.Geometry | None]) -> list[Sequence[object] | None]:
    """Encode geometries as whole steps of 1e-6 degrees, each coordinate as the difference to the one before.

    A point is ``[x, y]``, lines are ``[[x, y, dx, dy, …], …]``, polygons ``[[ring, hole, …], …]``; nothing is
    null. The depth tells them apart.
    """
    return [_shape(geometry) for geometry in geometries]


def _shape(geometry: shapely.Geometry | None) -> Sequence[object] | None:
    if geometry is None or geometry.is_empty:
        return None
    kind = geometry.geom_type
    if kind == "Point":
        return _steps(geometry)
    if kind == "Polygon":
        return [_rings(geometry)]
    if kind in ("LineString", "LinearRing"):
        return [_steps(geometry)]
    children = shapely.get_parts(geometry)
    if kind == "MultiPolygon":
        return [_rings(child) for child in children]
    if kind == "MultiLineString":
        return [_steps(child) for child in children]
    # Points, or a mixed collection: a place to point at is all that a map of areas needs of it.
    return _steps(geometry.representative_point())


def _rings(polygon: shapely.Polygon) -> list[list[int]]:
    return [_steps(ring)[:-2] for ring in (polygon.exterior, *polygon.interiors)]


def _steps(line: shapely.Geometry) -> list[int]:
    whole = np.rint(shapely.get_coordinates(line) * STEPS_PER_DEGREE).astype(np.int64)
    whole[1:] -= whole[:-1].copy()
    return whole.ravel().tolist()
