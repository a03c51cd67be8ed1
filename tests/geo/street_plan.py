"""A street plan drawn by hand, and random ones, for the tests of reach.

       G-----------H-----------I   y 250   north quay
    ~~~~~~~~~~~~~~~|~~~~~~~~~~~~~~         river
                   |  p========p   y 130   footpath under the bridge, from x 100 to 300
       D-----------E-------p---F   y 100   south quay
       ^                       |
  W<---A-----------B-----------C   y 0     south street, W-A one-way to the west, A-D one-way to the north
                               |
                               X   y -200  dead end
    x -300  0     200         400

On foot 6 km/h are 100 m a minute; by car 30 km/h are 500 m a minute.
"""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import shapely

from geo.network.attachment import Attached
from geo.network.graph import Network, build_network
from geo.network.search import Travel

#        course                                          walk   drive  one-way level
STREETS = [
    ([(0, 0), (200, 0), (400, 0)],                       True,  True,  0, 0),   # 0 south street
    ([(0, 100), (200, 100), (400, 100)],                 True,  True,  0, 0),   # 1 south quay
    ([(0, 0), (0, 100)],                                 True,  True,  1, 0),   # 2 west lane, north only
    ([(400, 0), (400, 100)],                             True,  True,  0, 0),   # 3 east lane
    ([(200, 100), (200, 250)],                           True,  True,  0, 1),   # 4 bridge
    ([(300, 100), (300, 130), (100, 130)],               True,  False, 0, 0),   # 5 footpath under the bridge
    ([(0, 250), (200, 250), (400, 250)],                 True,  True,  0, 0),   # 6 north quay
    ([(400, 0), (400, -200)],                            True,  True,  0, 0),   # 7 dead end
    ([(-300, 0), (0, 0)],                                True,  True,  -1, 0),  # 8 drawn eastward, one-way westward
    ([(600, 600), (700, 600)],                           True,  True,  0, 0),   # 9 an island
]  # fmt: skip
BRIDGE = 4


def plan(streets: list = STREETS, speed_kmh: float = 30.0, snap_m: float = 0.5) -> Network:
    """Build the network of a list of streets."""
    course, walk, drive, oneway, level = zip(*streets, strict=True)
    lines = np.array([shapely.LineString(each) for each in course], dtype=object)
    return build_network(lines, walkable=walk, drivable=drive, oneway=oneway, level=level, snap_m=snap_m,
                         speed_kmh=np.full(len(lines), speed_kmh))


def random_network(rng: np.random.Generator, nodes: int = 12, edges: int = 20) -> Network:
    """Invent edges between random places: some parallel, some loops, some two millimetres long.

    Each has a level of its own, so that edges meet at ends only.
    """
    xy = rng.integers(0, 12, (nodes, 2)) * 31.0
    xy[nodes // 2] = xy[0] + [0.002, 0]
    ends = rng.integers(0, nodes, (edges, 2))
    bend = xy[ends[:, 0]] + rng.uniform(-40, 40, (edges, 2))
    lines = [shapely.LineString([xy[a], *([] if a != b and rng.random() < 0.5 else [via, via + 5.0]), xy[b]])
             for (a, b), via in zip(ends, bend, strict=True)]  # fmt: skip
    walk = rng.random(edges) < 0.8
    return build_network(np.array(lines, dtype=object), walkable=walk, drivable=~walk | (rng.random(edges) < 0.8),
                         oneway=rng.integers(-1, 2, edges), speed_kmh=rng.choice([5.0, 30.0, 50.0], edges),
                         walk_sense=rng.choice([0, 0, 1, -1], edges), level=np.arange(edges), snap_m=0.0)


def random_points(rng: np.random.Generator, network: Network, mode: str, count: int) -> Attached:
    """Put points on random usable edges, some at their ends, one in ten on none."""
    usable = np.flatnonzero(network.usable(mode) & (network.length_m > 0.1))
    edge = rng.choice(usable, count) if len(usable) else np.full(count, -1)
    edge = np.where(rng.random(count) < 0.1, -1, edge).astype(np.int32)
    share = rng.choice([0.0, 1.0, rng.random(), rng.random()], count)
    at = np.where(edge >= 0, share * network.length_m[edge], np.nan)
    return Attached(edge, at, np.where(edge >= 0, rng.choice([0.0, 5.0, 60.0], count), np.nan))


def way(mode: str = "walk", direction: str = "to") -> Travel:
    """At 4 km/h on foot, or by car at each street's own speed."""
    return Travel(mode, direction, 4.0 if mode == "walk" else None, access_kmh=4.0)


def slow_milliseconds(network: Network, sources: Attached, targets: Attached, travel) -> list[tuple[float, int]]:
    """Find each target's time and nearest source the slow way: cut edges at all points, then textbook Dijkstra."""
    on = network.walkable & (network.walk_sense >= 0) if travel.mode == "walk" else network.forward
    back = network.walkable & (network.walk_sense <= 0) if travel.mode == "walk" else network.backward
    if travel.direction == "to":
        on, back = back, on
    speed = travel.speed_kmh or network.speed_kmh
    cost = np.rint(network.length_m * 3600 / speed)
    walking = travel.access_kmh or travel.speed_kmh
    stops: dict[int, list] = {edge: [] for edge in range(len(cost))}
    for kind, points in (("source", sources), ("target", targets)):
        for i in np.flatnonzero(points.edge >= 0):
            edge = int(points.edge[i])
            stops[edge].append((np.rint(points.at_m[i] / network.length_m[edge] * cost[edge]), (kind, int(i))))
    ways: dict = {}
    for edge in np.flatnonzero(on | back):
        chain = [(0.0, int(network.edge_from[edge])), *sorted(stops[edge]), (cost[edge], int(network.edge_to[edge]))]
        for (before, a), (after, b) in pairwise(chain):
            same = after == before and stops[edge]  # points on one place, or on a node
            if on[edge] or same:
                ways.setdefault(a, []).append((b, after - before))
            if back[edge] or same:
                ways.setdefault(b, []).append((a, after - before))
    leg = [np.rint(points.access_m * 3600 / walking) for points in (sources, targets)]
    best: dict = {}
    queue = [(leg[0][i], int(i), ("source", int(i))) for i in np.flatnonzero(sources.edge >= 0)]
    heapq.heapify(queue := [(time, label, str(place), place) for time, label, place in queue])
    while queue:
        time, label, _, place = heapq.heappop(queue)
        if place not in best:
            best[place] = time, label
            for other, step in ways.get(place, ()):
                heapq.heappush(queue, (time + step, label, str(other), other))
    found = [best.get(("target", i), (np.inf, -1)) for i in range(len(targets.edge))]
    return [(time + leg[1][i], label) if label >= 0 else (np.inf, -1) for i, (time, label) in enumerate(found)]
