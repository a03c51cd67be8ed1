"""Many small shapes cut by one large one, whose corners are not all looked at for each of them."""

from __future__ import annotations

import numpy as np
import shapely

_DIRECTLY = 5_000_000  # pairs of a shape and a corner
_TOGETHER = 4
_FEW_CORNERS = 200
_ROOM = 0.05  # of a box: what is cut off lies so far beyond it


def common(shapes: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """Return what each of some shapes has in common with one area.

    Parameters
    ----------
    shapes : object[n]
        None stays None, and what is empty is empty.
    area : Polygon or MultiPolygon
        Valid.

    Returns
    -------
    object[n], as ``shapely.intersection``; where there is much to do a shape that lies inside is itself, and where two
    lines cross may be told otherwise in the last digit.
    """
    if len(shapes) * shapely.get_num_coordinates(area) <= _DIRECTLY:
        return shapely.intersection(shapes, area)
    shapely.prepare(area)
    found = np.array(shapes, dtype=object)
    nothing = shapely.is_missing(found) | shapely.is_empty(found)
    left = np.flatnonzero(~nothing & ~shapely.contains(area, found))
    boxes = shapely.bounds(found)
    waiting = [(left, area)] if len(left) else []
    while waiting:  # the shapes are halved again and again, each time with what of the area is near them
        rows, near = waiting.pop()
        if len(rows) <= _TOGETHER or shapely.get_num_coordinates(near) <= _FEW_CORNERS:
            found[rows] = shapely.intersection(found[rows], near)
            continue
        middle = boxes[rows, :2] + boxes[rows, 2:]
        order = rows[np.argsort(middle[:, np.argmax(np.ptp(middle, axis=0))], kind="stable")]
        for half in np.array_split(order, 2):
            low, high = np.min(boxes[half, :2], axis=0), np.max(boxes[half, 2:], axis=0)
            room = _ROOM * (high - low).max()
            waiting.append((half, shapely.intersection(near, shapely.box(*(low - room), *(high + room)))))
    return found
