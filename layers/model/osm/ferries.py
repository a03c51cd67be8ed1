"""Ferries: ways of ``route=ferry`` that walkers or cars may board, and how fast they are.

As routers have it, walkers board unless a tag forbids it; cars where a tag says so, or where the way says nothing of
walkers and cyclists either. Waiting is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from layers.model.feature import Value
from layers.model.osm import LeftOut
from layers.model.osm.roads import (
    CAR_KEYS,
    CLOSED,
    CLOSED_TO_CARS,
    FASTEST_KMH,
    FOOT_KEYS,
    PUBLIC,
    SHUT,
    SLOWEST_KMH,
    allowed,
    gone_by,
)
from layers.model.travel import FERRY_KMH

Tags = Mapping[str, str]

CLOCK = re.compile(r"(?:(\d+):)?(\d+(?:\.\d+)?)(?::(\d{2}))?")
ISO = re.compile(r"P(?:0Y)?(?:0M)?(?:0D)?T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?")
WORDS = re.compile(
    r"(?:约|大约|ca\.?|~)?\s*(?:(\d+(?:\.\d+)?)\s*(?:h|hr|hrs|hours?|小时|个小时)\.?)?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes?|分钟|分)?\.?)?\s*(?:(\d+)\s*(?:s|sec|seconds?|秒))?",
    re.IGNORECASE,
)


def is_ferry(tags: Tags) -> bool:
    """Say whether a route is one of ferries, perhaps among others (``ferry;bus``)."""
    return "ferry" in (each.strip().lower() for each in tags.get("route", "").split(";"))


def ferry(tags: Tags, length_m: float) -> dict[str, Value] | LeftOut | None:
    """Return what a way is as a ferry: a road of class ``ferry``; None where it is none.

    Parameters
    ----------
    tags : mapping
    length_m : float
        That of the way: with its duration it gives the speed.
    """
    if not is_ferry(tags):
        return None
    if (gone := gone_by(tags)) is not None:
        return LeftOut("unbuilt", gone)
    walkers = allowed(tags, FOOT_KEYS, CLOSED) or PUBLIC
    silent = "foot" not in tags and "bicycle" not in tags
    cars = allowed(tags, CAR_KEYS, CLOSED_TO_CARS) or (PUBLIC if silent else SHUT)
    if walkers == cars == SHUT:
        return LeftOut("closed", tags.get("name", "ferry"))
    minutes = duration_minutes(tags.get("duration", ""))
    speed = FERRY_KMH if minutes is None else length_m * 60 / 1000 / minutes
    drivable = cars != SHUT
    return {
        "name": tags.get("name") or tags.get("ref"),
        "class": "ferry",
        "walkable": walkers != SHUT,
        "drivable": drivable,
        "access": walkers,
        "drive_access": cars if drivable and cars != walkers else None,
        "oneway": "no",
        "speed_kmh": round(min(max(speed, SLOWEST_KMH), FASTEST_KMH), 2),
        "level": 0,
    }


def duration_minutes(text: str) -> float | None:
    """Return the minutes that a duration names (``25``, ``1:30``, ``PT1H30M``, ``25 min``, ``1 小时`` …), else None."""
    text = text.strip()
    found = CLOCK.fullmatch(text) or ISO.fullmatch(text) or WORDS.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (float(each or 0) for each in found.groups())
    total = hours * 60 + minutes + seconds / 60
    return total if total > 0 else None
