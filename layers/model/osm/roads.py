"""Which ways are roads, who may use them, and how fast; which barriers stop whom.

The rules follow OpenStreetMap's documentation of ``highway``, ``access``, ``oneway``, ``maxspeed`` and ``barrier``.
The particular key goes before the general one: ``foot`` before ``access``; ``motorcar`` before ``motor_vehicle``
before ``vehicle`` before ``access``. ``bicycle`` says nothing about walking or driving and changes nothing here.
``oneway`` is for vehicles; walkers keep to ``oneway:foot``, ``foot:backward``, to escalators, and to one-way steps.
Of several values of one key ("private;customers") the one that lets most people pass counts. Conditional values
("yes @ (Mo-Fr)") are no statement for every hour and count as not given; a street whose direction changes by the hour
is open to no car at every hour. What is for residents, customers, or whose destination it is comes in as `residents`:
used at the ends of a trip, not as a way through.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from layers.model.feature import Value
from layers.model.osm import LeftOut
from layers.model.travel import LIVING_STREET_KMH

Tags = Mapping[str, str]


class Highway(NamedTuple):
    """What a value of ``highway`` means where no other tag says otherwise."""

    road_class: str | None
    foot: bool
    car: bool
    speed_kmh: int


# The defaults. Speeds are driving speeds in town for roads whose limit nobody mapped; 10 where a tag opens a path to
# cars. A street of unknown class (`road`) is usable and has none.
PATH = Highway("path", True, False, 10)
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
    "busway": Highway("service", False, False, 30),
    "pedestrian": Highway("pedestrian", True, False, 10),
    "footway": PATH,
    "path": PATH,
    "trail": PATH,  # deprecated, still in files
    "cycleway": PATH,
    "bridleway": PATH,
    "steps": PATH,
    "corridor": PATH,
    "crossing": PATH,
    "platform": PATH,
    "elevator": PATH,
}
NOWHERE_TO_STOP = {"motorway_link", "trunk_link"}
NEVER_DRIVEN = {"steps", "corridor", "crossing", "platform", "elevator"}
UNBUILT = {"construction", "proposed", "planned", "disused", "abandoned", "razed", "demolished", "removed", "no"}

CLOSED = {"no", "restricted", "military", "emergency", "use_sidepath"}
CLOSED_TO_CARS = CLOSED | {"agricultural", "forestry", "bus", "psv", "taxi", "hgv"}
RESIDENTS = {
    "private", "permit", "residents", "resident", "customers", "delivery", "destination", "employees", "members",
    "customer", "employee", "member", "owner", "owners", "tenants", "tenant", "staff", "students", "student", "guests",
    "guest", "visitors", "visitor", "company", "university", "school",
}  # fmt: skip
OPEN = {"yes", "designated", "official", "permissive", "public", "discouraged"}
PUBLIC, ENDS, SHUT = "public", "residents", "closed"
STATED = OPEN | CLOSED_TO_CARS | RESIDENTS
FOOT_KEYS = ("foot", "access")
CAR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
SAY_NOTHING = {"unknown", "variable", "undefined", "unspecified"}
GONE_KEYS = (
    "disused", "abandoned", "construction", "razed", "demolished", "removed", "destroyed", "proposed", "planned",
)  # fmt: skip

LEFT_STANDING = ("disused", "abandoned")
"""What nobody uses any more and is there nevertheless: it still stops people."""

ONE_WAY = {"yes": "forward", "true": "forward", "1": "forward", "-1": "backward", "reverse": "backward",
           "no": "no", "false": "no", "0": "no", "reversible": "reversible"}  # fmt: skip
ONE_WAY_KEYS = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
ROUND = {"roundabout", "circular"}

FASTEST_KMH, SLOWEST_KMH = 120.0, 1.0
NUMBER = re.compile(
    r"(?:限速|时速)?(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?\s*"
    r"(km/h|kmh|kph|kmph|km|(?:公里|千米)(?:/小时|/时|每小时|/h)?|mph|knots)?"
)
KMH_PER = {"mph": 1.609344, "knots": 1.852}
# Limits that a word stands for; those of a country ("CN:urban") by what follows the colon, with China's values.
SPEED_WORDS = {"walk": 6.0, "urban": 50.0, "rural": 70.0, "trunk": 80.0, "motorway": 120.0,
               "living_street": 20.0, "bicycle_road": 30.0, "pedestrian_zone": 6.0,
               "nsl_restricted": 48.3, "nsl_single": 96.6, "nsl_dual": 112.7}  # fmt: skip
SPEED_OF_CARS = ("maxspeed:motorcar", "maxspeed:motor_vehicle")
SPEED_BY_SENSE = {"no": ("maxspeed:forward", "maxspeed:backward"), "forward": ("maxspeed:forward",),
                  "backward": ("maxspeed:backward",)}  # fmt: skip
SPEED_OF_ZONE = ("zone:maxspeed", "maxspeed:type", "source:maxspeed")
UNLIMITED = {"motorway", "motorway_link", "trunk", "trunk_link"}
LEVELS = range(-10, 11)
FLOORS = re.compile(r"(-?\d+(?:\.\d+)?)(?:-(-?\d+(?:\.\d+)?))?")

STOPS_WALKERS = {"wall", "fence", "hedge", "ditch", "retaining_wall", "city_wall"}
STOPS_CARS = STOPS_WALKERS | {
    "bollard", "block", "cycle_barrier", "motorcycle_barrier", "jersey_barrier", "stile", "turnstile",
    "full-height_turnstile", "kissing_gate", "log", "debris", "planter", "chain", "bus_trap", "sump_buster",
    "horse_stile", "wicket_gate", "tank_trap", "rope", "bar", "guard_rail", "delineators", "wedge", "barrier_board",
    "cable_barrier", "crowd_control", "crush_barrier", "hand_rail", "handrail",
}  # fmt: skip

# Kinds of barrier that are an opening, in the words of the catalogue.
GATES = {
    "gate": "gate", "swing_gate": "gate", "sliding_gate": "gate", "hampshire_gate": "gate", "sally_port": "gate",
    "sliding_beam": "gate", "security": "gate", "checkpoint": "gate", "wicket_gate": "wicket", "kissing_gate": "wicket",
    "stile": "wicket", "lift_gate": "lift_gate", "turnstile": "turnstile", "full-height_turnstile": "turnstile",
    "entrance": "entrance",
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
    gone = gone_by(tags)
    if gone is not None:
        return LeftOut("unbuilt", gone)
    walkers, cars = _walkers(tags, kind), _cars(tags, kind, value)
    if walkers == cars == SHUT:
        return LeftOut("closed", tags.get("access", value))
    drivable = cars != SHUT
    bridge, tunnel = _is(tags, "bridge"), _is(tags, "tunnel")
    speed = speed_kmh(tags)
    return {
        "name": tags.get("name") or tags.get("ref"),
        "class": kind.road_class,
        "walkable": walkers != SHUT,
        "drivable": drivable,
        "access": walkers,
        "drive_access": cars if drivable and cars != walkers else None,
        "link": value in NOWHERE_TO_STOP,
        "oneway": _oneway(tags, value) if drivable else "no",
        "walk_oneway": _walk_oneway(tags, value) if walkers != SHUT else None,
        "speed_kmh": (float(kind.speed_kmh) if speed is None else speed) if drivable else None,
        "level": _level(tags, bridge, tunnel),
        "bridge": bridge,
        "tunnel": tunnel,
        "indoor": _is(tags, "indoor") or value == "corridor",
        "covered": _is(tags, "covered") or tags.get("tunnel") == "building_passage",
    }


def passes(tags: Tags) -> tuple[str, str]:
    """Say who gets past a node with ``barrier``, of walkers and of cars: ``public``, ``residents`` or ``closed``."""
    kind = tags["barrier"]
    if gone_by(tags) not in (None, *LEFT_STANDING):
        return PUBLIC, PUBLIC
    answers = []
    for keys, closed, stopping in ((FOOT_KEYS, CLOSED, STOPS_WALKERS), (CAR_KEYS, CLOSED_TO_CARS, STOPS_CARS)):
        usual = SHUT if kind in stopping else PUBLIC
        answers.append(SHUT if _locked(tags, keys) else allowed(tags, keys, closed) or usual)
    return answers[0], answers[1]


def gate(tags: Tags) -> dict[str, Value] | None:
    """Return what a node with ``barrier`` is as a gate, code aside; None where it stops nobody and opens no wall."""
    walkers, cars = passes(tags)
    kind = GATES.get(tags["barrier"]) if gone_by(tags) in (None, *LEFT_STANDING) else None
    if kind is None and walkers == cars == PUBLIC:
        return None
    return {
        "name": tags.get("name") or tags.get("ref"),
        "kind": kind or ("bollard" if tags["barrier"] in STOPS_CARS else "other"),
        "access": walkers,
        "drive_access": cars,
        "locked": tags.get("locked") == "yes" and walkers == cars == SHUT,
    }


def speed_kmh(tags: Tags) -> float | None:
    """Return the speed limit that the tags name, km/h within 1-120; None where they name none that can be read.

    Of several values, of a range, and of one for each direction that may be driven, the lowest counts. What only names
    the zone counts where no limit is named. That there is no limit says something on motorways alone; a limit that
    signals show, or that holds at times, is none for every hour.
    """
    speeds = _first_speeds(tags, SPEED_OF_CARS)
    if not speeds:
        sense, general = _oneway(tags, tags.get("highway", "")), _speeds(tags, "maxspeed")
        # What is said of one direction goes before what is said of both.
        speeds = [each for key in SPEED_BY_SENSE[sense] for each in _speeds(tags, key) or general]
    if not speeds and tags.get("maxspeed", "").strip().lower() == "none" and tags.get("highway") in UNLIMITED:
        return FASTEST_KMH
    speeds = speeds or _first_speeds(tags, SPEED_OF_ZONE)
    most = LIVING_STREET_KMH if tags.get("highway") == "living_street" else FASTEST_KMH
    return min(*speeds, most) if speeds else None


def reversible(tags: Tags) -> bool:
    """Say whether cars drive it one way at some hours and the other way at others."""
    return _one_way_said(tags) == "reversible"


def _first_speeds(tags: Tags, keys: tuple[str, ...]) -> list[float]:
    """Return the speeds that the first of these tags names that names any."""
    return next((found for key in keys if (found := _speeds(tags, key))), [])


def _speeds(tags: Tags, key: str) -> list[float]:
    found = [_one_speed(part) for part in re.split("[;|,]", tags.get(key, ""))]
    return [speed for speed in found if speed is not None and speed >= SLOWEST_KMH]


def _one_speed(text: str) -> float | None:
    text = text.strip().lower()
    context = text.rpartition(":")[2]
    if context in SPEED_WORDS:
        return SPEED_WORDS[context]
    number = NUMBER.fullmatch(context.removeprefix("zone").removesuffix("zone").strip())
    if number is None:
        return None
    return round(min(float(each) for each in number.groups()[:2] if each) * KMH_PER.get(number[3], 1.0), 1)


def _stated(tags: Tags, keys: tuple[str, ...]) -> set[str]:
    """Return what the first of these tags that says something plain says."""
    for key in keys:
        found = {part.strip().lower() for part in tags.get(key, "").split(";")} & STATED
        if found:
            return found
    return set()


def allowed(tags: Tags, keys: tuple[str, ...], closed: set[str]) -> str | None:
    """Return whom these tags let pass, None where they say nothing plain."""
    stated = _stated(tags, keys)
    if not stated:
        return None
    if stated & OPEN:
        return PUBLIC
    return ENDS if stated & RESIDENTS else SHUT if stated & closed else PUBLIC


def doubts(tags: Tags) -> Iterator[tuple[str, str]]:
    """Give why, and the tag, where what is said of who may pass is not taken: of no known meaning, or at hours only."""
    for key in dict.fromkeys((*FOOT_KEYS, *CAR_KEYS)):
        words = {part.strip().lower() for part in tags.get(key, "").split(";")} - {""}
        if words and not words & (STATED | SAY_NOTHING):
            yield "access-unread", f"{key}={tags[key]}"
        if f"{key}:conditional" in tags:
            yield "access-hours", f"{key}:conditional"


def gone_by(tags: Tags) -> str | None:
    """Return the tag that says that an object is not there, or not yet."""
    return next((key for key in GONE_KEYS if tags.get(key) == "yes"), None)


def _locked(tags: Tags, keys: tuple[str, ...]) -> bool:
    """Say whether a lock keeps a mode out; where its own tag says that it passes there is a way beside."""
    return tags.get("locked") == "yes" and not _stated(tags, keys[:-1]) & OPEN


def _walkers(tags: Tags, kind: Highway) -> str:
    found = allowed(tags, FOOT_KEYS, CLOSED) or PUBLIC
    # `access=yes` on a motorway does not invite walkers; `foot=yes` does.
    invited = (kind.foot and tags.get("motorroad") != "yes") or _stated(tags, ("foot",)) & (OPEN | RESIDENTS)
    return found if invited and not _locked(tags, FOOT_KEYS) else SHUT


def _cars(tags: Tags, kind: Highway, value: str) -> str:
    found = allowed(tags, CAR_KEYS, CLOSED_TO_CARS) or PUBLIC
    if value in NEVER_DRIVEN or _locked(tags, CAR_KEYS) or reversible(tags):
        return SHUT
    usual = kind.car and tags.get("service") != "emergency_access"
    invited = usual or _stated(tags, CAR_KEYS[:-1]) & (OPEN | RESIDENTS)
    return found if invited else SHUT


def _one_way_said(tags: Tags) -> str | None:
    """Return what the tags say of one-way traffic of cars, None where nothing that is known."""
    said = (ONE_WAY.get(tags.get(key, "").strip().lower()) for key in ONE_WAY_KEYS)
    return next((each for each in said if each is not None), None)


def _oneway(tags: Tags, value: str) -> str:
    said = _one_way_said(tags)
    if said is None:
        said = "forward" if value == "motorway" or tags.get("junction") in ROUND else "no"
    if said != "no":
        return "no" if said == "reversible" else said
    # `vehicle:backward=no` and the like say the same.
    for sense, other in (("forward", "backward"), ("backward", "forward")):
        keys = tuple(f"{key}:{other}" for key in CAR_KEYS)
        if allowed(tags, keys, CLOSED_TO_CARS) == SHUT:
            return sense
    return "no"


def _walk_oneway(tags: Tags, value: str) -> str | None:
    """Return the sense in which alone one may walk, None for both: what an escalator does, or a tag says of walkers.

    ``oneway`` speaks of vehicles, but on steps.
    """
    conveying = tags.get("conveying", "").strip().lower()
    if conveying in ("forward", "backward"):
        return conveying
    keys = ("oneway:foot", "oneway") if value == "steps" else ("oneway:foot",)
    said = next((found for key in keys if (found := ONE_WAY.get(tags.get(key, "").strip().lower())) is not None), None)
    if said in ("forward", "backward"):
        return said
    for sense, other in (("forward", "backward"), ("backward", "forward")):
        if said is None and allowed(tags, tuple(f"{key}:{other}" for key in FOOT_KEYS), CLOSED) == SHUT:
            return sense
    return None


def _is(tags: Tags, key: str) -> bool:
    return tags.get(key, "no") != "no"


def _level(tags: Tags, bridge: bool, tunnel: bool) -> int:
    """Return the level: `layer` where it is a number, else `level`, else a bridge 1 up and a tunnel 1 down.

    Of several levels ("0;2", "-1-3") the one nearest to the ground counts, for there one comes in. A passage through
    a building is a tunnel on the ground; what lies underground without a number is 1 down.
    """
    given = floors_of(tags.get("layer", "")) or floors_of(tags.get("level", ""))
    if given:
        level = 0 if given[0] <= 0 <= given[-1] else min(given, key=abs)
    else:
        down = (tunnel and tags["tunnel"] != "building_passage") or tags.get("location") == "underground"
        level = int(bridge) - int(down)
    return min(max(level, LEVELS[0]), LEVELS[-1])


def floors_of(text: str) -> list[int]:
    """Return the whole levels that a text names, lowest first; none where it names none."""
    found: list[int] = []
    for part in text.split(";"):
        match = FLOORS.fullmatch(part.strip())
        if match:
            found += [math.floor(float(each)) for each in match.groups() if each is not None]
    return sorted(found)
