"""A hand-made map of OpenStreetMap objects, with the answers beside it.

Nodes lie on a lattice of 0.001° (about 90 m × 110 m) from 120°E 36°N; ``at(4, 0)`` is 120.004 36.000.

      y
      3             6──9
      2             │╲ │      6-9-10-6 the roundabout (w4)         (8)
                    │  10
      1       .     5                                               │ the bridge of the motorway (w3)
      0       1 ─── 2 ─── 3 ─── ── ── ── ── ── ── ── ── ── 4 ── 11 12
                          ┆                                │        │
     -1      building     ┆ under construction (w5)     private    (7)
      x       0     1     2                                4    5

    w1  primary 1-2-3-4         shares node 2 with w2, and node 3 only with w5, which is not built: two edges
    w2  residential 2-5-6       one-way, CN:urban: one edge 2-6 (5 belongs to it alone)
    w3  motorway 7-8            a bridge over w1 without a common node: one edge, and w1 is not cut there
    w4  tertiary 6-9-10-6       a roundabout: one edge that ends where it begins
    w5  construction 3-13       left out
    w6  service 4-14            access=private: for residents
    w7  service 4-11-12         a bollard on 11, a gate of its own: two edges, both open to cars

    Seven highway ways, six of them roads, 2 + 1 + 1 + 1 + 1 + 2 = 8 edges. On foot: all but the motorway, 7 edges in
    one part. By car: 8 edges in two parts, as the motorway touches nothing.

    Buildings: w8 apartments with 6 floors; r1 a school with a courtyard (outer w9, inner w10); w11 open: left out.
    Stations: n20 a clinic, n21 a post office (other), w12 a car park (an area), w13 a private car park: left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

osmium = pytest.importorskip("osmium", reason="reading OpenStreetMap data needs the package osmium")

PLACES = {
    1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (4, 0), 5: (1, 1), 6: (1, 2), 7: (3, -1), 8: (3, 2), 9: (2, 3), 10: (2, 2),
    11: (4.9, 0), 12: (5, 0), 13: (2, -1), 14: (4, -1),
    20: (0.2, 0.2), 21: (0.4, 0.2),
    31: (0, -2), 32: (0.5, -2), 33: (0.5, -1.5), 34: (0, -1.5),
    41: (2, -4), 42: (4, -4), 43: (4, -2), 44: (2, -2), 45: (2.5, -3.5), 46: (3.5, -3.5),
    47: (3.5, -2.5), 48: (2.5, -2.5),
    51: (6, -2), 52: (7, -2), 53: (7, -1), 54: (6, -1),
}  # fmt: skip
NODE_TAGS = {
    11: {"barrier": "bollard"},
    20: {"amenity": "clinic", "name": "东街卫生站"},
    21: {"amenity": "post_office"},
}
WAYS = {
    1: ([1, 2, 3, 4], {"highway": "primary", "name": "人民路"}),
    2: ([2, 5, 6], {"highway": "residential", "oneway": "yes", "maxspeed": "CN:urban"}),
    3: ([7, 8], {"highway": "motorway", "bridge": "yes", "layer": "1"}),
    4: ([6, 9, 10, 6], {"highway": "tertiary", "junction": "roundabout"}),
    5: ([3, 13], {"highway": "construction"}),
    6: ([4, 14], {"highway": "service", "access": "private"}),
    7: ([4, 11, 12], {"highway": "service"}),
    8: ([31, 32, 33, 34, 31], {"building": "apartments", "building:levels": "6", "name": "1号楼"}),
    9: ([41, 42, 43, 44, 41], {}),
    10: ([45, 46, 47, 48, 45], {}),
    11: ([51, 52, 53], {"building": "yes"}),
    12: ([51, 52, 53, 54, 51], {"amenity": "parking", "name": "停车场"}),
    13: ([31, 32, 33, 31], {"amenity": "parking", "access": "private"}),
}
RELATIONS = {1: ([("w", 9, "outer"), ("w", 10, "inner")], {"type": "multipolygon", "building": "school"})}


def at(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place on the lattice."""
    return round(120 + x / 1000, 7), round(36 + y / 1000, 7)


def write(
    path: Path,
    ways: dict[int, tuple[list[int], dict]] = WAYS,
    places: dict[int, tuple[float, float]] = PLACES,
    node_tags: dict[int, dict] = NODE_TAGS,
    relations: dict[int, tuple[list, dict]] = RELATIONS,
) -> Path:
    """Write a map; the ending chooses PBF or XML."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for id, place in places.items():
            writer.add_node(osmium.osm.mutable.Node(id=id, version=1, location=at(*place), tags=node_tags.get(id, {})))
        for id, (nodes, tags) in ways.items():
            writer.add_way(osmium.osm.mutable.Way(id=id, version=1, nodes=nodes, tags=tags))
        for id, (members, tags) in relations.items():
            writer.add_relation(osmium.osm.mutable.Relation(id=id, version=1, members=members, tags=tags))
    return path
