"""Ways that two extracts share are cut wherever a road of either meets them, whichever comes first.

A file that holds all of a way that sticks out of its area knows nothing of the roads that meet it out there. Where such
roads are on record, and live on, the way is cut at them as well: its pieces are those of the whole map.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from layers.formats.table import RawTable
from layers.model.feature import Feature

PIECE = re.compile(r"osm-(.+)-p?\d+")
SQUARE = re.compile(r"([wr]-?\d+(?:\.\d+)?)(x|~|$)")
UNITS = 10_000_000  # OSM keeps 7 decimals of a degree


@dataclass(frozen=True)
class Cut:
    """Roads of a file, cut again; `absent` are codes on record that go.

    `skipped` are codes of squares that stay as they are on record, for the file knows fewer of the streets there.
    """

    roads: RawTable
    shapes: np.ndarray
    skipped: set[str]
    absent: list[str]


def cut_again(
    roads: RawTable,
    shapes: np.ndarray,
    known: Mapping[str, Feature],
    ending: Callable[[set[str]], set[str]],
    all_of_file: bool,
) -> Cut:
    """Cut ways of a file also where roads on record meet them that the file does not have.

    Parameters
    ----------
    roads, shapes
        Edges as the reader gives them, and their lines.
    known : mapping
        Code → road on record.
    ending : function
        Gives of all codes on record those that the file will end, when told which codes count as in the file.
    all_of_file : bool
        Whether nothing of the file was left out for lying outside a box that was asked for.
    """
    codes = list(roads.columns.get("code", ()))
    ways = [found[1] if (found := PIECE.fullmatch(code)) else "" for code in codes]
    mine = set(ways) - {""}
    here = {code for code in known if (found := PIECE.fullmatch(code)) and found[1] in mine}
    others = {code: each for code, each in known.items() if code not in here and _meets(code, each)}
    if not others and not here:
        return Cut(roads, shapes, set(), [])
    inner = _inner(shapes, others)
    if inner:
        gone = ending({*codes, *here})
        inner = _inner(shapes, {code: each for code, each in others.items() if code not in gone})
    partial = {ways[row] for row in inner}
    whole = {way for way in mine if way in partial and _is_whole(roads, ways, way)}
    made = _split(roads, shapes, ways, {row: at for row, at in inner.items() if ways[row] in whole})
    if not all_of_file:
        return Cut(*made, set(), [])
    rings = {base for way in mine if (base := _square(way, ring=True))}
    crossed = {base for code in (*codes, *known) if (base := _square_of(code, ring=False))}
    short = {base for way in partial if (base := _square(way, ring=True))} & crossed  # any other way is no square
    kept = _known_better(made, short, known)
    skipped = {code for code in made[0].columns["code"] if _square_of(code) in kept}
    absent = [code for code in known if _square_of(code, ring=False) in rings - short and code not in set(codes)]
    return Cut(*made, skipped, absent)


def _meets(code: str, feature: Feature) -> bool:
    """Say whether a road on record is one of OpenStreetMap's that holds and is joined to others at its nodes."""
    said = feature.properties
    return (code.startswith("osm-") and feature.geometry is not None and said.get("joins") == "nodes"
            and not isinstance(said.get("valid_to"), dt.date))  # fmt: skip


def _inner(shapes: np.ndarray, others: Mapping[str, Feature]) -> dict[int, list[int]]:
    """Return row → the places inside its line (counted in vertices) at which one of the others has a vertex."""
    lines = np.array([*(each.geometry for each in others.values()), None], dtype=object)[:-1]
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    hit = np.isin(_numbered(xy), _numbered(shapely.get_coordinates(lines)))
    first = np.append(True, row[1:] != row[:-1]) if len(row) else np.empty(0, dtype=bool)
    last = np.append(first[1:], True) if len(row) else first
    start = np.maximum.accumulate(np.where(first, np.arange(len(row)), 0)) if len(row) else row
    found: dict[int, list[int]] = defaultdict(list)
    for at in np.flatnonzero(hit & ~first & ~last).tolist():
        found[int(row[at])].append(at - int(start[at]))
    return dict(found)


def _numbered(xy: np.ndarray) -> np.ndarray:
    x, y = np.round(xy.reshape(-1, 2) * UNITS).astype(np.int64).T
    return (x << 32) + y


def _is_whole(roads: RawTable, ways: list[str], way: str) -> bool:
    """Say whether the file has every piece of a way."""
    rows = [row for row, each in enumerate(ways) if each == way]
    return len(rows) == roads.columns["pieces"][rows[0]]


def _split(
    roads: RawTable, shapes: np.ndarray, ways: list[str], inner: Mapping[int, list[int]]
) -> tuple[RawTable, np.ndarray]:
    """Cut lines at these places and number the pieces of their ways anew."""
    if not inner:
        return roads, shapes
    again = {ways[row] for row in inner}
    columns: dict[str, list[Any]] = {name: [] for name in roads.columns}  # whatever a column holds
    lines, rows = [], []
    count: dict[str, int] = defaultdict(int)
    fresh = min(0, *roads.columns["from_node"], *roads.columns["to_node"])
    for row, (shape, way) in enumerate(zip(shapes, ways, strict=True)):
        xy = shapely.get_coordinates(shape)
        cuts = [0, *inner.get(row, ()), len(xy) - 1]
        nodes = [roads.columns["from_node"][row], *range(fresh - 1, fresh - len(cuts) + 1, -1),
                 roads.columns["to_node"][row]]  # fmt: skip
        fresh -= len(cuts) - 2
        for place, (start, end) in enumerate(pairwise(cuts)):
            for name, values in roads.columns.items():
                columns[name].append(values[row])
            columns["from_node"][-1], columns["to_node"][-1] = nodes[place : place + 2]
            if way in again:
                count[way] += 1
                columns["code"][-1] = f"osm-{way}-{count[way]}"
            lines.append(shape if len(cuts) == 2 else shapely.LineString(xy[start : end + 1]))
            rows.append(roads.rows[row])
    columns["pieces"] = [count.get(found[1], pieces) if (found := PIECE.fullmatch(code)) else pieces
                         for code, pieces in zip(columns["code"], columns["pieces"], strict=True)]  # fmt: skip
    return replace(roads, columns=columns, rows=rows), np.array([*lines, None], dtype=object)[:-1]


def _known_better(made: tuple[RawTable, np.ndarray], short: set[str], known: Mapping[str, Feature]) -> set[str]:
    """Return the squares that are on record with every street that the file has there, and more."""
    if not short:
        return set()
    codes = made[0].columns["code"]
    ways_known = {found[1] for code in known if (found := PIECE.fullmatch(code))}
    xy, row = shapely.get_coordinates(made[1], return_index=True)
    places, base_of = _numbered(xy), np.array([_square_of(code) for code in codes], dtype=object)
    better: set[str] = set()
    for base in short & {_square_of(code) for code in known}:
        own = base_of[row] == base
        meeting = np.unique(row[~own][np.isin(places[~own], places[own])])
        streets = {match[1] for at in meeting.tolist() if (match := PIECE.fullmatch(codes[at]))}
        if all(way in ways_known for way in streets if "x" not in way):
            better.add(base)
    return better


def _square_of(code: str, ring: bool | None = None) -> str:
    """Return what `_square` says of a code; of both a ring and a way across where `ring` does not tell which."""
    way = found[1] if (found := PIECE.fullmatch(code)) else ""
    return _square(way, ring=True) or _square(way, ring=False) if ring is None else _square(way, ring=ring)


def _square(way: str, ring: bool) -> str:
    """Return the square that a way goes round (or any other way itself), else the one that it crosses; "" for none."""
    found = SQUARE.match(way)
    return found[1] if found and (found[2] == "x") != ring else ""
