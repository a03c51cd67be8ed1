"""What one may choose on the service map: stations, the way to them, and what was chosen as a sentence of chips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.catalogue import catalogue
from layers.reach.inputs import WALKING_KMH, ReachInputs, stations_of
from layers.situation.words import DIRECTION, METHOD, TRAVEL
from layers.usecases.scenarios import scenarios
from web.maps.service.question import Asked, written
from web.maps.theme import called, words

if TYPE_CHECKING:
    import pandas as pd

    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

# Beside the usual speed: 800 m in 15 minutes, and the elderly.
SLOWER = {"walk": (3.2, 3.0), "drive": ()}
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
    kinds : tuple of (code, label, open stations, chosen)
    named : tuple of (code, name, kind)
        Open stations, to be chosen by code.
    chips : tuple of Chip
    asked : Asked
        What is chosen now; `minutes` and `speed` as the form writes them.
    modes, methods, directions, speeds : tuple of (value, label)
    scenarios : tuple of str
    actions, every_kind : tuple of (value, label)
        What a measure may do, and what kind a station may be.
    """

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
    scenarios: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    every_kind: tuple[tuple[str, str], ...] = ()


def controls(store: Store, situation: Situation, question: Question) -> Controls:
    """Return what may be chosen on that day: kinds that have an open station, and those that were asked for."""
    language, asked = question.language, question.of(Asked)
    labels = {each.code: each.label.say(language) for each in catalogue().layer("stations").field("kind").values}
    every = stations_of(situation, ReachInputs(as_of=question.as_of))
    count = every["kind"].fillna("unknown").value_counts()
    speed = "" if asked.speed_kmh in (None, WALKING_KMH if asked.mode == "walk" else None) else f"{asked.speed_kmh:g}"
    names = zip(every["code"], called(every), every["kind"], strict=True)
    return Controls(
        kinds=tuple(
            (code, label, int(count.get(code, 0)), code in asked.kinds)
            for code, label in labels.items()
            if code in count or code in asked.kinds
        ),
        named=tuple((code, name, labels.get(kind, "")) for code, name, kind in names)[:MOST_NAMED],
        chips=_chips(every, labels, count, asked, language),
        asked=asked,
        points=written(asked.points),
        minutes=",".join(f"{limit:g}" for limit in asked.minutes),
        speed=speed,
        modes=_said(TRAVEL, language),
        methods=_said(METHOD, language),
        directions=_said(DIRECTION, language),
        speeds=_speeds(asked, speed, language),
        scenarios=tuple(each.name for each in scenarios(store)),
        actions=_choices("scenario-measures", "action", language),
        every_kind=_choices("scenario-measures", "kind", language),
    )


def _choices(layer: str, name: str, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.code, each.label.say(language)) for each in catalogue().layer(layer).field(name).values)


def _said(labels: dict, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, label.say(language)) for code, label in labels.items())


def _speeds(asked: Asked, speed: str, language: str) -> tuple[tuple[str, str], ...]:
    speeds = {"": words(f"service-speed-{asked.mode}", language)}
    for each in SLOWER[asked.mode]:
        speeds[f"{each:g}"] = words(f"service-speed-{each:g}".replace(".", "-"), language)
    if speed and speed not in speeds:
        speeds[speed] = f"{speed} km/h"
    return tuple(speeds.items())


def _chips(every: pd.DataFrame, labels: dict, count: pd.Series, asked: Asked, language: str) -> tuple[Chip, ...]:
    """Say the choice part by part; each part knows the address without it."""
    names = dict(zip(every["code"], called(every), strict=True))

    def left(name: str, values: tuple, gone: object) -> dict[str, str | None]:
        rest = tuple(each for each in values if each != gone)
        return {name: (written(rest) if name == "points" else ",".join(rest)) or None}

    chips = [
        Chip(f"{labels[kind]} {int(count.get(kind, 0))}", "+", left("kinds", asked.kinds, kind)) for kind in asked.kinds
    ]
    chips += [Chip(names.get(code, code), "+", left("stations", asked.stations, code)) for code in asked.stations]
    chips += [
        Chip(words("service.point-n", language, n=n), "+", left("points", asked.points, point))
        for n, point in enumerate(asked.points, start=1)
    ]
    return (*chips, *(Chip(names.get(code, code), "−", left("without", asked.without, code)) for code in asked.without))
