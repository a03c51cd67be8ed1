"""Everything a map page shows, computed once from the situation: the template and the scripts only arrange it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd

from layers.analyses.situation import Situation, situation
from layers.analyses.words import words as codes
from layers.catalogue import catalogue
from layers.errors import Fault, InvalidParameter
from layers.text import Text
from layers.text import words as all_words
from web.maps.backdrop import Bounds, backdrop, extent, places
from web.maps.courtyards import courtyards_theme
from web.maps.coverage import coverage_theme
from web.maps.encode import column, shapes
from web.maps.grids import grids_theme
from web.maps.legend import Section, legend
from web.maps.overview import overview
from web.maps.service_area import service_area_theme
from web.maps.service_controls import Controls, controls
from web.maps.theme import Theme, words
from web.maps.tree import Node, tree

if TYPE_CHECKING:
    from layers.store.protocol import Store
    from web.maps.question import Question

FORMATS = ("xlsx", "csv", "geojson", "gpkg", "shp")
THEMES = {"coverage": coverage_theme, "courtyards": courtyards_theme, "grids": grids_theme}
FOR_SCRIPTS = ("pages.js-", "service.js-")


@dataclass(frozen=True, slots=True)
class Export:
    """A layer that has something to export on that day."""

    id: str
    label: str
    count: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """What the template fills in; `data` goes to the scripts as JSON."""

    place: str
    theme: Theme
    sections: list[Section]
    tree: list[Node]
    communities: list[tuple[str, str]]
    community_name: str | None
    bounds: Bounds | None
    crs: str
    empty: bool
    layers: list[Export]
    controls: Controls | None
    data: dict


def page(store: Store, question: Question, most_features: int) -> Page:
    """Compute a map page.

    Parameters
    ----------
    store : Store
    question : Question
    most_features : int
        The most features that are drawn one by one; above it, communities are coloured instead.

    Raises
    ------
    InvalidParameter
        The asked community does not exist on that day.
    """
    now = situation(store, question.as_of, question.basis)
    chosen = _chosen(now, question)
    theme = _theme(store, now, question)
    if len(theme.ids) > most_features:
        theme = overview(theme, now, question)
    within = extent(now, question)
    return Page(
        place=_place(now, question.language),
        theme=theme,
        sections=legend(theme),
        tree=tree(now, theme.tally),
        communities=sorted(zip(now.communities["code"], now.communities["name"], strict=True)),
        community_name=chosen,
        bounds=within,
        crs=now.crs.to_string(),
        empty=not any(len(frame) for frame in (now.communities, now.buildings, now.courtyards, now.grids)),
        layers=_exports(now, question.language),
        controls=controls(store, now, question) if question.map == "service-area" else None,
        data=_data(store, now, question, theme, within),
    )


def _theme(store: Store, now: Situation, question: Question) -> Theme:
    # Streets are no part of a situation: most maps need none.
    if question.map == "service-area":
        return service_area_theme(store, question)
    return THEMES[question.map](now, question)


def _data(store: Store, now: Situation, question: Question, theme: Theme, within: Bounds | None) -> dict:
    return {
        "map": theme.id,
        "overview": theme.overview,
        "language": question.language,
        "question": {
            "as_of": question.as_of.isoformat(),
            "basis": question.basis,
            "community": question.community,
            "band": list(question.band),
        },
        "revision": store.revision(),
        "bounds": within,
        "groups": [asdict(group) | {"focus": group.key == theme.opening} for group in theme.groups],
        "classes": [asdict(each) for each in theme.classes],
        "features": {
            "ids": list(theme.ids),
            "names": column(theme.names),
            "class": column(theme.class_of),
            "shapes": shapes(theme.geometries),
        },
        "columns": [
            {"key": each.key, "label": each.label, "kind": each.kind, "unit": each.unit, "width": each.width}
            | column(each.values)
            for each in theme.columns
        ],
        "backdrop": backdrop(store, now, question, tuple(theme.backdrop), within) | theme.drawn,
        "places": places(now),
        "layers": {layer.id: layer.label.say(question.language) for layer in catalogue()},
        "words": {
            key.removeprefix(FOR_SCRIPTS[0]): said[question.language]
            for key, said in all_words().items()
            if key.startswith(FOR_SCRIPTS)
        }
        | {
            f"code-{code}": label.say(question.language)
            for labels in codes().values()
            for code, label in labels.items()
        },
    }


def _exports(now: Situation, language: str) -> list[Export]:
    return [
        Export(layer.id, layer.label.say(language), count, FORMATS if layer.spatial else FORMATS[:2])
        for layer in catalogue()
        if (count := len(_frame(now, layer.id)))
    ]


def _frame(now: Situation, layer_id: str) -> pd.DataFrame:
    return now.buildings if layer_id == "buildings" else now.frames.get(layer_id, pd.DataFrame())


def _chosen(now: Situation, question: Question) -> str | None:
    if question.community is None:
        return None
    found = now.communities[now.communities["code"] == question.community]
    if found.empty:
        where = {"parameter": "community", "value": question.community}
        raise InvalidParameter(Fault(Text("pages.no-such-community"), where))
    return found["name"].iloc[0]


def _place(now: Situation, language: str) -> str:
    """Name the workspace's place: its district, or its street where it is but one."""
    for frame in (now.districts, now.streets):
        names = list(frame["name"].dropna())
        if len(names) == 1:
            return names[0]
    return words("place-unnamed", language)
