"""Who manages what, counted once more by plain loops over the records: it shares nothing with what it is held against.

For workspaces of which everything holds on all days, as the demo's and the small town's.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from layers.store.protocol import Query, Store

RANK = {"professional": 0, "soe": 1, "joint": 2, "autonomous": 3, "fallback": 4}
STAGE = {"formal": 0, "trial": 1, "emergency": 2}


@dataclass
class House:
    """A building in scope on a day."""

    id: str
    record: dict
    answer: bool | None
    manager: str | None
    floor_area: float | None


@dataclass
class Yard:
    """A courtyard on a day."""

    record: dict
    houses: list[House] = field(default_factory=list)

    @property
    def standing(self) -> str:
        answers = [house.answer for house in self.houses]
        if answers and all(answer is True for answer in answers):
            return "all"
        if any(answer is True for answer in answers):
            return "some"
        if answers and all(answer is False for answer in answers):
            return "none"
        return "unknown"

    @property
    def households(self) -> int | None:
        if self.record.get("households") is not None:
            return self.record["households"]
        given = [each.record["households"] for each in self.houses if each.record.get("households") is not None]
        return sum(given) if given else None


def records(store: Store, layer: str, day: dt.date) -> list[tuple[str, dict, object]]:
    """Return id, properties and shape of what is valid on a day."""
    found = []
    for feature in store.page(layer, Query(), 1_000_000).features:
        since, until = feature.properties.get("valid_from"), feature.properties.get("valid_to")
        if (since is None or since <= day) and (until is None or day <= until):
            found.append((feature.id, feature.properties, feature.geometry))
    return found


def counted(store: Store, day: dt.date, basis: str) -> tuple[list[House], dict[str, Yard]]:
    """Return the houses in scope of a day, and its courtyards by code."""
    yards = {record["code"]: Yard(record) for _, record, _ in records(store, "courtyards", day)}
    areas = records(store, "managed-areas", day)
    barred = {
        record["code"]
        for _, record, _ in records(store, "managers", day)
        if record.get("blacklisted_from") is not None
        and record["blacklisted_from"] <= day
        and (record.get("blacklisted_to") is None or day <= record["blacklisted_to"])
    }
    contracts: dict[str, list[tuple[str, dict]]] = {}
    accepted_at_all = False
    for id, record, _ in records(store, "arrangements", day):
        contracts.setdefault(record["managed_area"], []).append((id, record))
        accepted_at_all |= record.get("accepted_on") is not None
    houses = []
    for id, record, shape in records(store, "buildings", day):
        if not _in_scope(record):
            continue
        there = [each for area in _areas_of(record, shape, areas) for each in contracts.get(area, ())]
        yard = yards.get(record.get("courtyard_code"))
        surveyed = _surveyed(record, day) or (yard is not None and _surveyed(yard.record, day))
        answer, manager = _answer(there, surveyed, day, basis, (barred, accepted_at_all))
        area = record.get("floor_area_m2")
        house = House(id, record, answer, manager, _floor_area(record, shape) if area is None else area)
        houses.append(house)
        if yard is not None:
            yard.houses.append(house)
    return houses, yards


def _in_scope(record: dict) -> bool:
    if record.get("in_scope") is not None:
        return record["in_scope"]
    return record.get("use") in ("residential", "mixed", "unknown", None)


def _surveyed(record: dict, day: dt.date) -> bool:
    on = record.get("survey_date")
    return record.get("survey_status") == "surveyed" and (on is None or on <= day)


def _areas_of(record: dict, shape: object, areas: list) -> list[str]:
    """Return the codes of the areas that reach a building: by list, else by courtyard, else by position."""
    listed = [area["code"] for _, area, _ in areas if _lists(area.get("building_codes") or (), record["code"])]
    if listed:
        return listed
    yard = record.get("courtyard_code")
    listed = [area["code"] for _, area, _ in areas if yard is not None and yard in (area.get("courtyard_codes") or ())]
    if listed or shape is None:
        return listed
    return [
        area["code"]
        for _, area, border in areas
        if border is not None and not area.get("geometry_derived") and border.intersects(shape)
        and (shape.area == 0 or border.intersection(shape).area >= 0.5 * shape.area)
    ]  # fmt: skip


def _lists(codes: tuple[str, ...], code: str) -> bool:
    for each in codes:
        first, tilde, last = each.partition("~")
        if code == each or (tilde and len(first) == len(code) == len(last) and first <= code <= last):
            return True
    return False


def _answer(there: list, surveyed: bool, day: dt.date, basis: str, known: tuple) -> tuple[bool | None, str | None]:
    barred, accepted_at_all = known
    in_force, over = [], False
    for id, contract in there:
        if contract["start_date"] > day:
            continue
        end, ended = contract.get("end_date"), contract.get("terminated_on")
        runs = (end is None or day <= end or contract.get("continued_service") is True) and not (ended and ended <= day)
        if runs and contract.get("manager") not in barred:
            in_force.append((id, contract))
        else:
            over = True
    if not in_force:
        return (False if over or surveyed else None), None
    first = min(
        in_force,
        key=lambda each: (
            RANK.get(each[1].get("mode"), 5), STAGE.get(each[1].get("stage"), 3),
            -each[1]["start_date"].toordinal(), each[0],
        ),
    )[1]  # fmt: skip
    manager = first.get("manager")
    if basis == "broad":
        return True, manager
    if basis == "strict":
        strict = [
            each
            for _, each in in_force
            if each.get("stage") == "formal" and each.get("mode") in ("professional", "soe")
        ]
        return bool(strict), manager
    if not accepted_at_all:
        return None, manager
    return any(each.get("accepted_on") is not None and each["accepted_on"] <= day for _, each in in_force), manager


def _floor_area(record: dict, shape: object) -> float | None:
    """Return footprint × floors, measured in the plane at the place itself; None without a shape or floors."""
    import math

    if shape is None or shape.area == 0 or not record.get("floors"):
        return None
    lat = math.radians(shape.centroid.y)
    # metres a degree on the WGS84 ellipsoid
    north = 111_132.954 - 559.822 * math.cos(2 * lat) + 1.175 * math.cos(4 * lat)
    east = 111_412.84 * math.cos(lat) - 93.5 * math.cos(3 * lat) + 0.118 * math.cos(5 * lat)
    return shape.area * north * east * record["floors"]


def tally(values: list[str]) -> dict[str, int]:
    """Return how often each value stands there."""
    return dict(Counter(values))
