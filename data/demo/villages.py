"""The country around the town: winding roads, villages of row houses, and the borders between villages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPoint, Point, Polygon, affinity

from data.demo import plan
from data.demo.buildings import Building
from data.demo.curves import in_order, smooth, wander
from data.demo.rows import STYLES, fill
from data.demo.streets import Street

HOUSE_M = 11.5
"""Front of one homestead; a row is two deep, back to back."""


@dataclass(slots=True)
class Country:
    """Villages, their roads and borders, in metres."""

    centres: np.ndarray
    roads: list[Street]
    borders: list[LineString]
    houses: list[Building]
    home: list[int]

    def village_at(self, point: Point, river: LineString) -> int:
        """Return the nearest village on the same bank of the river."""
        away = np.hypot(self.centres[:, 0] - point.x, self.centres[:, 1] - point.y)
        north = np.array([_north_of(river, Point(each)) for each in self.centres])
        return int(np.argmin(np.where(north == _north_of(river, point), away, np.inf)))


def draw_country(town: Polygon, scale: float, rng: np.random.Generator) -> Country:
    """Draw everything outside the town's outline."""
    centres = np.asarray(plan.VILLAGES, dtype=float) * scale
    roads = [_rural_road(sketch, scale, rng) for sketch in plan.RURAL_ROADS]
    ring = np.asarray((*plan.DISTRICT, plan.DISTRICT[0]), dtype=float) * scale
    outline = wander(ring, rng, 0.07, 4)
    country = Country(centres, roads, [outline], [], [])
    country.borders += _borders(centres, Polygon(outline).difference(town), rng)
    for number, centre in enumerate(centres):
        _village(country, number, centre, rng)
    return country


def _north_of(river: LineString, point: Point) -> bool:
    return point.y > river.interpolate(river.project(point)).y


def _rural_road(sketch: plan.Sketch, scale: float, rng: np.random.Generator) -> Street:
    points = np.asarray(sketch.points, dtype=float) * scale
    bent = wander(points, rng, 0.10, 2)
    line = smooth(bent.coords, step_m=25.0, tolerance_m=1.2)
    speed = {"secondary": 50.0, "tertiary": 35.0}.get(sketch.road_class)
    return Street(line, sketch.name, sketch.road_class, speed_kmh=speed)


def _borders(centres: np.ndarray, country: Polygon, rng: np.random.Generator) -> list[LineString]:
    edges = shapely.voronoi_polygons(MultiPoint(centres), extend_to=country, only_edges=True)
    found = []
    for edge in in_order(list(shapely.get_parts(edges))):
        for piece in in_order(list(shapely.get_parts(edge.intersection(country)))):
            if piece.length > 1.0:
                found.append(wander(piece.coords, rng, 0.055, 4).intersection(country))
    return [line for each in found for line in shapely.get_parts(each) if line.geom_type == "LineString"]


def _village(country: Country, number: int, centre: np.ndarray, rng: np.random.Generator) -> None:
    angle = float(rng.uniform(-16, 16))
    half = np.array([rng.uniform(98, 135), rng.uniform(74, 98)])
    lanes = [
        LineString([(-half[0] - 6, 0), (0, 0), (half[0] + 6, 0)]),
        LineString([(0, -half[1]), (0, 0), (0, half[1])]),
    ]
    lanes = [_placed(each, angle, centre) for each in lanes]
    country.roads += [Street(each, None, "residential", speed_kmh=15.0) for each in lanes]
    ground = _placed(affinity.scale(Point(0, 0).buffer(1.0, quad_segs=6), *(half * 1.12)), angle, centre)
    near = [each for each in country.roads if each.line.distance(ground) < 10.0]
    taken = shapely.union_all([each.line.buffer(4.0 if each.name is None else 8.0) for each in near])
    for polygon in fill(ground.difference(taken), STYLES["farm"], angle, rng).footprints:
        country.houses.append(_row_of_houses(polygon, rng))
        country.home.append(number)


def _placed(shape: object, angle_deg: float, centre: np.ndarray) -> object:
    return shapely.set_precision(
        affinity.translate(affinity.rotate(shape, angle_deg, origin=(0, 0)), *centre), 0.01
    )


def _row_of_houses(polygon: Polygon, rng: np.random.Generator) -> Building:
    homes = 2 * max(int((polygon.length / 2 - 14.0) // HOUSE_M), 1)
    year = int(rng.integers(1972, 2012))
    house = Building(polygon, "residential", year, int(rng.integers(1, 3)), "farm", -1)
    house.households = homes
    house.population = int(rng.poisson(homes * 2.3)) + 1
    house.elderly_60 = int(rng.binomial(house.population, 0.43))
    return house
