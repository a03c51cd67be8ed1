"""Other people's programs over a live service: what they read is what the store holds, what they write is there.

Each client runs in a process of its own: GDAL's drivers are switched off in ours, where strangers' files are read.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.catalogue import catalogue
from layers.filters import parse_filter
from layers.store.protocol import Query
from tests import town
from tests.live import Live, serving

OGRINFO = shutil.which("ogrinfo")
needs_gdal = pytest.mark.skipif(OGRINFO is None, reason="GDAL's ogrinfo is not installed")
needs_owslib = pytest.mark.skipif(importlib.util.find_spec("owslib") is None, reason="OWSLib is not installed")


@pytest.fixture
def live(prepared: Path, tmp_path: Path) -> Iterator[Live]:
    with serving(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg")) as service:
        yield service


def ogrinfo(live: Live, *arguments: str) -> str:
    command = [OGRINFO, "-ro", "-al", f"OAPIF:{live.url}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "ERROR" not in done.stdout + done.stderr
    return done.stdout


def codes(said: str) -> list[str]:
    return re.findall(r"^  code \(String\) = (\w+)", said, re.MULTILINE)


def python(code: str, *arguments: str) -> object:
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_gdal
class TestGdal:
    def test_counts_and_pages(self, live: Live) -> None:
        said = ogrinfo(live, "buildings", "-oo", "PAGE_SIZE=3")
        assert codes(said) == [f"b{number:02}" for number in range(1, 11)]
        assert "Feature Count: 10" in said

    def test_a_box(self, live: Live) -> None:
        box = town.house(3).union(town.house(4)).bounds
        said = ogrinfo(live, "buildings", "-spat", *map(str, box))
        assert codes(said) == ["b03", "b04"]
        assert live.store.count("buildings", Query(bbox=box)) == 2

    def test_extent_and_fields(self, live: Live) -> None:
        said = ogrinfo(live, "-so", "courtyards")
        west, south, east, north = map(float, re.search(r"Extent: \((\S+), (\S+)\) - \((\S+), (\S+)\)", said).groups())
        assert (west, south, east, north) == pytest.approx(live.store.extent("courtyards").bbox, abs=1e-6)
        assert re.search(r"households: Integer", said)

    def test_a_layer_without_geometry(self, live: Live) -> None:
        assert "诚信物业" in ogrinfo(live, "managers")


READ = """
import json, sys, pyogrio
url, where, *box = sys.argv[1:]
frame = pyogrio.read_dataframe(url, layer="buildings", where=where or None, bbox=tuple(map(float, box)) or None)
print(json.dumps({"codes": sorted(frame["code"]), "bounds": list(frame.total_bounds), "crs": str(frame.crs)}))
"""
DRIVERS = "import json, pyogrio; print(json.dumps('OAPIF' in pyogrio.list_drivers()))"


class TestThePythonGdal:
    def read(self, live: Live, where: str = "", *box: float) -> dict:
        if not python(DRIVERS):
            pytest.skip("pyogrio's GDAL has no OAPIF driver")
        return python(READ, f"OAPIF:{live.url}", where, *map(str, box))

    def test_everything(self, live: Live) -> None:
        found = self.read(live)
        assert len(found["codes"]) == live.store.count("buildings") == 10
        assert found["bounds"] == pytest.approx(live.store.extent("buildings").bbox, abs=1e-6)

    def test_a_condition_and_a_box(self, live: Live) -> None:
        town.amend(live.store, "buildings", "b03", households=50)
        box = town.box(0, 0, 400, 100).bounds
        assert self.read(live, "households > 40", *box)["codes"] == ["b03"]


CLIENT = """
import json, sys
from owslib.ogcapi.features import Features
service = Features(sys.argv[1], headers={"Content-Type": "application/geo+json"})
new = {"type": "Feature", "geometry": None, "properties": {"code": "M2", "name": "新物业"}}
items = service.collection_items("buildings", limit=3, bbox=[119, 35, 121, 37])
print(json.dumps({
    "layers": service.feature_collections(),
    "openapi": service.api()["openapi"],
    "conforms": service.conformance()["conformsTo"],
    "title": service.collection("buildings")["title"],
    "queryables": sorted(service.collection_queryables("buildings")["properties"]),
    "matched": items["numberMatched"],
    "returned": items["numberReturned"],
    "filtered": service.collection_items("buildings", filter="households > 40")["numberMatched"],
    "one": service.collection_item("buildings", "b01")["properties"]["name"],
    "created": service.collection_item_create("managers", json.dumps(new)),
}))
"""
EDITOR = """
import json, sys
from owslib.ogcapi.features import Features
service = Features(sys.argv[1], headers={"Content-Type": "application/geo+json"})
found = service.collection_item("managers", "M1")
found["properties"]["name"] = "诚实物业"

def refused(ask, *arguments):
    try:
        return ask("managers", "M1", *arguments)
    except RuntimeError as error:
        return json.loads(str(error))["status"]

def based_on(version):  # OWSLib sends the headers that it is given with each request
    service.headers["If-Match"] = version
    return service

tag = service.response_headers["ETag"]
told = {"blind": refused(service.collection_item_update, json.dumps(found))}
told["updated"] = based_on(tag).collection_item_update("managers", "M1", json.dumps(found))
told["stale"] = refused(based_on(tag).collection_item_update, json.dumps(found))
told["named"] = refused(based_on(service.response_headers["ETag"]).collection_item_delete)
new = {"type": "Feature", "geometry": None, "properties": {"code": "M2", "name": "新物业"}}
service.collection_item_create("managers", json.dumps(new))
del service.headers["If-Match"]
service.collection_item("managers", "M2")
told["deleted"] = based_on(service.response_headers["ETag"]).collection_item_delete("managers", "M2")
print(json.dumps(told))
"""


@needs_owslib
def test_owslib(live: Live) -> None:
    town.amend(live.store, "buildings", "b03", households=50)
    found = python(CLIENT, live.url)
    assert found["openapi"] == "3.0.3"
    assert found["title"] == "Buildings" and "buildings" in found["layers"]
    assert {"id", "geometry", "households"} <= set(found["queryables"])
    assert (found["matched"], found["returned"], found["one"]) == (10, 3, "1号楼")
    condition = parse_filter("households > 40", "cql2-text", catalogue().layer("buildings"))
    assert found["filtered"] == live.store.count("buildings", Query(filter=condition)) == 1
    assert found["created"] is True
    assert live.store.get("managers", "M2").properties["name"] == "新物业"


@needs_owslib
def test_owslib_updates_and_deletes_what_it_has_read(live: Live) -> None:
    told = python(EDITOR, live.url)
    # without the version that it is based on a write is refused, and so is one of what arrangements name
    assert told == {"blind": 428, "updated": True, "stale": 412, "named": 409, "deleted": True}
    assert live.store.get("managers", "M1").properties["name"] == "诚实物业"
    assert live.store.get("managers", "M2") is None
    assert [change.op for _, change in live.store.feature_history("managers", "M2")] == ["delete", "create"]
