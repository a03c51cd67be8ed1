"""Lines and boundaries as points in one cell: 120.40,36.20;120.41,36.20;…, or as JSON: [[120.40,36.20],…].

A list says nothing of whether it is a line or goes round something: it is read as a line, and the import closes it
where its layer holds areas. JSON that is nested deeper is of areas by itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np

from layers.formats import wkb
from layers.formats.readers.degrees import half_width

if TYPE_CHECKING:
    from layers.model.feature import Raw

FEWEST = 2
DEEPEST = 4  # brackets of several areas with holes
TELLING = re.compile(
    r"坐标|边界|范围|轮廓|线路|路径|轨迹|几何|图形|coord|geom|polygon|boundary|outline|line|path|shape|points|ring",
    re.IGNORECASE,
)
_ANY, _POINTED, _EXACT = (
    r"[-+]?\d+(?:\.\d+)?", r"[-+]?\d+\.\d+", r"[-+]?(?:\d{1,3}\.\d{3,}|\d{5,9}\.\d+)",
)  # fmt: skip


def _pattern(number: str) -> re.Pattern[str]:
    pair = rf"\(?{number}[, ]{number}(?:[, ]{_ANY})?\)?"
    return re.compile(rf"{pair}(?:[;|\n/]{pair})+[;|]?|{number} {number}(?:,{number} {number})+,?")


_LIST, _TOLD, _TELLS_ITSELF = map(_pattern, (_ANY, _POINTED, _EXACT))
_JSON = re.compile(rf"\[{{{FEWEST},{DEEPEST}}}[-+\d]")
_NUMBER = re.compile(_ANY)
_STEP = re.compile(r"[;|\n/]")
_BLANKS, _BESIDE = re.compile(r"[^\S\n]+"), re.compile(r" ?([,;|/\n()\[\]]) ?")


def looks_listed(heading: str, cells: list[object]) -> bool:
    """Say whether most cells of a column hold several points each; below a heading that says nothing, exact ones."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := _plain(cell))]
    listed = _TOLD if TELLING.search(heading) else _TELLS_ITSELF
    return bool(texts) and sum(bool(listed.fullmatch(each)) or _is_json(each) for each in texts) * 2 > len(texts)


def read_points(cell: Raw) -> bytes | None:
    """Return the points of a cell as WKB: a line, or the areas of nested JSON.

    Raises
    ------
    BadGeometry
        It is no list of points, or too short.
    """
    text = _plain(cell)
    if not text:
        return None
    if text.startswith("["):
        return _of_json(text)
    if not _LIST.fullmatch(text):
        raise wkb.BadGeometry("formats.points-broken")
    steps = [step for step in _STEP.split(text) if step]
    steps = steps if len(steps) > 1 else [step for step in text.split(",") if step]
    return wkb.Builder().line(np.array([[float(each) for each in _NUMBER.findall(step)[:2]] for step in steps]))


def _plain(cell: object) -> str:
    return _BESIDE.sub(r"\1", _BLANKS.sub(" ", half_width(cell)))


def _is_json(text: str) -> bool:
    return bool(_JSON.match(text)) and text.endswith("]]")


def _of_json(text: str) -> bytes | None:
    bare = "".join(text.split())
    depth = len(bare) - len(bare.lstrip("["))
    if not FEWEST <= depth <= DEEPEST or "[" * (DEEPEST + 1) in bare:
        raise wkb.BadGeometry("formats.points-broken")
    try:
        read = json.loads(bare)
        if depth == FEWEST:
            return wkb.Builder().line(_positions(read))
        areas = [read] if depth == FEWEST + 1 else read
        made = [wkb.Builder().polygon([_positions(ring) for ring in rings]) for rings in areas]
    except (ValueError, TypeError, IndexError, OverflowError, RecursionError) as error:
        if isinstance(error, wkb.BadGeometry):
            raise
        raise wkb.BadGeometry("formats.points-broken") from error
    return made[0] if len(made) == 1 else wkb.collect(wkb.MULTIPOLYGON, made)


def _positions(points: list[list[float]]) -> np.ndarray:
    if not all(type(number) in (int, float) for point in points for number in point[:2]):
        raise wkb.BadGeometry("formats.points-broken")
    return np.array([(point[0], point[1]) for point in points], dtype=np.float64)
