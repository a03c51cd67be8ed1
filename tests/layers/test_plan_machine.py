"""Whatever planners do to a draft, in whatever order, and whatever is built meanwhile: it stays a partition.

The town and its answers: tests/town.py.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import shapely
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from geo.partition.cells import is_sound
from geo.partition.topology import find_defects
from layers.errors import Conflict, InvalidParameter, NotFound, TopologyDefects
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft
from layers.usecases.plans import operations as ops
from layers.usecases.plans.editing import edit
from layers.usecases.plans.opening import Request, open_plan
from layers.usecases.plans.shapes import Line, Polygon
from layers.usecases.plans.state import PlanState, load, plans_of
from layers.usecases.plans.undoing import next_steps
from layers.usecases.plans.writing import Writer
from tests import town
from tests.suite import examples

number = st.integers(0, 10**6)
east, north = st.integers(-20, 1020), st.integers(-20, 120)
WRITER = Writer("machine", town.NOON)


def shown(state: PlanState) -> dict[str, object]:
    """Return all there is to a plan, its versions aside."""
    kept = {}
    for key, each in {**state.grids, **state.cells}.items():
        given = {name: value for name, value in each.properties.items() if name != "updated_at" and value}
        kept[key] = given, None if each.geometry is None else shapely.to_wkb(shapely.normalize(each.geometry))
    return kept


class Planning(RuleBasedStateMachine):
    """One draft of the small town."""

    def __init__(self, prepared: Path) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(shutil.copy(prepared / "town.gpkg", Path(self.folder.name) / "town.gpkg"))
        self.state, _ = open_plan(self.store, Request(town.COMMUNITY, "service"), WRITER, town.DAY)
        self.area = self.state.partition.boundary.area
        self.codes = itertools.count(11)
        self.stands = {f"b{n:02}" for n in range(1, 11)}
        self.housed = set(self.stands)

    def do(self, op: ops.Operation) -> bool:
        """Do an edit; one that is refused changes nothing."""
        before = self.state
        try:
            done = edit(self.store, before.id, op, before.revision, WRITER)
        except (Conflict, InvalidParameter, NotFound, TopologyDefects) as refused:
            assert refused.faults
            assert plans_of(self.store).current(before.id).revision == before.revision
            return False
        assert done.state.revision == before.revision + 1
        self.state = done.state
        return True

    def cell(self, at: int) -> str:
        return self.state.partition.ids[at % len(self.state.partition.ids)]

    def grid(self, at: int) -> str:
        keys = list(self.state.grids)
        return keys[at % len(keys)]

    @rule(cells=st.lists(number, min_size=1, max_size=4), grid=st.none() | number)
    def assign(self, cells, grid):
        self.do(ops.Assign(units=[self.cell(at) for at in cells], grid=None if grid is None else self.grid(grid)))

    @rule(grid=number, x=east, lean=st.integers(-60, 60))
    def split(self, grid, x, lean):
        line = town.line((x - lean, -30), (x, 45), (x + lean, 130))
        self.do(ops.Split(grid=self.grid(grid), line=Line(np.array(line.coords).tolist())))

    @rule(one=number, other=number)
    def merge(self, one, other):
        self.do(ops.Merge(grids=[self.grid(one), self.grid(other)]))

    @rule(cell=number, corner=number, dx=st.integers(-12, 12), dy=st.integers(-12, 12))
    def move_vertex(self, cell, corner, dx, dy):
        xy = shapely.get_coordinates(self.state.cells[self.cell(cell)].geometry)
        x, y = xy[corner % len(xy)].tolist()
        self.do(ops.MoveVertex(from_=[x, y], to=[x + dx * town.EAST_M, y + dy * town.NORTH_M]))

    @rule(grid=number, x=east, y=north, wide=st.integers(1, 200), high=st.integers(1, 80))
    def draw(self, grid, x, y, wide, high):
        ring = np.array(town.box(x, y, wide, high).exterior.coords).tolist()
        self.do(ops.Draw(grid=self.grid(grid), polygon=Polygon([ring])))

    @rule(grid=number, into=st.none() | number)
    def retire(self, grid, into):
        self.do(ops.Retire(grid=self.grid(grid), into=None if into is None else self.grid(into)))

    @rule(x=st.integers(0, 990), y=st.integers(0, 90))
    def build(self, x, y):
        code = f"b{next(self.codes)}"
        town.add(self.store, "buildings", code, town.box(x, y, 10, 10), households=5, use="residential")
        self.stands.add(code)

    @precondition(lambda self: len(self.stands) > 2)
    @rule(which=number)
    def pull_down(self, which):
        code = sorted(self.stands)[which % len(self.stands)]
        old = self.store.get("buildings", code)
        self.store.commit(Draft("machine", town.NOON, "gone", "edit", [Change("buildings", code, old, None)]))
        self.stands.remove(code)

    @rule(x=st.integers(50, 950), name=number)
    def lay_street(self, x, name):
        code = f"S{next(self.codes)}"
        lane = Feature(code, town.line((x, -20), (x, 120)), {"code": code, "class": "residential"})
        self.store.commit(Draft("machine", town.NOON, "street", "edit", [Change("roads", code, None, lane)]))

    @rule()
    def refresh(self):
        if self.do(ops.Refresh()):
            self.housed = set(self.stands)

    @rule()
    def undo_and_do_again(self):
        """Taking a step back gives what was there before, and taking that back what was there now."""
        self.state = plans_of(self.store).current(self.state.id)
        last, _ = next_steps(self.state.journal)
        if last is None:
            return
        now, newest = shown(self.state), self.state.journal[-1].changeset == last
        assert self.do(ops.Revert(changeset=last))
        if newest:
            assert shown(self.state) == shown(load(self.store, self.state.id, self.state.journal[-3].changeset))
        assert self.do(ops.Revert(changeset=self.state.journal[-1].changeset))
        assert shown(self.state) == now

    @rule(redo=st.booleans())
    def step_back_or_forth(self, redo):
        steps = next_steps(self.state.journal)
        wanted = steps[1] if redo else steps[0]
        if wanted is not None:
            assert self.do(ops.Revert(changeset=wanted))
            self.housed = {code for each in self.state.cells.values() for code in each.properties.get("buildings", ())}

    @invariant()
    def a_partition(self):
        state = load(self.store, self.state.id)
        assert shown(state) == shown(self.state)
        p = state.partition
        assert is_sound(p) and shapely.coverage_is_valid(p.cells)
        assert abs(shapely.area(p.cells).sum() - self.area) < 0.01
        assert shapely.symmetric_difference(shapely.union_all(p.cells), p.boundary).area < 0.01
        shapes = np.array([p.shape(key) for key in p.parts()], dtype=object)
        assert {each.kind for each in find_defects(shapes, p.boundary)} <= {"gap", "sliver", "multipart"}
        free = shapely.area(p.shape(None))
        assert abs(shapely.area(shapes).sum() + free - self.area) < 0.01
        for key in p.parts():
            assert state.grids[key].geometry is not None

    @invariant()
    def every_building_is_in_exactly_one_cell(self):
        homes = [code for cell in self.state.cells.values() for code in cell.properties.get("buildings", ())]
        assert len(homes) == len(set(homes))
        assert self.housed & self.stands <= set(homes) <= self.housed

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


def test_whatever_planners_do(prepared: Path) -> None:
    quiet = settings(max_examples=examples(12), stateful_step_count=8, derandomize=True)
    run_state_machine_as_test(lambda: Planning(prepared), settings=quiet)
