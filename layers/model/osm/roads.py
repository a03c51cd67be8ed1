"""Which ways are roads, who may use them, and how fast; which barriers stop whom.

The rules follow OpenStreetMap's documentation of ``highway``, ``access``, ``oneway``, ``maxspeed`` and ``barrier``.
The particular key goes before the general one: ``foot`` before ``access``; ``motorcar`` before ``motor_vehicle``
before ``vehicle`` before ``access``. ``bicycle`` says nothing about walking or driving and changes nothing here.
Conditional values ("yes @ (Mo-Fr)") are no statement for every hour and count as not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from layers.model.feature import Value
from layers.model.osm import LeftOut

Tags = Mapping[str, str]


class Highway(NamedTuple):
    """What a value of ``highway`` means where no other tag says otherwise."""

    road_class: str | None
    foot: bool
    car: bool
    speed_kmh: int


# The defaults. Speeds are driving speeds in town for roads whose limit nobody mapped; 10 where a tag opens a path to
# cars. A street of unknown class (`road`) is usable and has none.
HIGHWAYS = {
    "motorway": Highway("motorway", False, True, 100),
    "motorway_link": Highway("motorway", False, True, 50),
    "trunk": Highway("trunk", True, True, 70),
    "trunk_link": Highway("trunk", True, True, 40),
    "primary": Highway("primary", True, True, 60),
    "primary_link": Highway("primary", True, True, 40),
    "secondary": Highway("secondary", True, True, 50),
    "secondary_link": Highway("secondary", True, True, 40),
    "tertiary": Highway("tertiary", True, True, 40),
    "tertiary_link": Highway("tertiary", True, True, 40),
    "unclassified": Highway("residential", True, True, 40),
    "residential": Highway("residential", True, True, 30),
    "living_street": Highway("residential", True, True, 15),
    "road": Highway(None, True, True, 30),
    "service": Highway("service", True, True, 20),
    "track": Highway("track", True, True, 15),
    "pedestrian": Highway("pedestrian", True, False, 10),
    "footway": Highway("path", True, False, 10),
    "path": Highway("path", True, False, 10),
    "trail": Highway("path", True, False, 10),  # deprecated, still in files
    "cycleway": Highway("path", True, False, 10),
    "bridleway": Highway("path", True, False, 10),
    "steps": Highway("path", True, False, 10),
    "corridor": Highway("path", True, False, 10),
    "crossing": Highway("path", True, False, 10),
    "platform": Highway("path", True, False, 10),
    "elevator": Highway("path", True, False, 10),
}
NEVER_DRIVEN = {"steps", "corridor", "crossing", "platform", "elevator"}
UNBUILT = {"construction", "proposed", "planned", "disused", "abandoned", "razed", "demolished", "removed", "no"}

CLOSED = {"no", "private", "restricted", "military", "emergency", "permit", "use_sidepath"}
CLOSED_TO_CARS = CLOSED | {"agricultural", "forestry", "delivery", "bus", "psv", "taxi", "hgv"}
OPEN = {"yes", "designated", "official", "permissive", "destination", "customers", "residents", "public"}
FOOT_KEYS = ("foot", "access")
CAR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")

ONE_WAY = {"yes": "forward", "true": "forward", "1": "forward", "-1": "backward", "reverse": "backward",
           "no": "no", "false": "no", "0": "no"}  # fmt: skip
ROUND = {"roundabout", "circular"}

FASTEST_KMH, SLOWEST_KMH = 120.0, 1.0
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
KMH_PER = {None: 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
# Limits that a word stands for; those of a country ("CN:urban") by what follows the colon, with China's values.
SPEED_WORDS = {"walk": 6.0, "none": FASTEST_KMH, "urban": 50.0, "rural": 70.0, "trunk": 80.0, "motorway": 120.0,
               "living_street": 20.0, "bicycle_road": 30.0, "pedestrian_zone": 6.0}  # fmt: skip
LEVELS = range(-10, 11)

STOPS_WALKERS = {"wall", "fence", "hedge", "ditch", "retaining_wall", "city_wall"}
STOPS_CARS = STOPS_WALKERS | {
    "bollard", "block", "cycle_barrier", "motorcycle_barrier", "jersey_barrier", "stile", "turnstile",
    "full-height_turnstile", "kissing_gate", "log", "debris", "planter", "chain", "bus_trap", "sump_buster",
}  # fmt: skip


def road(tags: Tags) -> dict[str, Value] | LeftOut:
    """Return what a way with ``highway`` is as a road: the catalogue's fields, `barrier` and `code` aside.

    Returns
    -------
    dict or LeftOut
        `oneway` speaks of vehicles and is ``no`` where none may drive; `speed_kmh` is None there. Left out are ways
        that are not built, of no known class, and open to neither walkers nor cars.
    """
    value = tags.get("highway", "")
    if value in UNBUILT:
        return LeftOut("unbuilt", value)
    if value not in HIGHWAYS:
        return LeftOut("unlisted", value)
    kind = HIGHWAYS[value]
    walkable, drivable = _walkable(tags, kind), _drivable(tags, kind, value)
    if not walkable and not drivable:
        private = "private" in (_stated(tags, FOOT_KEYS), _stated(tags, CAR_KEYS))
        return LeftOut("private" if private else "closed", tags.get("access", value))
    bridge, tunnel = _is(tags, "bridge"), _is(tags, "tunnel")
    speed = speed_kmh(tags)
    return {
        "name": tags.get("name") or tags.get("ref"),
        "class": kind.road_class,
        "walkable": walkable,
        "drivable": drivable,
        "oneway": _oneway(tags, value) if drivable else "no",
        "speed_kmh": (float(kind.speed_kmh) if speed is None else speed) if drivable else None,
        "level": _level(tags, bridge, tunnel),
        "bridge": bridge,
        "tunnel": tunnel,
    }


def passes(tags: Tags) -> tuple[bool, bool]:
    """Say whether walkers and cars get past a node with ``barrier``: (walkers, cars)."""
    if tags.get("locked") == "yes":
        return False, False
    kind = tags["barrier"]
    answers = []
    for keys, closed, stopping in ((FOOT_KEYS, CLOSED, STOPS_WALKERS), (CAR_KEYS, CLOSED_TO_CARS, STOPS_CARS)):
        stated = _stated(tags, keys)
        answers.append(stated in OPEN or (stated not in closed and kind not in stopping))
    return answers[0], answers[1]


def speed_kmh(tags: Tags) -> float | None:
    """Return the speed limit that the tags name, km/h within 1-120; None where they name none that can be read.

    Of several values, and of one for each direction, the lowest counts.
    """
    given = [tags["maxspeed"]] if "maxspeed" in tags else []
    if not given:
        given = [tags[key] for key in ("maxspeed:forward", "maxspeed:backward") if key in tags]
    found = [_one_speed(part) for text in given for part in re.split("[;|,]", text)]
    speeds = [speed for speed in found if speed is not None and speed >= SLOWEST_KMH]
    return min(*speeds, FASTEST_KMH) if speeds else None


def _one_speed(text: str) -> float | None:
    text = text.strip().lower()
    context = text.rpartition(":")[2]
    if context in SPEED_WORDS:
        return SPEED_WORDS[context]
    number = NUMBER.fullmatch(context.removeprefix("zone").removesuffix("zone"))
    return round(float(number[1]) * KMH_PER[number[2]], 1) if number else None


def _stated(tags: Tags, keys: tuple[str, ...]) -> str | None:
    """Return the first of these tags that says something plain."""
    return next((tags[key] for key in keys if tags.get(key) in OPEN | CLOSED_TO_CARS), None)


def _walkable(tags: Tags, kind: Highway) -> bool:
    stated = _stated(tags, FOOT_KEYS)
    if stated in CLOSED:
        return False
    # `access=yes` on a motorway does not invite walkers; `foot=yes` does.
    return (kind.foot and tags.get("motorroad") != "yes") or tags.get("foot") in OPEN


def _drivable(tags: Tags, kind: Highway, value: str) -> bool:
    if value in NEVER_DRIVEN or _stated(tags, CAR_KEYS) in CLOSED_TO_CARS:
        return False
    return kind.car or _stated(tags, ("motorcar", "motor_vehicle")) in OPEN


def _oneway(tags: Tags, value: str) -> str:
    stated = ONE_WAY.get(tags.get("oneway", ""))
    if stated is not None:
        return stated
    return "forward" if value == "motorway" or tags.get("junction") in ROUND else "no"


def _is(tags: Tags, key: str) -> bool:
    return tags.get(key, "no") != "no"


def _level(tags: Tags, bridge: bool, tunnel: bool) -> int:
    """Return the level: `layer` where it is a number, else a bridge 1 up and a tunnel 1 down.

    A passage through a building is a tunnel on the ground.
    """
    try:
        level = int(tags.get("layer", "").split(";")[0])
    except ValueError:
        level = int(bridge) - int(tunnel and tags["tunnel"] != "building_passage")
    return min(max(level, LEVELS[0]), LEVELS[-1])
