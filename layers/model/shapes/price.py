"""What a shape from outside may cost, in one place, and the words for one that costs more.

A file is read in a process of its own that ends when its time is over, so it may bring what the service itself would
not compute while somebody waits. Everything that comes with a request is bound tighter. What shapes cost is reckoned by
`geo.shapes.price`, before GEOS sees them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.shapes import MAX_CHECK_MS, MAX_VERTICES, check_ms, ring_counts
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one shape may bring.

    Parameters
    ----------
    vertices, rings : int
    check_ms : float
        Milliseconds that seeing whether it is valid may take, as reckoned beforehand.
    """

    vertices: int
    rings: int
    check_ms: float


READ = Allowance(vertices=MAX_VERTICES, rings=50_000, check_ms=MAX_CHECK_MS)
"""A shape of a file, checked and repaired by the reading process."""

WRITTEN = Allowance(vertices=50_000, rings=10_000, check_ms=200.0)
"""A shape that comes with a request, checked while somebody waits."""

TOGETHER = Allowance(vertices=100_000, rings=25_000, check_ms=500.0)
"""All shapes of one request."""

DRAWN = Allowance(vertices=5_000, rings=500, check_ms=50.0)
"""A shape drawn by hand, which the plan is then cut with."""

SOUGHT = Allowance(vertices=2_000, rings=200, check_ms=100.0)
"""A shape in a filter, which every feature is then compared with."""


def too_dear(shapes: np.ndarray, allowance: Allowance) -> list[Text | None]:
    """Say for each shape why it is not computed with, or None; nothing is computed to find out."""
    shapes = np.asarray(shapes, dtype=object)
    refused: list[Text | None] = [None] * len(shapes)
    vertices, rings = shapely.get_num_coordinates(shapes), _rings(shapes, allowance.rings)
    many, ringed = vertices > allowance.vertices, rings > allowance.rings
    rest = np.flatnonzero(~many & ~ringed)
    dear = rest[check_ms(shapes[rest], allowance.check_ms) > allowance.check_ms]
    for at in np.flatnonzero(many | ringed):
        refused[at] = too_many("vertices" if many[at] else "rings", allowance)
    for at in dear:
        refused[at] = _intricate(shapes[at], allowance)
    return refused


def too_dear_together(shapes: np.ndarray, allowance: Allowance = TOGETHER) -> Text | None:
    """Say why some shapes, each of which may be computed with, are too much in one request; or None."""
    shapes = np.asarray(shapes, dtype=object)
    if not len(shapes):
        return None
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    if vertices > allowance.vertices:
        return Text("shapes.together-vertices", count=vertices, most=allowance.vertices)
    cost_ms = float(check_ms(shapes, allowance.check_ms / len(shapes)).sum())
    if cost_ms > allowance.check_ms:
        return Text("shapes.together-cost", seconds=_seconds(cost_ms), most=_seconds(allowance.check_ms))
    return None


def too_many(what: str, allowance: Allowance) -> Text:
    """Say that a shape has more vertices, or rings, than are taken."""
    return Text(f"shapes.costly-{what}", most=getattr(allowance, what), what_to_do=_what_to_do(allowance))


def _intricate(shape: shapely.Geometry, allowance: Allowance) -> Text:
    one = np.array([shape], dtype=object)
    cost_ms = float(check_ms(one)[0])
    return Text(
        "shapes.costly-cost",
        rings=int(ring_counts(one)[0]),
        count=int(shapely.get_num_coordinates(shape)),
        seconds=_seconds(cost_ms),
        most=_seconds(allowance.check_ms),
        what_to_do=_what_to_do(READ if allowance == WRITTEN and cost_ms > READ.check_ms else allowance),
    )


def _what_to_do(allowance: Allowance) -> Text:
    """A file may bring what a request may not; a drawing and a filter can only be simplified."""
    if allowance == READ:
        return Text("shapes.split")
    return Text("shapes.simplify" if allowance in (DRAWN, SOUGHT) else "shapes.hand-in")


def _rings(shapes: np.ndarray, most: int) -> np.ndarray:
    """Count rings where there can be too many of them: a ring has four vertices or more."""
    counts = np.zeros(len(shapes), np.int64)
    many = shapely.get_num_coordinates(shapes) > 4 * most
    counts[many] = ring_counts(shapes[many])
    return counts


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:,.1f}"
