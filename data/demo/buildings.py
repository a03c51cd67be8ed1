"""Buildings on lots: rows in yards, shops along streets, and the alleys that lead in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo import plan
from data.demo.blocks import Lot, street_side
from data.demo.cutting import axes
from data.demo.rows import STYLES, Rows, facing, fill
from data.demo.streets import Street, Town

ALLEY_M = 3.5


@dataclass(slots=True)
class Building:
    """A footprint and what is in it; `yard` is the number of its courtyard."""

    polygon: Polygon
    use: str
    year: int
    floors: int
    style: str
    lot: int
    yard: int | None = None
    name: str | None = None
    units: int | None = None
    lifts: int = 0
    households: int = 0
    population: int = 0
    elderly_60: int = 0


@dataclass(slots=True)
class Yard:
    """A residential compound."""

    polygon: Polygon
    lot: int
    year: int
    standalone: bool = False
    buildings: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Fabric:
    """All that stands in the town."""

    buildings: list[Building]
    yards: list[Yard]
    alleys: list[Street]


def build(town: Town, lots: list[Lot], rng: np.random.Generator) -> Fabric:
    """Build on every lot."""
    fabric = Fabric([], [], [])
    for number, lot in enumerate(lots):
        if lot.use == "residential":
            _compound(fabric, town, lot, number, rng)
        elif lot.use in ("school", "public", "market", "works"):
            _institution(fabric, lot, number, rng)
        _shops(fabric, lot, number, rng)
    return fabric


def _compound(fabric: Fabric, town: Town, lot: Lot, number: int, rng: np.random.Generator) -> None:
    ground = lot.yard
    if ground.area < 900.0:
        return
    year = _year(lot.zone, rng)
    style = _style(year, ground.area, rng)
    rows = fill(ground.buffer(-2.5, join_style="mitre"), STYLES[style], facing(ground), rng)
    if not rows.footprints:
        rows = fill(ground.buffer(-2.5, join_style="mitre"), STYLES["lane"], facing(ground), rng)
        style = "lane"
    if not rows.footprints:
        return
    alley = _alley(lot, town, rows)
    if alley is not None:
        fabric.alleys.append(Street(alley, None, "service"))
    yard = Yard(ground, number, year)
    for polygon in rows.footprints:
        if alley is not None and polygon.distance(alley) < 2.0:
            continue
        yard.buildings.append(len(fabric.buildings))
        built = int(np.clip(year + rng.integers(-2, 3), 1955, 2021))
        floors = _floors(style, year, rng)
        fabric.buildings.append(
            Building(polygon, "residential", built, floors, style, number, len(fabric.yards))
        )
    if yard.buildings:
        fabric.yards.append(yard)


def _year(zone: str, rng: np.random.Generator) -> int:
    first, last = plan.YEARS[zone]
    return int(first + (last - first) * rng.beta(2.0, 1.6))


def _style(year: int, area_m2: float, rng: np.random.Generator) -> str:
    if year < 1972:
        return "lane" if rng.random() < 0.6 else "slab"
    if year < 2000:
        return "slab"
    return "tower" if year >= 2006 and area_m2 > 9_000 and rng.random() < 0.42 else "new_slab"


def _floors(style: str, year: int, rng: np.random.Generator) -> int:
    if style == "lane":
        return int(rng.integers(2, 4))
    if style == "tower":
        return int(rng.integers(15, 25))
    if style == "new_slab":
        return int(rng.integers(9, 12)) if year >= 2009 and rng.random() < 0.4 else 6
    return (
        int(rng.integers(3, 5))
        if year < 1978
        else int(rng.integers(4, 6))
        if year < 1990
        else int(rng.integers(5, 7))
    )


def _alley(lot: Lot, town: Town, rows: Rows) -> LineString | None:
    """Lead a dead end from a street at the lot's side between two rows."""
    for aisle in rows.aisles[len(rows.aisles) // 2 :] + rows.aisles[: len(rows.aisles) // 2]:
        within = aisle.intersection(lot.cell)
        if within.geom_type != "LineString" or within.length < 40.0:
            continue
        for way in (within, within.reverse()):
            gate = street_side(lot, town, Point(way.coords[0]))
            if gate is not None:
                return shapely.set_precision(LineString([gate, way.interpolate(0.72, normalized=True)]), 0.01)
    return None


def _shops(fabric: Fabric, lot: Lot, number: int, rng: np.random.Generator) -> None:
    roads = shapely.union_all([each.line.buffer(ALLEY_M) for each in fabric.alleys[-1:]])
    for strip in lot.strips:
        free = strip.buffer(-1.0, join_style="mitre").difference(roads)
        if free.is_empty:
            continue
        rows = fill(free, STYLES["shops"], _along(strip), rng, most=1)
        for polygon in rows.footprints:
            use = str(rng.choice(["commercial", "mixed", "public"], p=[0.42, 0.52, 0.06]))
            floors = int(rng.integers(4, 7)) if use == "mixed" else int(rng.integers(1, 4))
            year = _year(lot.zone, rng)
            building = Building(polygon, use, year, floors, "shops", number)
            if use == "mixed" and rng.random() < 0.12:
                building.yard = len(fabric.yards)
                ground = polygon.buffer(0.9, join_style="mitre")
                fabric.yards.append(Yard(ground, number, year, True, [len(fabric.buildings)]))
            fabric.buildings.append(building)


def _along(strip: BaseGeometry) -> float:
    _, along, *_ = axes(strip)
    return float(np.rad2deg(np.arctan2(along[1], along[0])))


def _institution(fabric: Fabric, lot: Lot, number: int, rng: np.random.Generator) -> None:
    ground = lot.yard
    style = STYLES[lot.use]
    rows = fill(ground.buffer(-5.0, join_style="mitre"), style, facing(ground), rng, most=3)
    if not rows.footprints:
        rows = fill(ground.buffer(-2.0, join_style="mitre"), STYLES["lane"], facing(ground), rng, most=2)
    use = {"school": "public", "public": "public", "market": "commercial", "works": "other"}[lot.use]
    for polygon in rows.footprints:
        floors = {"school": 4, "public": 5, "market": 2, "works": 1}[lot.use] + int(rng.integers(0, 2))
        fabric.buildings.append(Building(polygon, use, _year(lot.zone, rng), floors, lot.use, number))
