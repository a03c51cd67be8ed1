"""A newer extract beside what is on record: what an office changed stays, what is gone ends, borders keep both sides.

Three sides meet: what the last import said, what somebody changed since, and what the file says now. Field by field the
file counts, but where somebody changed the field by hand. What the file no longer has inside its own area ends the day
before; what lies outside is not spoken of.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

import numpy as np
import shapely

from geo.places import METRES_PER_DEGREE
from layers.formats.table import RawTable
from layers.model.feature import Feature, Value
from layers.store.protocol import Store
from layers.usecases.edits.pending import Pending

PIECE = re.compile(r"osm-(.+)-p\d+")
"""Of a way that is not all in the file: a piece from one node to the next, by its place in the way."""
CELL_M, WINDOW, ON_ROAD_M, STEP_M = 125.0, 4, 1.0, 50.0
MOST_GONE = 0.5
"""If more of a layer than this would end, the file is taken to be another choice of objects, and nothing of it ends."""
SAME_M = 1e-5  # degrees: about a metre
SHAPE = "geometry"


def by_hand(store: Store, layer: str, feature: Feature) -> set[str]:
    """Return the fields of a feature that somebody changed after the last import that set them; ``geometry`` too."""
    found: set[str] = set()
    if feature.version == 1:
        return found
    for changeset, change in reversed(store.feature_history(layer, feature.id)):
        before, after = change.before, change.after
        if before is None or after is None:
            found = set()
            continue
        names = {name for name in {*before.properties, *after.properties}
                 if before.properties.get(name) != after.properties.get(name)}  # fmt: skip
        if before.geometry != after.geometry:
            names.add(SHAPE)
        found = found | names if changeset.kind not in ("import", "revert") else found - names
    return found


def removed_by_hand(store: Store, layer: str, id: str) -> bool:
    """Say whether the last that became of an id is that somebody took the feature away."""
    history = store.feature_history(layer, id)
    return bool(history) and history[0][1].after is None and history[0][0].kind not in ("import", "revert")


def merged(store: Store, layer: str, old: Feature, row: dict[str, Value], shape: shapely.Geometry,
           ) -> tuple[dict[str, Value], shapely.Geometry, set[str]]:  # fmt: skip
    """Return what to put of a row and its shape, and the fields that stay as somebody entered them."""
    differs = {name for name, value in row.items() if old.properties.get(name) != value}
    moved = old.geometry is None or not old.geometry.equals_exact(shape, 1e-7)
    if not differs and not moved:
        return row, shape, set()
    hand = by_hand(store, layer, old)
    kept = (hand & differs) | ({SHAPE} if moved and SHAPE in hand else set())
    row = {name: value for name, value in row.items() if name not in kept}
    return row, old.geometry if SHAPE in kept else shape, kept


def told_already(pending: Pending, roads: RawTable, shapes: np.ndarray) -> set[str]:
    """Return the codes of pieces at the file's border that lie on what is on record of the same way."""
    codes = roads.columns.get("code", ())
    pieces = [(place, code, match[1]) for place, code in enumerate(codes) if (match := PIECE.fullmatch(code))]
    if not pieces:
        return set()
    wanted = {key for _, _, key in pieces}
    stored: dict[str, list[shapely.Geometry]] = {key: [] for key in wanted}
    for code, feature in pending.layer("roads").items():
        key = code.removeprefix("osm-").rpartition("-")[0]
        if key in wanted and PIECE.fullmatch(code) is None and feature.geometry is not None:
            stored[key].append(feature.geometry)
    there = {key: shapely.buffer(shapely.union_all(some), SAME_M) for key, some in stored.items() if some}
    return {code for place, code, key in pieces if key in there and there[key].covers(shapes[place])}


class Inside:
    """Where a file speaks: where its roads lie, and between them.

    Parameters
    ----------
    shapes : ndarray
        The roads and buildings of the file, longitude and latitude.
    box : (west, south, east, north), optional
        Only what lies in it was taken from the file.
    """

    def __init__(self, roads: np.ndarray, box: tuple[float, float, float, float] | None) -> None:
        self._box, self._roads = box, shapely.STRtree(roads)
        west, south, _, north = shapely.total_bounds(roads)
        self._origin = np.array([west, south])
        self._scale = np.array([np.cos(np.radians((south + north) / 2)), 1.0]) * METRES_PER_DEGREE
        dense = shapely.segmentize(roads, STEP_M / METRES_PER_DEGREE)
        cells = self._cells(shapely.get_coordinates(dense)) + WINDOW
        size = cells.max(axis=0) + 1 + WINDOW
        there = np.zeros(size, dtype=np.int64)
        there[cells[:, 0], cells[:, 1]] = 1
        self._sums = np.pad(there.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def _cells(self, lonlat: np.ndarray) -> np.ndarray:
        return np.floor((lonlat - self._origin) * self._scale / CELL_M).astype(np.int64)

    def holds(self, shapes: np.ndarray) -> np.ndarray:
        """Tell which shapes lie inside with every vertex: on a road of the file, or roads in all four directions."""
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        fine = self._between(xy)
        rest = np.flatnonzero(~fine)
        met = self._roads.query(shapely.points(xy[rest]), predicate="dwithin", distance=ON_ROAD_M / METRES_PER_DEGREE)[
            0
        ]
        fine[rest[met]] = True
        if self._box is not None:
            west, south, east, north = self._box
            fine &= (xy >= [west, south]).all(axis=1) & (xy <= [east, north]).all(axis=1)
        found = np.bincount(owner, minlength=len(shapes)) > 0
        found[owner[~fine]] = False
        return found

    def _between(self, xy: np.ndarray) -> np.ndarray:
        at = self._cells(xy) + WINDOW
        top = np.array(self._sums.shape) - 2
        near = ((at >= 0) & (at <= top)).all(axis=1)
        fine = np.zeros(len(xy), dtype=bool)
        x, y = at[near].T
        low_x, low_y = np.maximum(x - WINDOW, 0), np.maximum(y - WINDOW, 0)
        high_x, high_y = np.minimum(x + WINDOW, top[0]), np.minimum(y + WINDOW, top[1])

        def some(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
            sums = self._sums
            return sums[c + 1, d + 1] - sums[a, d + 1] - sums[c + 1, b] + sums[a, b] > 0

        fine[near] = some(low_x, low_y, x, y) & some(x, low_y, high_x, y) & some(low_x, y, x, high_y) & some(
            x, y, high_x, high_y)  # fmt: skip
        return fine


def gone(pending: Pending, layer: str, codes: Iterable[str], inside: Inside, day: dt.date) -> tuple[list[str], bool]:
    """Return the codes of features of OpenStreetMap that a file no longer has inside its area, or whether too many.

    Parameters
    ----------
    pending : Pending
    layer : str
    codes : iterable of str
        Those that the file has.
    inside : Inside
    day : date
        That of the import; what has ended by then is not looked at.
    """
    has = set(codes)
    here: Mapping[str, Feature] = pending.layer(layer)
    ours = [(code, feature) for code, feature in here.items()
            if code.startswith("osm-") and feature.geometry is not None and _holds(feature, day)]  # fmt: skip
    if not ours or not has:
        return [], False
    shapes = np.empty(len(ours), dtype=object)
    shapes[:] = [feature.geometry for _, feature in ours]
    within = inside.holds(shapes)
    lost = sorted(code for (code, _), held in zip(ours, within, strict=True) if held and code not in has)
    many = len(lost) > MOST_GONE * max(int(np.count_nonzero(within)), 1)
    return ([], True) if many else (lost, False)


def _holds(feature: Feature, day: dt.date) -> bool:
    until = feature.properties.get("valid_to")
    return not isinstance(until, dt.date) or until >= day
