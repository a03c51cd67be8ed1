"""What `fuzz_api` has schemathesis put into requests just before they are sent: ids that are there, bodies that mean
something (and then one value of them changed), revisions that are current. Without them nearly everything is a 404.

The dice are thrown in the order of the requests, so the same run sends the same.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import schemathesis
from schemathesis import Case, HookContext, Response

from tests import town
from tests.bench.damage_inside import tree

API = os.environ["GRIDMAP_FUZZED_API"]
dice = random.Random(11)
DAY, ONE, TWO, STATION = "2025-02-06", f"{town.COMMUNITY}001", f"{town.COMMUNITY}002", "T1"
LAYERS = ("buildings", "courtyards", "grids", "stations", "roads", "arrangements", "managers", "plans", "communities")
IDS = {"buildings": ("b01", "b02", "b10"), "courtyards": ("CA", "CF"), "grids": (ONE, TWO),
       "stations": (STATION,), "roads": ("S1",), "arrangements": ("RA", "RD"), "managers": ("M1",),
       "communities": (town.COMMUNITY,)}  # fmt: skip
PROCESSES = ("unmanaged-buildings", "coverage", "data-quality", "compare-dates", "service-area", "service-coverage")
SHAPES = {"stations": {"type": "Point", "coordinates": [120.001, 36.0003]}, "arrangements": None, "managers": None,
          "roads": {"type": "LineString", "coordinates": [[120.001, 36.0003], [120.002, 36.0003]]}}  # fmt: skip
CODES = {"grids": f"{town.COMMUNITY}{{}}", "communities": "990301001{}", "streets": "990301{}", "districts": "990{}"}
VALUES = {"grids": {"community_code": town.COMMUNITY, "grid_system": "service", "kind": "basic", "name": "新"},
          "buildings": {"households": 3, "use": "residential", "courtyard_code": "CA"}, "roads": {"class": "service"},
          "arrangements": {"managed_area": "AA", "manager": "M1", "mode": "soe", "stage": "formal"}}  # fmt: skip
QUERIES = {
    "filter": ("households > 5", "name LIKE '1%'", "use = 'residential' AND floors BETWEEN 1 AND 9",
               "households IN (10)",
               "S_INTERSECTS(geometry, BBOX(119, 35, 121, 37))", "S_WITHIN(geometry, POINT(120 36))",
               "NOT (floors IS NULL)",
               "T_AFTER(surveyed_on, DATE('2024-01-01'))", '{"op": "=", "args": [{"property": "use"}, "residential"]}'),
    "filter-lang": ("cql2-text", "cql2-json"),
    "crs": ("http://www.opengis.net/def/crs/EPSG/0/4549", "http://www.opengis.net/def/crs/EPSG/0/3857"),
    "bbox-crs": ("http://www.opengis.net/def/crs/EPSG/0/4326",),
    "datetime": (DAY, "2024-01-01/..", "../2025-01-01", "2024-01-01T00:00:00Z/2026-01-01T00:00:00Z"),
    "as_of": (DAY, "2023-01-01"),
    "f": ("json", "html", "csv", "geojson", "gpkg", "xlsx", "shp", "kml", "fgb", "parquet"),
    "sortby": (["-households", "+code"], ["name"]), "properties": (["code", "name"],),
    "bbox": ([119, 35, 121, 37], [170, -10, -170, 10]), "revision": (1, 2, 3), "before": (2, 3), "limit": (1, 5),
}  # fmt: skip
PLACE = {"set_id": "WebMercatorQuad", "z": 14, "row": 6433, "column": 13653}  # the tile that the town is in
SQUARE = json.loads('{"type": "Polygon", "coordinates": [[[120, 36], [120.003, 36], [120.003, 36.0004], [120, 36]]]}')
ACROSS = {"type": "LineString", "coordinates": [[120.0022, 35.99], [120.0022, 36.01]]}
OUTLINE = {"type": "Feature", "geometry": SQUARE, "properties": {"name": "三"}}  # as a plan takes it
EDITS = (
    {"op": "assign", "units": ["c1-1", "c1-4"], "grid": TWO}, {"op": "assign", "units": ["c1-2"], "grid": None},
    {"op": "create", "name": "三", "units": ["c1-5"]}, {"op": "create", "polygon": SQUARE},
    {"op": "split", "grid": ONE, "line": ACROSS, "snap": True}, {"op": "merge", "grids": [ONE, TWO], "into": ONE},
    {"op": "move_vertex", "from": [120.0055, 36.0], "to": [120.00552, 36.0], "tolerance_m": 5},
    {"op": "reshape", "grid": ONE, "line": ACROSS}, {"op": "draw", "grid": TWO, "polygon": SQUARE},
    {"op": "retire", "grid": TWO, "into": ONE}, {"op": "repair"},
    {"op": "set", "grid": ONE, "properties": {"name": "甲", "households": 7, "workers_full": 1}},
)  # fmt: skip
STATIONS = {"as_of": DAY, "stations": [STATION], "kinds": [], "points": [], "minutes": [5, 10]}
SPOTS = {"as_of": DAY, "stations": [], "kinds": ["elder_canteen"], "points": [[120.001, 36.0003]], "minutes": [5]}
INPUTS = {
    "unmanaged-buildings": (
        {"as_of": DAY, "basis": "strict"},
        {"as_of": DAY, "enclosure": "open", "min_households": 5},
    ),
    "coverage": ({"as_of": DAY, "by": "grids", "weight": "households"}, {"as_of": DAY, "within": f"grids:{ONE}"}),
    "data-quality": ({"as_of": DAY}, {"as_of": DAY, "within": "120,36,121,37"}),
    "compare-dates": ({"from": "2024-06-30", "to": DAY, "by": "streets"}, {"from": DAY, "to": DAY}),
    "service-area": (
        STATIONS,
        {**SPOTS, "method": "straight"},
        {**STATIONS, "nearest_areas": True, "direction": "from"},
    ),
    "service-coverage": ({**STATIONS, "by": "grids"}, {**SPOTS, "method": "detour", "weight": "elderly_60"}),
}
BODIES = {
    "/api/plans": ({"community": town.COMMUNITY, "grid_system": "service"}, {"community": town.COMMUNITY,
                   "grid_system": "unit", "from": "none"}, {"community": town.COMMUNITY, "grid_system": "service",
                   "grids": {"type": "FeatureCollection", "features": [OUTLINE]}}),
    "/api/plans/{plan_id}/edits": EDITS,
    "/api/plans/{plan_id}/revert": tuple({"changeset": each} for each in range(4, 20)),
    "/api/plans/{plan_id}/approve": ({}, {"valid_from": DAY}),
    "/api/imports/{id}": ({"layer": "buildings"}, {"layer": None, "crs": "gcj02"}, {"mapping": {"name": "编码"}},
                          {"encoding": "gb18030", "sheet": None}),
    "/api/imports/{id}/commit": ({"only_sound": True}, {}),
}  # fmt: skip
answers: Counter[str] = Counter()
known: dict[str, list[str]] = {"plan_id": [], "import": [], "job": []}


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict) -> None:
    """Give most requests an id that is there, and most bodies a meaning."""
    path, writing = case.operation.path, case.method in ("POST", "PUT", "PATCH")
    if case.path_parameters and dice.random() < 0.85:
        for name in case.path_parameters:
            case.path_parameters[name] = real(name, path, case) or case.path_parameters[name]
    if case.query and dice.random() < (0.8 if writing else 0.3):
        for name in set(case.query) - set(QUERIES):
            del case.query[name]  # an odd one alone is a 400
    for name in set(case.query or ()) & set(QUERIES):
        if dice.random() < 0.5:
            case.query[name] = dice.choice(QUERIES[name])
    if writing and dice.random() < 0.7:
        body = meant(path, case)
        if body is not None and dice.random() < 0.6:
            body = sendable(tree(json.dumps(body).encode(), dice))
        case.body = case.body if body is None else body
    if case.headers and "If-Match" in case.headers and dice.random() < 0.8:
        case.headers["If-Match"] = f'"{revision(case)}"'
    for name in ("Content-Crs", "Gridmap-Author", "Idempotency-Key"):
        if case.headers and name in case.headers and dice.random() < 0.7:
            del case.headers[name]  # an odd one alone is a 400
    if case.headers and "respond-async" in str(case.headers.get("Prefer")) and dice.random() < 0.8:
        del case.headers["Prefer"]  # a job is a process of its own: a few are enough


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Count what is answered, and keep the count where it is looked for in the end."""
    answers[f"{case.method} {case.operation.path} {response.status_code}"] += 1
    if response.status_code >= 500:
        print(case.as_curl_command()[:2000], response.text[:500], file=sys.stderr, flush=True)
    if sum(answers.values()) % 50 == 0:
        write()


@atexit.register
def write() -> None:
    """Write the counts down."""
    Path(os.environ["GRIDMAP_FUZZED_COUNTS"]).write_text(json.dumps(answers))


def meant(path: str, case: Case) -> object:
    """Return a body that would do something."""
    if path.endswith("/execution"):
        inputs = dice.choice(INPUTS.get(str(case.path_parameters["id"]), ({"as_of": DAY},)))
        return {"inputs": inputs, "response": dice.choice(("raw", "document"))}
    if "/items" not in path:
        return dice.choice(BODIES[path]) if path in BODIES else None
    layer = str(case.path_parameters["layer_id"])
    shape = SHAPES.get(layer, SQUARE)
    code = case.path_parameters.get("id") or CODES.get(layer, "x{}").format(dice.randrange(100, 1000))
    feature = {"type": "Feature", "geometry": shape, "properties": {"code": code, **VALUES.get(layer, {})}}
    several = {"type": "FeatureCollection", "features": [feature, {**feature, "properties": {"code": f"{code}b"}}]}
    part = {"properties": {"name": "改", "remark": None}, "geometry": shape}
    return dice.choice((feature, part) if "{id}" in path else (feature, feature, several))


def sendable(text: bytes) -> object:
    """Return a body without what schemathesis itself cannot send: halves of surrogate pairs, numbers that are none."""
    plain = text.decode("utf-8", "replace").replace("\\ud800", "?")
    return json.loads(plain, parse_constant=lambda _: 1e308)


def real(name: str, path: str, case: Case) -> object:
    """Return something that is there for a place in the path."""
    layer = case.path_parameters.get("layer_id")
    if name == "layer_id":
        return dice.choice(LAYERS)
    if name in PLACE:
        return PLACE[name]
    if name == "plan_id":
        return dice.choice(listed("plan_id", "plans", "plans", "id"))
    if "/imports/" in path:
        return upload()
    if "/jobs/" in path:
        return dice.choice(listed("job", "jobs", "jobs", "jobID"))
    if "/processes/" in path:
        return dice.choice(PROCESSES)
    if "/items/" in path and case.method == "DELETE":
        return f"b0{dice.randint(3, 9)}"  # the others stay, or soon nothing would be there
    if "/items/" in path:
        return dice.choice(IDS.get(str(layer), ("b01",)))
    if "/changesets/" in path:
        return dice.randint(4, 20) if case.method == "POST" else dice.randint(1, 12)  # the first made the town
    return None


def revision(case: Case) -> int:
    """Return the version of what a request changes, if it can be asked."""
    address = case.operation.path.partition("/edits")[0]
    for ending in ("/edits", "/revert", "/submit", "/withdraw", "/approve"):
        address = address.removesuffix(ending)
    try:
        for name, value in (case.path_parameters or {}).items():
            address = address.replace("{" + name + "}", urllib.request.quote(str(value), safe=""))
        with urllib.request.urlopen(API + address.removeprefix("/api/")) as answer:
            return int(answer.headers["ETag"].strip('W/"'))
    except (urllib.error.HTTPError, TypeError, ValueError, AttributeError):
        return dice.randint(1, 3)


def listed(kind: str, path: str, member: str, id: str) -> list[str]:
    """Return the ids of plans or jobs, asked for anew now and then."""
    if not known[kind] or dice.random() < 0.1:
        with urllib.request.urlopen(f"{API}{path}?lang=en") as answer:
            known[kind] = [each[id] for each in json.load(answer)[member]] or ["none"]
    return known[kind]


def upload() -> str:
    """Return the id of an upload that waits; every few requests a new one is handed in."""
    if not known["import"] or dice.random() < 0.05:
        rows = "编码,名称,经度,纬度\n" + "".join(
            f"n{n},新{n},120.00{n},36.0003\n" for n in range(1, dice.randint(2, 9))
        )
        parts = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n{rows}\r\n--x--\r\n'
        ).encode()
        asked = urllib.request.Request(f"{API}imports", parts, {"Content-Type": "multipart/form-data; boundary=x"})
        try:
            with urllib.request.urlopen(asked) as answer:
                known["import"] = [*known["import"][-2:], json.load(answer)["id"]]
        except urllib.error.HTTPError:  # too many wait
            return "0" * 32
    return dice.choice(known["import"])
