"""The map of a large workspace in tiles: the theme's features, and quiet tiles of what lies under them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.usecases.exports.tiling import Tile, cutters_of, layer_tile
from web.maps.data import listed
from web.maps.registry import beneath, maps
from web.maps.resting import state_of
from web.maps.values import array_of, numbered, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layers.store.protocol import Store
    from layers.usecases.exports.tiling import Tell
    from web.maps.listing import Listing
    from web.maps.question import Question

# What each quiet layer tells of its features: enough to draw them.
QUIET = {
    "roads": ("class",), "courtyards": ("enclosure",), "managed-areas": ("code",), "buildings": ("code",),
    "barriers": ("kind",), "gates": ("access", "locked"),
}  # fmt: skip
MAIN = "class"


def theme_tile(store: Store, question: Question, tile: tuple[int, int, int]) -> Tile:
    """Cut a tile (zoom, column, row) of a map's features: each tells its id, its name and its class.

    Features of the groups that travel with the page are left out. An edit makes anew the tiles that it touches: those
    of the shapes that changed, and of the features whose class did.

    Raises
    ------
    ValueError
        There is no such tile.
    """
    listing = listed(store, question)
    key = ("theme", question.map, question.as_of, question.basis, question.community, question.band, question.own)
    cutter = cutters_of(store).get(key, "theme", MAIN)
    if not cutter.at(listing.state):
        features, tell, classes = _content(listing)
        cutter.current(listing.state, features, tell, {MAIN: classes})
    return cutter.tile(*tile)


def quiet_tile(store: Store, question: Question, layer: str, tile: tuple[int, int, int]) -> Tile:
    """Cut a tile of a layer under the theme: of the records on the day that is asked about, or one that a map makes.

    Raises
    ------
    KeyError
        The layer lies under no map.
    ValueError
        There is no such tile.
    """
    if layer in made():
        return _made_tile(store, question, layer, tile)
    return layer_tile(store, layer, tile, question.as_of, QUIET[layer])


def made() -> dict[str, Callable[[Store, Question], gpd.GeoDataFrame]]:
    """Return name → what makes it, of the layers under the theme that are no layers of the records."""
    return {name: make for each in maps().values() for name, make in each.under.items()}


def _made_tile(store: Store, question: Question, layer: str, tile: tuple[int, int, int]) -> Tile:
    state = state_of(store, beneath())
    # Nothing of a picture stays as it was when a layer changes, so that each has a cutter of its own.
    cutter = cutters_of(store).get((layer, question.as_of, question.own, state), layer)
    if not cutter.at(state):
        features = made()[layer](store, question)
        cutter.current(state, features, lambda rows: features[["color"]].iloc[rows])
    return cutter.tile(*tile)


def _content(listing: Listing) -> tuple[gpd.GeoDataFrame, Tell, np.ndarray]:
    """Return the features, what tells of some of them, and a number of each one's class, the same every time."""
    theme, chosen = listing.theme, np.flatnonzero(~listing.lasting)
    index = theme.ids if isinstance(theme.ids, pd.Index) else pd.Index(theme.ids, dtype=object)
    shapes = theme.geometries
    if not isinstance(shapes, gpd.array.GeometryArray):
        every = np.empty(len(theme.ids), dtype=object)
        every[:] = shapes
        shapes = every
    versions = np.asarray(theme.versions, dtype=np.int64)
    if len(chosen) < len(index):
        index, shapes, versions = index[chosen], shapes[chosen], versions[chosen]
    features = gpd.GeoDataFrame({"version": versions}, index=index, geometry=shapes, crs=4326)

    def tell(rows: np.ndarray | slice) -> pd.DataFrame:
        at, ids = chosen[rows], index[rows]
        told = {"name": _texts(theme.names, at), MAIN: _texts(theme.class_of, at)}
        same = {name: pd.Series(values, ids, dtype=object, copy=False) for name, values in told.items()}
        return pd.DataFrame({"id": ids, **same}, index=ids)

    numbers, keys = numbered(theme.class_of)
    codes = np.array([*(_CODES.setdefault(key, next(_NUMBERS)) for key in keys), -1], dtype=np.int32)
    return features, tell, codes[numbers[chosen]]


def _texts(values: Sequence[object], rows: np.ndarray) -> np.ndarray:
    """Return the values of some rows; of few they are looked up one by one."""
    if len(rows) == len(values):
        return array_of(values, rows)
    found = np.empty(len(rows), dtype=object)
    found[:] = taken(values, rows)
    return found


# The classes of all maps that were ever asked for, which are few.
_NUMBERS = count()
_CODES: dict[object, int] = {}
