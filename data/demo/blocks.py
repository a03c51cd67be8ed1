"""Blocks cut into lots: the cells that communities and grids are made of, and what each lot is used for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo import plan
from data.demo.curves import faces
from data.demo.cutting import cut_down
from data.demo.streets import HALF_WIDTH_M, Block, Town, clear_of_streets

PAVEMENT_M = 3.0
FENCE_M = 1.5
SHOP_STRIP_M = 15.0
SHOP_STREETS = ("primary", "secondary", "tertiary")
MIN_GROUND_M2 = 1_100.0
USES = ("residential", "school", "public", "market", "works", "park")
USE_SHARES = {
    "old": (0.80, 0.04, 0.05, 0.05, 0.02, 0.04),
    "south": (0.79, 0.04, 0.03, 0.05, 0.05, 0.04),
    "east": (0.76, 0.06, 0.04, 0.06, 0.03, 0.05),
}


@dataclass(slots=True)
class Lot:
    """One piece of a block.

    Parameters
    ----------
    cell : Polygon
        To the streets' centre lines; all cells together are an exact partition of the town.
    ground : Polygon
        What streets and pavements leave of it; empty for banks and slivers.
    strips : list of Polygon
        Parts of the ground along busy streets where shops stand.
    """

    cell: Polygon
    block: int
    zone: str
    use: str
    ground: BaseGeometry
    strips: list[BaseGeometry]

    @property
    def yard(self) -> BaseGeometry:
        """Return the largest part of the ground behind the shops."""
        behind = self.ground
        for strip in self.strips:
            behind = behind.difference(strip)
        behind = behind.buffer(-FENCE_M, join_style="mitre")
        return max(shapely.get_parts(behind), key=lambda each: each.area, default=Polygon())


def lay_out(town: Town, borders: list[LineString], rng: np.random.Generator) -> list[Lot]:
    """Cut the town's blocks into lots; what the `borders` enclose outside comes as lots for use "rural"."""
    lines = [each.line for each in town.streets] + [town.river, *borders]
    for block in town.blocks:
        if block.kind == "block":
            cuts, _ = cut_down(block.polygon, plan.LOT_M2[block.zone], rng, [], bow=0.0)
            lines += [line for line, _ in cuts]
    tree = shapely.STRtree([block.polygon for block in town.blocks])
    taken = clear_of_streets(town)
    return [_lot(cell, tree, town, taken, rng) for cell in faces(lines)]


def _lot(
    cell: Polygon, tree: shapely.STRtree, town: Town, taken: BaseGeometry, rng: np.random.Generator
) -> Lot:
    inside = tree.query(cell.representative_point(), "within")
    if len(inside) == 0:
        return Lot(cell, -1, "rural", "rural", Polygon(), [])
    at = int(inside[0])
    block: Block = town.blocks[at]
    use = str(rng.choice(USES, p=USE_SHARES[block.zone]))
    if block.kind != "block":
        return Lot(cell, at, block.zone, block.kind, Polygon(), [])
    clear = cell.buffer(-FENCE_M, join_style="mitre").difference(taken)
    ground = clear.buffer(-PAVEMENT_M, join_style="mitre").buffer(PAVEMENT_M - 0.5, join_style="mitre")
    ground = max(shapely.get_parts(ground), key=lambda each: each.area, default=Polygon())
    if ground.area < MIN_GROUND_M2:
        return Lot(cell, at, block.zone, "park", ground, [])
    strips = _strips(cell, ground, town, rng) if use in ("residential", "market") else []
    return Lot(cell, at, block.zone, use, ground, strips)


def _strips(cell: Polygon, ground: BaseGeometry, town: Town, rng: np.random.Generator) -> list[BaseGeometry]:
    """Reserve a strip for shops along some of the busy streets that the lot fronts on."""
    strips = []
    for street in town.streets:
        if street.road_class not in SHOP_STREETS or street.line.distance(cell) > 0.05:
            continue
        front = street.line.intersection(cell.buffer(0.1))
        if front.length > 35.0 and len(strips) < 2 and rng.random() < 0.42:
            depth = HALF_WIDTH_M[street.road_class] + PAVEMENT_M + SHOP_STRIP_M
            strip = ground.intersection(front.buffer(depth, cap_style="flat"))
            strip = max(shapely.get_parts(strip), key=lambda each: each.area, default=Polygon())
            if 300.0 < strip.area < 0.45 * ground.area and not any(strip.intersects(each) for each in strips):
                strips.append(strip)
    return strips


def street_side(lot: Lot, town: Town, point: Point) -> Point | None:
    """Return the point on a street's centre line at `point` of the cell's border; None off streets."""
    for street in town.streets:
        if street.road_class in HALF_WIDTH_M and street.line.distance(point) < 0.05:
            return street.line.interpolate(street.line.project(point))
    return None
