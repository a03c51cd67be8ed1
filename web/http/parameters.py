"""Query parameters, read in one place: each once, of its type, within its bounds, and none that is unknown."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from typing import TYPE_CHECKING, TypeVar

from flask import request

from layers.errors import Fault, InvalidParameter
from layers.model.values import read_day, read_instant
from layers.text import LANGUAGES, Text

if TYPE_CHECKING:
    from web.http.crs import Reference

Default = TypeVar("Default", int, None)  # one that is a number makes sure of a number

OPEN = ".."
TRUTH = {"true": True, "false": False, "1": True, "0": False}
WORLD = (-180.0, -90.0, 180.0, 90.0)


def no_others(*known: str) -> None:
    """Refuse parameters that are not known or come twice; they would be ignored in silence otherwise."""
    faults = []
    for name in request.args:
        if name not in known:
            text = Text("web.unknown-parameter", known=sorted(known)) if known else Text("web.takes-no-parameter")
            faults.append(Fault(text, {"parameter": name}))
        elif len(request.args.getlist(name)) > 1:
            faults.append(Fault(Text("web.given-twice"), {"parameter": name}))
        elif name == "lang" and request.args[name] not in LANGUAGES:
            faults.append(wrong(name, request.args[name], Text("web.one-of", values=list(LANGUAGES))))
    if faults:
        raise InvalidParameter(*faults)


def whole_number(name: str, default: Default, low: int, high: int | None = None) -> int | Default:
    """Read a whole number; above `high` it is clamped, as OGC 17-069r4 asks for `limit`."""
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 18 or int(text) < low:
        raise InvalidParameter(wrong(name, text, Text("web.whole-number", low=low)))
    return int(text) if high is None else min(int(text), high)


def day(name: str) -> dt.date | None:
    """Read a day; `read_day` says what is one."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise InvalidParameter(wrong(name, text, Text("web.day"))) from None


def instant(name: str) -> dt.date | None:
    """Read a day, or an instant, of which the day counts."""
    text = request.args.get(name)
    return _day_of(name, text, text) if text else None


def bbox(system: Reference | None = None) -> tuple[float, float, float, float] | None:
    """Read ``bbox=west,south,east,north`` as degrees, or in a system whose axes give the order.

    One whose west is greater than its east goes over the antimeridian, which only degrees can say.
    """
    text = request.args.get("bbox")
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # with heights, which we have none of
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise InvalidParameter(wrong("bbox", text, Text("web.bbox")))
    if system is not None and not system.degrees and (numbers[0] > numbers[2] or numbers[1] > numbers[3]):
        raise InvalidParameter(wrong("bbox", text, Text("features.box-order")))
    box = tuple(numbers) if system is None else system.box(numbers)
    if box is None:
        raise InvalidParameter(wrong("bbox", text, Text("features.box-nowhere")))
    west, south, east, north = box
    if south > north:
        raise InvalidParameter(wrong("bbox", text, Text("web.bbox")))
    if -180 <= east < west <= 180:
        return west, max(south, WORLD[1]), east, min(north, WORLD[3])
    if west > WORLD[2] or east < WORLD[0] or south > WORLD[3] or north < WORLD[1]:
        return west, south, max(west, east), north  # beyond the world, where nothing is
    return max(west, WORLD[0]), max(south, WORLD[1]), min(east, WORLD[2]), min(north, WORLD[3])


def one_of(name: str, values: tuple[str, ...], default: str) -> str:
    """Read a word out of a list."""
    text = request.args.get(name) or default
    if text not in values:
        raise InvalidParameter(wrong(name, text, Text("web.one-of", values=list(values))))
    return text


def flag(name: str) -> bool:
    """Read true or false."""
    return TRUTH[one_of(name, tuple(TRUTH), "false")]


def wrong(name: str, value: str, text: Text) -> Fault:
    """Return the fault of a parameter, with the beginning of what was given."""
    return Fault(text, {"parameter": name, "value": value[:80]})


def period(name: str = "datetime") -> tuple[dt.date | None, dt.date | None] | None:
    """Read an instant or an interval (OGC 17-069r4, 7.15.4) as the days from and to; None within is an open end.

    Of an instant the day counts as it is written: records are kept by day.
    """
    text = request.args.get(name)
    if text is None:
        return None
    ends = text.split("/")
    if len(ends) > 2 or (len(ends) == 1 and ends[0] in ("", OPEN)):
        raise InvalidParameter(wrong(name, text, Text("features.datetime")))
    days = [None if end in ("", OPEN) else _day_of(name, text, end) for end in ends]
    first, last = days[0], days[-1]
    if first is not None and last is not None and first > last:
        raise InvalidParameter(wrong(name, text, Text("features.datetime")))
    return first, last


def names(name: str, known: Collection[str], text: Text) -> tuple[str, ...] | None:
    """Read a list of names, each one of `known`; `text` says what to do otherwise."""
    given = request.args.get(name)
    if given is None:
        return None
    listed = tuple(dict.fromkeys(each.strip() for each in given.split(",") if each.strip()))
    faults = [wrong(name, each, text) for each in listed if each not in known]
    if faults:
        raise InvalidParameter(*faults)
    return listed


def _day_of(name: str, text: str, end: str) -> dt.date:
    try:
        return read_instant(end)
    except ValueError:
        raise InvalidParameter(wrong(name, text, Text("features.datetime"))) from None
