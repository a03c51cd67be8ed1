"""Coverage of 60 stations over 50,000 buildings from question to answer; and a city's network made, kept and edited.

    python tests/bench/bench_service_area.py [workspace.gpkg] [--buildings 50000] [--wuhan wuhan_roads.parquet]

The workspace is made once and kept. Each process of its own answers the same question: first without the file of the
kept network, then with it; within a process the first answer is cold, the second warm. All answers must be equal.
Times are ratios to the warm answer, of the processor's time, so that a busy machine tells the same. Numba's compiled
kernels are on disk before (a new installation compiles once).
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.stopwatch import race

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
STATIONS = 60
RUNS = 2


def answer(path: Path) -> None:
    """Ask twice, then after edits, and print seconds and answers as JSON."""
    from layers.analyses.registry import analyses, decode, silent
    from layers.model.feature import Change, Feature
    from layers.store import open_store
    from layers.store.protocol import Draft, Query
    from tests.bench.bench_service import DAY, NOON

    store = open_store(path)
    stations = [each.id for each in store.page("stations", Query(), STATIONS).features]
    analysis = analyses()["service-coverage"]
    times: dict[str, float] = {"start": time.process_time()}
    answers: dict[str, object] = {}

    def ask(title: str, **inputs: object) -> None:
        begin = time.process_time()
        given = {"as_of": DAY, "stations": stations, "minutes": [5, 10, 15], **inputs}
        outputs = analysis.run(store, decode(analysis, given, DAY), silent)
        times[title] = time.process_time() - begin
        answers[title] = {name: outputs["summary"][name] for name in ("covered", "total")}

    def edit(layer: str, amend: object) -> None:
        before = store.page(layer, Query(), 1).features[0]
        after = Feature(before.id, before.geometry, {**before.properties, **amend(before)}, before.version)
        store.commit(Draft("bench", NOON, "edit", "edit", [Change(layer, before.id, before, after)]))

    ask("first")
    ask("warm")
    ask("by car, first", mode="drive")
    ask("by car, warm", mode="drive")
    edit("stations", lambda before: {"remark": f"{before.version}"})
    ask("after a station's edit")
    edit("roads", lambda before: {"walkable": not before.properties.get("walkable", True)})
    ask("after a road's edit")
    ask("straight lines", method="straight")
    print(json.dumps({"times": times, "answers": answers}))


def parts(path: Path) -> None:
    """Print the share of each part in a warm answer's geometry, on the workspace's own network."""
    import shapely
    from pyproj import CRS

    from geo.network.attachment import attach
    from geo.network.reach_area import reach_areas
    from geo.network.search import Travel, reach, reasons
    from geo.places.crs import from_lonlat
    from geo.places.measure import representative_points
    from layers.reach.networks import streets
    from layers.store import open_store
    from tests.bench.bench_service import DAY

    store, crs = open_store(path), CRS.from_epsg(4549)
    network = streets(store, DAY, crs).network
    homes, sites = (shapely.get_coordinates(from_lonlat(representative_points(store.read(layer).geometry.to_numpy()),
                                                        crs)) for layer in ("buildings", "stations"))  # fmt: skip
    targets, sources = attach(network, homes, "walk", 200.0), attach(network, sites[:STATIONS], "walk", 200.0)
    on_foot = Travel("walk", speed_kmh=4.0)
    found = reach(network, sources, 15, on_foot)
    times = race(RUNS, search=lambda: reach(network, sources, 15, on_foot), every_building_with_its_reason=lambda:
                 reasons(found, targets), snapping=lambda: attach(network, homes, "walk", 200.0), polygons=lambda:
                 reach_areas(network, [found.stretches(limit) for limit in (5, 10, 15)], 50.0))  # fmt: skip
    print(f"parts, search = 1 ({network.report.edges:,} edges, {len(homes):,} buildings)")
    for name, seconds in times.items():
        print(f"  {name.replace('_', ' '):<50} {seconds / times['search']:8.1f} x")


def of_wuhan(path: Path) -> None:
    """Race a network built, read back, and edited in one line; the results are equal before anything is timed."""
    import geopandas as gpd
    import shapely

    from geo.network.edit import edit_network
    from geo.network.graph import Network, build_network
    from geo.network.legs import Around, attach_clear, reattach_clear

    roads = gpd.read_parquet(path).to_crs(32650)
    lines, count = roads.geometry.to_numpy(), len(roads)
    use = {"walkable": np.ones(count, bool), "drivable": np.ones(count, bool), "oneway": np.zeros(count),
           "speed_kmh": np.full(count, 30.0), "level": np.zeros(count)}  # fmt: skip
    network = build_network(lines, **use)
    row = count // 2
    new, kept = lines.copy(), np.arange(count)
    new[row], kept[row] = shapely.transform(lines[row], lambda xy: xy + np.array([3.0, 2.0])), -1
    edited, scratch = edit_network(network, lines, new, kept, use), build_network(new, **use)
    same(edited.network, scratch)
    file = io.BytesIO()
    np.savez(file, **network.as_arrays())

    def read() -> Network:
        file.seek(0)
        return Network.of_arrays(np.load(file))

    same(read(), network)
    rng = np.random.default_rng(1)
    points = network.node_xy[rng.integers(0, len(network.node_xy), 50_000)] + rng.normal(0, 30, (50_000, 2))
    nothing = Around(np.empty(0, dtype=object), np.empty(0, dtype=object), np.empty((0, 2)))
    was = attach_clear(network, points, "walk", 200.0, nothing, np.ones(len(network.edge_line), bool))
    how = (scratch, points, "walk", 200.0, nothing, np.ones(len(scratch.edge_line), bool))
    again, fresh = reattach_clear(how, was, edited.old_edge), attach_clear(*how)
    assert np.array_equal(again.edge, fresh.edge) and np.array_equal(again.at_m, fresh.at_m, equal_nan=True)
    times = race(RUNS, after_an_edit=lambda: edit_network(network, lines, new, kept, use), from_disk=read,
                 from_scratch=lambda: build_network(new, **use), fifty_thousand_points_taken_over=lambda:
                 reattach_clear(how, was, edited.old_edge), fifty_thousand_points_joined=lambda:
                 attach_clear(*how))  # fmt: skip
    print(f"\nWuhan, {count:,} lines; one is edited: from scratch = 1")
    for name, seconds in times.items():
        print(f"  {name.replace('_', ' '):<50} {times['from_scratch'] / seconds:8.1f} times as fast")


def same(one: object, other: object) -> None:
    """Stop unless two networks are equal in every array and in what they report."""
    assert one.report == other.report
    for name, array in other.as_arrays().items():
        assert np.array_equal(one.as_arrays()[name], array, equal_nan=array.dtype.kind == "f"), name


def main() -> None:
    """Build where needed, ask in processes of their own, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", nargs="?", type=Path)
    parser.add_argument("--buildings", type=int, default=50_000)
    parser.add_argument("--wuhan", type=Path, default=SHARED / "cities" / "wuhan_roads.parquet")
    parser.add_argument("--answer", type=Path)
    wanted = parser.parse_args()
    if wanted.answer:
        answer(wanted.answer)
        return
    path = wanted.workspace or Path(f"instance/bench-area-{wanted.buildings}.gpkg")
    if not path.exists():
        from tests.bench.make_city import build

        path.parent.mkdir(parents=True, exist_ok=True)
        build(path, wanted.buildings)
    found: dict[str, list] = {"no file": [], "file": []}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            copy = Path(folder) / "workspace.gpkg"
            for case in found:
                shutil.copy(path, copy)  # as it was before the edits; the file of its network stays
                done = subprocess.run([sys.executable, __file__, "--answer", copy], check=True, capture_output=True)
                found[case].append(json.loads(done.stdout))
    first = found["no file"][0]["answers"]
    for runs in found.values():
        assert all(run["answers"] == first for run in runs), "the answers differ"
    assert first["first"] == first["warm"] == first["after a station's edit"]
    best = {case: {title: min(run["times"][title] for run in runs) for title in runs[0]["times"]}
            for case, runs in found.items()}  # fmt: skip
    warm = min(each["warm"] for each in best.values())
    print(f"coverage of {STATIONS} stations over {first['warm']['total']:,} buildings, 5, 10 and 15 minutes: "
          f"{first['warm']['covered']:,} covered; warm = 1, best of {RUNS}")
    print(f"  {'first answer of a process, no file of the network':<60} {best['no file']['first'] / warm:8.1f} x")
    for title, seconds in best["file"].items():
        title = {"first": "first answer of a process, with the file", "start": "loading the program"}.get(title, title)
        print(f"  {title:<60} {seconds / warm:8.1f} x")
    parts(path)
    if wanted.wuhan.exists():
        of_wuhan(wanted.wuhan)


if __name__ == "__main__":
    main()
