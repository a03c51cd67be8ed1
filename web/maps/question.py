"""What a map page is asked: parameters of the query, checked in one place, all faults at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import msgspec
from werkzeug.datastructures import MultiDict

from layers.analyses.reach_inputs import Minutes, Speed
from layers.catalogue import catalogue
from layers.errors import Fault, InvalidParameter
from layers.model.status import BASES
from layers.text import Text

REACH_PARAMETERS = ("kinds", "minutes", "mode", "speed_kmh")
PARAMETERS = ("community", "as_of", "basis", "band", *REACH_PARAMETERS, "lang")
LONGEST_CODE = 40
MODES = ("walk", "drive")
MINUTES = (5.0, 10.0, 15.0)
MOST_LIMITS = 12


@dataclass(frozen=True, slots=True)
class Question:
    """Which map, of which day, counted how.

    Parameters
    ----------
    map : {"coverage", "service-area", "courtyards", "grids"}
    as_of : date
    basis : {"broad", "strict", "accepted"}
    community : str or None
        Code of the community to look at; None = all.
    band : (int, int)
        Households per grid that count as in band, both ends included.
    language : {"zh", "en"}
    kinds : tuple of str
        Kinds of stations; empty = every kind.
    minutes : tuple of float
        Limits, ascending; the last decides what is covered.
    mode : {"walk", "drive"}
    speed_kmh : float or None
        None = 4.0 on foot, each road's own by car.
    """

    map: str
    as_of: dt.date
    basis: str
    community: str | None
    band: tuple[int, int]
    language: str
    kinds: tuple[str, ...] = ()
    minutes: tuple[float, ...] = MINUTES
    mode: str = MODES[0]
    speed_kmh: float | None = None


def read_question(map_id: str, args: MultiDict, today: dt.date, band: tuple[int, int], language: str) -> Question:
    """Read a page's query.

    Raises
    ------
    InvalidParameter
        With every parameter that cannot be used.
    """
    faults = [
        Fault(Text("pages.given-twice"), {"parameter": name})
        for name in PARAMETERS
        if len(args.getlist(name)) > 1
    ]
    as_of, basis, community = today, args.get("basis") or BASES[0], args.get("community") or None
    try:
        as_of = _date(args.get("as_of")) or today
    except ValueError:
        faults.append(_fault("as_of", args["as_of"], Text("pages.not-a-date")))
    if basis not in BASES:
        faults.append(_fault("basis", basis, Text("pages.one-of", values=list(BASES))))
    if community is not None and len(community) > LONGEST_CODE:
        faults.append(_fault("community", community[:LONGEST_CODE] + "…", Text("pages.no-such-community")))
    try:
        band = _band(args.get("band")) or band
    except ValueError:
        faults.append(_fault("band", args["band"], Text("pages.not-a-band")))
    reach = _reach(args, faults)
    if faults:
        raise InvalidParameter(*faults)
    return Question(map_id, as_of, basis, community, band, language, **reach)


def _reach(args: MultiDict, faults: list[Fault]) -> dict[str, object]:
    """Read how stations are reached; what cannot be used is added to `faults`."""
    known = {choice.code for choice in catalogue().layer("stations").field("kind").values}
    kinds = tuple(dict.fromkeys(_listed(args.get("kinds"))))
    unknown = [kind for kind in kinds if kind not in known]
    faults += [_fault("kinds", kind, Text("analyses.no-such-kind", kinds=sorted(known))) for kind in unknown]
    mode, minutes, speed = args.get("mode") or MODES[0], MINUTES, None
    if mode not in MODES:
        faults.append(_fault("mode", mode, Text("pages.one-of", values=list(MODES))))
    try:
        asked = msgspec.convert(_listed(args.get("minutes")), list[Minutes], strict=False)
        minutes = tuple(sorted(set(asked))) or MINUTES
    except msgspec.ValidationError:
        faults.append(_fault("minutes", args["minutes"], Text("pages.not-minutes")))
    if len(minutes) > MOST_LIMITS:
        faults.append(_fault("minutes", args["minutes"], Text("analyses.minutes-count")))
    try:
        speed = msgspec.convert(args.get("speed_kmh") or None, Speed | None, strict=False)
    except msgspec.ValidationError:
        faults.append(_fault("speed_kmh", args["speed_kmh"], Text("pages.not-a-speed")))
    return {"kinds": kinds, "minutes": minutes, "mode": mode, "speed_kmh": speed}


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _date(text: str | None) -> dt.date | None:
    if not text:
        return None
    if len(text) != 10:  # fromisoformat also reads 20250206 and week dates, which nobody means here
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def _band(text: str | None) -> tuple[int, int] | None:
    if not text:
        return None
    low, dash, high = text.partition("-")
    if not (dash and low.isascii() and high.isascii() and low.isdigit() and high.isdigit()):
        raise ValueError(text)
    if not int(low) <= int(high) <= 1_000_000:
        raise ValueError(text)
    return int(low), int(high)


def _fault(parameter: str, value: str, text: Text) -> Fault:
    return Fault(text, {"parameter": parameter, "value": value[:80]})
