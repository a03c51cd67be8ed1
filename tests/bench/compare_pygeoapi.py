"""The same buildings by ours and by pygeoapi: every answer beside the other, deviations listed.

    python -m tests.bench.compare_pygeoapi PYTHON_WITH_PYGEOAPI

What must be equal is asserted: which features a request finds, their properties, their places. The rest is printed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import shapely

from tests.bench.peers import Peer, exported, ours, path_of, pygeoapi, workspace

N = 2_000
BOX = (116.002, 39.0, 116.005, 39.003)
CRS = "http://www.opengis.net/def/crs/"
OWN = {"fid", "id"}  # the file's row number and what stands beside the properties


def same(mine: dict, other: dict, tolerance: float = 1e-7) -> bool:
    """Say whether two features are the same: id, properties, and every point within what seven decimals hold."""
    if mine["id"] != other["id"] or mine["properties"] != {
        name: value for name, value in other["properties"].items() if name not in OWN
    }:
        return False
    shapes = [shapely.geometry.shape(each["geometry"]).normalize() for each in (mine, other)]
    return shapes[0].equals_exact(shapes[1], tolerance)


def all_pages(peer: Peer, **parameters: object) -> list[dict]:
    """Follow the links `next`."""
    page, found = peer.page(**parameters), []
    while True:
        found += page["features"]
        following = [each["href"] for each in page["links"] if each["rel"] == "next"]
        if not following or not page["features"]:
            return found
        page = json.loads(peer.get(path_of(following[0])))


def status(peer: Peer, path: str) -> int:
    """Return the status of an answer."""
    answer = peer.answer(path)
    answer.read()
    return answer.status


def main(python: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = workspace(Path(name), N)
        with ours(made) as mine, pygeoapi(python, exported(made)) as other:
            for what, (one, two, alike) in compared(mine, other).items():
                print(f"{what:28} {one:5} {two:5} {'equal' if alike else 'DIFFER'}")
            _apart(mine, other)


def compared(mine: Peer, other: Peer) -> dict[str, tuple[int, int, bool]]:
    """Return question → how many features ours and theirs finds, and whether they are the same."""
    box = ",".join(map(str, BOX))
    questions: dict[str, Callable[[Peer], list[dict]]] = {
        "paging to the end": lambda peer: all_pages(peer, limit=300),
        "bbox": lambda peer: all_pages(peer, limit=100, bbox=box),
        "property": lambda peer: peer.page(limit=1000, use="mixed")["features"],
        "two properties": lambda peer: peer.page(limit=1000, use="mixed", floors=6)["features"],
        "bbox and property": lambda peer: peer.page(limit=500, use="mixed", bbox=box)["features"],
        "one": lambda peer: [json.loads(peer.get(f"{peer.items}/B0000005"))],
        "EPSG:3857": lambda peer: peer.page(limit=20, crs=quote(f"{CRS}EPSG/0/3857"))["features"],
        "EPSG:4326, latitude first": lambda peer: peer.page(limit=20, crs=quote(f"{CRS}EPSG/0/4326"))["features"],
    }
    found = {}
    for what, question in questions.items():
        one, two = (sorted(question(peer), key=lambda each: each["id"]) for peer in (mine, other))
        tolerance = 1e-3 if what == "EPSG:3857" else 1e-7
        alike = len(one) == len(two) and all(same(*pair, tolerance) for pair in zip(one, two, strict=True))
        found[what] = (len(one), len(two), alike)
    return found


def _apart(mine: Peer, other: Peer) -> None:
    asked = {
        "unknown parameter": "?nonsense=1",
        "limit=0": "?limit=0",
        "limit=1000000000": "?limit=1000000000",
        "bbox of three numbers": "?bbox=1,2,3",
        "bbox of no place": "?bbox=nan,0,1,1",
        "datetime of no day": "?datetime=yesterday",
        "datetime, a day": "?datetime=2025-02-06",
        "unknown crs": f"?crs={CRS}EPSG/0/99999",
        "sortby": "?sortby=-households&limit=1",
        "filter, CQL2": "?limit=1&filter=" + quote("households > 100"),
        "unknown feature": "/nobody",
        "f=csv": "?f=csv&limit=1",
    }
    for what, path in asked.items():
        print(f"{what:28} {status(mine, mine.items + path)} {status(other, other.items + path)}")
    described = [json.loads(peer.get(peer.items.removesuffix("/items") + "?f=json")) for peer in (mine, other)]
    print("members of the collection only ours:", sorted(described[0].keys() - described[1].keys()))
    print("members of the collection only theirs:", sorted(described[1].keys() - described[0].keys()))
    pages = [peer.page(limit=1) for peer in (mine, other)]
    print("members of a page:", *(sorted(each) for each in pages))
    rels = [sorted({each["rel"] for each in page["links"]}) for page in pages]
    print("links of a page:", *rels)


if __name__ == "__main__":
    main(sys.argv[1])
