"""Communities, grids and streets as sums of cells: each level is an exact partition of the one above."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Polygon

from data.demo import names
from data.demo.blocks import Lot
from data.demo.regions import connected, divide, merge_small, neighbours
from data.demo.streets import Town
from data.demo.villages import Country

HOUSEHOLDS_PER_GRID = 395


@dataclass(slots=True)
class Grid:
    """A grid: its code and cells."""

    code: str
    cells: list[int]
    polygon: Polygon


@dataclass(slots=True)
class Community:
    """An urban community or a village: its code, name and cells."""

    code: str
    name: str
    kind: str
    cells: list[int]
    polygon: Polygon
    grids: list[Grid] = field(default_factory=list)


def divide_town(
    town: Town, lots: list[Lot], country: Country, households: np.ndarray, count: int
) -> list[Community]:
    """Return `count` urban communities and all villages, with their grids, by code.

    Parameters
    ----------
    households : array of len(lots)
        Households in each cell.
    """
    cells = [lot.cell for lot in lots]
    near = neighbours(cells)
    _part_the_banks(lots, near)
    centres = shapely.get_coordinates(shapely.centroid(cells))
    groups = _urban(town, lots, near, households, count)
    found = _named(groups, cells, near, town)
    for community in found:
        parts = int(np.clip(round(households[community.cells].sum() / HOUSEHOLDS_PER_GRID), 3, 6))
        regions = divide(community.cells, households, centres, near, parts)
        community.grids = numbered(community.code, regions, cells)
    return found + _villages(lots, cells, country, near, town.river)


def _part_the_banks(lots: list[Lot], near: list[set[int]]) -> None:
    """The river parts its banks: cells of different banks are no neighbours."""
    for here, others in enumerate(near):
        if lots[here].use == "bank":
            others -= {each for each in others if lots[each].use in ("bank", "rural")}


def _urban(
    town: Town, lots: list[Lot], near: list[set[int]], weights: np.ndarray, count: int
) -> list[list[int]]:
    """Group the town's cells: superblocks first, divided where too full and joined where too empty."""
    by_superblock: dict[int, list[int]] = {}
    for number, lot in enumerate(lots):
        if lot.block >= 0:
            by_superblock.setdefault(town.blocks[lot.block].superblock, []).append(number)
    groups = []
    centres = shapely.get_coordinates(shapely.centroid([lot.cell for lot in lots]))
    total = float(weights.sum())
    for _, members in sorted(by_superblock.items()):
        parts = max(round(weights[members].sum() / (total / count * 1.15)), 1)
        blocks = _as_blocks(members, lots, weights, near, centres)
        for region in divide(
            list(range(len(blocks.members))), blocks.weights, blocks.centres, blocks.near, parts
        ):
            groups.append([cell for block in region for cell in blocks.members[block]])
    return merge_small(groups, weights, near, count)


@dataclass(slots=True)
class _Blocks:
    members: list[list[int]]
    weights: np.ndarray
    centres: np.ndarray
    near: list[set[int]]


def _as_blocks(
    members: list[int], lots: list[Lot], weights: np.ndarray, near: list[set[int]], centres: np.ndarray
) -> _Blocks:
    """Sum cells up to blocks: a community's border runs along streets."""
    numbers = sorted({lots[each].block for each in members})
    place = {block: at for at, block in enumerate(numbers)}
    cells = [[each for each in members if lots[each].block == block] for block in numbers]
    links = [
        {place[lots[n].block] for each in group for n in near[each] if lots[n].block in place} - {at}
        for at, group in enumerate(cells)
    ]
    return _Blocks(
        cells,
        np.array([weights[group].sum() for group in cells]),
        np.array([centres[group].mean(axis=0) for group in cells]),
        links,
    )


def _named(
    groups: list[list[int]], cells: list[Polygon], near: list[set[int]], town: Town
) -> list[Community]:
    polygons = [shapely.coverage_union_all([cells[each] for each in group]) for group in groups]
    placed = []
    for at, street in enumerate(_streets(groups, polygons, near, town)):
        middle = polygons[at].centroid
        placed.append((names.STREETS[street][0], round(-middle.y / 250.0), middle.x, at))
    found: list[Community] = []
    for street, *_, at in sorted(placed):
        number = sum(each.code.startswith(street) for each in found)
        name = names.cycle(tuple(f"{each}社区" for each in names.COMMUNITIES[street]), number)
        found.append(Community(f"{street}{number + 1:03d}", name, "urban", sorted(groups[at]), polygons[at]))
    return found


def _streets(groups: list[list[int]], polygons: list[Polygon], near: list[set[int]], town: Town) -> list[int]:
    """Return the street of each community: old town, south, east; one lying apart joins its neighbours."""
    chosen = []
    for polygon in polygons:
        middle = polygon.centroid
        bank = town.river.interpolate(town.river.project(middle))
        chosen.append(2 if middle.x > 560.0 * _stretch(town) else int(middle.y < bank.y))
    home = {cell: at for at, group in enumerate(groups) for cell in group}
    links = [
        {home[n] for cell in group for n in near[cell] if n in home} - {at} for at, group in enumerate(groups)
    ]
    for street in range(3):
        parts = connected([at for at, each in enumerate(chosen) if each == street], links)
        for island in sorted(parts, key=len)[:-1]:
            around = [chosen[n] for at in island for n in sorted(links[at]) if chosen[n] != street]
            for at in island:
                chosen[at] = max(sorted(set(around)), key=around.count)
    return chosen


def _stretch(town: Town) -> float:
    west, _, east, _ = town.outline.bounds
    return (east - west) / 2_620.0


def numbered(community: str, parts: list[list[int]], cells: list[Polygon]) -> list[Grid]:
    """Give grids their numbers: rows from north to south, within a row from west to east."""
    polygons = [shapely.coverage_union_all([cells[each] for each in part]) for part in parts]
    middles = [polygon.centroid for polygon in polygons]
    top, bottom = max(each.y for each in middles), min(each.y for each in middles)
    rows = max(round(len(parts) ** 0.5), 1)
    high = (top - bottom) / rows or 1.0
    order = sorted(
        range(len(parts)), key=lambda i: (min(int((top - middles[i].y) / high), rows - 1), middles[i].x)
    )
    return [Grid(f"{community}{at + 1:03d}", parts[i], polygons[i]) for at, i in enumerate(order)]


def _villages(
    lots: list[Lot], cells: list[Polygon], country: Country, near: list[set[int]], river: LineString
) -> list[Community]:
    territory: list[list[int]] = [[] for _ in country.centres]
    for number, lot in enumerate(lots):
        if lot.use == "rural":
            territory[country.village_at(lot.cell.representative_point(), river)].append(number)
    _join_islands(territory, cells, near)
    found = []
    for at, part in enumerate(territory):
        code = f"{names.STREETS[3][0]}{201 + at:03d}"
        polygon = shapely.coverage_union_all([cells[each] for each in part])
        name = f"{names.VILLAGES[at]}村"
        found.append(Community(code, name, "village", part, polygon, [Grid(f"{code}001", part, polygon)]))
    return found


def _join_islands(territory: list[list[int]], cells: list[Polygon], near: list[set[int]]) -> None:
    """Give a village's detached pieces to the neighbour they share the longest border with."""
    for at, part in enumerate(territory):
        pieces = sorted(connected(part, near), key=lambda piece: -sum(cells[each].area for each in piece))
        for island in pieces[1:]:
            shape = shapely.coverage_union_all([cells[each] for each in island])
            others = [i for i in range(len(territory)) if i != at and territory[i]]
            to = max(
                others,
                key=lambda i: shapely.length(
                    shape.intersection(shapely.coverage_union_all([cells[each] for each in territory[i]]))
                ),
            )
            territory[to] = sorted(territory[to] + island)
            territory[at] = [each for each in territory[at] if each not in island]
