"""The way of one building to its nearest station, for the map that draws it: lines, metres, minutes and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from layers.analyses.service_area import leg_texts
from layers.errors import Fault, NotFound
from layers.text import Text
from web.maps.service.answers import answered
from web.maps.service.columns import called_station
from web.maps.service.question import Asked
from web.maps.theme import number, words

if TYPE_CHECKING:
    from layers.reach.ways import Way
    from layers.store.protocol import Store
    from web.maps.question import Question


def way(store: Store, question: Question, id: str) -> dict[str, object]:
    """Return how the building `id` comes to its nearest station.

    Returns
    -------
    dict
        ``lines``: leg, roads and last, each a list of [longitude, latitude], empty where there is none; ``leg``,
        ``via`` and ``minutes`` as the analysis says; ``metres`` of the three; ``said``: sentences.

    Raises
    ------
    NotFound
        There is no such building in scope.
    """
    answer = answered(store, question.as_of, question.of(Asked))
    if id not in answer.base.index:
        raise NotFound(Fault(Text("tiled.no-such-feature"), {"value": id[:80]}))
    if answer.found is None or answer.survey is None:
        return _said(None, None, [words("service.way-none", question.language)])
    row = answer.base.index.get_loc(id)
    one = answer.found.buildings.loc[[id]]
    found = answer.survey.way(answer.stations, row)
    names = called_station(answer.stations, question.language)
    return _said(found, one, _sentences(found, one, names, question.language))


def _said(found: Way | None, one: pd.DataFrame | None, sentences: list[str]) -> dict[str, object]:
    shapes = (found.leg, found.roads, found.last) if found else (None, None, None)
    metres = (found.leg_m, found.roads_m, found.last_m) if found else (0.0, 0.0, 0.0)
    told = {} if one is None else {name: _value(one[name].iloc[0]) for name in ("leg", "via", "minutes")}
    names = ("leg", "roads", "last")
    return {
        "lines": {name: _lonlat(shape) for name, shape in zip(names, shapes, strict=True)},
        "metres": {name: round(length, 1) for name, length in zip(names, metres, strict=True)},
        **told,
        "said": sentences,
    }


def _sentences(found: Way | None, one: pd.DataFrame, names: list[str], language: str) -> list[str]:
    """Say how far it is, piece by piece, and what is to be known of the way to the street."""
    if found is None:
        return [words("service.way-none", language)]
    if found.station is None:
        sentences = [words("service.way-leg-only", language, leg=number(found.leg_m, language))]
    else:
        total = found.leg_m + found.roads_m + found.last_m
        minutes = number(one["minutes"].iloc[0], language, 1)
        parts = {"leg": found.leg_m, "roads": found.roads_m, "last": found.last_m, "total": total}
        sentences = [
            words("service.way", language, station=names[found.station], minutes=minutes,
                  **{name: number(value, language) for name, value in parts.items()})
        ]  # fmt: skip
    if not pd.isna(one["detour"].iloc[0]):
        sentences.append(words("service.way-detour", language, times=f"{one['detour'].iloc[0]:.2f}"))
    doubt = leg_texts(one)[0]
    return sentences if doubt is None else [*sentences, doubt.say(language)]


def _lonlat(shape: shapely.LineString | None) -> list[list[float]]:
    return [] if shape is None else [[round(x, 7), round(y, 7)] for x, y in shapely.get_coordinates(shape).tolist()]


def _value(value: object) -> object:
    if value is None or value != value:  # not a number
        return None
    return value.item() if hasattr(value, "item") else value
