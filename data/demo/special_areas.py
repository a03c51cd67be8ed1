"""Managed areas out of the ordinary: bundles, two that overlap, contracts to come, and deliberate errors."""

from __future__ import annotations

import datetime as dt

import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.buildings import Fabric
from data.demo.ledger import Ledger
from data.demo.regions import connected

BUNDLES = (
    ("soe", dt.date(2025, 5, 1), True),
    ("fallback", dt.date(2024, 7, 1), False),
    ("soe", dt.date(2025, 9, 1), True),
    ("joint", dt.date(2026, 1, 1), True),
)
"""Mode, start and whether the buildings are listed or only drawn around."""

BUNDLE_SIZE = 10
NEAR_M = 50.0


def plan_ahead(ledger: Ledger, yards: list[int]) -> None:
    """Contracts that are signed and begin after the data's day."""
    for number in yards:
        row = ledger.register.yard_rows[number]
        area = ledger.area(
            row.properties["name"], "natural", row.geometry, courtyards=(row.properties["code"],)
        )
        ledger.arrangement(area, "soe", "trial", dt.date(2026, 9, 1), end_date=dt.date(2027, 2, 28))


def bundle(ledger: Ledger, fabric: Fabric) -> None:
    """Join neighbouring scattered buildings of four communities into bundles: three by list, one drawn."""
    register = ledger.register
    scattered: dict[str, list[int]] = {}
    for number, building in enumerate(fabric.buildings):
        if building.yard is None and building.use == "mixed":
            scattered.setdefault(register.community_of_lot[building.lot].code, []).append(number)
    clusters = [_cluster(members, fabric) for _, members in sorted(scattered.items())]
    clusters = sorted(sorted(clusters, key=lambda each: (-len(each), each))[: len(BUNDLES)])
    for members, (mode, start, listed) in zip(clusters, BUNDLES, strict=False):
        community = register.community_of_lot[fabric.buildings[members[0]].lot]
        codes = tuple(register.building_rows[each].properties["code"] for each in members)
        polygon = _around([fabric.buildings[each].polygon for each in members])
        area = ledger.area(
            f"{community.name[:-2]}散楼打包片区", "bundle", polygon, buildings=codes if listed else ()
        )
        ledger.arrangement(area, mode, "formal", start)


def _cluster(members: list[int], fabric: Fabric) -> list[int]:
    """Return the largest set of buildings that are near one another, at most `BUNDLE_SIZE`."""
    shapes = [fabric.buildings[each].polygon for each in members]
    tree = shapely.STRtree(shapes)
    near = [{int(i) for i in tree.query(shape, "dwithin", distance=NEAR_M)} for shape in shapes]
    best = max(connected(list(range(len(members))), near), key=len)
    return sorted(members[each] for each in best)[:BUNDLE_SIZE]


def _around(shapes: list[BaseGeometry]) -> BaseGeometry:
    """Draw one line around scattered footprints: grown until they meet, then shrunk back."""
    united = shapely.union_all(shapes)
    for reach_m in (15.0, 30.0, 60.0, 90.0):
        shape = united.buffer(reach_m, quad_segs=3).buffer(3.0 - reach_m, quad_segs=3)
        if shape.geom_type == "Polygon":
            return shapely.simplify(shapely.Polygon(shape.exterior), 1.0)
    return united.convex_hull


def overlap(ledger: Ledger, fabric: Fabric, fates: list[str]) -> None:
    """Draw two areas over each other: the second company's line takes in half of its neighbour."""
    yards = fabric.yards
    free = [n for n, fate in enumerate(fates) if fate == "unmanaged" and len(yards[n].buildings) > 3]
    pairs = [
        (a, b)
        for a in free
        for b in range(len(yards))
        if a != b
        and fates[b] in ("unmanaged", "lapsed")
        and yards[a].polygon.distance(yards[b].polygon) < 20.0
    ]
    if not pairs:  # only a town much smaller than the sketch has no such neighbours
        return
    first, second = pairs[0]
    rows = ledger.register.yard_rows
    one, other = yards[first].polygon, yards[second].polygon
    wide = shapely.union_all([other, one.intersection(other.buffer(45.0))]).convex_hull
    ledger.arrangement(
        ledger.area(rows[first].properties["name"], "natural", one.buffer(2.0, join_style="mitre")),
        "fallback",
        "formal",
        dt.date(2024, 4, 1),
    )
    ledger.arrangement(
        ledger.area(rows[second].properties["name"], "natural", wide),
        "soe",
        "formal",
        dt.date(2025, 6, 1),
        end_date=dt.date(2028, 5, 31),
    )


def err(ledger: Ledger, fabric: Fabric, fates: list[str]) -> None:
    """Enter the deliberate errors that data/README.md lists."""
    register = ledger.register
    whole = next(
        n for n, fate in enumerate(fates) if fate == "professional" and len(fabric.yards[n].buildings) > 2
    )
    first = register.building_rows[fabric.yards[whole].buildings[0]]
    for manager in ledger.managers["commercial"][:2]:
        double = ledger.area(
            f"{register.yard_rows[whole].properties['name']}1号楼",
            "natural",
            first.geometry.buffer(1.0),
            buildings=(first.properties["code"],),
            remark="演示差错：同一楼栋两份有效专业化合同",
        )
        term = {"manager": manager, "end_date": dt.date(2028, 2, 29)}
        ledger.arrangement(double, "professional", "formal", dt.date(2025, 3, 1), **term)
    lonely = next(n for n, fate in enumerate(fates) if fate == "unmanaged" and not fabric.yards[n].standalone)
    row = register.yard_rows[lonely]
    lost = ledger.area(
        row.properties["name"],
        "natural",
        row.geometry,
        courtyards=(f"{row.properties['community_code']}C999",),
        remark="演示差错：清单所列楼院编码不存在",
    )
    ledger.arrangement(lost, "fallback", "formal", dt.date(2025, 1, 1))
