"""Shapes that keep GEOS busy for minutes though they are small, and honest ones that are large."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon


def circle(vertices: int, radius: float = 1.0, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, vertices + 1)
    xy = np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
    xy[-1] = xy[0]
    return xy


def nested_rings(count: int, vertices: int = 4) -> Polygon:
    """Holes inside holes: 8,000 of them held the interpreter for 57 s."""
    shell, *holes = (circle(vertices, 1 - at / (count + 1)) for at in range(count))
    return Polygon(shell, holes)


def annuli(count: int) -> MultiPolygon:
    """Rings around rings, and valid."""
    rings = [circle(4, 1 - at / (2 * count + 1)) for at in range(2 * count)]
    return MultiPolygon([Polygon(shell, [hole]) for shell, hole in zip(rings[::2], rings[1::2], strict=True)])


def star(points: int) -> Polygon:
    """Every edge crosses nearly every other."""
    angle = np.arange(points) * (points // 2) * 2 * np.pi / points
    return Polygon(np.column_stack([np.cos(angle), np.sin(angle)]))


def crossed_combs(teeth: int) -> Polygon:
    """One comb over another, turned: the square of the teeth in crossings."""
    along, across = np.repeat(np.arange(teeth) / teeth, 2), np.tile([0, 1, 1, 0], teeth // 2)
    return Polygon(np.concatenate([np.column_stack([across, along]), np.column_stack([along, across])]))


def spikes(count: int) -> Polygon:
    """To and fro on one line."""
    xy = np.zeros((count, 2))
    xy[1::2, 0] = 1 + np.arange(count // 2) * 1e-9
    return Polygon(np.concatenate([xy, [(0.5, 1.0)]]))


def holes_in_a_long_shell(vertices: int, count: int) -> Polygon:
    """For every hole the whole shell is walked."""
    side = int(np.ceil(np.sqrt(count)))
    step = 1.2 / side
    holes = [circle(4, step / 3, step * (at % side) - 0.6, step * (at // side) - 0.6) for at in range(count)]
    return Polygon(circle(vertices), holes)


def stacked(count: int) -> MultiPolygon:
    """The same part, again and again."""
    return MultiPolygon([Polygon(circle(4))] * count)


def coast(vertices: int) -> Polygon:
    """A bay and its headlands: honest, and long."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 1 + 0.1 * np.sin(5 * angle) + 0.01 * np.sin(97 * angle) + 0.0005 * np.sin(4001 * angle)
    return Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))


def islands(count: int) -> MultiPolygon:
    """Many small parts beside one another."""
    side = int(np.ceil(np.sqrt(count)))
    return MultiPolygon([Polygon(circle(8, 0.4, at % side, at // side)) for at in range(count)])


def lakes(count: int) -> Polygon:
    """Many small holes in a plain shell."""
    side = int(np.ceil(np.sqrt(count)))
    box = [(-1, -1), (side, -1), (side, side), (-1, side)]
    return Polygon(box, [circle(4, 0.4, at % side, at // side) for at in range(count)])


HOSTILE = {
    "nested rings": nested_rings(8_000),
    "annuli": annuli(1_500),
    "star": star(5_001),
    "crossed combs": crossed_combs(3_000),
    "spikes": spikes(6_001),
    "holes in a long shell": holes_in_a_long_shell(60_000, 6_000),
    "the same part": stacked(3_000),
}
HONEST = {
    "coast": coast(150_000),
    "islands": islands(5_000),
    "lakes": lakes(4_000),
    "many duplicate places": Polygon(np.repeat(circle(4), 20_000, axis=0)),
}


def near(shape: shapely.Geometry, x: float = 120.4, y: float = 36.2, size: float = 0.002) -> shapely.Geometry:
    """Put a shape to a place on earth, about `size` degrees wide."""
    west, south, east, north = shape.bounds
    scale = size / max(east - west, north - south)
    return shapely.transform(shape, lambda xy: (xy - (west, south)) * scale + (x, y))
