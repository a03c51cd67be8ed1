"""Which homes are within 15 minutes on foot of which stations, by gridmap and by Valhalla, from one extract.

    python -m venv peers && peers/bin/pip install pyvalhalla      (a Python of 3.12 or later)
    python -m tests.bench.bench_peers_streets peers/bin/python extract.osm.pbf … [--stations 20] [--tell 10]

Valhalla says where it meets the streets and how far it is along them, by the shortest way; its last metres are counted
here as ours are. Each pair whose answers differ by more than a minute is put down to one cause, the first that holds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely
from shapely.geometry import shape

import app
from geo.places import METRES_PER_DEGREE, representative_points
from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.model.feature import Change
from layers.store import open_store
from layers.store.protocol import Draft
from tests.town import DAY, NOON

LIMIT, MUCH, MINUTES_A_METRE = 15.0, 1.0, 0.015
ELSEWHERE_M = 15.0
ACROSS = r"^osm-[wr][\d.]+x\d+y"
"""The codes of ways across squares."""
Said = dict[str, dict[str, dict[str, Any]]]


def ours(pbf: Path, folder: Path, count: int) -> tuple[list[dict[str, Any]], Said, Said]:
    """Import an extract; return stations, and for each the homes and what is said of them: squares crossed, and not."""
    os.environ["GRIDMAP_WORKSPACE"] = str(folder / "w.gpkg")
    with contextlib.redirect_stdout(io.StringIO()):
        assert app.main(["import-osm", str(pbf)]) == 0
    with contextlib.closing(open_store(folder / "w.gpkg")) as store:
        frame = store.read("stations").sort_values("code")
        frame = frame[frame["kind"] != "parking"]
        frame = frame.iloc[np.linspace(0, len(frame) - 1, min(count, len(frame))).astype(int)]
        places = shapely.get_coordinates(representative_points(frame.geometry.to_numpy()))
        stations = [{"code": code, "lonlat": place.tolist()} for code, place in zip(frame["code"], places, strict=True)]
        found = said(store, stations)
        roads = store.read("roads")
        across = [store.get("roads", id) for id in roads.index[roads["code"].str.contains(ACROSS)]]
        store.commit(Draft("bench", NOON, "no square is crossed", "edit",
                           [Change("roads", each.id, each, None) for each in across]))  # fmt: skip
        return stations, found, said(store, stations)


def said(store: Any, stations: list[dict[str, Any]]) -> Said:
    """Ask how far homes are from each station by itself."""
    one, found = analyses()["service-area"], {}
    for each in stations:
        inputs = {"as_of": DAY.isoformat(), "stations": [each["code"]], "minutes": [60.0]}
        answer = one.run(store, decode(one, inputs, DAY), silent)
        told = json.loads(msgspec.json.encode(outputs_json(answer, "en")))["buildings"]["features"]
        found[each["code"]] = {home["properties"]["code"]: home for home in told}
    return found


def theirs(python: Path, pbf: Path, folder: Path, homes: np.ndarray, stations: np.ndarray,
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the minutes by Valhalla, nan for no way, its last metres at both ends, and who is off the ground."""
    asked = {"pbf": str(pbf), "folder": str(folder / "peer"), "homes": homes.tolist(), "stations": stations.tolist()}
    ran = subprocess.run([python, Path(__file__).with_name("peers_streets.py")], input=json.dumps(asked), text=True,
                         capture_output=True, check=True)  # fmt: skip
    answer = json.loads(ran.stdout[ran.stdout.index("{"):])
    along = np.array([[np.nan if each is None else each for each in row] for row in answer["metres"]])
    at_home, at_station = apart_m(homes, np.array(answer["homes"])), apart_m(stations, np.array(answer["stations"]))
    return (along + at_home[:, None] + at_station) * MINUTES_A_METRE, at_home, at_station, (
        np.array(answer["homes_apart"])[:, None] | np.array(answer["stations_apart"]))  # fmt: skip


def apart_m(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Measure between places in degrees."""
    east = (one[:, 0] - other[:, 0]) * np.cos(np.radians(one[:, 1]))
    return np.hypot(east, one[:, 1] - other[:, 1]) * METRES_PER_DEGREE


def minutes_of(home: dict[str, Any]) -> float:
    """Return the minutes of a home, nan where it is not reached."""
    told = home["properties"]
    return told["minutes"] if told["covered"] else np.nan


def cause(told: dict[str, Any], minutes: tuple[float, float, float], last_m: tuple[float, float], off: bool) -> str:
    """Name why the answers differ, the first that holds; minutes here, here without crossing squares, by Valhalla."""
    (mine, around, peer), (home_m, station_m) = minutes, last_m
    if np.isnan(mine):
        return f"not reached here: {told['reason'] or 'beyond 60 minutes'}"
    if np.isnan(peer):
        return "no way by Valhalla"
    if off:
        return "Valhalla begins or ends in a tunnel or on a bridge"
    if around - mine > MUCH and (abs(around - peer) < abs(mine - peer)):
        return "a square that Valhalla goes round"
    if abs(told["access_m"] - home_m) > ELSEWHERE_M:
        return "another street at home, " + ("nearer" if home_m < told["access_m"] else "farther") + " by Valhalla"
    if station_m > ELSEWHERE_M:
        return "perhaps another street at the station"
    return "another way along the streets, " + ("shorter" if peer < mine else "longer") + " by Valhalla"


def compare(python: Path, pbf: Path, count: int, tell: int) -> None:
    """Ask both, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stations, found, without = ours(pbf, folder, count)
        codes = sorted(found[stations[0]["code"]])
        shapes = np.array([shape(found[stations[0]["code"]][code]["geometry"]) for code in codes], dtype=object)
        homes = shapely.get_coordinates(representative_points(shapes))
        places = np.array([each["lonlat"] for each in stations])
        peer, home_m, station_m, off = theirs(python, pbf, folder, homes, places)
    told = [[found[station["code"]][code]["properties"] for station in stations] for code in codes]
    mine, around = (np.array([[minutes_of(each[station["code"]][code]) for station in stations] for code in codes])
                    for each in (found, without))  # fmt: skip
    within, by_peer = mine <= LIMIT, peer <= LIMIT
    print(f"\n{pbf.name}: {len(codes)} homes x {len(stations)} stations; within {LIMIT:g} minutes here "
          f"{within.mean():.2%}, by Valhalla {by_peer.mean():.2%}; judged alike {(within == by_peer).mean():.2%}")
    print(f"  where Valhalla begins and ends on the ground judged alike {(within == by_peer)[~off].mean():.2%}")
    both = ~np.isnan(mine) & ~np.isnan(peer)
    apart = np.abs(mine - peer)
    print(f"  minutes apart where both know a way: median {np.median(apart[both]):.2f}, "
          f"95 % within {np.quantile(apart[both], 0.95):.2f}")
    near = np.fmin(mine, peer) <= 2 * LIMIT
    much = near & ((apart > MUCH) | (np.isnan(mine) != np.isnan(peer)))
    print(f"  more than {MUCH:g} minute apart, of those within {2 * LIMIT:g} minutes by either: "
          f"{much.sum()} of {near.sum()} ({much.sum() / near.sum():.2%})")
    causes: Counter[str] = Counter()
    flips: Counter[str] = Counter()
    some: dict[str, list[str]] = {}
    for home, station in np.argwhere(much | (within != by_peer)):
        why = cause(told[home][station], (mine[home, station], around[home, station], peer[home, station]),
                    (home_m[home], station_m[station]), bool(off[home, station]))  # fmt: skip
        causes[why] += 1
        flips[why] += within[home, station] != by_peer[home, station]
        place = f"{codes[home]} -> {stations[station]['code']}: {mine[home, station]:.1f}, {peer[home, station]:.1f}"
        some.setdefault(why, []).append(place)
    for why, many in causes.most_common():
        print(f"    {many:6}  {why} ({flips[why]} judged otherwise)")
        for place in some[why][:tell]:
            print(f"              {place}")


def main() -> None:
    """Compare extract after extract."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", type=Path, help="a Python that has pyvalhalla")
    parser.add_argument("extracts", type=Path, nargs="+")
    parser.add_argument("--stations", type=int, default=20)
    parser.add_argument("--tell", type=int, default=0, help="so many examples of each cause")
    wanted = parser.parse_args()
    for extract in wanted.extracts:
        compare(wanted.peer.absolute(), extract.absolute(), wanted.stations, wanted.tell)


if __name__ == "__main__":
    main()
