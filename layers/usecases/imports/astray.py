"""Single places that lie astray among many: each is a fault of its row, and none decides what the others are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from layers.errors import Fault
from layers.formats.table import RawTable
from layers.text import Text

MOST_SHARE = 0.34  # of the shapes may be astray; more than that is what the file is like
MOST_OF_FEW = 0.5
FEWEST = 3
DEGREES_AROUND, METRES_AROUND = 3.0, 300_000.0  # at least so far from the middle a file's places may lie
SPREADS = 12.0  # or so many times as far as half of them do
DEGREES = 180.0
TENS = (1, 2, 3, 4, 5, 6, 7)

Box = tuple[float, float, float, float]


def without_astray(table: RawTable, around: Box | None = None) -> RawTable:
    """Return a table whose shapes that lie astray are faults of their rows.

    A place of zeros is none. Where nearly all shapes lie together, one that does not is told with what probably
    happened to it: latitude first, a decimal point lost, numbers of another kind. One that is merely far away stays.

    Parameters
    ----------
    around : (west, south, east, north), optional
        Where the records lie, in degrees: what the places of a file of one or two are compared with.
    """
    if table.geometry is None:
        return table
    shapes = np.asarray(table.geometry, dtype=object)
    given = np.flatnonzero(shapely.get_num_geometries(shapes) > 0)
    if not len(given):
        return table
    with np.errstate(over="ignore", invalid="ignore"):  # a number beyond all others is far away, and no more
        found = _found(shapely.bounds(shapes[given]), around)
    if not found:
        return table
    shapes = shapes.copy()
    faults = []
    for place, text in found.items():
        position = int(given[place])
        shapes[position] = None
        faults.append(Fault(text, {"row": table.rows[position]}))
    return replace(table, geometry=shapes, faults=[*table.faults, *faults])


def _found(bounds: np.ndarray, around: Box | None) -> dict[int, Text]:
    """Return place → what is wrong with it."""
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    zero = (bounds == 0).all(axis=1)
    if zero.all():
        return {} if len(zero) >= FEWEST else dict.fromkeys(range(len(zero)), Text("imports.place-zero"))
    astray = {int(place): Text("imports.place-zero") for place in np.flatnonzero(zero)}
    usable = np.isfinite(x) & np.isfinite(y) & ~zero
    few = usable.sum() < FEWEST
    if few:
        if around is None:
            return astray
        middle, room = ((around[0] + around[2]) / 2, (around[1] + around[3]) / 2), (DEGREES_AROUND, DEGREES_AROUND)
    else:
        middle = float(np.median(x[usable])), float(np.median(y[usable]))
        room = _room(x[usable] - middle[0], middle), _room(y[usable] - middle[1], middle)
    near = _near(x, y, middle, room)
    if (usable & ~near).sum() > (MOST_OF_FEW if few else MOST_SHARE) * usable.sum():
        return astray
    for place in np.flatnonzero(usable & ~near):
        text = _explained(float(x[place]), float(y[place]), middle, room)
        if text is not None:
            astray[int(place)] = text
    return astray


def _room(away: np.ndarray, middle: tuple[float, float]) -> float:
    """Return how far from the middle places may lie, in the numbers of the file."""
    least = DEGREES_AROUND if max(map(abs, middle)) <= DEGREES else METRES_AROUND
    return max(least, SPREADS * float(np.median(np.abs(away))))


def _near(x: np.ndarray, y: np.ndarray, middle: tuple[float, float], room: tuple[float, float]) -> np.ndarray:
    return (np.abs(x - middle[0]) <= room[0]) & (np.abs(y - middle[1]) <= room[1])


def _explained(x: float, y: float, middle: tuple[float, float], room: tuple[float, float]) -> Text | None:
    """Say what probably happened to one place; None where it may as well be right."""
    shown = {"x": f"{x:.10g}", "y": f"{y:.10g}"}
    if _near(np.array([y]), np.array([x]), middle, room).all():
        return Text("imports.place-swapped", **shown)
    if x == 0 or y == 0:
        return Text("imports.place-half-zero", **shown)
    across, up = (_scaled(value, at, far) for value, at, far in zip((x, y), middle, room, strict=True))
    if across is not None and up is not None:
        return Text("imports.place-digits", **shown, across=f"{across:.10g}", up=f"{up:.10g}")
    degrees = max(map(abs, middle)) <= DEGREES
    return Text("imports.place-other-kind", **shown) if (max(abs(x), abs(y)) <= DEGREES) is not degrees else None


def _scaled(value: float, middle: float, room: float) -> float | None:
    """Return a number as it is near the middle with its decimal point elsewhere; None where it is near nowhere."""
    # A number with a digit less or more at its front is near only as narrowly as a place is written.
    for shift in (0, *TENS, *(-each for each in TENS)):
        moved = value * 10.0**shift
        if abs(moved - middle) <= (room if shift == 0 else min(room, max(abs(middle) / 10, 1.0))):
            return moved
    return None
