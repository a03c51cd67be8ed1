"""A plan in memory: its cells as a partition, kept by plan and caught up from the change log.

A plan is a feature of `plans`; its version is the plan's revision, which every edit raises. Its grids and cells are
features of `plan-grids` and `plan-cells` whose codes are the plan's, a dot, and their key in the plan.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import proxy

import numpy as np
import shapely
from pyproj import CRS

from geo.partition import Cell, Partition
from layers.errors import Fault, NotFound
from layers.keeping import OfEach, Recent
from layers.model.feature import Change, Feature, Value, codes_of, day_of, text_of, whole_of
from layers.store.protocol import Changeset, Query, Store
from layers.text import Text
from layers.usecases.plans.sources import Buildings, buildings_called, crs_of, metric

PLANS, GRIDS, CELLS = "plans", "plan-grids", "plan-cells"
KEPT = 12
MOST_CHANGES = 5_000
MOST_STEPS = 50
MOST_TOUCHED = 500
PAGE = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a plan: which revision of the plan a changeset made, and how."""

    revision: int
    changeset: int
    author: str
    time: dt.datetime
    op: str
    state: str
    key: str | None
    digest: str | None
    reverts: int | None


@dataclass(frozen=True, slots=True)
class Touched:
    """Which grids and cells a step of a plan touched, by their keys."""

    grids: list[str]
    cells: frozenset[str]


@dataclass(frozen=True, eq=False)
class PlanState:
    """A plan as it stood after a changeset of the workspace.

    Attributes
    ----------
    plan : Feature
    at : int
        The workspace's revision.
    crs : CRS
        Metric.
    grids, cells : dict of key to Feature
    partition : Partition
        The cells in metres; its parts are the keys of the grids.
    buildings : Buildings
        Positions in it are the partition's footprints.
    journal : tuple of Entry
        From the opening on.
    """

    plan: Feature
    at: int
    crs: CRS
    grids: dict[str, Feature]
    cells: dict[str, Feature]
    partition: Partition
    buildings: Buildings
    journal: tuple[Entry, ...]

    @property
    def id(self) -> str:
        return self.plan.id

    @property
    def revision(self) -> int:
        """The plan's own revision."""
        return self.plan.version

    def get(self, name: str) -> Value:
        """Return a property of the plan."""
        return self.plan.properties.get(name)

    def text(self, name: str) -> str | None:
        """Return a property of the plan that is of words."""
        return text_of(self.plan.properties, name)

    def day(self, name: str) -> dt.date | None:
        """Return a property of the plan that is a day."""
        return day_of(self.plan.properties, name)

    def whole(self, name: str) -> int | None:
        """Return a property of the plan that is a whole number."""
        return whole_of(self.plan.properties, name)

    def feature_id(self, key: str) -> str:
        """Return the id of the feature that a grid or cell of this plan is stored as."""
        return f"{self.plan.id}.{key}"


def key_of(feature_id: str) -> str:
    """Return the key of a grid or cell within its plan."""
    return feature_id.rpartition(".")[2]


def plan_called(store: Store, plan_id: str, at_revision: int | None = None) -> Feature:
    """Return a plan; NotFound where there is none."""
    plan = store.get(PLANS, plan_id, at_revision)
    if plan is None:
        raise NotFound(Fault(Text("plans.no-such-plan", plan=plan_id[:80])))
    return plan


def load(store: Store, plan_id: str, at_revision: int | None = None) -> PlanState:
    """Read a plan, as it is or as it stood after a revision of the workspace."""
    # Asked first: what is read after it is at least as new, and catching up twice does no harm.
    at = store.revision() if at_revision is None else at_revision
    plan = plan_called(store, plan_id, at)
    grids = {key_of(each.id): each for each in _members(store, GRIDS, plan_id, at)}
    cells = {key_of(each.id): each for each in _members(store, CELLS, plan_id, at)}
    shapes = np.array([each.geometry for each in cells.values()], dtype=object)
    place = shapely.box(*shapely.total_bounds(shapes))
    crs = crs_of(store, place)
    codes = {code for each in cells.values() for code in codes_of(each.properties, "buildings")}
    buildings = buildings_called(store, codes, place, crs)
    partition = _partition(cells, metric(shapes, crs), buildings)
    return PlanState(plan, at, crs, grids, cells, partition, buildings, journal(store, plan_id, at))


def journal(store: Store, plan_id: str, at: int | None = None) -> tuple[Entry, ...]:
    """Return the steps of a plan, the oldest first."""
    steps = [entry(*each) for each in reversed(store.feature_history(PLANS, plan_id)) if each[1].after is not None]
    return tuple(each for each in steps if at is None or each.changeset <= at)


def entry(changeset: Changeset, change: Change) -> Entry:
    """Return the step that a changeset was for the plan that it changed."""
    assert change.after is not None  # a plan is never deleted: what is asked for is what it became
    given = change.after.properties
    op, state = str(given.get("op") or changeset.kind), str(given.get("state"))
    key, digest = text_of(given, "edit_key"), text_of(given, "edit_digest")
    who, when = changeset.author, changeset.time
    return Entry(change.after.version, changeset.revision, who, when, op, state, key, digest, changeset.reverts)


def remade(steps: Sequence[Entry], step: Entry) -> bool:
    """Say whether a step made cells anew, or took back or redid one that had."""
    by_changeset = {each.changeset: each for each in steps}
    while step.reverts in by_changeset:
        step = by_changeset[step.reverts]
    return step.op == "refresh"


def advanced(
    state: PlanState,
    at: int,
    plan: Feature,
    changes: Iterable[Change],
    steps: Sequence[Entry],
    partition: Partition | None = None,
) -> PlanState:
    """Return a plan after some changes of its grids and cells, sharing with the old state what stayed.

    `partition` is what they make of it, where that is known already.
    """
    grids, cells, after = dict(state.grids), dict(state.cells), {}
    for change in changes:
        key = key_of(change.id)
        features = grids if change.layer == GRIDS else cells
        if change.after is None:
            features.pop(key, None)
        else:
            features[key] = change.after
        if change.layer == CELLS:
            after[key] = change.after
    if partition is None:
        partition = state.partition.edited(cells_of(state, after)).partition if after else state.partition
    return replace(
        state, plan=plan, at=at, grids=grids, cells=cells, partition=partition, journal=(*state.journal, *steps)
    )


def cells_of(state: PlanState, after: dict[str, Feature | None]) -> dict[str, Cell | None]:
    """Return cells as the partition knows them; a shape that stayed is the same object, which makes this fast."""
    reshaped = {
        key: feature.geometry
        for key, feature in after.items()
        if feature is not None and not _same_shape(state.cells.get(key), feature)
    }
    moved = dict(zip(reshaped, metric(list(reshaped.values()), state.crs), strict=True))
    found: dict[str, Cell | None] = {}
    for key, feature in after.items():
        if feature is None:
            found[key] = None
            continue
        shape = moved[key] if key in moved else state.partition.cells[state.partition.rows([key])[0]]
        found[key] = Cell(shape, text_of(feature.properties, "grid"), _positions(feature, state.buildings))
    # One that is gone already was brought in and taken out in between.
    return {key: cell for key, cell in found.items() if cell is not None or key in state.cells}


def _same_shape(old: Feature | None, new: Feature) -> bool:
    if old is None or old.geometry is None or new.geometry is None:
        return old is not None and old.geometry is new.geometry
    return old.geometry is new.geometry or old.geometry.equals_exact(new.geometry, 0.0)


def _partition(cells: dict[str, Feature], shapes: np.ndarray, buildings: Buildings) -> Partition:
    cell_of = np.full(len(buildings.codes), -1, dtype=np.int64)
    for row, cell in enumerate(cells.values()):
        cell_of[list(_positions(cell, buildings))] = row
    part = np.array([cell.properties.get("grid") for cell in cells.values()], dtype=object)
    ids = np.array(list(cells), dtype=object)
    return Partition(shapely.coverage_union_all(shapes), ids, shapes, part, buildings.footprints, cell_of)


def _positions(cell: Feature, buildings: Buildings) -> tuple[int, ...]:
    listed = codes_of(cell.properties, "buildings")
    return tuple(sorted(buildings.at[code] for code in listed if code in buildings.at))


def _members(store: Store, layer: str, plan_id: str, at: int) -> Iterable[Feature]:
    query, after = Query(starts_with={"code": f"{plan_id}."}, at_revision=at), None
    while True:
        page = store.page(layer, query, PAGE, after)
        yield from page.features
        after = page.next
        if after is None:
            return


def members_of(plan_id: str, changes: Iterable[Change]) -> list[Change]:
    """Return the changes of a plan's grids and cells among those of a changeset."""
    return [each for each in changes if each.layer in (GRIDS, CELLS) and each.id.startswith(f"{plan_id}.")]


class Plans:
    """The plans of one workspace that were worked on lately, and a lock for each."""

    def __init__(self, store: Store) -> None:
        self._store = proxy(store)  # the workspace outlives its plans, not they the workspace
        self._states: Recent[str, PlanState] = Recent(KEPT)
        self._touched: Recent[int, Touched] = Recent(MOST_TOUCHED)
        self.drifts: dict[str, tuple[tuple[object, ...], Any]] = {}  # by `drifting`, which is above
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    def lock(self, plan_id: str) -> threading.RLock:
        """Return the lock of a plan: one edit at a time in this process; the store settles it between processes."""
        with self._guard:
            return self._locks.setdefault(plan_id, threading.RLock())

    def current(self, plan_id: str) -> PlanState:
        """Return a plan as it is now."""
        with self.lock(plan_id):
            state = self._states.get(plan_id)
            plan = plan_called(self._store, plan_id)
            if state is None:
                state = load(self._store, plan_id)
            elif plan.version != state.plan.version:
                state = self._caught_up(state)
            if state.buildings.revision != self._store.layer_revisions()["buildings"]:
                state = self._recounted(state)
            self.keep(state)
            return state

    def keep(self, state: PlanState) -> None:
        """Remember a state; the plans that nobody asked for lately are forgotten."""
        self._states.keep(state.id, state)

    def touched(self, plan_id: str, changeset: int) -> Touched:
        """Return what a step of a plan touched; many who came too late ask for the same ones."""
        return self._touched.made(changeset, lambda: self._looked_up(plan_id, changeset))

    def _looked_up(self, plan_id: str, changeset: int) -> Touched:
        mine = members_of(plan_id, self._store.changes(changeset))
        grids = sorted({key_of(each.id) for each in mine if each.layer == GRIDS})
        return Touched(grids, frozenset(key_of(each.id) for each in mine if each.layer == CELLS))

    def _caught_up(self, state: PlanState) -> PlanState:
        """Apply what others did since, changeset by changeset."""
        steps = [each for each in journal(self._store, state.id) if each.changeset > state.at]
        if not steps or len(steps) > MOST_STEPS or any(remade((*state.journal, *steps), each) for each in steps):
            return load(self._store, state.id)
        for step in steps:
            changes = self._store.changes(step.changeset)
            plan = next(each.after for each in changes if each.layer == PLANS and each.id == state.id)
            state = advanced(state, step.changeset, plan, members_of(state.id, changes), [step])
        return state

    def _recounted(self, state: PlanState) -> PlanState:
        """Read the buildings again, when one of the plan's changed."""
        now = self._store.layer_revisions()["buildings"]
        changes = self._store.changes_since("buildings", state.buildings.revision, MOST_CHANGES)
        mine = state.buildings.at
        if changes is not None and not any(
            each.properties.get("code") in mine for change in changes for each in (change.before, change.after) if each
        ):
            return replace(state, buildings=replace(state.buildings, revision=now))
        return load(self._store, state.id)


_PLANS: OfEach[Store, Plans] = OfEach(Plans)


def plans_of(store: Store) -> Plans:
    """Return the plans of a workspace that this process has in memory."""
    return _PLANS(store)


def crs_of_plan(store: Store, plan_id: str) -> CRS:
    """Return the metric CRS in which a plan is worked on."""
    return plans_of(store).current(plan_id).crs
