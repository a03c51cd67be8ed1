"""Footprints in rows: what stands beside what, and how far apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, Polygon, affinity
from shapely.geometry.base import BaseGeometry

from data.demo.cutting import axes

MAX_TURN_DEG = 24.0
"""Houses face south; a block that lies more askew than this is built on as if it did not."""


class Style(NamedTuple):
    """How a kind of building stands in a yard; all in metres."""

    depth: tuple[float, float]
    length: tuple[float, float]
    shortest: float
    between_rows: tuple[float, float]
    between_ends: float
    wing: float = 0.0


STYLES = {
    "lane": Style((8.5, 9.5), (18, 32), 12, (8.5, 11.5), 5.0, 0.10),
    "slab": Style((10.8, 12.2), (32, 54), 18, (13.0, 17.0), 7.0, 0.10),
    "new_slab": Style((12.5, 14.0), (34, 58), 22, (20.0, 26.0), 10.0),
    "tower": Style((17.0, 21.0), (26, 32), 24, (34.0, 42.0), 24.0),
    "shops": Style((9.5, 11.0), (22, 52), 12, (0.0, 0.0), 4.0),
    "school": Style((13.0, 16.0), (45, 75), 28, (22.0, 30.0), 12.0, 0.5),
    "public": Style((14.0, 18.0), (30, 55), 20, (20.0, 26.0), 12.0, 0.4),
    "market": Style((24.0, 34.0), (45, 80), 30, (14.0, 18.0), 12.0),
    "works": Style((20.0, 28.0), (50, 90), 30, (12.0, 16.0), 10.0),
    "farm": Style((13.0, 15.5), (36, 64), 18, (9.0, 12.0), 4.5),
}


class Rows(NamedTuple):
    """Footprints row by row from north to south, and the lines midway between the rows."""

    footprints: list[Polygon]
    aisles: list[LineString]
    angle_deg: float


def facing(polygon: Polygon) -> float:
    """Return the rows' direction in degrees from east: the lot's own if that is near, else nearly east."""
    _, along, *_ = axes(polygon)
    angle = float(np.rad2deg(np.arctan2(along[1], along[0])))
    angle = (angle + 45.0) % 90.0 - 45.0
    return angle if abs(angle) <= MAX_TURN_DEG else float(np.sign(angle)) * 6.0


def fill(
    ground: BaseGeometry, style: Style, angle_deg: float, rng: np.random.Generator, most: int = 99
) -> Rows:
    """Stand at most `most` rows of buildings on `ground`."""
    if ground.is_empty:
        return Rows([], [], angle_deg)
    turned = affinity.rotate(ground, -angle_deg, origin=(0, 0))
    west, south, east, north = turned.bounds
    depth, gap = rng.uniform(*style.depth), rng.uniform(*style.between_rows)
    count = min(int((north - south + gap) // (depth + gap)), most)
    if count < 1:
        return Rows([], [], angle_deg)
    if count < most:
        gap = min(gap * 1.35, (north - south - count * depth) / max(count - 1, 1)) if count > 1 else gap
    top = north - (north - south - count * depth - (count - 1) * gap) / 2
    footprints, aisles = [], []
    for row in range(count):
        upper = top - row * (depth + gap)
        footprints += _row(turned, upper, depth, gap, style, rng)
        if row + 1 < count:
            aisles.append(
                LineString([(west - 60, upper - depth - gap / 2), (east + 60, upper - depth - gap / 2)])
            )
    back = [affinity.rotate(each, angle_deg, origin=(0, 0)) for each in (*footprints, *aisles)]
    kept = [each for each in back[: len(footprints)] if ground.covers(each.buffer(-0.05))]
    return Rows(kept, back[len(footprints) :], angle_deg)


def _row(
    ground: BaseGeometry, upper: float, depth: float, gap: float, style: Style, rng: np.random.Generator
) -> list[Polygon]:
    length = rng.uniform(*style.length)
    found = []
    for start, end in _free(ground, upper, depth):
        count = max(round((end - start + style.between_ends) / (length + style.between_ends)), 1)
        fit = (end - start + style.between_ends) / count - style.between_ends
        each = min(fit, length * 1.3)
        if each < style.shortest:
            continue
        slack = (end - start - count * each - (count - 1) * style.between_ends) / (count + 1)
        for number in range(count):
            left = start + slack * (number + 1) + number * (each + style.between_ends)
            wing = style.wing > 0 and gap > 6 and rng.random() < style.wing
            found.append(_slab(left, upper, each, depth, gap * 0.55 if wing else 0.0))
    return found


def _slab(left: float, upper: float, length: float, depth: float, wing: float) -> Polygon:
    lower, right = upper - depth, left + length
    if wing <= 0.0:
        return shapely.box(left, lower, right, upper)
    inner = left + depth * 0.95
    return Polygon(
        [
            (left, upper),
            (left, lower - wing),
            (inner, lower - wing),
            (inner, lower),
            (right, lower),
            (right, upper),
        ]
    )


def _free(ground: BaseGeometry, upper: float, depth: float) -> list[tuple[float, float]]:
    """Return the stretches (west, east) along which a row of `depth` lies inside `ground`."""
    west, _, east, _ = ground.bounds
    free: list[tuple[float, float]] = [(west, east)]
    for down in (0.02, 0.35, 0.65, 0.98):
        y = upper - down * depth
        cut = shapely.get_parts(LineString([(west - 1, y), (east + 1, y)]).intersection(ground))
        spans = sorted((each.bounds[0], each.bounds[2]) for each in cut if each.geom_type == "LineString")
        free = [(max(a, c), min(b, d)) for a, b in free for c, d in spans if min(b, d) - max(a, c) > 6.0]
    return free
