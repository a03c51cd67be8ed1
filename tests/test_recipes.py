"""The recipes of CONTRIBUTING that change files, followed to the letter in a copy of the house."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import DEMO
from layers.store import open_store
from layers.usecases.edits.demo import load_demo
from tests import town
from tests.suite import quickly

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")  # by another process, and gone when it is done
SAVED = re.compile(r"Save this as `([\w/.]+)`")

ASK_FOR_THE_MAP = """
for lang in ("zh", "en"):
    page = client.get(f"/maps/renovation?as_of=2025-02-06&lang={lang}")
    assert page.status_code == 200, page.text
    assert {"zh": "改造情况图", "en": "Courtyards by renovation"}[lang] in page.text
assert 'href="/maps/renovation' in client.get("/maps/grids").text
here = "/maps/renovation"
rows = client.get(f"{here}/rows?rows=all&limit=500&as_of=2025-02-06").json
assert rows["total"] == rows["of"] == sum(rows["counts"].values()) > 0
for form in ("csv", "xlsx", "geojson"):
    assert client.get(f"{here}/export?f={form}&rows=all").status_code == 200
assert "<!doctype html>" in client.get(f"{here}/download").text
for part in ("rest", "tree", "tiles/0/0/0", "search?q=1", "matches?text=1"):
    assert client.get(f"{here}/{part}").status_code == 200, part
"""

DO_THE_EDIT = """
community = client.get("/api/collections/communities/items?limit=1").json["features"][0]["id"]
plan = client.post("/api/plans", json={"community": community, "grid_system": "service", "from": "none"}).json
path = f"/api/plans/{plan['id']}"


def edit(**op):
    based_on = client.get(path).json["revision"]
    return client.post(f"{path}/edits", json=op, headers={"If-Match": f'"{based_on}"', "Idempotency-Key": op["op"]})


units = [each["id"] for each in plan["cells"]["features"]][:3]
assert edit(op="create", units=units).status_code == 200
(grid,) = (each["id"] for each in client.get(path).json["grids"]["features"])


def held():
    return [each["id"] for each in client.get(path).json["cells"]["features"] if each["properties"]["grid"] == grid]


assert sorted(held()) == sorted(units)
assert edit(op="empty", grid=grid).status_code == 200
assert held() == []
assert edit(op="empty", grid=grid).json["replayed"] is True
newest = client.get(f"{path}/history").json
assert newest["history"][0]["op"] == "empty"
based_on = client.get(path).json["revision"]
undone = client.post(f"{path}/revert", json={"changeset": newest["undo"]}, headers={"If-Match": f'"{based_on}"'})
assert undone.status_code == 200 and sorted(held()) == sorted(units)
"""

COUNT_ON_THE_BASIS = """
def covered(basis):
    asked = {"inputs": {"as_of": "2025-02-06", "basis": basis, "by": "communities"}}
    answer = client.post("/api/processes/coverage/execution", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json["summary"]


hired, broad = covered("hired"), covered("broad")
assert hired["known"] == broad["known"] and 0 < hired["managed"] < broad["managed"]
asked = {"inputs": {"as_of": "2025-02-06", "basis": "hired"}}
rows = client.post("/api/processes/unmanaged-buildings/execution", json=asked).json["buildings"]["features"]
others = [each for each in rows if each["properties"]["reason"] == "mode_not_counted"]
assert len(others) == broad["managed"] - hired["managed"]
page = client.get("/maps/coverage?as_of=2025-02-06&basis=hired&lang=en")
assert page.status_code == 200 and "Only hired managers count, trial included" in page.text
"""

IMPORT_THE_FIELD = """
from pathlib import Path
schema = client.get("/api/collections/stations/schema").json["properties"]
assert "entrance" in schema
stored = client.get("/api/collections/stations/items?limit=1000").json["features"]
assert stored and all(each["properties"].get("entrance") is None for each in stored)
file = Path("stations.csv")
file.write_text("编码,名称,出入口,经度,纬度\\nS1,东站,无障碍,120.401,36.201\\nS2,西站,,120.402,36.202\\n", "utf-8")
assert app.main(["-w", "workspace.gpkg", "import", "stations", str(file)]) == 0
found = {id: client.get(f"/api/collections/stations/items/{id}").json["properties"]["entrance"] for id in ("S1", "S2")}
assert found == {"S1": "level", "S2": "steps"}, found
"""

IMPORT_THE_KIND = """
from io import BytesIO
building = client.get("/api/collections/buildings/items?limit=1").json["features"][0]["id"]
courtyard = client.get("/api/collections/courtyards/items?limit=1").json["features"][0]["id"]


def look(*rows):
    text = "\\n".join(["编码,户数", *rows])
    sent = {"file": (BytesIO(text.encode()), "counts.csv")}
    return client.post("/api/imports?lang=en", data=sent, content_type="multipart/form-data").json


seen = look(f"{building},77", f"{courtyard},777", "nobody,5", f"{building},many")
assert (seen["layer"], seen["columns"], seen["fault_count"]) == ("headcount", ["编码", "户数"], 2), seen
assert {layer: each["changed"] for layer, each in seen["counts"].items()} == {"courtyards": 1, "buildings": 1}
assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 422
done = client.post(f"/api/imports/{seen['id']}/commit", json={"only_sound": True})
assert done.status_code == 201, done.text
for layer, id, count in (("buildings", building, 77), ("courtyards", courtyard, 777)):
    assert client.get(f"/api/collections/{layer}/items/{id}").json["properties"]["households"] == count
assert look("编号,1")["layer"] == "headcount" and look(f"{building},77")["changes"] is False
"""

ACCEPT_THE_PROPOSAL = """
import datetime as dt
from layers.jobs import worker
community = client.get("/api/collections/communities/items?limit=1").json["features"][0]["id"]
store, now = client.application.extensions["gridmap"].store, dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)


def proposed(most):
    given = {"inputs": {"as_of": "2025-02-06", "within": f"communities:{community}", "most": most}}
    headers = {"Prefer": "respond-async"}
    answer = client.post("/api/processes/propose-one-grid/execution", json=given, headers=headers)
    assert answer.status_code == 201, answer.text
    store.jobs().claim("A", now, now + dt.timedelta(seconds=60))
    assert worker.run(store, answer.json["jobID"], "A", lambda: now) == worker.ENDED
    return answer.json["jobID"], client.get(f"/api/jobs/{answer.json['jobID']}/results").json


job, answer = proposed(100_000)
assert answer["summary"]["status"] == "optimal" and answer["summary"]["revisions"]["buildings"] > 0
plan = client.post("/api/plans", json={"proposal": job})
assert plan.status_code == 201, plan.text
(grid,) = plan.json["grids"]["features"]
assert grid["properties"]["figures"]["households"] == answer["summary"]["households"] > 0
assert proposed(1)[1]["summary"]["status"] == "infeasible"
"""

BEGIN = """
import app
from layers.settings import Settings
client = app.create_app(Settings(workspace="workspace.gpkg")).test_client()
client.environ_base["HTTP_GRIDMAP_AUTHOR"] = "tester"
"""


def changed(text: str, hunk: list[str]) -> str:
    """Return a file's text with a hunk in it; its lines without + must stand there, once."""
    old, new = ("".join(f"{line[1:]}\n" for line in hunk if line[0] in kept) for kept in (" -", " +"))
    assert f"\n{text}".count(f"\n{old}") == 1, old
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def follow(recipe: str, house: Path) -> None:
    """Save the files of a recipe and make its changes."""
    section = PAGE.partition(f"## {recipe}\n")[2].partition("\n## ")[0]
    assert section, recipe
    files = SAVED.findall(section)
    for language, body in FENCED.findall(section):
        if language == "python":
            (house / files.pop(0)).write_text(body, "utf-8")
        for file, _, hunks in (part.partition("\n") for part in body.split("--- ")[1:] if language == "diff"):
            for hunk in hunks.split("@@\n"):
                text = changed((house / file).read_text("utf-8"), [line or " " for line in hunk.splitlines()])
                (house / file).write_text(text, "utf-8")
    assert not files


@pytest.fixture(scope="module")
def demo_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the demo district, made before anything was changed."""
    path = tmp_path_factory.mktemp("demo") / "workspace.gpkg"
    store = open_store(path)
    load_demo(store, DEMO, town.NOON)
    store.close()
    return path


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the program in which files may be changed, with what is compiled: a changed file is compiled anew."""
    for room in ("geo", "layers", "web"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=BEING_WRITTEN)
    for beside in ("data", "static"):
        (tmp_path / beside).symlink_to(ROOT / beside)
    shutil.copy(ROOT / "app.py", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("recipe", "asked"),
    quickly([
        ("Add a field, or a default", IMPORT_THE_FIELD),
        ("Add a basis", COUNT_ON_THE_BASIS),
        ("Add a map", ASK_FOR_THE_MAP),
        ("Add a kind of import", IMPORT_THE_KIND),
        ("Add an edit of plans", DO_THE_EDIT),
        ("Add a kind of proposal", ACCEPT_THE_PROPOSAL),
    ], 0),
    ids=["field", "basis", "map", "kind of import", "edit", "kind of proposal"],
)  # fmt: skip
def test_a_recipe_works_to_the_letter(recipe: str, asked: str, house: Path, demo_district: Path) -> None:
    shutil.copy(demo_district, house / "workspace.gpkg")
    follow(recipe, house)
    given = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMAP_")}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + asked],
        cwd=house,
        env={**given, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
