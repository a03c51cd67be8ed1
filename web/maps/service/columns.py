"""The columns of the service map: what is known of its buildings, stations and gaps, each in its own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.analyses.service_area import leg_texts, reason_texts
from layers.analyses.service_gaps import SUMMED
from layers.catalogue import catalogue
from layers.situation.words import UNCOVERED
from web.maps.theme import Column, all_called, called, from_field, labels, names_of, words
from web.maps.values import Joined, Told, Values, the_same

if TYPE_CHECKING:
    from web.maps.service.answers import Answer

POINT = "point-"
Parts = Mapping[int, Sequence[Any]]  # values of some of the parts of a table, by their place


def called_station(stations: pd.DataFrame, language: str) -> list[str]:
    """Return what stations are called; a place that is none yet by its number."""
    names = zip(stations["code"], called(stations), strict=True)
    return [
        words("service.point-n", language, n=code.removeprefix(POINT)) if code.startswith(POINT) else name
        for code, name in names
    ]


def columns(answer: Answer, parts: tuple[Any, ...], language: str) -> list[Column]:
    """Return the columns; `parts` are buildings, the stations that count, the others, gaps and measures."""
    base, stations, others, gaps, measures = parts
    sizes = [len(frame) for frame in parts]
    wide = language == "en"

    def column(key: str, values: Parts, kind: str = "text", width: int = 0, label: str = "") -> Column:
        """Fill the parts that `values` names by their place among `parts`; the others stay empty."""
        filled = [_part(values[n]) if n in values else the_same(None, size) for n, size in enumerate(sizes)]
        return Column(key, label or words(f"column-{key}", language), Joined(filled), kind, "", width)

    def of_building(name: str, key: str, width: int) -> Column:
        own = from_field(base, "buildings", name, language, width)
        label = words(f"service.column-{key}", language)
        return replace(column(name, {0: own.values, 3: gaps[name]}, "number", width, label), unit=own.unit)

    def of_station(name: str, width: int = 0) -> Column:
        # A station of a scenario, or a point, has no more than its kind.
        rows = [answer.now.stations.reindex(frame.index) for frame in (stations, others)]
        if name == "kind":
            rows = [frame[frame["kind"] != "point"].reindex(frame.index) for frame in (stations, others)]
        own = [from_field(frame, "stations", name, language, width) for frame in rows]
        return replace(own[0], values=column(name, {1: own[0].values, 2: own[1].values}, label=name).values)

    found = _answers(answer, language) if answer.found else (the_same(None, 0),) * 6
    minutes, nearest, why, reason, detour, legs = found
    objects = ("kind-building", "kind-station", "kind-station", "service.kind-gap", "service.kind-measure")
    community = partial(names_of, answer.now.communities)
    names = [
        all_called(base),
        called_station(stations, language),
        called(others),
        [words("service.gap", language, n=gap) for gap in gaps["gap"]],
        called(measures),
    ]
    called_code = dict(zip(stations["code"], names[1], strict=True))
    action = words("service.column-action", language)
    idle = [_idle(answer, code, language) for code in measures["code"]]
    counted = {1: [words("yes", language)] * sizes[1], 2: [words("no", language)] * sizes[2]}
    return [
        column("object", {n: the_same(words(key, language), sizes[n]) for n, key in enumerate(objects)}),
        column("code", {0: base["code"], 1: _codes(stations), 2: others["code"], 4: measures["code"]}, "code", 144),
        column("name", dict(enumerate(names)), width=64),
        column("courtyard", {0: names_of(answer.now.courtyards, base["courtyard"])}),
        column("community", {0: community(base["community"]), 3: community(gaps["community_code"])}, width=80),
        replace(of_station("kind", 150 if wide else 110), label=words("service.column-kind", language)),
        column("action", {4: labels(measures, "scenario-measures", "action", language)}, width=110, label=action),
        column("counted_in", counted, width=84, label=words("service.column-counted-in", language)),
        column("buildings", {3: gaps["buildings"]}, "number", 70),
        column("minutes", {0: minutes, 3: gaps["nearest_minutes"]}, "number", 66),
        column("farthest", {3: gaps["farthest_minutes"]}, "number", 70, words("service.column-farthest", language)),
        column("station", {0: nearest, 3: [called_code.get(each, each) for each in gaps["nearest_station"]]}, width=92),
        column("why", {0: why, 3: _said(gaps["reason"], language)}, width=136 if wide else 92),
        column("detour", {0: detour}, "number", 66, words("service.column-detour", language)),
        column("leg", {0: legs}, label=words("service.column-leg", language)),
        column("reason", {0: reason, 3: _silent(gaps, language), 4: idle}),
        of_building("households", "households", 88 if wide else 64),
        of_building("elderly_60", "elderly", 72),
        of_building("population", "population", 0),
        *(of_station(name) for name in ("services", "capacity", "status", "open_from", "open_to")),
    ]  # fmt: skip


def measures_frame(answer: Answer) -> pd.DataFrame:
    """Return a scenario's measures as a frame indexed by id: ``code, name, action, geometry``."""
    rows = [
        {name: each.properties.get(name) for name in ("code", "name", "action")} | {"geometry": each.geometry}
        for each in answer.measures
    ]
    return pd.DataFrame(
        rows, columns=["code", "name", "action", "geometry"], index=[each.id for each in answer.measures]
    )


def _idle(answer: Answer, code: str, language: str) -> str | None:
    """Say why a measure changes nothing."""
    text = answer.idle.get(code)
    return None if text is None else words("service.idle", language, reason=text.say(language))


def _codes(stations: pd.DataFrame) -> list[str | None]:
    return [None if code.startswith(POINT) else code for code in stations["code"]]


def _silent(gaps: pd.DataFrame, language: str) -> list[str | None]:
    """Say of each gap how many of its buildings do not say who lives there; None where all do."""
    fields = [catalogue().layer("buildings").field(name) for name in SUMMED]
    missing = [gaps[f"{each.name}_missing"] for each in fields]
    found: list[str | None] = []
    for of, *counts in zip(gaps["buildings"], *missing, strict=True):
        told = [
            words("service.gap-silent", language, field=each.label.say(language), n=int(n), of=int(of))
            for each, n in zip(fields, counts, strict=True)
            if n
        ]
        found.append(words("service.gap-and", language).join(told) or None)
    return found


def _said(reasons: Sequence[str | None], language: str) -> list[str | None]:
    return [UNCOVERED[code].say(language) if isinstance(code, str) else None for code in reasons]


def _part(values: Sequence[Any]) -> Sequence[Any]:
    return Values(values.array) if isinstance(values, pd.Series) else values


def _answers(answer: Answer, language: str) -> tuple[Values, ...]:
    """Return minutes, nearest station, the reason in brief and in full, detour and leg, one for each building."""
    assert answer.found is not None  # asked of answers that reach something
    rows = answer.found.buildings
    names = dict(zip(answer.stations["code"], called_station(answer.stations, language), strict=True))

    def reasons(at: np.ndarray) -> list[str]:
        return [text.say(language) for text in reason_texts(rows.iloc[at], names)]

    def legs(at: np.ndarray) -> list[str | None]:
        return [None if text is None else text.say(language) for text in leg_texts(rows.iloc[at])]

    plain = rows["leg"].isna() | rows["leg"].isin(("clear", "none"))
    return (
        Values(rows["minutes"].array),
        Values(rows["station"].array, lambda codes: [names.get(code) for code in codes]),
        Values(rows["reason"].array, lambda given: _said(given, language)),
        Told(~rows["covered"].to_numpy(dtype=bool), reasons),
        Values(rows["detour"].array),
        Told((rows["via"].notna() | ~plain).to_numpy(dtype=bool), legs),
    )
