"""Gates on a network: where they cut lines, whom they let pass, and what lies behind those for some alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from geo.network.graph import Mode, Network
from geo.network.parts import JUNCTION, OPEN, RESTRICTED, SHUT, Parts

GATE_M = 5.0
"""A gate so near to a line stands on it."""
REACH_M = 8.0
"""So far from a gate a road may come through the wall that the gate stands in: its distance, and half an opening."""
_TOUCH_M = 0.5
_NODE_M = 0.6  # noding moves the ends of lines by no more than this
_END_M = 0.05


def cut_at(
    lines: np.ndarray, gates_xy: np.ndarray, near_m: float = GATE_M, walls: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cut lines where gates stand on them, so that a network made of them has nodes there.

    A gate in a wall closes no line that only passes by: where a wall is nearer than the line, the line has to meet it
    within the gate's reach (`meets`).

    Parameters
    ----------
    lines : object[k] of LineString, MultiLineString or None
        Metric CRS.
    gates_xy : float64[g, 2]
    near_m : float
        A gate stands on the nearest line within this distance, else on none.
    walls : object[w] of geometries, optional
        What stands near gates; metric CRS.

    Returns
    -------
    (lines object[k], places float64[g, 2])
        Lines that are cut become MultiLineStrings. A place is where the gate stands on its line, nan for none.
    """
    places = np.full((len(gates_xy), 2), np.nan)
    parts, owner = shapely.get_parts(lines, return_index=True)
    simple = np.flatnonzero((shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts))
    parts, owner = parts[simple], owner[simple]
    asked = np.flatnonzero(np.isfinite(gates_xy).all(axis=1))
    if not len(parts) or not len(asked):
        return lines, places
    points = shapely.points(gates_xy[asked])
    gate, item = _nearest(parts, points, near_m, walls)
    at_m = shapely.line_locate_point(parts[item], points[gate])
    length = shapely.length(parts[item])
    at_m = np.where(at_m <= _END_M, 0.0, np.where(at_m >= length - _END_M, length, at_m))
    places[asked[gate]] = shapely.get_coordinates(shapely.line_interpolate_point(parts[item], at_m))
    inside = (at_m > 0) & (at_m < length)
    if not inside.any():
        return lines, places
    lines = lines.copy()
    for row in np.unique(owner[item[inside]]):
        made = []
        for part in np.flatnonzero(owner == row):
            cuts = np.unique(at_m[inside & (item == part)])
            made.extend(_divided(parts[part], cuts))
        lines[row] = shapely.multilinestrings(made)
    return lines, places


def _nearest(parts: np.ndarray, points: np.ndarray, near_m: float, walls: np.ndarray | None,
             ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pair each gate with the nearest line that it may stand on."""
    tree = shapely.STRtree(parts)
    gate, item = tree.query_nearest(points, max_distance=near_m, all_matches=False)
    if walls is None or not len(walls):
        return gate, item
    at_wall, wall = shapely.STRtree(walls).query(points, predicate="dwithin", distance=near_m)
    wall_m = np.full(len(points), np.inf)
    np.minimum.at(wall_m, at_wall, shapely.distance(points[at_wall], walls[wall]))
    walled = np.isfinite(wall_m)
    free = ~walled[gate]
    beside, line = tree.query(points[walled], predicate="dwithin", distance=near_m)
    beside = np.flatnonzero(walled)[beside]
    line_m = shapely.distance(points[beside], parts[line])
    may = line_m <= wall_m[beside] + _END_M
    may[~may] = [meets(parts[one], points[at], walls[wall[at_wall == at]])
                 for one, at in zip(line[~may], beside[~may], strict=True)]  # fmt: skip
    order = np.lexsort((line, line_m, beside))
    order = order[may[order]]
    first = np.unique(beside[order], return_index=True)[1]
    return np.append(gate[free], beside[order][first]), np.append(item[free], line[order][first])


def meets(line: shapely.Geometry, gate: shapely.Geometry, walls: np.ndarray) -> bool:
    """Say whether a line comes through one of these walls, or up to it, within the reach of a gate."""
    near = shapely.intersection(line, shapely.buffer(gate, REACH_M))
    return bool(shapely.dwithin(near, walls, _TOUCH_M).any())


def _divided(line: shapely.LineString, cuts: np.ndarray) -> list[shapely.LineString]:
    """Cut a line at places inside it."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    made, first, start = [], 0, xy[0]
    for cut in cuts:
        place = shapely.get_coordinates(shapely.line_interpolate_point(line, cut))[0]
        last = int(np.searchsorted(along, cut))
        made.append(shapely.LineString([start, *xy[first + 1:last], place]))
        first, start = last - 1, place
    made.append(shapely.LineString([start, *xy[first + 1:]]))
    return [each for each in made if each.length > 0]


def with_gates(network: Network, places: np.ndarray, walk: np.ndarray, drive: np.ndarray, street: np.ndarray,
               ) -> Network:
    """Put gates on the nodes of a network, and mark what lies behind those that not everybody passes.

    What only restricted edges and gates connect with the streets lies behind them and is restricted too: behind a gate
    anything, behind a restricted edge alone only what holds no street. Of what gates and restricted edges part, that
    with most streets lies before them.

    Parameters
    ----------
    network : Network
    places : float64[g, 2]
        Where gates stand, as `cut_at` gives it; at a node where three edges of a mode or more meet a gate closes none.
    walk, drive : int8[g]
        Who passes: `OPEN`, `RESTRICTED` or `SHUT`.
    street : bool[e]
        Edges that are streets rather than ways inside a block.

    Returns
    -------
    Network : the same, with other `walk_gate, drive_gate, walk_ends, drive_ends`.
    """
    node = np.full(len(places), -1)
    asked = np.flatnonzero(np.isfinite(places).all(axis=1))
    if len(asked) and len(network.node_xy):
        tree = shapely.STRtree(shapely.points(network.node_xy))
        gate, near = tree.query_nearest(shapely.points(places[asked]), max_distance=_NODE_M, all_matches=False)
        node[asked[gate]] = near
    found: dict[str, Any] = {}
    modes: tuple[tuple[Mode, np.ndarray], ...] = (("walk", walk), ("drive", drive))
    for mode, who in modes:
        of_node = np.zeros(len(network.node_xy), np.int8)
        np.maximum.at(of_node, node[node >= 0], who[node >= 0].astype(np.int8))
        usable = network.usable(mode)
        meeting = np.bincount(np.concatenate([network.edge_from[usable], network.edge_to[usable]]),
                              minlength=len(of_node))
        of_node[meeting >= JUNCTION] = OPEN
        found[f"{mode}_gate"] = of_node
        found[f"{mode}_ends"] = network.ends_only(mode) | _behind(network, mode, of_node, street)
    for array in found.values():
        array.setflags(write=False)
    return replace(network, **found, _graphs={})


def _behind(network: Network, mode: Mode, gate: np.ndarray, street: np.ndarray) -> np.ndarray:
    """Mark the edges that lie behind gates and restricted edges, though nothing is said of them: bool[e]."""
    usable, ends = network.usable(mode), network.ends_only(mode)
    plain = usable & ~ends
    behind = np.zeros(len(usable), dtype=bool)
    if not (gate == RESTRICTED).any() and not (ends & usable).any():
        return behind
    count, of_edge = len(network.node_xy), (network.edge_from, network.edge_to)
    nothing = np.zeros(len(usable), dtype=bool)
    whole = Parts.of(count, of_edge, usable, nothing, np.where(gate == SHUT, gate, OPEN))
    parted = Parts.of(count, of_edge, plain, nothing, gate, shut=True)
    of_whole, of_part = whole.pieces(usable)[whole.start], parted.pieces(plain)[parted.start]
    parts = int(of_part.max(initial=-1)) + 1
    length = np.where(plain, network.length_m, 0.0)
    streets_m, all_m = (np.bincount(of_part, each, minlength=parts) for each in (length * street, length))
    owner = np.zeros(parts, np.int64)
    owner[of_part[plain]] = of_whole[plain]
    real = np.zeros(parts, dtype=bool)
    real[of_part[plain]] = True
    order = np.lexsort((all_m, streets_m, owner))
    order = order[real[order]]
    before = np.zeros(parts, dtype=bool)  # the part with most streets of each piece: the last of its rows
    before[order[np.append(owner[order][1:] != owner[order][:-1], True)] if len(order) else order] = True
    gated = np.zeros(parts, dtype=bool)
    at_gate = plain & ((gate[network.edge_from] == RESTRICTED) | (gate[network.edge_to] == RESTRICTED))
    gated[of_part[at_gate]] = True
    inside = real & ~before & (gated | (streets_m == 0))
    behind[plain] = inside[of_part[plain]]
    return behind
