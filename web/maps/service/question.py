"""How stations are chosen and reached, as a page's query says it: checked here, all faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from layers.catalogue import catalogue
from layers.errors import Fault
from layers.model import travel
from layers.reach.inputs import Access, Minutes, ReachInputs, Speed
from layers.text import Text
from web.http.parameters import wrong

if TYPE_CHECKING:
    import datetime as dt

    from werkzeug.datastructures import MultiDict

T = TypeVar("T", bound=str)
MOST_CODES = 2_000
LONGEST_NAME = 200
CHOICE = ("kinds", "stations", "without", "points")
WAY = ("minutes", "mode", "speed_kmh", "method", "direction", "max_access_m", "residents_roads", "ferries",
       "compare", "scenario")  # fmt: skip
PARAMETERS = (*CHOICE, *WAY)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stations, and how they are reached.

    Parameters
    ----------
    kinds, stations, points : tuple
        As in `ReachInputs`: together; every open station that serves people (`NO_SERVICE`) where there is none of the
        three.
    without : tuple of str
        Codes of stations that are taken out again.
    minutes : tuple of float
        Limits, ascending; the last decides what is covered.
    mode, method, direction, speed_kmh, max_access_m, residents_roads, ferries, scenario
        As in `ReachInputs`.
    compare : bool
        Whether the picture and the circle are counted too.
    """

    kinds: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    minutes: tuple[float, ...] = travel.LIMITS_MINUTES
    mode: travel.Mode = travel.MODES[0]
    speed_kmh: float | None = None
    method: travel.Method = travel.METHODS[0]
    direction: travel.Direction = travel.DIRECTIONS[0]
    max_access_m: float = travel.ACCESS_M
    residents_roads: travel.Residents = travel.RESIDENTS[0]
    ferries: bool = False
    compare: bool = False
    scenario: str | None = None

    @property
    def every(self) -> bool:
        """Whether no choice was made, so that every open station counts but for kinds that are no service."""
        return not (self.kinds or self.stations or self.points)

    def inputs(self, as_of: dt.date) -> ReachInputs:
        """Return the same as an analysis takes it; `without` is not among its inputs."""
        return ReachInputs(
            as_of=as_of,
            stations=list(self.stations),
            kinds=list(self.kinds),
            points=list(self.points),
            minutes=list(self.minutes),
            mode=self.mode,
            speed_kmh=self.speed_kmh,
            method=self.method,
            direction=self.direction,
            max_access_m=self.max_access_m,
            residents_roads=self.residents_roads,
            ferries=self.ferries,
            scenario=self.scenario,
        )


USUAL = Asked()


def read_asked(args: MultiDict[str, str], faults: list[Fault]) -> Asked:
    """Read the query; what cannot be used is added to `faults`."""
    known = {choice.code for choice in catalogue().layer("stations").field("kind").values}
    kinds = _listed(args.get("kinds"))
    unknown = [kind for kind in kinds if kind not in known]
    faults += [wrong("kinds", kind, Text("analyses.no-such-kind", kinds=sorted(known))) for kind in unknown]
    codes = {name: _listed(args.get(name)) for name in ("stations", "without")}
    for name, listed in codes.items():
        if len(listed) > MOST_CODES:
            faults.append(wrong(name, str(len(listed)), Text("service.too-many-codes", most=MOST_CODES)))
    mode = _one_of(args, "mode", travel.MODES, faults)
    method = _one_of(args, "method", travel.METHODS, faults)
    direction = _one_of(args, "direction", travel.DIRECTIONS, faults)
    residents = _one_of(args, "residents_roads", travel.RESIDENTS, faults)
    ferries, compare = (_one_of(args, name, ("0", "1"), faults) == "1" for name in ("ferries", "compare"))
    minutes = _converted(args, "minutes", list[Minutes], _not_minutes(), faults)
    if minutes and len(minutes) > travel.MOST_LIMITS:
        faults.append(wrong("minutes", args["minutes"], Text("analyses.minutes-count", most=travel.MOST_LIMITS)))
    no_speed = Text("pages.not-a-speed", least=travel.SLOWEST_KMH, most=travel.FASTEST_KMH)
    no_distance = Text("service.not-a-distance", most=travel.MOST_ACCESS_M)
    speed = _converted(args, "speed_kmh", Speed, no_speed, faults)
    access = _converted(args, "max_access_m", Access, no_distance, faults)
    return Asked(
        kinds=tuple(kinds),
        stations=tuple(codes["stations"]),
        without=tuple(codes["without"]),
        points=_points(args.get("points"), faults),
        minutes=tuple(sorted(set(minutes or travel.LIMITS_MINUTES))),
        mode=mode,
        speed_kmh=speed,
        method=method,
        direction=direction,
        max_access_m=travel.ACCESS_M if access is None else access,
        residents_roads=residents,
        ferries=ferries,
        compare=compare,
        scenario=(args.get("scenario") or "").strip()[:LONGEST_NAME] or None,
    )


def minutes_text(limits: tuple[float, ...]) -> str:
    """Write limits as the address and the form hold them: ``5,10,15``."""
    return ",".join(f"{limit:g}" for limit in limits)


def written(points: tuple[tuple[float, float], ...]) -> str:
    """Write points as the address holds them: ``lon,lat;lon,lat``."""
    return ";".join(f"{lon:g},{lat:g}" if lon == lat == 0 else f"{lon:.6f},{lat:.6f}" for lon, lat in points)


def _not_minutes() -> Text:
    return Text("pages.not-minutes", most=travel.MOST_MINUTES, usual=minutes_text(travel.LIMITS_MINUTES))


def _points(text: str | None, faults: list[Fault]) -> tuple[tuple[float, float], ...]:
    """Read ``lon,lat;lon,lat``; one that stands twice counts once."""
    places = []
    for part in (text or "").split(";") if text else ():
        try:
            lon, lat = msgspec.convert(part.split(","), tuple[float, float], strict=False)
            if not (abs(lon) <= 180 and abs(lat) <= 90):
                raise ValueError(part)
            places.append((round(lon, 6), round(lat, 6)))
        except (msgspec.ValidationError, ValueError):
            faults.append(wrong("points", part, Text("service.not-a-point")))
    if len(places) > travel.MOST_POINTS:
        faults.append(wrong("points", str(len(places)), Text("analyses.too-many-points", most=travel.MOST_POINTS)))
    return tuple(dict.fromkeys(places))


def _one_of(args: MultiDict[str, str], name: str, values: Sequence[T], faults: list[Fault]) -> T:
    """Read one of some words; the first, which is usual, where there is none, and beside a fault for another."""
    given = args.get(name) or values[0]
    for value in values:
        if value == given:
            return value
    faults.append(wrong(name, given, Text("pages.one-of", values=list(values))))
    return values[0]


def _converted(args: MultiDict[str, str], name: str, kind: Any, text: Text, faults: list[Fault]) -> Any:
    """Read what `kind` says, a type that msgspec knows; None where there is nothing, and beside a fault."""
    given = args.get(name, "")
    try:
        asked = _listed(given, once=False) if kind == list[Minutes] else given or None
        return msgspec.convert(asked, kind | None, strict=False)
    except msgspec.ValidationError:
        faults.append(wrong(name, given, text))
        return None


def _listed(text: str | None, once: bool = True) -> list[str]:
    parts = [part.strip() for part in text.split(",")] if text else []
    return list(dict.fromkeys(parts)) if once else parts
