"""Query parameters, read in one place: each once, of its type, within its bounds, and none that is unknown."""

from __future__ import annotations

import datetime as dt
import math

from flask import request

from layers.errors import Fault, InvalidParameter
from layers.text import Text

WORLD = (-180.0, -90.0, 180.0, 90.0)


def no_others(*known: str) -> None:
    """Refuse parameters that are not known or come twice; they would be ignored in silence otherwise."""
    faults = []
    for name in request.args:
        if name not in known:
            faults.append(Fault(Text("web.unknown-parameter", known=sorted(known)), {"parameter": name}))
        elif len(request.args.getlist(name)) > 1:
            faults.append(Fault(Text("web.given-twice"), {"parameter": name}))
    if faults:
        raise InvalidParameter(*faults)


def whole_number(name: str, default: int | None, low: int, high: int | None = None) -> int | None:
    """Read a whole number; above `high` it is clamped, as OGC 17-069r4 asks for `limit`."""
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 18 or int(text) < low:
        raise InvalidParameter(_fault(name, text, Text("web.whole-number", low=low)))
    return int(text) if high is None else min(int(text), high)


def day(name: str) -> dt.date | None:
    """Read a day, YYYY-MM-DD."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10]) if "T" in text else dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidParameter(_fault(name, text, Text("web.day"))) from None


def bbox() -> tuple[float, float, float, float] | None:
    """Read ``bbox=west,south,east,north`` in degrees; a box over the antimeridian is refused."""
    text = request.args.get("bbox")
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # with heights, which we have none of
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or numbers[0] > numbers[2] or numbers[1] > numbers[3]:
        raise InvalidParameter(_fault("bbox", text, Text("web.bbox")))
    west, south, east, north = numbers
    return max(west, WORLD[0]), max(south, WORLD[1]), min(east, WORLD[2]), min(north, WORLD[3])


def one_of(name: str, values: tuple[str, ...], default: str) -> str:
    """Read a word out of a list."""
    text = request.args.get(name) or default
    if text not in values:
        raise InvalidParameter(_fault(name, text, Text("web.one-of", values=list(values))))
    return text


def flag(name: str) -> bool:
    """Read true or false."""
    return one_of(name, ("true", "false", "1", "0"), "false") in ("true", "1")


def _fault(name: str, value: str, text: Text) -> Fault:
    return Fault(text, {"parameter": name, "value": value[:80]})
