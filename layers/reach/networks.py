"""The street network of a workspace: kept while its roads are the same, edited where they are not."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from weakref import proxy

import numpy as np

from geo.network import Attached, Mode, Network, attach, build_network, edit_network, reattach
from layers.keeping import OfEach, Recent
from layers.reach.road_lines import RoadLines
from layers.reach.scenarios import roads_with
from layers.store.frames import Frames
from layers.store.kept_files import KeptFiles
from layers.store.protocol import Query

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.protocol import Store

KEPT, KEPT_POINTS = 6, 8
LEAST_ROADS = 2_000  # fewer are cut more quickly than a file is worth
NAME = "streets"

log = logging.getLogger("gridmap")


@dataclass(frozen=True)
class Streets:
    """A network and what its lines are.

    Attributes
    ----------
    network : Network
    codes : object[k]
        The codes of the roads that its lines are.
    assumed : int
        For how many of them the class had to decide.
    revision : int
        That of the roads, all of them, whatever is committed while they are read.
    """

    network: Network
    codes: np.ndarray
    assumed: int
    revision: int
    roads: RoadLines = field(repr=False)
    joined: Joined = field(repr=False)

    def attach(self, points_xy: np.ndarray, mode: Mode, max_access_m: float) -> Attached:
        """Join points to the network as `geo.network.attach` does; points that were joined lately are not again."""
        return self.joined.attach(self.network, points_xy, mode, max_access_m)


class Joined:
    """The points that were joined to a network lately.

    Parameters
    ----------
    was, old_edge : Joined, int64[e], optional
        Those joined to the network that this one was edited from, and which of its edges each edge is.
    """

    def __init__(self, was: Joined | None = None, old_edge: np.ndarray | None = None) -> None:
        self._kept: Recent[tuple[Hashable, ...], Attached] = Recent(KEPT_POINTS)
        self._was = None if was is None or old_edge is None else (was._kept, old_edge)

    def attach(self, network: Network, points_xy: np.ndarray, mode: Mode, max_access_m: float) -> Attached:
        """Return the points joined: as they were, as they were joined before the edit, or searched for."""
        points_xy = np.ascontiguousarray(points_xy, dtype=float)
        key = blake2b(points_xy.data, digest_size=16).digest(), mode, max_access_m
        how = (network, points_xy, mode, max_access_m)
        if self._was is not None:
            before, old_edge = self._was
            if (was := before.get(key)) is not None:
                return self._kept.made(key, lambda: reattach(*how, was, old_edge))
        return self._kept.made(key, lambda: attach(*how))


def streets(store: Store, as_of: dt.date, crs: CRS, scenario: str | None = None) -> Streets:
    """Return the street network of a day, in a metric CRS; with a scenario, as its measures leave it.

    Raises
    ------
    InvalidParameter
        There is no such scenario.
    """
    return _SHELVES(store).on(as_of, crs, scenario)


class Shelf:
    """The networks of one workspace that were asked for lately."""

    def __init__(self, store: Store) -> None:
        self._store = proxy(store)  # the workspace outlives its networks, not they the workspace
        self._frames, self._files = Frames(self._store), KeptFiles(store.url)
        self._kept: Recent[tuple[Hashable, ...], Streets] = Recent(KEPT)
        self._lock = threading.RLock()

    def on(self, as_of: dt.date, crs: CRS, scenario: str | None) -> Streets:
        """Return the network of a day, from memory where neither roads nor measures have changed."""
        with self._lock:
            revisions = self._store.layer_revisions()
            measures = None if scenario is None else (scenario, revisions["scenario-measures"])
            key = (revisions["roads"], measures, as_of, crs.to_wkt())
            roads = revisions["roads"]
            return self._kept.made(key, lambda: self._made(self._roads(roads, as_of), roads, as_of, crs, scenario))

    def _roads(self, revision: int, as_of: dt.date) -> gpd.GeoDataFrame:
        """Return the roads as of a revision; those of today unless they change this moment."""
        frame = self._frames.get("roads", as_of)
        if self._frames.revision("roads") == revision:
            return frame
        return self._store.read("roads", Query(as_of=as_of, at_revision=revision))

    def _made(
        self, frame: gpd.GeoDataFrame, revision: int, as_of: dt.date, crs: CRS, scenario: str | None
    ) -> Streets:
        base = None if scenario is None else self.on(as_of, crs, None)  # from which little differs
        roads = RoadLines(roads_with(self._store, frame, as_of, scenario, crs), crs)
        about = {"codes": roads.codes, "assumed": roads.assumed, "revision": revision, "roads": roads}
        near = [base] if base else [each for each in reversed(self._kept.values()) if each.roads.crs == crs]
        for each in near:
            if each.roads.digest == roads.digest:  # another day or revision, the same roads
                if "lines" in vars(each.roads):
                    roads.lines = each.roads.lines
                return replace(each, **about)
        network, joined = None if base else self._load(roads), Joined()
        if network is None and near:
            row = roads.follow(near[0].roads)
            edited = edit_network(near[0].network, near[0].roads.lines, roads.lines, row, roads.use)
            network, joined = edited.network, Joined(near[0].joined, edited.old_edge)
        elif network is None:
            use: dict[str, Any] = roads.use  # the arrays that it asks for by name
            network = build_network(roads.lines, **use)
        else:
            return Streets(network, joined=joined, **about)
        if base is None and len(roads.ids) >= LEAST_ROADS:
            self._files.save(NAME, roads.digest, network.as_arrays())
        return Streets(network, joined=joined, **about)

    def _load(self, roads: RoadLines) -> Network | None:
        arrays = self._files.load(NAME, roads.digest)
        try:
            return Network.of_arrays(arrays) if arrays else None
        except (KeyError, TypeError, ValueError) as error:
            log.warning("the kept street network is not one (%s) and is made anew", error)
            return None


_SHELVES: OfEach[Store, Shelf] = OfEach(Shelf)
