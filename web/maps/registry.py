"""Every map, registered once: pages, tiles, the table, exports and downloads take it from here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from layers.catalogue import Label
from layers.text import Text

if TYPE_CHECKING:
    import geopandas as gpd
    from werkzeug.datastructures import MultiDict

    from layers.errors import Fault
    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question
    from web.maps.theme import Theme

# Each module holds MAP. The first map is the one that the service opens with.
MODULES = {
    "coverage": "web.maps.coverage",
    "service-area": "web.maps.service.area",
    "courtyards": "web.maps.courtyards",
    "grids": "web.maps.grids",
    "joint-units": "web.maps.joint_units",
}
IDS = tuple(MODULES)
HOME = IDS[0]


@dataclass(frozen=True)
class Asks:
    """What a map is asked beside what every map is.

    Parameters
    ----------
    names : tuple of str
        Parameters of the query. They stay in the address when the reader goes to another map.
    read : function of the query and the faults found so far
        Returns what was asked, of a type of the map's own, and adds what cannot be used to the faults.
    """

    names: tuple[str, ...]
    read: Callable[[MultiDict[str, str], list[Fault]], Hashable]


@dataclass(frozen=True)
class Tool:
    """A tool of the map's own in the right panel: `template` shows ``page.controls``, which `controls` makes."""

    id: str
    label: Text
    template: str
    controls: Callable[[Store, Situation, Question], object]


@dataclass(frozen=True)
class Map:
    """A map: what it is called, and the function that makes what it shows.

    Parameters
    ----------
    id : str
    title, tab : Label
        On the page itself, and where one chooses among maps.
    nothing : Label
        Said where it has no features; a command follows that imports `layer`.
    part, known : Label
        What the share counts, and out of what: headings of the overview of communities.
    layer : str
        The layer that most of its features are of.
    make : function of the store, the situation of the day and the question
    rests_on : tuple of str
        Layers beside those of a situation; when one of them changes maps are made anew.
    by_basis : bool
        Whether it depends on the basis, so that the page offers it and says it.
    asks : Asks or None
    tool : Tool or None
        The page opens with it.
    beside : str or None
        A template below the headline.
    form : function of the question, or None
        What that template shows as ``page.form``.
    printed : function of the question, or None
        What stands in the title of a printed map beside the day.
    corrects : str
        The layer whose records are added from the map, if it is not `layer`, whose rows the table then does not hold.
    under : mapping
        Name → the features of a layer of its own under the theme, with how they are drawn, to be cut into tiles.
    way : function of the store, the question and the id of a feature, or None
        Gives the feature's way to where the map says that it belongs, to be drawn when it is chosen.
    proposes : tuple of str
        Analyses that propose what the map shows anew; they have a tool of their own in the right panel.
    of_villages : bool
        Whether it opens on the villages; else on the town, since villages far outside would shrink it to a dot.
    """

    id: str
    title: Label
    tab: Label
    nothing: Label
    part: Label
    known: Label
    layer: str
    make: Callable[[Store, Situation, Question], Theme]
    rests_on: tuple[str, ...] = ()
    by_basis: bool = False
    asks: Asks | None = None
    tool: Tool | None = None
    beside: str | None = None
    form: Callable[[Question], object] | None = None
    printed: Callable[[Question], str] | None = None
    corrects: str = ""
    under: Mapping[str, Callable[[Store, Question], gpd.GeoDataFrame]] = field(default_factory=dict)
    way: Callable[[Store, Question, str], dict[str, object]] | None = None
    proposes: tuple[str, ...] = ()
    of_villages: bool = False


@lru_cache(maxsize=1)
def maps() -> dict[str, Map]:
    """Return every map by id."""
    return {id: importlib.import_module(module).MAP for id, module in MODULES.items()}


@lru_cache(maxsize=1)
def beneath() -> tuple[str, ...]:
    """Return the layers beside those of a situation that some map rests on."""
    return tuple(dict.fromkeys(layer for each in maps().values() for layer in each.rests_on))
