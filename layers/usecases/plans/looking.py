"""Plans as they are and as they stood: by revision, by day, and step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from layers import clock
from layers.errors import Fault, InvalidParameter, NotFound
from layers.model.feature import Change, Feature
from layers.store.protocol import Query, Store
from layers.text import Text
from layers.usecases.plans.editing import moved
from layers.usecases.plans.mending import rehomed
from layers.usecases.plans.state import GRIDS, PLANS, Entry, PlanState, key_of, load, members_of, plans_of
from layers.usecases.plans.undoing import next_steps, undone

PAGE = 1_000


@dataclass(frozen=True)
class Step:
    """One step of a plan's history, and what it changed."""

    entry: Entry
    grids: list[str]
    moved: list[tuple[str, str | None, str | None]]
    undone_by: int | None


@dataclass(frozen=True)
class History:
    """Steps of a plan, newest first, and what "undo" and "redo" would take back next."""

    steps: list[Step]
    undo: int | None
    redo: int | None
    more: bool


def every_plan(store: Store, equals: Mapping[str, str]) -> list[Feature]:
    """Return the plans with some properties, in the order of their ids."""
    found: list[Feature] = []
    after: str | None = None
    while True:
        page = store.page(PLANS, Query(equals=dict(equals)), PAGE, after)
        found += page.features
        after = page.next
        if after is None:
            return found


def plan_at(store: Store, plan_id: str, revision: int | None = None, day: dt.date | None = None) -> PlanState:
    """Return a plan as it is, as it stood at one of its revisions, or at the end of a day.

    Raises
    ------
    NotFound
        There is no such plan, or no such revision of it, or it was not there yet on that day.
    InvalidParameter
        Both a revision and a day are asked for.
    """
    state = plans_of(store).current(plan_id)
    if revision is not None and day is not None:
        raise InvalidParameter(Fault(Text("plans.one-point-in-time"), {"parameter": "as_of"}))
    if revision is not None:
        step = next((each for each in state.journal if each.revision == revision), None)
        if step is None:
            raise NotFound(Fault(Text("plans.no-such-revision", revision=revision, last=state.revision)))
    elif day is not None:
        step = next((each for each in reversed(state.journal) if _day(each.time) <= day), None)
        if step is None:
            raise NotFound(Fault(Text("plans.not-yet", day=_day(state.journal[0].time).isoformat())))
    else:
        return state
    return state if step.revision == state.revision else load(store, plan_id, step.changeset)


def history(store: Store, plan_id: str, limit: int, before: int | None = None) -> History:
    """Return the latest steps of a plan, newest first, older than the plan's revision `before`."""
    state = plans_of(store).current(plan_id)
    taken_back = undone(state.journal)
    older = [each for each in reversed(state.journal) if before is None or each.revision < before]
    steps = []
    for entry in older[:limit]:
        mine = members_of(plan_id, store.changes(entry.changeset))
        grids = sorted({key_of(each.id) for each in mine if each.layer == GRIDS})
        shown = _moved(store, plan_id, state.journal, entry, mine)
        steps.append(Step(entry, grids, shown, taken_back.get(entry.changeset)))
    return History(steps, *next_steps(state.journal), more=len(older) > limit)


def _moved(
    store: Store, plan_id: str, journal: Sequence[Entry], entry: Entry, mine: Sequence[Change]
) -> list[tuple[str, str | None, str | None]]:
    """Return which buildings a step moved; a repair those that are not where they were drawn."""
    if entry.op == "open":
        return []
    if entry.op != "repair":
        return moved(mine)
    drawn = next(each for each in reversed(journal) if each.revision < entry.revision)
    now = {code: came for code, _, came in moved(mine)}
    found = rehomed(load(store, plan_id, drawn.changeset), now)
    return [(each.building, next(iter(each.drawn), None), each.now) for each in found if each.moved]


def _day(time: dt.datetime) -> dt.date:
    return clock.day_of(time)
