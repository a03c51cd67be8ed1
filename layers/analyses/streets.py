"""The street network of a workspace, kept per revision of its roads."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from geo.crs import from_lonlat
from geo.network import Network, build_network
from layers.analyses.situation import valid_on
from layers.model.streets import use_of
from layers.store.protocol import Query

if TYPE_CHECKING:
    from pyproj import CRS

    from layers.store.protocol import Store


@dataclass(frozen=True)
class Streets:
    """A network, the codes of the roads that its lines are, and for how many of them the class had to decide."""

    network: Network
    codes: np.ndarray
    assumed: int


def streets(store: Store, as_of: dt.date, crs: CRS) -> Streets:
    """Return the street network of a day, in a metric CRS; built once per revision of the roads."""
    revision = store.layer_revisions()["roads"]
    key = (revision, as_of, crs.to_wkt())
    with _LOCK:
        kept = _KEPT.get(store)
        if kept is not None and kept[0] == key:
            return kept[1]
        roads = valid_on(store.read("roads", Query()), as_of)
        if kept is not None and kept[0][0] == revision and list(roads["code"]) == list(kept[1].codes):
            found = kept[1]  # another day, the same roads
        else:
            use = use_of(roads)
            assumed = int(use.pop("assumed").sum())
            lines = from_lonlat(roads.geometry.to_numpy(), crs)
            found = Streets(build_network(lines, **use), roads["code"].to_numpy(dtype=object), assumed)
        _KEPT[store] = (key, found)
        return found


_KEPT: WeakKeyDictionary[Store, tuple[tuple, Streets]] = WeakKeyDictionary()
_LOCK = threading.Lock()
