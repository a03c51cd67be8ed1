"""What one may choose on the service map: stations, the way to them, and what was chosen as a sentence of chips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from layers.catalogue import UNKNOWN, Label, catalogue
from layers.model import travel
from layers.reach.inputs import ReachInputs, stations_of
from layers.situation.words import DIRECTION, METHOD, NO_SERVICE, TRAVEL
from layers.usecases.scenarios import scenarios
from web.maps.service.question import USUAL, Asked, minutes_text, written
from web.maps.theme import called, words

if TYPE_CHECKING:
    import pandas as pd

    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the sentence; `without` is what the address holds when it is taken away, `sign` + or −."""

    label: str
    sign: str
    without: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Controls:
    """What the panel offers.

    Parameters
    ----------
    every, left_out : int
        How many open stations count where none is chosen, and how many do not.
    kinds : tuple of (code, label, open stations, chosen)
    named : tuple of (code, name, kind)
        Open stations, to be chosen by code.
    chips : tuple of Chip
    asked : Asked
        What is chosen now; `minutes` and `speed` as the form writes them.
    modes, methods, directions, speeds, residents : tuple of (value, label)
    scenarios : tuple of str
    actions, every_kind : tuple of (value, label)
        What a measure may do, and what kind a station may be.
    titles : mapping
        Field → what may be written there.
    usual : mapping
        Field → what holds without it; the address leaves that out.
    bounds : (float, int)
        The largest access distance, and how many limits there may be.
    """

    every: int
    left_out: int
    kinds: tuple[tuple[str, str, int, bool], ...]
    named: tuple[tuple[str, str, str], ...]
    chips: tuple[Chip, ...]
    asked: Asked
    points: str
    minutes: str
    speed: str
    modes: tuple[tuple[str, str], ...]
    methods: tuple[tuple[str, str], ...]
    directions: tuple[tuple[str, str], ...]
    speeds: tuple[tuple[str, str], ...]
    residents: tuple[tuple[str, str], ...]
    scenarios: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    every_kind: tuple[tuple[str, str], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    usual: ClassVar[Mapping[str, str]] = {
        "minutes": minutes_text(USUAL.minutes),
        "mode": USUAL.mode,
        "direction": USUAL.direction,
        "method": USUAL.method,
        "residents_roads": USUAL.residents_roads,
        "max_access_m": f"{USUAL.max_access_m:g}",
    }
    bounds: ClassVar[tuple[float, int]] = travel.MOST_ACCESS_M, travel.MOST_LIMITS


def controls(store: Store, situation: Situation, question: Question) -> Controls:
    """Return what may be chosen on that day: kinds that have an open station, and those that were asked for."""
    language, asked = question.language, question.of(Asked)
    labels = {each.code: each.label.say(language) for each in catalogue().layer("stations").field("kind").values}
    every = stations_of(situation, ReachInputs(as_of=question.as_of))
    count = every["kind"].fillna("unknown").value_counts()
    usual = travel.WALKING_KMH if asked.mode == "walk" else None
    speed = "" if asked.speed_kmh in (None, usual) else f"{asked.speed_kmh:g}"
    names = zip(every["code"], called(every), every["kind"], strict=True)
    left_out = int(every["kind"].isin(NO_SERVICE).sum())
    return Controls(
        every=len(every) - left_out,
        left_out=left_out,
        kinds=tuple(
            (code, label, int(count.get(code, 0)), code in asked.kinds)
            for code, label in labels.items()
            if code in count or code in asked.kinds
        ),
        named=tuple((code, name, labels.get(kind, "")) for code, name, kind in names)[:MOST_NAMED],
        chips=_chips(every, labels, count, asked, language),
        asked=asked,
        points=written(asked.points),
        minutes=minutes_text(asked.minutes),
        speed=speed,
        modes=_said(TRAVEL, language),
        methods=_said(METHOD, language),
        directions=_said(DIRECTION, language),
        speeds=_speeds(asked, speed, language),
        residents=tuple((each, words(f"service.residents-{each}", language)) for each in travel.RESIDENTS),
        scenarios=tuple(each.name for each in scenarios(store)),
        actions=_choices("scenario-measures", "action", language),
        every_kind=_choices("scenario-measures", "kind", language),
        titles=_titles(language),
    )


def _choices(layer: str, name: str, language: str) -> tuple[tuple[str, str], ...]:
    values = catalogue().layer(layer).field(name).values
    return tuple((each.code, each.label.say(language)) for each in values if each.code != UNKNOWN)


def _said(labels: dict[str, Label], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, label.say(language)) for code, label in labels.items())


def _speeds(asked: Asked, speed: str, language: str) -> tuple[tuple[str, str], ...]:
    speeds = {"": words("service-speed-drive", language)} if asked.mode == "drive" else {}
    if asked.mode == "walk":
        short, elderly = travel.SHORT_KMH, travel.ELDERLY_KMH
        speeds[""] = _walked("service-speed-walk", travel.WALKING_KMH, language)
        speeds[f"{short:g}"] = _walked("service-speed-walk", short, language)
        speeds[f"{elderly:g}"] = _walked("service-speed-elderly", elderly, language)
    if speed and speed not in speeds:
        speeds[speed] = f"{speed} km/h"
    return tuple(speeds.items())


def _walked(key: str, speed_kmh: float, language: str) -> str:
    return words(key, language, speed=speed_kmh, metres=travel.walked_m(speed_kmh))


def _titles(language: str) -> dict[str, str]:
    """Say what may be written, field by field."""
    elderly = travel.ELDERLY_KMH
    return {
        "minutes": words("service-minutes-title", language, usual=minutes_text(travel.LIMITS_MINUTES)),
        "speed_kmh": words("service-speed-title", language, minutes=travel.LIMIT_MINUTES, speed=elderly,
                           metres=travel.walked_m(elderly)),
        "max_access_m": words("service.max-access-title", language, most=travel.MOST_ACCESS_M),
    }  # fmt: skip


def _chips(
    every: pd.DataFrame, labels: dict[str, str], count: pd.Series, asked: Asked, language: str
) -> tuple[Chip, ...]:
    """Say the choice part by part; each part knows the address without it."""
    names = dict(zip(every["code"], called(every), strict=True))

    def left(name: str, values: tuple[str, ...], gone: str) -> dict[str, str | None]:
        return {name: ",".join(each for each in values if each != gone) or None}

    chips = [
        Chip(f"{labels[kind]} {int(count.get(kind, 0))}", "+", left("kinds", asked.kinds, kind)) for kind in asked.kinds
    ]
    chips += [Chip(names.get(code, code), "+", left("stations", asked.stations, code)) for code in asked.stations]
    chips += [
        Chip(
            words("service.point-n", language, n=n),
            "+",
            {"points": written(tuple(each for each in asked.points if each != point)) or None},
        )
        for n, point in enumerate(asked.points, start=1)
    ]
    return (*chips, *(Chip(names.get(code, code), "−", left("without", asked.without, code)) for code in asked.without))
