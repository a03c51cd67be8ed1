"""A newer extract beside what is on record: what an office changed stays, what is gone ends, borders keep both sides.

Three sides meet: what the last import said, what somebody changed since, and what the file says now. Field by field the
file counts, but where somebody changed the field by hand. What the file no longer has inside its own area ends the day
before; what lies outside is not spoken of.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.places import METRES_PER_DEGREE
from layers.formats.table import RawTable
from layers.model.feature import Feature, Value
from layers.store.protocol import Store
from layers.usecases.edits.pending import Pending

PIECE = re.compile(r"osm-(.+)-p\d+")
"""Of a way that is not all in the file: a piece from one node to the next, by its place in the way."""
AROUND_M, FINE_M, COARSE_M, CELLS = 500.0, 25.0, 125.0, 1_000
ON_ROAD_M, STEP_M = 1.0, 50.0
RIM_M = 300.0
"""So near to what lies beyond a file's area nothing is known to be gone: a wide block, for ways stick out of it."""
MOST_GONE, FEW_GONE = 0.5, 10
"""If more of a layer than this share would end, and more than so few as one looks through in a moment, the file is
taken to be another choice of objects, and nothing of it ends."""
SAME_M = 1e-5  # degrees: about a metre
SHAPE = "geometry"
Box = tuple[float, float, float, float]


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
    """Where a file speaks: within the bounds that it names, else where its roads lie, and between them.

    Parameters
    ----------
    shapes : ndarray
        The roads and buildings of the file, longitude and latitude.
    box : (west, south, east, north), optional
        Only what lies in it was taken from the file.
    bounds : list of such boxes
        The file holds all that lies in one of them.
    """

    def __init__(self, roads: np.ndarray, box: Box | None, bounds: Sequence[Box] = ()) -> None:
        self._box, self._roads, self._bounds = box, shapely.STRtree(roads), bounds
        self._beyond = shapely.STRtree([])
        west, south, east, north = shapely.total_bounds(roads)
        self._origin = np.array([west, south])
        self._scale = np.array([np.cos(np.radians((south + north) / 2)), 1.0]) * METRES_PER_DEGREE
        wide_m = float((([east, north] - self._origin) * self._scale).max())
        self._cell_m = min(max(wide_m / CELLS, FINE_M), COARSE_M)
        self._window = window = round(AROUND_M / self._cell_m)
        dense = shapely.segmentize(roads, min(STEP_M, self._cell_m) / METRES_PER_DEGREE)
        cells = self._cells(shapely.get_coordinates(dense)) + window
        size = cells.max(axis=0) + 1 + window
        there = np.zeros(size, dtype=np.int64)
        there[cells[:, 0], cells[:, 1]] = 1
        self._sums = np.pad(there.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def _cells(self, lonlat: np.ndarray) -> np.ndarray:
        return np.floor((lonlat - self._origin) * self._scale / self._cell_m).astype(np.int64)

    def holds(self, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tell which shapes lie inside all along, and which in part; without bounds by roads of the file.

        There a place is inside on a road of the file, or with roads in all four directions.
        """
        parts = shapely.length(shapes) / 2  # at least one place between two ends
        dense = shapely.segmentize(shapes, np.clip(parts, 1e-9, STEP_M / METRES_PER_DEGREE))
        xy, owner = shapely.get_coordinates(dense, return_index=True)
        if self._bounds:
            each = [(xy >= box[:2]).all(axis=1) & (xy <= box[2:]).all(axis=1) for box in self._bounds]
            whole = np.any([_all_of(fine, owner, len(shapes)) for fine in each], axis=0)
            fine = np.any(each, axis=0)
        else:
            away = np.ones(len(xy), dtype=bool)
            away[self._on(xy, self._cell_m)] = False
            # Beside a road of the file its cell is too coarse to tell which side is which.
            fine = self._between(xy, 0) & (~away | self._between(xy, 1))
            fine[self._on(xy, ON_ROAD_M)] = True
            whole = _all_of(fine, owner, len(shapes)) & ~self._near_beyond(shapes)
        if self._box is not None:
            west, south, east, north = self._box
            fine &= (xy >= [west, south]).all(axis=1) & (xy <= [east, north]).all(axis=1)
            whole &= _all_of(fine, owner, len(shapes))
        return whole, ~whole & (np.bincount(owner[fine], minlength=len(shapes)) > 0)

    def keep_out(self, roads: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """Take roads that the file does not have as beyond its area where they lie together with roads out there.

        A file that was cut with all ways that reach into it has ways that stick out, without the side streets there:
        what lies between those looks as if it were inside. From now on nothing near such roads is inside.

        Parameters
        ----------
        roads : ndarray of LineString
            What is on record and not in the file, longitude and latitude.
        whole : ndarray of bool
            Which of them lie inside, by the file's own roads.

        Returns
        -------
        ndarray of bool
            Which of them are inside nevertheless.
        """
        if self._bounds or whole.all():
            return whole
        inside, fresh = whole.copy(), ~whole
        while fresh.any():
            self._beyond = shapely.STRtree(roads[fresh])
            fresh = inside & self._near_beyond(roads)
            inside &= ~fresh
        self._beyond = shapely.STRtree(roads[~inside])
        return inside

    def _near_beyond(self, shapes: np.ndarray) -> np.ndarray:
        """Tell which shapes come near to what is taken to be beyond the file's area."""
        found = np.zeros(len(shapes), dtype=bool)
        if len(self._beyond):
            found[self._beyond.query(shapes, predicate="dwithin", distance=RIM_M / METRES_PER_DEGREE)[0]] = True
        return found

    def _on(self, xy: np.ndarray, metres: float) -> np.ndarray:
        """Give the rows of places so near to a road of the file."""
        return self._roads.query(shapely.points(xy), predicate="dwithin", distance=metres / METRES_PER_DEGREE)[0]

    def _between(self, xy: np.ndarray, step: int) -> np.ndarray:
        """Tell which places have roads to the north-west, north-east, south-west and south-east, `step` cells off."""
        window, sums = self._window, self._sums
        at, top = self._cells(xy) + window, np.array(sums.shape) - 2
        near = ((at >= 1) & (at < top)).all(axis=1)
        x, y = at[near].T
        low, high = np.maximum(at[near] - window, 0).T, np.minimum(at[near] + window, top).T

        def some(first: np.ndarray, bottom: np.ndarray, last: np.ndarray, upper: np.ndarray) -> np.ndarray:
            within = sums[last + 1, upper + 1] - sums[first, upper + 1] - sums[last + 1, bottom] + sums[first, bottom]
            return within > 0

        fine = np.zeros(len(xy), dtype=bool)
        fine[near] = some(low[0], low[1], x - step, y - step) & some(x + step, low[1], high[0], y - step)
        fine[near] &= some(low[0], y + step, x - step, high[1]) & some(x + step, y + step, high[0], high[1])
        return fine


@dataclass(frozen=True)
class Gone:
    """What a file no longer has of a layer: codes that end, and codes that are kept, by why (`osm.merge-…`).

    `kept` is under ``none`` what the file holds no such thing of at all, under ``many`` too much to end, under ``rim``
    what does not lie inside the file's area all along.
    """

    ended: list[str]
    kept: dict[str, list[str]]


def gone(pending: Pending, layer: str, codes: Iterable[str], inside: Inside, day: dt.date, seen: bool) -> Gone:
    """Tell what of OpenStreetMap's features on record a file no longer has inside its area.

    Parameters
    ----------
    pending : Pending
    layer : str
    codes : iterable of str
        Those that the file has.
    inside : Inside
    day : date
        That of the import; what has ended by then is not looked at.
    seen : bool
        The file holds objects of the layer, if only some that do not come in.
    """
    has = set(codes)
    here: Mapping[str, Feature] = pending.layer(layer)
    ours = [(code, feature) for code, feature in here.items()
            if code.startswith("osm-") and feature.geometry is not None and _holds(feature, day)]  # fmt: skip
    missing = [(code, feature) for code, feature in ours if code not in has]
    if not missing:
        return Gone([], {})
    shapes = np.empty(len(missing), dtype=object)
    shapes[:] = [feature.geometry for _, feature in missing]
    whole, part = inside.holds(shapes)
    if layer == "roads":
        kept_out = whole & ~inside.keep_out(shapes, whole)
        whole, part = whole & ~kept_out, part | kept_out
    lost, rim = (sorted(missing[row][0] for row in np.flatnonzero(each)) for each in (whole, part))
    kept = {"rim": rim} if rim and seen else {}
    if not seen:
        return Gone([], {"none": lost} if lost else {})
    if len(lost) > max(MOST_GONE * (len(ours) - len(missing) + len(lost)), FEW_GONE):
        return Gone([], {**kept, "many": lost})
    return Gone(lost, kept)


def _all_of(fine: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """Tell of which shapes all places are fine: bool[count]; of one without a place that is not so."""
    found = np.bincount(owner, minlength=count) > 0
    found[owner[~fine]] = False
    return found


def _holds(feature: Feature, day: dt.date) -> bool:
    until = feature.properties.get("valid_to")
    return not isinstance(until, dt.date) or until >= day
