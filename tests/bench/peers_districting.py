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
    began = time.process_time()
    target = sum(asked["households"]) / count
    found = recursive_tree_part(graph, range(count), target, "households", asked["tolerance"])
    took = time.process_time() - began
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
    began = time.process_time()
    found = pymetis.part_graph(asked["count"], xadj=starts, adjncy=ends, vweights=asked["households"],
                               eweights=weights, recursive=False, options=options)  # fmt: skip
    return time.process_time() - began, list(found[1])


def maxp(asked: dict[str, Any]) -> tuple[float, list[int]]:
    """As many regions as hold the least of households, by spopt as it comes: 99 constructions."""
    return _maxp(asked)


def maxp_2(asked: dict[str, Any]) -> tuple[float, list[int]]:
    """The same with two constructions, the fewest that it can choose from."""
    return _maxp(asked, top_n=2, max_iterations_construction=2, max_iterations_sa=1)


def _maxp(asked: dict[str, Any], **effort: int) -> tuple[float, list[int]]:
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
    began = time.process_time()
    model = MaxPHeuristic(frame, libpysal.weights.W(neighbours), ["households"], "households", asked["low"],
                          **effort)  # fmt: skip
    model.solve()
    return time.process_time() - began, [int(each) for each in model.labels_]


if __name__ == "__main__":
    who, asked_path, answer_path = sys.argv[1:]
    contestant = {"gerrychain": gerrychain, "metis": metis, "maxp": maxp, "maxp_2": maxp_2}[who]
    seconds, part = contestant(json.loads(Path(asked_path).read_text()))
    Path(answer_path).write_text(json.dumps({"seconds": seconds, "part": part}))
