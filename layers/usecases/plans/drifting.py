"""What a plan's cells were made of, beside what stands there now: buildings, streets, the community's boundary."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import shapely

from layers.errors import Conflict, NotFound
from layers.model.feature import Feature, codes_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans import sources
from layers.usecases.plans.sources import Buildings
from layers.usecases.plans.state import PlanState, plans_of

LAYERS = ("buildings", "roads", "communities")


@dataclass(frozen=True)
class Drift:
    """What has changed since a plan's cells were made.

    Attributes
    ----------
    revision, date
        The workspace's revision, and the day, that the cells were made of.
    added, moved, removed : tuple of str
        Codes of buildings that have no cell yet, that stand elsewhere or have another outline, that are gone.
    barriers : tuple of str
        Ids of streets and barriers in the community that are new, gone or elsewhere.
    boundary : bool
        Whether the community has another boundary, or none.
    """

    revision: int
    date: dt.date
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    barriers: tuple[str, ...] = ()
    boundary: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.removed or self.barriers or self.boundary)

    @property
    def texts(self) -> list[Text]:
        """What has changed, in words."""
        counts = {name: len(getattr(self, name)) for name in ("added", "moved", "removed", "barriers")}
        found = [Text("refresh.changed", **counts)] if any(counts.values()) else []
        return [*found, Text("refresh.boundary")] if self.boundary else found


@dataclass(frozen=True)
class Present:
    """What a plan's cells would be made of now, and what they were made of where that differs."""

    community: Feature
    buildings: Buildings
    before: dict[str, shapely.Geometry]
    barriers: dict[str, shapely.Geometry]
    drift: Drift


def drift(store: Store, state: PlanState, day: dt.date) -> Drift:
    """Say what has changed since a plan's cells were made; looked up once while nothing more changes."""
    at, since = made_at(state)
    revisions = store.layer_revisions()
    if day == since and all(revisions[layer] <= at for layer in LAYERS):
        return Drift(at, since)
    key = (at, since, day, *(revisions[layer] for layer in LAYERS))
    kept = plans_of(store).drifts
    if state.id not in kept or kept[state.id][0] != key:
        try:
            found = present(store, state, day).drift
        except (NotFound, Conflict):  # the community is gone, or its boundary
            found = Drift(at, since, boundary=True)
        kept[state.id] = key, found
    return kept[state.id][1]


def made_at(state: PlanState) -> tuple[int, dt.date]:
    """Return the workspace's revision and the day that a plan's cells were made of."""
    at, since = state.whole("cells_revision"), state.day("cells_date")
    if at is None:
        at, since = state.whole("base_revision"), state.day("base_date")
    assert at is not None and since is not None  # opening sets both, and making cells anew both
    return at, since


def present(store: Store, state: PlanState, day: dt.date) -> Present:
    """Look up what a plan's cells would be made of on a day.

    Raises
    ------
    NotFound, Conflict
        There is no such community any more, or it has no boundary.
    """
    at, since = made_at(state)
    revisions = store.layer_revisions()
    community = sources.community_called(store, str(state.get("community_code")))
    then = _then(store, community, at) if revisions["communities"] > at else community
    place = shapely.union(community.geometry, then.geometry)
    buildings = sources.buildings_of(store, community, state.crs, day)
    listed = {code for cell in state.cells.values() for code in codes_of(cell.properties, "buildings")}
    moved = _moved(store, listed & buildings.at.keys(), place, at) if revisions["buildings"] > at else []
    barriers = sources.barriers_of(store, place, day)
    before = barriers
    if revisions["roads"] > at or day != since:
        before = sources.barriers_of(store, place, since, at)
    shapely.prepare(place)
    lines = [
        id
        for id in before.keys() | barriers.keys()
        if not _same(before.get(id), barriers.get(id))
        and any(place.intersects(each[id]) for each in (before, barriers) if id in each)
    ]
    found = Drift(
        revision=at,
        date=since,
        added=tuple(sorted(buildings.at.keys() - listed)),
        moved=tuple(sorted(moved)),
        removed=tuple(sorted(listed - buildings.at.keys())),
        barriers=tuple(sorted(lines)),
        boundary=not _same(then.geometry, community.geometry),
    )
    return Present(community, buildings, before, barriers, found)


def _then(store: Store, community: Feature, at: int) -> Feature:
    """Return a community as it was; as it is where it was not on record or had no boundary."""
    then = store.get("communities", community.id, at)
    return then if then is not None and then.geometry is not None else community


def _moved(store: Store, codes: set[str], place: shapely.Geometry, at: int) -> list[str]:
    then, now = (sources.outlines_then(store, codes, place, each) for each in (at, None))
    return [code for code in now if code in then and not _same(then[code], now[code])]


def _same(one: shapely.Geometry | None, other: shapely.Geometry | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or one.equals_exact(other, 0.0)
