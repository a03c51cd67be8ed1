"""What other libraries make of the same graph, in a process and an environment of their own (`bench_districting`)."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any


def gerrychain(asked: dict[str, Any]) -> tuple[float, list[int]]:
    """Cut spanning trees again and again, within the same tolerance."""
    import networkx as nx
    from gerrychain import Graph
    from gerrychain.tree import recursive_tree_part

    plain = nx.Graph()
    for unit, households in enumerate(asked["households"]):
        plain.add_node(unit, households=households)
    plain.add_edges_from((one, other) for one, other, _ in asked["edges"])
    graph, count = Graph.from_networkx(plain), asked["count"]
    random.seed(1)
    began = time.perf_counter()
    target = sum(asked["households"]) / count
    found = recursive_tree_part(graph, range(count), target, "households", asked["tolerance"])
    took = time.perf_counter() - began
    return took, [found[unit] for unit in range(len(asked["households"]))]


def metis(asked: dict[str, Any]) -> tuple[float, list[int]]:
    """Partition by METIS, contiguous, with metres as weights of edges."""
    import pymetis

    beside: list[list[tuple[int, int]]] = [[] for _ in asked["households"]]
    for one, other, cost in asked["edges"]:
        beside[one].append((other, max(1, round(cost))))
        beside[other].append((one, max(1, round(cost))))
    starts, ends, weights = [0], [], []
    for each in beside:
        ends += [other for other, _ in each]
        weights += [cost for _, cost in each]
        starts.append(len(ends))
    options = pymetis.Options(contig=1, seed=1, ufactor=int(1000 * asked["tolerance"]))
    began = time.perf_counter()
    found = pymetis.part_graph(asked["count"], xadj=starts, adjncy=ends, vweights=asked["households"],
                               eweights=weights, recursive=False, options=options)  # fmt: skip
    return time.perf_counter() - began, list(found[1])


def maxp(asked: dict[str, Any]) -> tuple[float, list[int]]:
    """As many regions as hold the least of households, by spopt."""
    import geopandas
    import libpysal
    import numpy as np
    import shapely
    from spopt.region import MaxPHeuristic

    n = len(asked["households"])
    neighbours: dict[int, list[int]] = {unit: [] for unit in range(n)}
    for one, other, _ in asked["edges"]:
        neighbours[one].append(other)
        neighbours[other].append(one)
    frame = geopandas.GeoDataFrame({"households": asked["households"]}, geometry=[shapely.Point(0, 0)] * n)
    np.random.seed(1)
    began = time.perf_counter()
    model = MaxPHeuristic(frame, libpysal.weights.W(neighbours), ["households"], "households", asked["low"], top_n=2,
                          max_iterations_construction=2, max_iterations_sa=1)  # fmt: skip
    model.solve()
    return time.perf_counter() - began, [int(each) for each in model.labels_]


if __name__ == "__main__":
    who, asked_path, answer_path = sys.argv[1:]
    contestant = {"gerrychain": gerrychain, "metis": metis, "maxp": maxp}[who]
    seconds, part = contestant(json.loads(Path(asked_path).read_text()))
    Path(answer_path).write_text(json.dumps({"seconds": seconds, "part": part}))
