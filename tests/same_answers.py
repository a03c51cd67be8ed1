"""Whether two versions of gridmap answer the same, byte for byte. By hand, around a change that is to change nothing:

    python -m tests.same_answers record before.json     in a checkout of the one version
    python -m tests.same_answers compare before.json    in a checkout of the other: 0 the same, 1 something differs

The demo district and, where the shared city data are beside the checkout, the core of Shanghai are asked whatever can
be asked: pages, maps and their parts, the API, tiles, exports in every format, analyses, plans, commands, imports,
writes, refusals, in both languages. What may differ between two runs is made alike first (`tests/asking.py`).
`/metrics` counts, and is left out. Beside FILE, `FILE.bodies.zip` keeps the answers, from which a difference is shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from math import asinh, pi, radians, tan
from pathlib import Path

import shapely

import app
from tests.asking import DAY, Asking, alike, first_difference, stop_the_clock

CITY = Path(__file__).parents[2] / "shared" / "data" / "cities" / "shanghai_core_ledger"
CITY_FILES = {"communities": "communities.geojson", "buildings": "buildings_gbk.zip", "ledger": "ledger.xlsx",
              "stations": "stations.csv"}  # fmt: skip
FORMATS = ("geojson", "gpkg", "shp", "csv", "xlsx", "fgb", "parquet", "kml")


def ask_api(ask: Asking) -> None:
    """Ask for what describes the service, its layers with their features and tiles, and what it knows of itself."""
    for path in ("/api/conformance", "/api/openapi.json", "/api/openapi.html", "/api/collections?f=html", "/api/",
                 "/api/scenarios", "/api/tileMatrixSets", "/api/tileMatrixSets/WebMercatorQuad", "/api/processes",
                 "/api/jobs", "/api/plans", "/api/changesets", "/api/changesets/1", "/health/live", "/health/ready",
                 "/import", "/plans"):  # fmt: skip
        ask.both(path)
    for each in ask.both("/api/collections").json["collections"]:
        layer, here = each["id"], f"/api/collections/{each['id']}"
        for part in ("", "?f=html", "/schema", "/queryables", "/sortables", "/schema?public=true", "/tiles",
                     "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad?f=tilejson"):  # fmt: skip
            ask.both(here + part)
        features = ask.both(f"{here}/items?limit=1000").json["features"]
        for query in ("limit=3&f=html", "limit=2&offset=1", "limit=5&public=true", f"limit=5&datetime={DAY}",
                      "limit=5&filter=code%20IS%20NOT%20NULL&sortby=-code&properties=code", "limit=5&skipGeometry=true",
                      "limit=5&crs=http://www.opengis.net/def/crs/EPSG/0/3857", "limit=many&colour=red"):  # fmt: skip
            ask.both(f"{here}/items?{query}")
        if features:
            ask.both(f"{here}/items/{features[0]['id']}")
            ask.both(f"{here}/items/{features[0]['id']}?f=html")
        for z, row, column in tiles_over(each):
            for query in ("", "?public=true", f"?datetime={DAY}"):
                ask(f"{here}/tiles/WebMercatorQuad/{z}/{row}/{column}{query}")
        ask(f"/api/changesets/1?layer={layer}")


def tiles_over(collection: dict) -> list[tuple[int, int, int]]:
    """Return zoom, row and column of a few tiles over the middle of a layer."""
    box = (collection.get("extent", {}).get("spatial", {}).get("bbox") or [[121.4, 31.2, 121.5, 31.3]])[0]
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    y = (1 - asinh(tan(radians(lat))) / pi) / 2
    return [(z, int(y * 2**z), int((lon + 180) / 360 * 2**z)) for z in (0, 10, 13, 15, 17)]


def ask_exports(ask: Asking) -> None:
    """Take every layer out in every format, profile and language."""
    for each in ask("/api/collections").json["collections"]:
        here = f"/api/collections/{each['id']}/export?f="
        for form in FORMATS:
            told = ask.both if form in ("csv", "xlsx") else ask  # the others have no words of ours in them
            for query in ("", "&public=true"):
                told(f"{here}{form}{query}")
            ask(f"{here}{form}&as_of={DAY}&crs=EPSG:4549")
        ask(f"{here}geojson&profile=legacy&crs=EPSG:4549")
        ask(f"{here}csv&filter=code%20LIKE%20%27%251%27")


def ask_maps(ask: Asking) -> None:
    """Look at every map: page, file, parts, table, and its rows in every format."""
    community = ask("/api/collections/communities/items?limit=1").json["features"][0]
    middle = [(z, x, y) for z, y, x in tiles_over(ask("/api/collections/communities").json)]
    ask.both("/")
    ask("/?public=true")
    for map_id in ("coverage", "service-area", "courtyards", "grids", "moon"):
        here = f"/maps/{map_id}"
        for query in ("", "?basis=strict", "?public=true", f"?community={community['id']}", "?as_of=2024-13-01",
                      "?as_of=2023-06-30&basis=accepted", "?mode=drive&minutes=3,8&compare=1",
                      "?method=straight"):  # fmt: skip
            ask.both(here + query)
        for part in ("download", "rest", "rest?public=true", "tree", "rows?rows=all&limit=500", "rows?offset=3&limit=5",
                     "rows?text=1", "matches?text=1", "search?q=1", "search?q=wj", "rows?sort=nothing"):  # fmt: skip
            ask.both(f"{here}/{part}")
        for form in FORMATS:
            ask.both(f"{here}/export?f={form}&rows=all")
        for z, x, y in middle:
            for part in ("tiles", "under/buildings", "under/roads", "under/communities", "under/moons"):
                ask(f"{here}/{part}/{z}/{x}/{y}")


def ask_processes(ask: Asking) -> None:
    """Run every analysis, with its usual inputs and with others; hand one in as a job; ask wrongly."""
    others = [{"basis": "strict"}, {"by": "grids", "weight": "households"}, {"mode": "drive", "minutes": [3, 8]},
              {"kinds": ["clinic"]}, {"within": "communities:1"}]  # fmt: skip
    for each in ask("/api/processes").json["processes"]:
        here = f"/api/processes/{each['id']}"
        inputs = ask.both(here).json["inputs"]
        given = {"from": "2024-06-30"} if "from" in inputs else {}
        for more in [{}, *others]:
            ask.both(f"{here}/execution", method="POST", json={"inputs": {**given, **more}})
        raw = {"inputs": given, "response": "raw", "outputs": {"summary": {}}}
        ask(f"{here}/execution", method="POST", json=raw)
    here = "/api/processes/data-quality"  # which needs no inputs: what is refused is no job
    late = ask.both(f"{here}/execution", method="POST", json={"inputs": {}}, headers={"Prefer": "respond-async"})
    for part in ("", "/results"):
        ask.both(f"/api/jobs/{late.json['jobID']}{part}")
    ask(f"/api/jobs/{late.json['jobID']}", method="DELETE")
    for slug in ("not-found", "invalid-parameter", "conflict", "topology-defects", "import-rejected", "nonsense"):
        ask.both(f"/problems/{slug}")


def ask_plans(ask: Asking) -> None:
    """Draw a plan from nothing and bring it into force; open another one on it, and edit it."""
    community = ask("/api/collections/communities/items?limit=1").json["features"][0]["id"]
    plan = ask("/api/plans", method="POST", json={"community": community, "grid_system": "service", "from": "none"})
    revision, path = plan.json["revision"], f"/api/plans/{plan.json['id']}"

    def write(part: str, **body: object) -> dict:
        nonlocal revision
        answer = ask(path + part, method="POST", json=body, headers={"If-Match": f'"{revision}"'})
        revision = (answer.json or {}).get("revision", revision) if answer.status_code == 200 else revision
        return answer.json

    cells = [each["id"] for each in plan.json["cells"]["features"]]
    third, grids = len(cells) // 3 or 1, []
    for name, units in (("甲", cells[:third]), ("乙", cells[third : 2 * third]), ("丙", cells[2 * third :])):
        known = {each["id"] for each in ask(path).json["grids"]["features"]}
        write("/edits", op="create", name=name, units=units)
        grids += [each["id"] for each in ask(path).json["grids"]["features"] if each["id"] not in known]
    one, two, *_ = grids
    write("/edits", op="assign", units=cells[:2], grid=two)
    write("/edits", op="assign", units=cells[:1], grid=None)
    write("/edits", op="assign", units=["no such cell"], grid=one)
    west, south, east, north = shapely.from_geojson(json.dumps(plan.json["cells"])).bounds
    line = {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    corner = shapely.box(west, south, (west + east) / 2, (south + north) / 2)
    write("/edits", op="split", grid=one, line=line, name="丁")
    write("/edits", op="draw", grid=one, polygon=json.loads(shapely.to_geojson(corner)))
    write("/edits", op="set", grid=two, properties={"name": "新名", "workers_full": 2})
    write("/revert", changeset=ask.both(f"{path}/history").json["undo"])
    write("/edits", op="merge", grids=[one, two])
    left = [each["id"] for each in ask(path).json["cells"]["features"] if each["properties"]["grid"] is None]
    write("/submit")
    write("/edits", op="assign", units=left, grid=one if one in str(ask(path).json["grids"]) else two)
    write("/submit")
    for part in ("", "?revision=2", "?cells=false", "/history", "/diff", f"?as_of={DAY}"):
        ask.both(path + part)
    ask.both(path.removeprefix("/api"))
    write("/approve", valid_from="2025-03-01")
    ask.both("/api/plans", method="POST", json={"community": community, "grid_system": "unit"})
    ask.both(path)


def ask_writes(ask: Asking) -> None:
    """Import files through the page's way, change and delete a feature, take changes back; be refused."""
    examples = Path(app.__file__).parent / "docs" / "examples"
    for file in sorted(examples.glob("[!m]*")):
        sent = ask("/api/imports", method="POST", data={"file": (io.BytesIO(file.read_bytes()), file.name)})
        here = f"/api/imports/{sent.json['id']}"
        ask.both(here)
        ask(here, method="PATCH", json={"crs": "gcj02"})
        ask.both(f"{here}/report")
        ask.both(f"{here}/commit", method="POST", json={})
        ask(here, method="DELETE")
    items = "/api/collections/stations/items"
    for body in ({"type": "Feature"}, {"type": "Feature", "geometry": {"type": "Point", "coordinates": [121.47, 31.23]},
                                       "properties": {"code": "T-1", "name": "新站", "kind": "clinic"}}):  # fmt: skip
        ask.both(items, method="POST", json=body)
    ask(f"{items}/T-1", method="PATCH", json={"properties": {"name": "旧站"}}, headers={"If-Match": '"1"'})
    ask.both(f"{items}/T-1", method="DELETE", headers={"If-Match": '"1"'})
    ask(f"{items}/T-1", method="DELETE", headers={"If-Match": '"2"'})
    newest = ask.both("/api/changesets").json["changesets"][0]["id"]
    for revision in (newest, newest, 1, 10**6):
        ask.both(f"/api/changesets/{revision}/revert", method="POST")


def run_commands(ask: Asking) -> None:
    """Keep what commands print, and the files that they write."""
    runs = ["--help", "import --help", "run --help", "run coverage --help", f"run coverage --as-of {DAY}", "history",
            "history buildings", "scenarios", "plans", "revert 999", "export stations out.csv --public",
            "export buildings out.geojson", f"run unmanaged-buildings --as-of {DAY} -o out.json",
            f"run data-quality --as-of {DAY} -o out.xlsx", "import moons x", "import stations none.csv"]  # fmt: skip
    for run in runs:
        said, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
            code = app.main(["-w", f"{ask.place}.gpkg", *run.split()])
        wrote = b"".join(alike(Path(each).read_bytes()) for each in run.split() if Path(each).is_file())
        printed = f"{code}\n{said.getvalue()}\n{told.getvalue()}\n"
        ask.answers[f"{ask.place} $ {run}"] = alike(printed.encode()) + wrote


def every_answer() -> dict[str, bytes]:
    """Return what was asked → the answer, over every workspace that can be made here."""
    stop_the_clock()
    answers: dict[str, bytes] = {}
    places = ("demo", "city") if CITY.is_dir() else ("demo",)
    if "city" not in places:
        print(f"Shanghai core is left out: {CITY} is not there", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for place in places:
            for layer, name in CITY_FILES.items() if place == "city" else ():
                with contextlib.redirect_stdout(sys.stderr):
                    assert app.main(["-w", "city.gpkg", "import", layer, str(CITY / name)]) == 0
            ask = Asking(place, answers)
            tiled = Asking(place, answers, map_buildings=10)  # its map pages take their features in tiles
            for part in (ask_plans, ask_api, ask_exports, ask_maps, ask_processes, run_commands, ask_writes):
                print(f"{len(answers):>6}  {place} {part.__name__}", file=sys.stderr, flush=True)
                for each in (ask, tiled) if part is ask_maps else (ask,):
                    part(each)
            ask.close(), tiled.close()
    return answers


def main(words: list[str]) -> int:
    """Record or compare; return the exit code."""
    if len(words) != 2 or words[0] not in ("record", "compare"):
        print(__doc__, file=sys.stderr)
        return 2
    file, bodies = Path(words[1]).absolute(), Path(f"{words[1]}.bodies.zip").absolute()
    before = json.loads(file.read_text("utf-8")) if words[0] == "compare" else {}
    answers = every_answer()
    now = {name: [hashlib.sha256(body).hexdigest(), len(body)] for name, body in answers.items()}
    if words[0] == "record":
        file.write_text(json.dumps(now, ensure_ascii=False, indent=0), "utf-8")
        with zipfile.ZipFile(bodies, "w", zipfile.ZIP_DEFLATED) as kept:
            for digest, body in {now[name][0]: body for name, body in answers.items()}.items():
                kept.writestr(digest, body)
        print(f"{len(now)} answers recorded")
        return 0
    differing = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    with zipfile.ZipFile(bodies) as kept:
        for name in differing:
            old = kept.read(before[name][0]) if name in before else b"(was not asked)"
            print(name, first_difference(old, answers.get(name, b"(is not asked)")), sep="\n")
    print(f"{len(differing)} of {len(now)} answers differ" if differing else f"the same: {len(now)} answers")
    return 1 if differing else 0


if __name__ == "__main__":
    for name in [each for each in os.environ if each.startswith("GRIDMAP_")]:
        del os.environ[name]
    sys.exit(main(sys.argv[1:]))
