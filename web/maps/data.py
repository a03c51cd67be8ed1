"""Everything a map page shows, computed once from the situation: the template and the scripts only arrange it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.analyses.registry import analyses
from layers.catalogue import catalogue
from layers.errors import Fault, InvalidParameter
from layers.situation.day import Situation, situation
from layers.situation.labels import FIGURES
from layers.situation.words import words as codes
from layers.text import Text
from layers.text import words as all_words
from layers.units import ones_in
from layers.usecases.workspace import name_of
from web.maps.backdrop import FEW, Bounds, backdrop, extent, places
from web.maps.encode import batch
from web.maps.legend import Section, legend
from web.maps.listing import Listing, listing_of
from web.maps.overview import overview
from web.maps.registry import Map, maps
from web.maps.theme import Theme, called, words
from web.maps.tree import Node, tree

if TYPE_CHECKING:
    from layers.store.protocol import Store
    from web.maps.question import Question

FORMATS = ("xlsx", "csv", "geojson", "gpkg", "shp")
FOR_SCRIPTS = ("pages.js-", "service.js-", "tiled.js-", "records.js-", "proposing.js-")


@dataclass(frozen=True, slots=True)
class Export:
    """A layer that has something to export on that day."""

    id: str
    label: str
    count: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """What the template fills in; `data` goes to the scripts as JSON. A `tiled` page fetches what is large.

    Of a `large` map a file without a service shows communities.
    """

    map: Map
    place: str
    theme: Theme
    sections: list[Section]
    tree: list[Node]
    communities: list[tuple[str, str]]
    community_name: str | None
    bounds: Bounds | None
    crs: str
    empty: bool
    tiled: bool
    large: bool
    layers: list[Export]
    controls: object | None
    form: object | None
    data: dict[str, object]


def page(store: Store, question: Question, most_features: int, served: bool = False) -> Page:
    """Compute a map page.

    Parameters
    ----------
    store : Store
    question : Question
    most_features : int
        The most features that the page carries.
    served : bool
        Whether a server stands by: above the limit the features then come from there, in tiles and by the row. In a
        page that has to do without, communities are coloured instead.

    Raises
    ------
    InvalidParameter
        The asked community does not exist on that day.
    """
    now = situation(store, question.as_of, question.basis)
    chosen = _chosen(now, question)
    listing = listed(store, question)
    theme, large = listing.theme, len(listing) > most_features
    tiled = served and (large or any(len(_frame(now, layer)) > most_features for layer in theme.backdrop))
    if large and not served:
        theme = overview(theme, now, question)
    shown = maps()[question.map]
    within = listing.beside("extent", lambda: extent(now, question, shown.of_villages))
    return Page(
        map=shown,
        place=place_of(store, now, question.language),
        theme=theme,
        sections=legend(theme),
        tree=listing.beside("tree", lambda: tree(now, theme.tally)),
        communities=[
            each
            for each in sorted(zip(now.communities["code"], now.communities["name"], strict=True))
            if not tiled or each[0] == question.community
        ],
        community_name=chosen,
        bounds=within,
        crs=now.crs.to_string(),
        empty=not any(len(frame) for frame in (now.communities, now.buildings, now.courtyards, now.grids)),
        tiled=tiled,
        large=large,
        layers=_exports(now, question.language),
        controls=shown.tool.controls(store, now, question) if shown.tool else None,
        form=shown.form(question) if shown.form else None,
        data=_data(store, question, theme, within)
        | (_absent(listing, now, question) if tiled else _carried(store, now, question, theme, within)),
    )


def listed(store: Store, question: Question) -> Listing:
    """Return the features of a map as a list; kept until a layer changes."""

    def theme() -> Theme:
        return maps()[question.map].make(store, situation(store, question.as_of, question.basis), question)

    return listing_of(store, question, theme)


def rest(store: Store, question: Question) -> dict[str, object]:
    """Return what a tiled page fetches once: what lies under the theme, the few features that travel, communities."""
    now, listing = situation(store, question.as_of, question.basis), listed(store, question)
    names = sorted(zip(now.communities["code"], called(now.communities), strict=True))
    few = tuple(each for each in listing.theme.backdrop if each in FEW)
    under = backdrop(store, now, question, few, None, light=True)
    return {
        **batch(listing.theme, np.flatnonzero(listing.lasting)),
        "backdrop": under,
        "communities": [[code, name] for code, name in names],
    }


def _carried(
    store: Store, now: Situation, question: Question, theme: Theme, within: Bounds | None
) -> dict[str, object]:
    """Return what a page has with it."""
    return {
        **batch(theme, range(len(theme.ids))),
        "total": len(theme.ids),
        "backdrop": backdrop(store, now, question, tuple(theme.backdrop), within) | theme.drawn(),
        "places": places(now),
    }


def _absent(listing: Listing, now: Situation, question: Question) -> dict[str, object]:
    """Return what a tiled page has instead: how many features there are, and of what kind they are."""
    chosen = now.communities[now.communities["code"] == question.community]
    theme = listing.theme
    return {
        **batch(theme, ()),
        "tiled": [*(each for each in theme.backdrop if each not in FEW), "roads"],
        "total": len(listing),
        "gathered": maps()[question.map].layer,
        "backdrop": {},
        "places": places(replace(now, frames=now.frames | {"communities": chosen, "courtyards": chosen[:0]})),
    }


def _data(store: Store, question: Question, theme: Theme, within: Bounds | None) -> dict[str, object]:
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
        "layers": {layer.id: layer.label.say(question.language) for layer in catalogue()},
        "ones": ones_in(question.language),
        "words": {
            key.removeprefix(FOR_SCRIPTS[0]): said[question.language]
            for key, said in all_words().items()
            if key.startswith(FOR_SCRIPTS)
        }
        | result_words(question.language),
    }


def result_words(language: str) -> dict[str, str]:
    """Return what the figures and the coded values of analyses are called, as the scripts look them up by column."""
    every = [codes(), *(each.words() for each in analyses().values())]
    coded = {
        f"code-{column}-{code}": label.say(language)
        for columns in every
        for column, labels in columns.items()
        for code, label in labels.items()
    }
    return coded | {f"label-{name}": label.say(language) for name, label in FIGURES.items()}


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


def place_of(store: Store, now: Situation, language: str) -> str:
    """Return what the workspace is called; by its district where nobody named it, or by its one street."""
    if name := name_of(store):
        return name
    for frame in (now.districts, now.streets):
        names = list(frame["name"].dropna())
        if len(names) == 1:
            return names[0]
    return words("place-unnamed", language)
