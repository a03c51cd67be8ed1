"""What Valhalla makes of the same map, in a process and an environment of its own (`bench_peers_streets`)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import valhalla

PAIRS = 2_500
CALM = {"walking_speed": 4.0, "shortest": True, "max_hiking_difficulty": 6}


def built(pbf: str, folder: Path) -> valhalla.Actor:
    """Build tiles of a file of OpenStreetMap."""
    tiles = folder / "tiles"
    tiles.mkdir(parents=True)
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    program = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
    subprocess.run([program, "-c", file, pbf], check=True, capture_output=True)
    return valhalla.Actor(str(file))


def metres(actor: valhalla.Actor, homes: list, stations: list) -> dict[str, Any]:
    """Return the metres along streets between all, None for no way, and the places where both meet the streets."""
    found: list[list[float | None]] = []
    at_home: list = []
    at_station: list = []
    most = max(1, PAIRS // len(stations))
    for first in range(0, len(homes), most):
        asked = {"sources": [{"lon": x, "lat": y} for x, y in homes[first:first + most]],
                 "targets": [{"lon": x, "lat": y} for x, y in stations],
                 "costing": "pedestrian", "costing_options": {"pedestrian": CALM}}  # fmt: skip
        answer = json.loads(actor.matrix(json.dumps(asked)))
        for row in answer["sources_to_targets"]:
            by = {each["to_index"]: each["distance"] for each in row}
            found.append([None if by[i] is None else by[i] * 1000 for i in range(len(stations))])
        at_home += [[each["lon"], each["lat"]] for each in answer["sources"]]
        at_station = [[each["lon"], each["lat"]] for each in answer["targets"]]
    return {"metres": found, "homes": at_home, "stations": at_station,
            "homes_apart": apart(actor, homes), "stations_apart": apart(actor, stations)}  # fmt: skip


def apart(actor: valhalla.Actor, places: list) -> list[bool]:
    """Tell which places are joined to a tunnel or a bridge."""
    found = []
    for x, y in places:
        asked = {"locations": [{"lon": x, "lat": y}], "costing": "pedestrian", "verbose": True}
        edges = json.loads(actor.locate(json.dumps(asked)))[0].get("edges") or []
        found.append(bool(edges) and bool(edges[0]["edge"].get("tunnel") or edges[0]["edge"].get("bridge")))
    return found


def main() -> None:
    """Answer what is asked on standard input."""
    asked = json.load(sys.stdin)
    actor = built(asked["pbf"], Path(asked["folder"]))
    json.dump(metres(actor, asked["homes"], asked["stations"]), sys.stdout)


if __name__ == "__main__":
    main()
