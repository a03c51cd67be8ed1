"""Streets and blocks: the sketch drawn, its superblocks cut into blocks, the river left as a gap."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, Point, Polygon

from data.demo import names, plan
from data.demo.curves import faces, in_order, noded, smooth
from data.demo.cutting import cut_down

HALF_WIDTH_M = {
    "primary": 17.0,
    "secondary": 12.5,
    "tertiary": 8.5,
    "residential": 5.0,
    "service": 2.5,
    "track": 2.0,
    "path": 1.5,
}
SPEED_KMH = {
    "primary": 50.0,
    "secondary": 40.0,
    "tertiary": 30.0,
    "residential": 20.0,
    "service": 10.0,
    "track": 15.0,
}
TERTIARY_FROM_M2 = 85_000.0
RIVERSIDE = ("滨河北路", "滨河南路")
JOIN_M = 25.0
"""A sketched end this near to another line is meant to meet it."""


@dataclass(slots=True)
class Street:
    """A street before it is noded; `road_class` None is a border that is no road."""

    line: LineString
    name: str | None
    road_class: str | None
    oneway: str = "no"
    speed_kmh: float | None = None


@dataclass(slots=True)
class Block:
    """A face between streets, measured to their centre lines."""

    polygon: Polygon
    kind: str
    zone: str
    superblock: int = -1


@dataclass(slots=True)
class Town:
    """The town in metres around the origin."""

    streets: list[Street]
    river: LineString
    water: Polygon
    outline: Polygon
    blocks: list[Block] = field(default_factory=list)
    superblocks: list[Polygon] = field(default_factory=list)


def draw_town(scale: float, rng: np.random.Generator) -> Town:
    """Draw streets, river and blocks; `scale` stretches the sketch."""
    river = smooth(np.asarray(plan.RIVER) * scale)
    streets = _sketched(scale) + _riverside(river)
    superblocks = faces([each.line for each in streets] + [river])
    outline = shapely.unary_union(superblocks)
    for street in streets:
        if street.name in RIVERSIDE:
            street.line = _inside(street, streets, outline)
    town = Town(streets, river, river.buffer(plan.RIVER_HALF_WIDTH_M), outline, superblocks=superblocks)
    hill = Point(plan.HILL[0] * scale, plan.HILL[1] * scale)
    _cut_blocks(town, hill, scale, rng)
    tree = shapely.STRtree(superblocks)
    lines = [each.line for each in town.streets] + [river]
    for polygon in faces(lines):
        inside = polygon.representative_point()
        home = int(tree.query(inside, "within")[0])
        block = Block(polygon, _kind(superblocks[home], river, hill), _zone(inside, river, scale), home)
        town.blocks.append(block)
    return town


def _sketched(scale: float) -> list[Street]:
    sketches = (*plan.ARTERIALS, *plan.RINGS)
    lines = [smooth(np.asarray(each.points, dtype=float) * scale) for each in sketches]
    for at, line in enumerate(lines):
        lines[at] = _joined(line, lines[:at] + lines[at + 1 :], JOIN_M * scale)
    return [Street(line, each.name, each.road_class) for line, each in zip(lines, sketches, strict=True)]


def _joined(line: LineString, others: list[LineString], reach_m: float) -> LineString:
    """Draw the line's ends to the lines that they were sketched to meet."""
    points = np.asarray(line.coords)
    for end in (0, -1):
        here = Point(points[end])
        nearest = min(others, key=here.distance)
        if nearest.distance(here) < reach_m:
            points[end] = nearest.interpolate(nearest.project(here)).coords[0]
    return shapely.set_precision(LineString(points), 0.01)


def _riverside(river: LineString) -> list[Street]:
    away = plan.RIVER_HALF_WIDTH_M + plan.BANK_M
    sides = zip((away, -away), RIVERSIDE, strict=True)
    return [
        Street(
            shapely.set_precision(shapely.simplify(shapely.offset_curve(river, by), 0.5), 0.01),
            name,
            "tertiary",
        )
        for by, name in sides
    ]


def _inside(street: Street, streets: list[Street], outline: Polygon) -> LineString:
    """Return what lies in town of a riverside street, cut at its junctions with the rings."""
    near = outline.buffer(0.05)
    pieces = [line for line, each in _with_street(streets) if each is street and near.covers(line)]
    return shapely.line_merge(shapely.union_all(pieces))


def _kind(superblock: Polygon, river: LineString, hill: Point) -> str:
    if superblock.intersection(river).length > 5.0:
        return "bank"
    return "hill" if superblock.contains(hill) else "block"


def _zone(point: Point, river: LineString, scale: float) -> str:
    if point.x > plan.EAST_FROM_X_M * scale + 150:
        return "east"
    nearest = river.interpolate(river.project(point))
    return "old" if point.y > nearest.y else "south"


def _cut_blocks(town: Town, hill: Point, scale: float, rng: np.random.Generator) -> None:
    roads = lanes = 0
    for superblock in town.superblocks:
        if _kind(superblock, town.river, hill) != "block":
            continue
        zone = _zone(superblock.representative_point(), town.river, scale)
        corners = _corners(superblock, town.streets)
        cuts, _ = cut_down(superblock, plan.BLOCK_M2[zone], rng, corners)
        for line, area_m2 in cuts:
            if area_m2 > TERTIARY_FROM_M2:
                town.streets.append(Street(line, names.cycle(names.ROADS, roads), "tertiary"))
                roads += 1
            else:
                oneway = str(rng.choice(["no", "forward", "backward"], p=[0.88, 0.08, 0.04]))
                town.streets.append(Street(line, names.cycle(names.LANES, lanes), "residential", oneway))
                lanes += 1


def _corners(superblock: Polygon, streets: list[Street]) -> list[Point]:
    """Return the ends of earlier streets on this superblock's border: where a new one may run on."""
    ends = [Point(end) for each in streets for end in (each.line.coords[0], each.line.coords[-1])]
    return [end for end in ends if superblock.exterior.distance(end) < 0.05]


@dataclass(slots=True)
class Road:
    """A street between two junctions."""

    line: LineString
    street: Street
    bridge: bool = False
    tunnel: bool = False

    @property
    def level(self) -> int:
        """Return 1 for a bridge, -1 for a tunnel, 0 on the ground."""
        return int(self.bridge) - int(self.tunnel)


def network(town: Town, others: list[Street]) -> list[Road]:
    """Node all streets into roads; bridges meet the ground only at their ends."""
    inside = town.outline.buffer(1.0)
    outward = {each.name for each in plan.ARTERIALS}
    pieces = [
        (line, street)
        for line, street in _with_street(town.streets)
        if street.name in outward or inside.covers(line)
    ]
    over = [(line, street) for line, street in pieces if line.intersection(town.water).length > 20.0]
    no_bridge = {each.name for each in plan.RINGS}
    bridges = [Road(line, street, bridge=True) for line, street in over if street.name not in no_bridge]
    ground = [
        Street(line, s.name, s.road_class, s.oneway, s.speed_kmh)
        for line, s in pieces
        if (line, s) not in over
    ]
    return bridges + [Road(line, street) for line, street in _with_street(ground + others)]


def _with_street(streets: list[Street]) -> list[tuple[LineString, Street]]:
    """Return every noded piece with the street that it is part of."""
    tree = shapely.STRtree([each.line for each in streets])
    pieces = noded([each.line for each in streets])
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    nearest = tree.query_nearest(middles, all_matches=False)[1]
    return [(line, streets[int(at)]) for line, at in zip(pieces, nearest, strict=True)]


def riverside_paths(town: Town) -> list[Street]:
    """Draw a walk along the water with links to the riverside streets; it passes beneath bridges."""
    found = []
    inside = town.outline.buffer(-1.0)
    for sign, name, share in ((1, "澄河北岸步道", (0.0, 1.0)), (-1, "澄河南岸步道", (0.3, 0.72))):
        away = plan.RIVER_HALF_WIDTH_M + 7.0
        walk = shapely.simplify(shapely.offset_curve(town.river, sign * away), 0.5).intersection(inside)
        walk = max(shapely.get_parts(walk), key=lambda each: each.length)
        walk = shapely.ops.substring(walk, *share, normalized=True)
        walk = shapely.set_precision(walk, 0.01)
        found.append(Street(walk, name, "path"))
        street = next(each.line for each in town.streets if each.name == (RIVERSIDE[sign < 0]))
        for at in np.linspace(0.02, 0.98, 7):
            foot = walk.interpolate(at, normalized=True)
            link = LineString([foot, street.interpolate(street.project(foot))])
            found.append(Street(shapely.set_precision(link, 0.01), None, "path"))
    return found


def clear_of_streets(town: Town) -> Polygon:
    """Return the ground that streets take, m: their centre lines widened by class, and the water."""
    taken = [
        shapely.buffer(each.line, HALF_WIDTH_M[each.road_class]) for each in town.streets if each.road_class
    ]
    return shapely.union_all([*in_order(taken), town.water])


def hill_paths(town: Town, scale: float) -> list[Street]:
    """Draw the ways up the hill, each joined to the street or way where it begins."""
    found: list[Street] = []
    for each in plan.HILL_PATHS:
        others = [street.line for street in (*town.streets, *found)]
        line = _joined(smooth(np.asarray(each.points, dtype=float) * scale), others, JOIN_M * scale)
        found.append(Street(line, each.name, each.road_class))
    return found
