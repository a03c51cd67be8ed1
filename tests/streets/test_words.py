"""Towns as surveyors map them, in other words: who may pass, which way, how fast; minutes by the ruler.

    T a ─── b ─────── X ─────── c ─── d h        a-b and c-d 100 m, b-c 400 m: there stands what is tested
            │                   │
            e ───────────────── f                round by e and f 1,800 m

T stands 90 m before b and h 90 m behind c, both 8 m beside the street: straight on 580 m, round 1,980 m.
All towns of a test are in one file, five kilometres apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from tests.streets.conftest import Place
from tests.suite import quickly
from tests.town import box, point

Tags = Mapping[str, str]
STREET = {"highway": "residential"}
LEGS = 16 * 0.015
WALK, ROUND = 580 * 0.015 + LEGS, 1980 * 0.015 + LEGS
DRIVE_ROUND = 1980 * 0.002 + LEGS


def drive(kmh: float) -> float:
    """Return the minutes of 180 m of street and the 400 m in the middle at another speed."""
    return 180 * 0.002 + 400 * 0.06 / kmh + LEGS


class Land:
    """A file of towns."""

    def __init__(self) -> None:
        self._nodes: list[str] = []
        self._others: list[str] = []
        self._homes: list[dict] = []
        self._stations: list[dict] = []
        self._at = (0.0, 0.0)
        self._id = 0

    def town(self, code: str, home: tuple[float, float] = (490, 8)) -> None:
        """Begin a town; what follows stands in it."""
        count = len(self._homes)
        self._at = (count % 8 * 5000.0, count // 8 * 3000.0)
        x, y = home[0] + self._at[0], home[1] + self._at[1]
        self._homes.append({"type": "Feature", "geometry": box(x - 1, y - 1, 2, 2).__geo_interface__,
                            "properties": {"code": code, "use": "residential"}})  # fmt: skip
        place = point(self._at[0] - 90, self._at[1] + 8)
        self._stations.append({"type": "Feature", "geometry": place.__geo_interface__,
                               "properties": {"code": f"T{count}", "kind": "clinic"}})  # fmt: skip

    def node(self, x: float, y: float, tags: Tags | None = None) -> int:
        self._id += 1
        place = point(x + self._at[0], y + self._at[1])
        self._nodes.append(f'<node id="{self._id}" version="1" lon="{place.x:.7f}" lat="{place.y:.7f}">'
                           f"{_written(tags or {})}</node>")  # fmt: skip
        return self._id

    def way(self, nodes: list[int], tags: Tags) -> int:
        return self._other("way", "".join(f'<nd ref="{each}"/>' for each in nodes), tags)

    def relation(self, members: list[tuple[str, int, str]], tags: Tags) -> int:
        named = (f'<member type="{kind}" ref="{id}" role="{role}"/>' for kind, id, role in members)
        return self._other("relation", "".join(named), tags)

    def street(self, code: str, middle: Tags, node: Tags | None = None) -> None:
        """Add the town of the drawing."""
        self.town(code)
        a, b, c, d, e, f = (self.node(*at) for at in ((-100, 0), (0, 0), (400, 0), (500, 0), (0, -700), (400, -700)))
        x = self.node(200, 0, node)
        for course, tags in (([a, b], STREET), ([c, d], STREET), ([b, e, f, c], STREET), ([b, x, c], middle)):
            self.way(course, tags)

    def put_into(self, place: Place, folder: Path) -> str:
        """Import everything, and return what was said of the streets."""
        (folder / "in.osm").write_text(
            "\n".join(['<osm version="0.6">', *self._nodes, *self._others, "</osm>"]), "utf-8")  # fmt: skip
        for layer, features in (("buildings", self._homes), ("stations", self._stations)):
            written = json.dumps({"type": "FeatureCollection", "features": features})
            (folder / f"{layer}.geojson").write_text(written, "utf-8")
        return place.import_case(folder)

    def _other(self, kind: str, members: str, tags: Tags) -> int:
        self._id += 1
        self._others.append(f'<{kind} id="{self._id}" version="1">{members}{_written(tags)}</{kind}>')
        return self._id


def _written(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def differing(found: Mapping[str, float | None], expected: Mapping[str, float | None]) -> dict:
    """Return what is more than a tenth of a minute off: code → (found, expected)."""
    return {code: (found[code], each) for code, each in expected.items()
            if (found[code] is None) != (each is None) or (each is not None and abs(found[code] - each) > 0.1)}


GATES = {
    "staff": ({"access": "staff"}, ROUND, DRIVE_ROUND),
    "tenants": ({"access": "tenants;visitors"}, ROUND, DRIVE_ROUND),
    "owner": ({"foot": "owner"}, ROUND, drive(30)),
    "capitals": ({"access": "Private"}, ROUND, DRIVE_ROUND),
    "nothing known": ({"access": "lorem"}, WALK, drive(30)),
    "by the hour": ({"access:conditional": "no @ (22:00-06:00)"}, WALK, drive(30)),
    "removed": ({"access": "private", "removed": "yes"}, WALK, drive(30)),
    "out of use": ({"access": "private", "disused": "yes"}, ROUND, DRIVE_ROUND),
    "delineators": ({"barrier": "delineators"}, WALK, DRIVE_ROUND),
    "wedge": ({"barrier": "wedge", "motor_vehicle": "yes"}, WALK, drive(30)),
}


def test_gates_say_it_in_other_words(place: Place, tmp_path: Path) -> None:
    """X is a gate. Who is neither resident nor may pass goes round; what is not understood is told."""
    land = Land()
    for code, (tags, *_) in GATES.items():
        land.street(code, STREET, {"barrier": "gate"} | tags)
    said = land.put_into(place, tmp_path)
    assert "Gates: who may pass is said in words that are not known, counted as not said: 1 (access=lorem 1)" in said
    assert "Gates: who may pass differs by the hour, what holds otherwise was used: 1 (access:conditional 1)" in said
    assert differing(place.minutes(minutes=[60]), {code: each[1] for code, each in GATES.items()}) == {}
    assert differing(place.minutes(minutes=[60], mode="drive"), {code: each[2] for code, each in GATES.items()}) == {}


WAYS = {
    "proposed": (STREET | {"proposed": "yes"}, ROUND, DRIVE_ROUND),
    "removed": (STREET | {"removed": "yes"}, ROUND, DRIVE_ROUND),
    "company": (STREET | {"access": "company"}, ROUND, DRIVE_ROUND),
    "pedestrian, all vehicles": ({"highway": "pedestrian", "vehicle": "yes"}, WALK, drive(10)),
    "pedestrian, to deliver": ({"highway": "pedestrian", "vehicle": "delivery"}, WALK, DRIVE_ROUND),
    "pedestrian, access": ({"highway": "pedestrian", "access": "yes"}, WALK, DRIVE_ROUND),
}


def test_ways_say_it_in_other_words(place: Place, tmp_path: Path) -> None:
    """b-c is another way."""
    land = Land()
    for code, (tags, *_) in WAYS.items():
        land.street(code, tags)
    land.put_into(place, tmp_path)
    assert differing(place.minutes(minutes=[60]), {code: each[1] for code, each in WAYS.items()}) == {}
    assert differing(place.minutes(minutes=[60], mode="drive"), {code: each[2] for code, each in WAYS.items()}) == {}


STEPS, FOOTWAY = {"highway": "steps"}, {"highway": "footway"}
ONE_WAY = {  # from T to h, and back
    "up": (STEPS | {"conveying": "forward"}, WALK, ROUND),
    "down": (STEPS | {"conveying": "backward"}, ROUND, WALK),
    "as wanted": (STEPS | {"conveying": "reversible"}, WALK, WALK),
    "steps": (STEPS | {"oneway": "yes"}, WALK, ROUND),
    "steps but for walkers": (STEPS | {"oneway": "yes", "oneway:foot": "no"}, WALK, WALK),
    "footway": (FOOTWAY | {"oneway:foot": "yes"}, WALK, ROUND),
    "footway against": (FOOTWAY | {"oneway:foot": "-1"}, ROUND, WALK),
    "not back": (FOOTWAY | {"foot:backward": "no"}, WALK, ROUND),
    "not on": (FOOTWAY | {"foot:forward": "no"}, ROUND, WALK),
    "a street": (STREET | {"oneway": "yes"}, WALK, WALK),
    "a cycleway": ({"highway": "cycleway", "oneway": "yes"}, WALK, WALK),
}


def test_walkers_keep_to_one_ways_of_their_own(place: Place, tmp_path: Path) -> None:
    """b-c is an escalator, or steps or a path of one sense; what is one-way for vehicles is none of theirs."""
    land = Land()
    for code, (tags, *_) in ONE_WAY.items():
        land.street(code, tags)
    land.put_into(place, tmp_path)
    there = place.minutes(minutes=[60], direction="from")
    back = place.minutes(minutes=[60], direction="to")
    assert differing(there, {code: each[1] for code, each in ONE_WAY.items()}) == {}
    assert differing(back, {code: each[2] for code, each in ONE_WAY.items()}) == {}


SPEEDS = {
    "限速40": 40, "40公里每小时": 40, "时速40千米/小时": 40, "40 km": 40, "40kmph": 40, "CN:zone30": 30, "30 mph": 48.3,
    "40;60": 40, "fast": 60,
}  # fmt: skip
BY_DIRECTION = {
    "one way": ({"oneway": "yes", "maxspeed": "60", "maxspeed:forward": "30"}, 30),
    "the other is not driven": ({"oneway": "yes", "maxspeed": "40", "maxspeed:backward": "20"}, 40),
    "one of both": ({"maxspeed": "60", "maxspeed:backward": "20"}, 20),
    "cars": ({"maxspeed": "60", "maxspeed:forward": "30", "maxspeed:motorcar": "50"}, 50),
}


def test_limits_in_other_words(place: Place, tmp_path: Path) -> None:
    """b-c is a primary road, 60 km/h where nothing is said."""
    tags = {text: ({"maxspeed": text}, kmh) for text, kmh in SPEEDS.items()} | BY_DIRECTION
    land, primary = Land(), {"highway": "primary"}
    for number, (each, _) in enumerate(tags.values()):
        land.street(f"h{number}", primary | each)
    land.put_into(place, tmp_path)
    found = place.minutes(minutes=[60], mode="drive", direction="from")
    assert differing(found, {f"h{number}": drive(kmh) for number, (_, kmh) in enumerate(tags.values())}) == {}


def square(land: Land, code: str, tags: Tags, as_relation: bool = False) -> None:
    """A square of 200 m between two streets, which meet it in the middle of its sides.

                ┌───────┐
        T a ─── w       e ─── d h        a-w 200 m, straight across 200 m, e-d 200 m; along the edge 400 m
                └───────┘
    """
    land.town(code)
    a, w, e, d = (land.node(x, 0) for x in (-100, 100, 300, 500))
    corners = [land.node(*at) for at in ((100, 100), (300, 100), (300, -100), (100, -100))]
    land.way([a, w], STREET)
    land.way([e, d], STREET)
    ring = [w, *corners[:2], e, *corners[2:], w]
    if as_relation:
        land.relation([("way", land.way(ring, {}), "outer")], {"type": "multipolygon"} | tags)
    else:
        land.way(ring, {"area": "yes"} | tags)


def test_squares_of_every_kind_are_crossed(place: Place, tmp_path: Path) -> None:
    land, kinds = Land(), ("pedestrian", "footway", "living_street", "service", "residential", "cycleway", "steps")
    for kind in kinds:
        square(land, kind, {"highway": kind})
        square(land, f"{kind}-r", {"highway": kind}, as_relation=True)
    square(land, "true", {"highway": "pedestrian", "area": "true"})
    square(land, "pier", {"man_made": "pier"})
    said = land.put_into(place, tmp_path)
    crossed = dict.fromkeys((*kinds, *(f"{kind}-r" for kind in kinds), "true"), WALK)
    found = place.minutes(minutes=[60])
    assert differing(found, crossed | {"pier": None}) == {}
    assert "no road of a known class: 1 (man_made=pier 1)" in said


def test_cars_keep_to_the_edge_of_a_square(place: Place, tmp_path: Path) -> None:
    land = Land()
    square(land, "yard", {"highway": "service"})
    land.put_into(place, tmp_path)
    by_edge = 380 * 0.002 + 400 * 0.06 / 20 + LEGS
    assert place.minutes(minutes=[60], mode="drive")["yard"] == pytest.approx(by_edge, abs=0.1)


@pytest.mark.parametrize(
    ("tags", "taken"),
    quickly([({}, True), ({"foot": "no"}, False), ({"access": "no"}, False), ({"level": "0;1"}, True),
             ({"access": "private"}, False)], 0, 1),
)  # fmt: skip
def test_a_lift_takes_whom_it_takes(place: Place, tmp_path: Path, tags: dict, taken: bool) -> None:
    """X is a lift between the street and a footbridge: who may not take it goes round."""
    land = Land()
    land.street("h", FOOTWAY, {"highway": "elevator"} | tags)
    land.put_into(place, tmp_path)
    assert place.minutes(minutes=[60])["h"] == pytest.approx(WALK if taken else ROUND, abs=0.1)


def bay(land: Land, code: str, way: Tags, line: Tags | None) -> None:
    """Two streets and a ferry of 400 m from b to c; `line` is a relation that names its way."""
    land.town(code)
    a, b, c, d = (land.node(x, 0) for x in (-100, 0, 400, 500))
    land.way([a, b], STREET)
    land.way([c, d], STREET)
    ferry = land.way([b, c], way)
    if line is not None:
        land.relation([("way", ferry, "")], {"type": "route", "route": "ferry"} | line)


def test_a_ferry_line_speaks_for_its_ways(place: Place, tmp_path: Path) -> None:
    land = Land()
    bay(land, "bare", {}, {"name": "轮渡2线", "duration": "6", "foot": "yes"})
    bay(land, "half", {"route": "ferry"}, {"duration": "00:05", "foot": "yes"})
    bay(land, "own", {"route": "ferry", "duration": "7 分钟"}, {"duration": "00:05"})
    bay(land, "cars", {}, {"foot": "no", "duration": "5"})
    said = land.put_into(place, tmp_path)
    minutes = {code: 180 * 0.015 + LEGS + each for code, each in (("bare", 6), ("half", 5), ("own", 7))}
    assert differing(place.minutes(minutes=[60], ferries=True), minutes | {"cars": None}) == {}
    assert differing(place.minutes(minutes=[60]), dict.fromkeys((*minutes, "cars"))) == {}
    assert "轮渡2线 1" in said


def walled(land: Land, code: str, wall: Tags, gate: Tags | None = None) -> None:
    """A wall between h and its street; the next street lies behind the house.

             ──────────────────── d         from b to d by the east: 990 + 200 m
                     h
             ━━━━━━━━ gate ━━━━━━           y 20
        T a ─────────────────────── b       h stands at (500, 40)
    """
    land.town(code, (500, 40))
    a, b, c, d = (land.node(*at) for at in ((-100, 0), (1000, 0), (1000, 200), (0, 200)))
    land.way([a, b, c, d], STREET)
    courses = [(0, 498), (502, 990)] if gate is not None else [(0, 990)]
    for course in courses:
        land.way([land.node(x, 20) for x in course], wall)
    if gate is not None:
        land.way([land.node(498, 20), land.node(502, 20)], gate)


SOUTH, NORTH = (8 + 590 + 40) * 0.015, (8 + 1090 + 200 + 500 + 160) * 0.015
WALL = {"barrier": "wall"}
WALLS = {
    "wire": ({"barrier": "wire_fence"}, None, NORTH),
    "both": ({"barrier": "fence;hedge"}, None, NORTH),
    "upstairs": (WALL | {"level": "1"}, None, SOUTH),
    "on the roof": ({"barrier": "fence", "location": "roof"}, None, SOUTH),
    "gone": (WALL | {"demolished": "yes"}, None, SOUTH),
    "tracks below": ({"railway": "rail", "level": "-1"}, None, SOUTH),
    "tracks on several": ({"railway": "rail", "layer": "-1;0"}, None, NORTH),
    "gate as a line": (WALL, {"barrier": "gate", "access": "private"}, SOUTH),
    "locked gate as a line": (WALL, {"barrier": "gate", "locked": "yes"}, NORTH),
    "closed gate as a line": (WALL, {"barrier": "gate", "access": "no"}, NORTH),
}


def test_walls_in_other_words(place: Place, tmp_path: Path) -> None:
    land = Land()
    for code, (wall, gate, _) in WALLS.items():
        walled(land, code, wall, gate)
    land.put_into(place, tmp_path)
    found = place.minutes(minutes=[60])
    wrong = {code: (found[code], each) for code, (*_, each) in WALLS.items() if abs(found[code] - each) > 0.3}
    assert wrong == {}


@pytest.mark.parametrize("mark", quickly(["action='delete' id=", "visible='false' id=", "id="], 0))
def test_what_an_editor_deleted_whatever_stands_first(place: Place, tmp_path: Path, mark: str) -> None:
    land = Land()
    land.street("h", STREET)
    land.put_into(place, tmp_path)
    file = tmp_path / "edited.osm"
    whole = (tmp_path / "in.osm").read_text("utf-8")
    first, last = whole.rsplit("<way id=", 1)  # the middle
    file.write_text(f"{first}<way {mark}{last}", "utf-8")
    assert ("objects marked as deleted, not taken: 1" in place.take("import-osm", str(file))) == (mark != "id=")


@pytest.mark.parametrize("bare", [False, True])
def test_an_answer_with_a_byte_order_mark_and_without_nodes(place: Place, tmp_path: Path, bare: bool) -> None:
    """`out tags geom` has the places of a way and no ids; streets meet where their places do."""
    def at(*x: float) -> list[dict]:
        return [{"lat": point(each, 0).y, "lon": point(each, 0).x} for each in x]

    ways = [{"type": "way", "id": id, "tags": STREET, "geometry": at(*x)} | ({} if bare else {"nodes": nodes})
            for id, x, nodes in ((1, (0, 100), [1, 2]), (2, (100, 300), [2, 3]))]  # fmt: skip
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"elements": ways}).encode())
    said = place.take("import-osm", str(tmp_path / "a.json"))
    assert "on foot: 2 edges in 1 connected parts" in said
