"""The network of a workspace's roads: kept while its roads are the same, edited where they are not."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from weakref import proxy

import numpy as np
import shapely

from geo.network import (
    OPEN,
    RESTRICTED,
    SHUT,
    Around,
    Legs,
    Mode,
    Network,
    Restricted,
    attach_clear,
    build_network,
    edit_network,
    reattach_clear,
    with_gates,
    with_turns,
)
from geo.places import from_lonlat
from layers.keeping import OfEach, Recent
from layers.model.roads import opens, passes_of, uncrossable
from layers.reach.kept_legs import How, legs_kept
from layers.reach.loose_ends import parted
from layers.reach.road_lines import RoadLines
from layers.reach.scenarios import roads_with
from layers.reach.surroundings import LAYERS as AROUND
from layers.reach.surroundings import around, roads_by_gates, walls_by_gates
from layers.store.frames import digest_of_ids, frames_of
from layers.store.kept_files import KeptFiles
from layers.store.protocol import Query

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.protocol import Store

KEPT, KEPT_POINTS = 6, 8
LEAST_ROADS = 2_000  # fewer are cut more quickly than a file is worth
NAME = "streets"
RESTS_ON = ("roads", "turns", *AROUND)

log = logging.getLogger("gridmap")


@dataclass(frozen=True)
class RoadNetwork:
    """A network and what its lines are.

    Attributes
    ----------
    network : Network
        With its gates and forbidden turns.
    codes : object[k]
        The codes of the roads that its lines are.
    assumed : int
        For how many of them the class had to decide.
    plain : Network
        The same without gates and turns.
    rules : bytes
        A digest of who passes gates, and of the turns.
    lost_turns : object[k]
        The codes of turns that follow no roads.
    around : Around
        What stands between doors and streets.
    gate_names : object[g]
        The names, else codes, of the gates in `around`.
    revision : int
        That of the roads, all of them, whatever is committed while they are read.
    """

    network: Network
    codes: np.ndarray
    assumed: int
    revision: int
    roads: RoadLines = field(repr=False)
    joined: Joined = field(repr=False)
    plain: Network = field(repr=False)
    rules: bytes = field(repr=False)
    lost_turns: np.ndarray = field(repr=False)
    around: Around = field(repr=False)
    gate_names: np.ndarray = field(repr=False)

    def attach(self, points_xy: np.ndarray, mode: Mode, max_access_m: float, restricted: Restricted = "ends") -> Legs:
        """Join points to the network as `geo.network.attach_clear` does; those joined lately are not joined again."""
        starts = self.roads.starts[self.network.edge_line]
        how = (self.network, np.ascontiguousarray(points_xy, dtype=float), mode, max_access_m, self.around, starts)
        return self.joined.attach(how, restricted)


class Joined:
    """The points that were joined to a network lately.

    Parameters
    ----------
    files : KeptFiles
        Where those of a city stay for the next start.
    was, old_edge : Joined, int64[e], optional
        Those joined to the network that this one was edited from, and which of its edges each edge is.
    """

    def __init__(self, files: KeptFiles, was: Joined | None = None, old_edge: np.ndarray | None = None) -> None:
        self._files = files
        self._kept: Recent[tuple[Hashable, ...], tuple[Around, Legs]] = Recent(KEPT_POINTS)
        self._was = None if was is None or old_edge is None else (was._kept, old_edge)

    def attach(self, how: How, restricted: Restricted) -> Legs:
        """Return the points joined: as they were, as they were joined before the edit, or searched for."""
        network, points_xy, mode, max_access_m, around, _ = how
        shut = restricted == "closed"
        key = blake2b(points_xy.data, digest_size=16).digest(), mode, max_access_m, shut, id(around)

        def made() -> tuple[Around, Legs]:
            if shut:  # what is shut to all may change without an edge that does
                return around, attach_clear(*how, usable=network.usable(mode, restricted))
            before = None if self._was is None else self._was[0].get(key)
            if before is not None and self._was is not None:
                return around, reattach_clear(how, before[1], self._was[1])
            return around, legs_kept(self._files, how)

        return self._kept.made(key, made)[1]  # what is around is kept beside, so that its id stays its own


def road_network(
    store: Store, as_of: dt.date, crs: CRS, scenario: str | None = None, ferries: bool = False
) -> RoadNetwork:
    """Return the network of the roads of a day, in a metric CRS; with a scenario, as its measures leave it.

    Ferries are part of it where they are asked for.

    Raises
    ------
    InvalidParameter
        There is no such scenario.
    """
    return _SHELVES(store).on(as_of, crs, scenario, ferries)


class Shelf:
    """The networks of one workspace that were asked for lately."""

    def __init__(self, store: Store) -> None:
        self._store = proxy(store)  # the workspace outlives its networks, not they the workspace
        self._frames, self._files = frames_of(store), KeptFiles(store.url)
        self._kept: Recent[tuple[Hashable, ...], RoadNetwork] = Recent(KEPT)
        self._surroundings: Recent[tuple[Hashable, ...], Around] = Recent(KEPT)
        self._lock = threading.RLock()

    def on(self, as_of: dt.date, crs: CRS, scenario: str | None, ferries: bool = False) -> RoadNetwork:
        """Return the network of a day, from memory where neither roads nor measures have changed."""
        with self._lock:
            revisions = self._store.layer_revisions()
            measures = None if scenario is None else (scenario, revisions["scenario-measures"])
            state = tuple(revisions[layer] for layer in RESTS_ON)
            key = (state, measures, as_of, crs.to_wkt(), ferries)
            frames = {layer: self._at(layer, revisions[layer], as_of) for layer in RESTS_ON}
            asked = as_of, crs, scenario, ferries
            return self._kept.made(key, lambda: self._made(frames, revisions, asked))

    def _at(self, layer: str, revision: int, as_of: dt.date) -> gpd.GeoDataFrame:
        """Return a layer as of a revision; that of today unless it changes this moment."""
        frame = self._frames.get(layer, as_of)
        if self._frames.revision(layer) == revision:
            return frame
        return self._store.read(layer, Query(as_of=as_of, at_revision=revision))

    def _made(
        self,
        frames: dict[str, gpd.GeoDataFrame],
        revisions: Mapping[str, int],
        asked: tuple[dt.date, CRS, str | None, bool],
    ) -> RoadNetwork:
        as_of, crs, scenario, ferries = asked
        base = None if scenario is None and not ferries else self.on(as_of, crs, None)  # from which little differs
        gates = frames["gates"]
        there = roads_with(self._store, frames["roads"], as_of, scenario, crs)
        on_water = (there["class"] == "ferry").fillna(False).to_numpy(dtype=bool)
        there = there if ferries or not on_water.any() else there[~on_water]
        roads = RoadLines(there, crs, gates, walls_by_gates(frames, crs), parted(there, frames, crs))
        about: dict[str, Any] = {
            "codes": roads.codes,
            "assumed": roads.assumed,
            "revision": revisions["roads"],
            "roads": roads,
            "gate_names": gates["name"].fillna(gates["code"]).to_numpy(dtype=object)[opens(gates)],
            "around": base.around if base else self._around(frames, revisions, crs),
        }
        rules = Rules(gates, frames["turns"], crs)
        near = [base] if base else [each for each in reversed(self._kept.values()) if each.roads.crs == crs]
        for each in near:
            if each.roads.digest == roads.digest:  # another day or revision, the same roads
                roads.take_over(each.roads)
                if each.rules == rules.digest:
                    return replace(each, **about)
                joined = Joined(self._files)
                return RoadNetwork(**rules.over(each.plain, roads), joined=joined, plain=each.plain, **about)
        plain, joined = None if base else self._load(roads), Joined(self._files)
        kept = plain is not None
        if plain is None and near:
            row = roads.follow(near[0].roads)
            edited = edit_network(near[0].plain, near[0].roads.lines, roads.lines, row, roads.use)
            plain, joined = edited.network, Joined(self._files, near[0].joined, edited.old_edge)
        elif plain is None:
            use: dict[str, Any] = roads.use  # the arrays that it asks for by name
            plain = build_network(roads.lines, **use)
        if not kept and base is None and len(roads.ids) >= LEAST_ROADS:
            self._files.save(NAME, roads.digest, plain.as_arrays())
        return RoadNetwork(**rules.over(plain, roads), joined=joined, plain=plain, **about)

    def _around(self, frames: dict[str, gpd.GeoDataFrame], revisions: Mapping[str, int], crs: CRS) -> Around:
        """Return what stands around doors, kept while none of it changes."""
        fast = frames["roads"][uncrossable(frames["roads"])]
        versions = tuple(zip(fast.index, fast["version"], strict=True))
        there = tuple((revisions[layer], digest_of_ids(frames[layer].index)) for layer in AROUND)  # whatever the day
        paths = roads_by_gates(frames, crs)
        key = (there, crs.to_wkt(), versions, b"".join(shapely.to_wkb(paths)))

        def made() -> Around:
            return around(frames, from_lonlat(fast.geometry.to_numpy(), crs), crs, paths)

        return self._surroundings.made(key, made)

    def _load(self, roads: RoadLines) -> Network | None:
        arrays = self._files.load(NAME, roads.digest)
        try:
            return Network.of_arrays(arrays) if arrays else None
        except (KeyError, TypeError, ValueError) as error:
            log.warning("the kept street network is not one (%s) and is made anew", error)
            return None


class Rules:
    """Who passes the gates of a day, and which turns cars may not make.

    Parameters
    ----------
    gates, turns : GeoDataFrame
    crs : CRS
        Metric.
    """

    def __init__(self, gates: gpd.GeoDataFrame, turns: gpd.GeoDataFrame, crs: CRS) -> None:
        self._who = np.array([[_WHO[each] for each in one] for one in passes_of(gates)], np.int8).reshape(2, len(gates))
        self._codes, shapes = turns["code"].to_numpy(dtype=object), turns.geometry.to_numpy()
        self._lines, self._only = from_lonlat(shapes, crs), (turns["kind"] == "only").to_numpy(dtype=bool)
        told = blake2b(self._who.tobytes() + self._only.tobytes(), digest_size=16)
        for shape, code in zip(shapes, self._codes, strict=True):
            told.update(f"{code} {shapely.to_wkt(shape, rounding_precision=9)}".encode())
        self.digest = told.digest()

    def over(self, plain: Network, roads: RoadLines) -> dict[str, Any]:
        """Lay them over a network: what of a `RoadNetwork` depends on them."""
        network, who = plain, self._who
        if who.any() or plain.walk_ends.any() or plain.drive_ends.any():
            network = with_gates(plain, roads.places, who[0], who[1], roads.streets[plain.edge_line])
        lost = np.empty(0, dtype=object)
        if len(self._lines):
            network, missed = with_turns(network, self._lines, self._only)
            lost = self._codes[missed]
        return {"network": network, "rules": self.digest, "lost_turns": lost}


_WHO = {"public": OPEN, "residents": RESTRICTED, "closed": SHUT}
_SHELVES: OfEach[Store, Shelf] = OfEach(Shelf)
