"""Reach over a network beside scipy, pandana and networkx, side by side in one run.

    python tests/bench/bench_reach.py [nodes] [--wuhan wuhan_roads.parquet] [--sites 2000]

Every answer is compared before anything is timed, contestants take turns, and only ratios are printed: they
hold on other machines, times do not. pandana and networkx take part where they are installed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.network.attachment import Attached
from geo.network.graph import Graph, Network, build_network
from geo.network.reach_area import reach_areas
from geo.network.search import SLACK_MS, Travel, matrix_rows, reach
from tests.bench.stopwatch import race

MINUTES, STEP_M = 15, 70.0
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
CAR = Travel("drive", "from", access_kmh=4.0)


def lattice(nodes: int, seed: int = 1) -> Network:
    """Invent a city: streets on a jittered lattice, a tenth missing, a tenth one-way, every tenth street fast."""
    rng, side = np.random.default_rng(seed), int(np.sqrt(nodes))
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * STEP_M
    xy += rng.uniform(-0.3, 0.3, xy.shape) * STEP_M
    number = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
                            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])])
    street = np.concatenate([np.tile(np.arange(side), side - 1), np.repeat(np.arange(side), side - 1)])
    kept = rng.random(len(pairs)) > 0.1
    pairs, street = pairs[kept], street[kept]
    lines = shapely.linestrings(xy.reshape(-1, 2)[pairs])
    yes = np.ones(len(lines), dtype=bool)
    oneway = rng.choice([0, 1, -1], len(lines), p=[0.9, 0.05, 0.05])
    return build_network(lines, walkable=yes, drivable=yes, oneway=oneway,
                         speed_kmh=np.where(street % 10 == 0, 80.0, 50.0), level=np.zeros(len(lines)))


def wuhan(path: Path) -> Network:
    """Read a real city; the file has no speeds, so they follow from the class of the road."""
    import geopandas as gpd

    roads = gpd.read_parquet(path).to_crs(32650)
    speed = {"motorway": 80, "trunk": 60, "primary": 50, "secondary": 40}
    yes, none = np.ones(len(roads), dtype=bool), np.zeros(len(roads))
    kmh = roads["highway"].map(lambda each: speed.get(str(each).removesuffix("_link"), 30))
    return build_network(roads.geometry.to_numpy(), walkable=yes, drivable=yes, oneway=none, level=none, speed_kmh=kmh)


def report(title: str, times: dict[str, float]) -> None:
    """Print how many times as long as the first contestant the others take."""
    ours, *others = times
    print(f"{title}: ours = 1")
    for name in others:
        print(f"  {name.replace('_', ' '):<50} {times[name] / times[ours]:8.1f} x", flush=True)


def at_nodes(network: Network, nodes: np.ndarray) -> Attached:
    """Attach to nodes themselves, so that other programs start from the same place."""
    first = np.full(len(network.node_xy), -1, np.int32)
    first[network.edge_from] = np.arange(len(network.edge_from), dtype=np.int32)
    last = np.full(len(network.node_xy), -1, np.int32)
    last[network.edge_to] = np.arange(len(network.edge_to), dtype=np.int32)
    begins = first[nodes] >= 0
    edge = np.where(begins, first[nodes], last[nodes])
    return Attached(edge, np.where(begins, 0.0, network.length_m[edge]), np.zeros(len(nodes)))


def as_scipy(graph: Graph) -> csr_array:
    """Hand our graph to scipy; its arrays are its own, in its own types, made beforehand."""
    size = len(graph.starts) - 1
    node, ms = graph.arcs.T
    return csr_array((ms.astype(float), node.copy(), graph.starts.astype(np.int32)), shape=(size, size))


def milliseconds(network: Network, nodes: np.ndarray) -> np.ndarray:
    """Give our times as scipy gives them: float64[n], inf where not reached."""
    keys = reach(network, at_nodes(network, nodes), MINUTES, CAR).keys >> 32
    return np.where(keys < 1 << 30, keys, np.inf)


def one_reach(network: Network, table: csr_array, source: int) -> None:
    """Race one 15-minute drive, and one linear sweep over all arcs for measure."""
    graph, limit = CAR.graph(network), MINUTES * 60_000 + SLACK_MS
    start = at_nodes(network, np.array([source]))
    expected = dijkstra(table, indices=source, limit=limit)
    assert np.array_equal(milliseconds(network, np.array([source])), expected), "the times differ"
    print(f"{np.isfinite(expected).sum():,} of {len(expected):,} nodes are reached, all equal to scipy's")
    contestants = {"ours": lambda: reach(network, start, MINUTES, CAR),
                   "scipy_dijkstra_limit": lambda: dijkstra(table, indices=source, limit=limit),
                   "one_linear_sweep_over_all_arcs_in_numpy": lambda: graph.arcs[:, 1].sum() + graph.arcs[:, 0].max()}
    report("one 15-minute drive", race(7, **contestants))
    try:
        import networkx as nx
    except ImportError:
        print("  networkx is not installed")
        return
    heads = np.repeat(np.arange(len(graph.starts) - 1), np.diff(graph.starts))
    known = nx.DiGraph()
    known.add_weighted_edges_from(zip(heads.tolist(), *graph.arcs.T.tolist(), strict=True))
    times = nx.single_source_dijkstra_path_length(known, source, cutoff=limit)
    assert len(times) == np.isfinite(expected).sum() and all(expected[node] == ms for node, ms in times.items())
    report("one 15-minute drive", race(2, ours=contestants["ours"], networkx_single_source_dijkstra=lambda:
                                       nx.single_source_dijkstra_path_length(known, source, cutoff=limit)))


def nearest_of_many(network: Network, table: csr_array, sources: np.ndarray) -> None:
    """Race the nearest of 200 stations for every node."""
    limit, starts = MINUTES * 60_000 + SLACK_MS, at_nodes(network, sources)
    expected = dijkstra(table, indices=sources, min_only=True, limit=limit)
    assert np.array_equal(milliseconds(network, sources), expected), "the times differ"
    report(f"nearest of {len(sources)} for every node", race(
        3, ours=lambda: reach(network, starts, MINUTES, CAR),
        scipy_min_only_no_labels=lambda: dijkstra(table, indices=sources, min_only=True, limit=limit),
        scipy_min_only_with_labels=lambda: dijkstra(table, indices=sources, min_only=True, limit=limit,
                                                    return_predecessors=True)))
    with_pandana(network, sources)


def with_pandana(network: Network, sources: np.ndarray) -> None:
    """Race pandana, whose preparation (contraction hierarchies) is counted apart."""
    try:
        import pandana
        import pandas as pd
    except ImportError:
        print("  pandana is not installed")
        return
    graph = CAR.graph(network)
    heads = np.repeat(np.arange(len(graph.starts) - 1), np.diff(graph.starts))
    begin = time.perf_counter()
    # Against the traffic, for pandana looks from every node to its nearest point, and we from the points.
    known = pandana.Network(*(pd.Series(each) for each in network.node_xy.T), pd.Series(graph.arcs[:, 0]),
                            pd.Series(heads), pd.DataFrame({"s": graph.arcs[:, 1] / 1000.0}), twoway=False)
    prepare = time.perf_counter() - begin
    places, limit = network.node_xy[sources], MINUTES * 60.0

    def nearest() -> object:
        known.set_pois("station", limit, 1, *(pd.Series(each) for each in places.T))
        return known.nearest_pois(limit, "station", num_pois=1)

    begin = time.perf_counter()
    found = nearest()[1].to_numpy()
    first = time.perf_counter() - begin
    ours = reach(network, at_nodes(network, sources), MINUTES, CAR)
    away = np.abs(np.minimum(ours.node_minutes * 60, limit) - found)
    assert (away > 1).mean() < 1e-4, "the times differ"
    starts = at_nodes(network, sources)
    times = race(2, ours=lambda: reach(network, starts, MINUTES, CAR), pandana_nearest_pois=nearest)
    times |= {"pandana_preparation_once": prepare, "pandana_first_call": first}
    report("nearest of many for every node", times)
    one = at_nodes(network, sources[:1])
    report("one 15-minute drive", race(2, ours=lambda: reach(network, one, MINUTES, CAR),
                                       pandana_range=lambda: known.nodes_in_range([int(sources[0])], limit)))


def reach_matrix(network: Network, table: csr_array, sites: np.ndarray) -> None:
    """Race a reach matrix; scipy takes a tenth of the sites, for it fills a dense row for each."""
    limit, few = MINUTES * 60_000 + SLACK_MS, sites[::10]
    starts = at_nodes(network, few)
    rows = matrix_rows(network, starts.take(np.arange(20)), MINUTES, CAR)
    for row, (node, seconds) in zip(dijkstra(table, indices=few[:20], limit=limit), rows, strict=True):
        assert np.array_equal(node, np.flatnonzero(np.isfinite(row))), "the reached nodes differ"
        assert np.array_equal(seconds, (np.minimum(row[node], MINUTES * 60_000) + 500) // 1000), "the seconds differ"

    def theirs() -> None:
        for site in few:
            row = dijkstra(table, indices=site, limit=limit)
            node = np.flatnonzero(np.isfinite(row))
            (row[node] / 1000).astype(np.uint16)

    def pairs(attached: Attached, threads: int = 2) -> int:
        return sum(len(node) for node, _ in matrix_rows(network, attached, MINUTES, CAR, threads))

    times = race(2, ours=lambda: pairs(starts), scipy_row_by_row=theirs, ours_in_one_thread=lambda: pairs(starts, 1))
    report(f"reach matrix of {len(few)} of {len(sites)} sites", times)
    begin = time.perf_counter()
    print(f"  all {len(sites)} sites: {pairs(at_nodes(network, sites)):,} pairs in {time.perf_counter() - begin:.1f} s")


def polygons(network: Network, source: int) -> None:
    """Race the polygon of a 15-minute drive with the union of buffers around what was reached."""
    start = at_nodes(network, np.array([source]))
    stretches = reach(network, start, MINUTES, CAR).stretches()
    lines = stretches.lines(network)

    def union() -> shapely.Geometry:
        return shapely.union_all(shapely.buffer(lines, 25.0))

    area, exact = reach_areas(network, [stretches])[0], union()
    assert area.is_valid
    likeness = shapely.intersection(area, exact).area / shapely.union(area, exact).area
    assert likeness >= 0.99, likeness
    print(f"polygon of {len(lines):,} pieces, likeness (IoU) {likeness:.4f}, "
          f"{len(shapely.get_coordinates(area)):,} vertices")
    times = race(3, ours=lambda: reach_areas(network, [stretches]), search_streets_and_polygon=lambda:
                 reach_areas(network, [reach(network, start, MINUTES, CAR).stretches()]))
    report("polygon", times | {"union_of_edge_buffers": race(1, union=union)["union"]})


def run(name: str, network: Network, count: int) -> None:
    """Run all races on one network."""
    print(f"\n{name}: {network.report.nodes:,} nodes, {network.report.edges:,} edges")
    rng, inside = np.random.default_rng(7), np.flatnonzero(network.drive_component == 0)
    sources = np.sort(rng.choice(inside, count, replace=False))
    from_middle = np.hypot(*(network.node_xy[inside] - np.median(network.node_xy, axis=0)).T)
    middle = int(inside[np.argmin(from_middle)])
    table = as_scipy(CAR.graph(network))
    one_reach(network, table, middle)
    nearest_of_many(network, table, sources[::max(1, count // 200)][:200])
    reach_matrix(network, table, sources)
    polygons(network, middle)


def main() -> None:
    """Check, time and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nodes", nargs="?", type=int, default=500_000)
    parser.add_argument("--wuhan", type=Path, default=SHARED / "cities" / "wuhan_roads.parquet")
    parser.add_argument("--sites", type=int, default=2_000)
    wanted = parser.parse_args()
    run("lattice", lattice(wanted.nodes), wanted.sites)
    if wanted.wuhan.exists():
        run("Wuhan", wuhan(wanted.wuhan), wanted.sites)
    else:
        print("the roads of Wuhan are not here")


if __name__ == "__main__":
    main()
