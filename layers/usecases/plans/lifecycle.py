"""From draft to force: submit, withdraw, approve.

A code names one boundary for good. A grid whose boundary stays keeps its code; one whose boundary changes ends, and
what comes of it is a new grid with a new code whose predecessors name the old. So both questions have an answer: which
grids were in force on a day, and where a grid of some code was (docs/adr/0012-plans.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.errors import Conflict, Fault, InvalidParameter
from layers.model.feature import Change, Feature, Value, day_of
from layers.model.values import OutOfCodes, free_codes, reading_order
from layers.store.protocol import Changeset, Query, Store
from layers.text import Text
from layers.usecases.plans.checking import Finding, checked, findings
from layers.usecases.plans.descent import predecessors, same_boundary
from layers.usecases.plans.opening import COPIED
from layers.usecases.plans.performing import Step
from layers.usecases.plans.shapes import Located
from layers.usecases.plans.sources import active_grids, code_of, community_called, in_force, metric
from layers.usecases.plans.state import GRIDS, PLANS, PlanState
from layers.usecases.plans.turns import require_draft, turn
from layers.usecases.plans.writing import Meaning, Writer, Written

ONE_DAY = dt.timedelta(days=1)
ENTERED = ("households", "population")
"""What was entered for a boundary, and does not hold for another."""


class NotReady(Located):
    """A plan that cannot be submitted yet; `findings` says what must be gone first."""

    def __init__(self, *faults: Fault | Text, findings: Sequence[Finding] = ()) -> None:
        super().__init__(*faults)
        self.findings = list(findings)


@dataclass(frozen=True)
class Approval:
    """What an approval wrote: codes of new, kept and retired grids."""

    state: PlanState
    changeset: Changeset
    new: list[str]
    kept: list[str]
    retired: list[str]
    replayed: bool = False


def shown_state(plan: Feature, today: dt.date) -> str:
    """Return the state of a plan on a day: an approved one is active between its dates, and retired after."""
    state, given = plan.properties.get("state"), plan.properties
    since, until = day_of(given, "valid_from"), day_of(given, "valid_to")
    if state != "approved":
        return str(state)
    if until is not None and until < today:
        return "retired"
    return "approved" if since is not None and since > today else "active"


def submit(store: Store, plan_id: str, based_on: int, writer: Writer) -> Written:
    """Hand a draft in; new grids get their codes.

    Raises
    ------
    NotReady
        There are gaps, overlaps, cut buildings or cells without a grid, or no grid at all.
    Conflict
        It is no draft, or the community has no codes left.
    """

    with turn(store, plan_id, ["submit"], based_on, writer) as mine:
        if mine.before:
            return mine.before
        require_draft(mine.state)
        _require_ready(store, mine.state)
        records = _coded(store, mine.state)
        meaning = Meaning("submit", Text("plans.op-submit", plan=plan_id), {"state": "submitted"})
        return mine.write(Step(None, records), meaning)


def withdraw(store: Store, plan_id: str, based_on: int, writer: Writer) -> Written:
    """Make a submitted plan a draft again; the codes of its new grids are taken back."""

    with turn(store, plan_id, ["withdraw"], based_on, writer) as mine:
        if mine.before:
            return mine.before
        _require(mine.state, "submitted")
        old = {code_of(each) for each in _base(store, mine.state)}
        records = {
            key: {"grid_code": key if key in old else None}
            for key, each in mine.state.grids.items()
            if each.properties.get("grid_code") != (key if key in old else None)
        }
        meaning = Meaning("withdraw", Text("plans.op-withdraw", plan=plan_id), {"state": "draft"})
        return mine.write(Step(None, records), meaning)


def approve(store: Store, plan_id: str, based_on: int, valid_from: dt.date | None, writer: Writer) -> Approval:
    """Bring a submitted plan into force on a day, today by default: its grids become the community's, in one changeset.

    Raises
    ------
    Conflict
        It is not submitted; the active grids changed since it was opened; its codes were taken. Each is named.
    InvalidParameter
        The day lies before the grids that would end began.
    """

    with turn(store, plan_id, ["approve", valid_from], based_on, writer) as mine:
        if mine.before:
            return _approved_before(store, mine.before)
        day, state = valid_from or writer.day, mine.state
        _require(state, "submitted")
        _require_ready(store, state)
        base = _base(store, state)
        _require_unchanged(store, state)
        by_code, held = {code_of(each): each for each in base}, {code_of_grid(each) for each in _held(state)}
        kept = {code: by_code[code] for code in held & by_code.keys()}
        ending = [each for each in base if code_of(each) not in kept]
        _require_later(ending, day)
        changes, new = _brought_in(state, kept, base, day)
        changes += [_ended("grids", each, day - ONE_DAY, state="retired") for each in ending]
        changes += [_ended(PLANS, each, day - ONE_DAY) for each in _in_force_before(store, state)]
        _require_free(store, new)
        text = Text("plans.op-approve", plan=plan_id, date=day.isoformat())
        done = mine.commit(changes, Meaning("approve", text, {"state": "approved", "valid_from": day}))
        return Approval(done.state, done.changeset, sorted(new), sorted(kept), sorted(code_of(each) for each in ending))


def _approved_before(store: Store, then: Written) -> Approval:
    """Return what an approval wrote when it was done."""
    of_grids = [each for each in store.changes(then.changeset.revision) if each.layer == "grids"]
    new = {each.id for each in of_grids if each.before is None}
    retired = {each.id for each in of_grids if each.after and each.after.properties.get("state") == "retired"}
    kept = {code_of_grid(each) for each in _held(then.state)} - new
    return Approval(then.state, then.changeset, sorted(new), sorted(kept), sorted(retired), replayed=True)


def _brought_in(
    state: PlanState, kept: Mapping[str, Feature], base: Sequence[Feature], day: dt.date
) -> tuple[list[Change], list[str]]:
    """Return what becomes of the grids in force, those that stay and those that begin, and the codes of the latter."""
    changes: list[Change] = []
    new = []
    for grid in _held(state):
        code = code_of_grid(grid)
        if code in kept:
            changes += _kept(grid, kept[code], _at_base(state, kept[code], base))
        else:
            new.append(code)
            changes.append(_made(state, grid, base, day))
    return changes, new


def code_of_grid(grid: Feature) -> str:
    """Return the 15-digit code of a plan's grid."""
    return str(grid.properties["grid_code"])


def base_grids(store: Store, state: PlanState) -> list[Feature]:
    """Return the grids that a plan was opened from, as they were then."""
    return _base(store, state)


def _base(store: Store, state: PlanState) -> list[Feature]:
    community, system = str(state.get("community_code")), str(state.get("grid_system"))
    return active_grids(store, community, system, opened_on(state), state.whole("base_revision"))


def opened_on(state: PlanState) -> dt.date:
    """Return the day whose grids a plan was opened from."""
    day = state.day("base_date")
    assert day is not None  # opening sets it
    return day


def _held(state: PlanState) -> list[Feature]:
    """Return the grids that have cells; the others end with the plan."""
    return [each for key, each in state.grids.items() if state.partition.holds(key)]


def _coded(store: Store, state: PlanState) -> dict[str, dict[str, Value]]:
    """Give every grid its code: its own where its boundary stays, a new one in reading order otherwise."""
    p, base = state.partition, {code_of(each): each for each in _base(store, state)}
    keys = [key for key in state.grids if p.holds(key)]
    records: dict[str, dict[str, Value]] = {}
    fresh = []
    for key in keys:
        if key in base and same_boundary(state, key, base[key]):
            records[key] = {"grid_code": key}
        else:
            fresh.append(key)
    shapes = np.array([p.shape(key) for key in fresh], dtype=object)
    middles = shapely.get_coordinates(shapely.centroid(shapes)) if fresh else np.empty((0, 2))
    order = reading_order(
        [tuple(each) for each in shapely.bounds(shapes)] if fresh else [], [tuple(m) for m in middles]
    )
    community = str(state.get("community_code"))
    try:
        codes = free_codes(community, _used(store, community, state), len(fresh))
    except OutOfCodes as error:
        raise Conflict(
            Fault(Text("plans.out-of-codes", community=community, needed=len(fresh), left=error.left))
        ) from error
    for code, at in zip(codes, order, strict=True):
        records[fresh[at]] = {"grid_code": code}
        if not state.grids[fresh[at]].properties.get("name"):
            records[fresh[at]]["name"] = f"第{int(code[-3:])}网格"
    for key in state.grids.keys() - set(keys):
        records[key] = {"grid_code": None}
    same = {key: each.properties.get("grid_code") for key, each in state.grids.items()}
    return {key: each for key, each in records.items() if each["grid_code"] != same[key] or "name" in each}


def _used(store: Store, community: str, state: PlanState) -> set[str]:
    """Return every code of the community that a grid ever had, or that another plan has given out."""
    used = {each for each in store.known_ids("grids") if each.startswith(community)}
    used.update(code_of(each) for each in store.page("grids", Query(starts_with={"code": community}), 10_000).features)
    planned = store.page(GRIDS, Query(starts_with={"grid_code": community}), 100_000).features
    used.update(code_of_grid(each) for each in planned if each.properties["plan_code"] != state.id)
    return used


def _require(state: PlanState, wanted: str) -> None:
    now = str(state.get("state"))
    if now != wanted:
        raise Conflict(Fault(Text(f"plans.not-{wanted}", plan=state.id, state=now)))


def _require_ready(store: Store, state: PlanState) -> None:
    """Refuse a plan with gaps, overlaps, spills or cut buildings, by a check that trusts none of its cells."""
    errors = [each for each in findings(state) if each.severity == "error"]
    if not errors and state.grids:
        community = community_called(store, str(state.get("community_code")))
        (boundary,) = metric([community.geometry], state.crs)
        errors = [each for each in checked(state, boundary) if each.severity == "error"]
    if not state.grids or not _held(state):
        raise NotReady(Fault(Text("plans.no-grids", plan=state.id)), findings=errors)
    if errors:
        raise NotReady(*(Fault(each.text, {"value": each.kind}) for each in errors), findings=errors)


def _require_unchanged(store: Store, state: PlanState) -> None:
    """Refuse where the grids that the plan was opened from are no longer what they were."""
    then = {each.id: each for each in _lasting(store, state, state.whole("base_revision"))}
    now = {each.id: each for each in _lasting(store, state, None)}
    changed = [id for id in then.keys() | now.keys() if not _same_grid(then.get(id), now.get(id))]
    if changed:
        raise Conflict(Fault(Text("plans.base-changed", grids=sorted(changed)[:20], count=len(changed))))


def _lasting(store: Store, state: PlanState, at: int | None) -> list[Feature]:
    """Return the grids that were, or were to come, into force on the day of opening or later."""
    day, system = opened_on(state), state.get("grid_system")
    query = Query(equals={"community_code": state.get("community_code")}, at_revision=at)
    return [
        each
        for each in store.page("grids", query, 100_000).features
        if each.properties.get("grid_system", "service") == system and in_force(each)
        and (day_of(each.properties, "valid_to") or dt.date.max) >= day
    ]  # fmt: skip


def _same_grid(then: Feature | None, now: Feature | None) -> bool:
    if then is None or now is None or (then.geometry is None) != (now.geometry is None):
        return False
    dates = all(then.properties.get(name) == now.properties.get(name) for name in ("valid_from", "valid_to"))
    return dates and (then.geometry is None or then.geometry.equals_exact(now.geometry, 0.0))


def _require_later(ending: Sequence[Feature], day: dt.date) -> None:
    began = [day_of(each.properties, "valid_from") or dt.date.min for each in ending]
    first = max(began, default=dt.date.min)
    if first > day:
        text = Text("plans.before-its-base", date=day.isoformat(), first=first.isoformat())
        raise InvalidParameter(Fault(text, {"parameter": "valid_from", "value": day.isoformat()}))


def _require_free(store: Store, codes: Sequence[str]) -> None:
    taken = sorted(set(codes) & store.known_ids("grids"))
    if taken:
        raise Conflict(Fault(Text("plans.codes-taken", codes=taken[:20])))


def _at_base(state: PlanState, now: Feature, base: Sequence[Feature]) -> Feature:
    return next((each for each in base if each.id == now.id), now)


def _kept(grid: Feature, now: Feature, then: Feature) -> list[Change]:
    """Return the change of a grid that stays: the vertices its neighbours share now, and what the plan set on it."""
    given = {
        name: grid.properties.get(name)
        for name in COPIED
        if name in grid.properties or name in then.properties
        if grid.properties.get(name) != then.properties.get(name)
    }
    after = Feature(now.id, grid.geometry, {**now.properties, **given}, now.version)
    return [] if after.same_content(now) else [Change("grids", now.id, now, after)]


def _made(state: PlanState, grid: Feature, base: Sequence[Feature], day: dt.date) -> Change:
    code = code_of_grid(grid)
    old = next((each for each in base if each.id == grid.id.rpartition(".")[2]), None)
    record = {name: grid.properties[name] for name in COPIED if grid.properties.get(name) is not None}
    for name in ENTERED:
        if old is not None and record.get(name) == old.properties.get(name):
            record.pop(name, None)
    properties: dict[str, Value] = {
        **record,
        "code": code,
        "community_code": state.text("community_code"),
        "grid_system": state.text("grid_system"),
        "state": "active",
        "valid_from": day,
        "predecessors": predecessors(state, grid.id.rpartition(".")[2], base),
        "source": state.text("source"),
    }
    given = {name: value for name, value in properties.items() if value not in (None, ())}
    return Change("grids", code, None, Feature(code, grid.geometry, given))


def _ended(layer: str, feature: Feature, last: dt.date, **given: Value) -> Change:
    after = replace(feature, properties={**feature.properties, "valid_to": last, **given})
    return Change(layer, feature.id, feature, after)


def _in_force_before(store: Store, state: PlanState) -> list[Feature]:
    """Return the approved plans of the community and system that nothing has ended yet."""
    equals = {
        "community_code": state.get("community_code"),
        "grid_system": state.get("grid_system"),
        "state": "approved",
    }
    found = store.page(PLANS, Query(equals=equals), 10_000).features
    return [each for each in found if each.properties.get("valid_to") is None and each.id != state.id]
