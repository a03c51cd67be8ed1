"""Polygons that were drawn elsewhere: what is wrong with them, and how they become a partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.partition import Defect, Edit, Name, Partition, PartitionError, find_defects, from_parts, repair
from geo.places import representative_points
from geo.shapes import usable
from layers.errors import Conflict, Fault
from layers.text import Text
from layers.usecases.plans.performing import Step, names, refusal
from layers.usecases.plans.sources import metric
from layers.usecases.plans.state import PlanState

ERRORS = ("gap", "overlap", "spill", "cut", "invalid")
"""Kinds of defects that a partition cannot have; slivers and grids in several pieces it can."""

WIDE = ("gap", "overlap", "spill")


MOST_TOLD = 500
CUT_SHARE, SLIVER_COMPACTNESS = 0.05, 0.05
"""As in `geo.partition.topology`: from which share of its surface on a building is cut, and which shapes are thin."""

ROUNDING_M = 0.05
"""How wide a gap or overlap may be that files make of sound polygons: they round, and a straight line between degrees
is not quite straight on the plane of a metric CRS (1.4 cm at 1 km)."""


def faults_of(shapes: np.ndarray, boundary: shapely.Geometry, footprints: np.ndarray | None = None) -> list[Defect]:
    """Return what keeps polygons from being a partition of a boundary; metric CRS."""
    return [each for each in defects_of(shapes, boundary, footprints) if each.kind in ERRORS]


def defects_of(shapes: np.ndarray, boundary: shapely.Geometry, footprints: np.ndarray | None = None) -> list[Defect]:
    """Return every defect of polygons that ought to fill a boundary, what rounding makes left out; metric CRS."""
    found = find_defects(shapes, boundary, footprints)
    return [each for each in found if each.kind not in WIDE or not thin(each.geometry, ROUNDING_M)]


def thin(shape: shapely.Geometry, width_m: float) -> bool:
    """Say whether a shape is nowhere wider than that."""
    return bool(shapely.buffer(shape, -width_m / 2).is_empty)


def laid_on(p: Partition, shapes: np.ndarray, labels: Sequence[str], name: Name) -> Edit:
    """Give polygons to cells that have no part yet, cutting cells where a border runs through them."""
    return from_parts(p, np.asarray(shapes, dtype=object), np.asarray(labels, dtype=object), name).edit


@dataclass(frozen=True)
class Rehomed:
    """A building whose grid a repair decided: the grids in which it was drawn, and the one that it is in now."""

    building: str
    drawn: tuple[str, ...]
    now: str | None

    @property
    def moved(self) -> bool:
        """Say whether it is in a grid in which it was not drawn."""
        return self.now not in self.drawn


def mend(state: PlanState) -> Step:
    """Make an imported plan a partition: its polygons noded, snapped, filled and cut, then laid on the cells.

    A thin piece in which somebody lives stays with its grid. Every building whose grid the repair decided is told.
    """
    if not state.get("needs_repair"):
        raise Conflict(Fault(Text("plans.nothing-to-repair", plan=state.id)))
    keys, shapes = _drawn(state)
    try:
        homes = representative_points(state.partition.footprints)
        mended = repair(state.partition.boundary, shapes, homes=homes)
        edit = laid_on(state.partition, mended.shapes, keys, names(state))
    except PartitionError as error:
        raise refusal(state, error) from error
    except ArithmeticError as error:
        raise Conflict(Fault(Text("plans.beyond-repair", plan=state.id))) from error
    worth_telling = [each for each in mended.mended if each.where is None or not thin(each.where, ROUNDING_M)]
    report = [
        Text(
            f"plans.mended-{row.what}", m2=round(float(row.m2), 2), grids=[keys[at] for at in row.members[:5]] or ["—"]
        )
        for row in worth_telling[:MOST_TOLD]
    ]
    now = dict(zip(state.buildings.codes, edit.partition.part_of_footprints(), strict=True))
    found = rehomed(state, now)
    report += [*_kept(state, keys, mended.shapes), *_told(state, found, now)]
    moved = tuple((each.building, next(iter(each.drawn), None), each.now) for each in found if each.moved)
    return Step(edit, {key: {} for key in keys}, tuple(report), mended=True, moved=moved)


def rehomed(state: PlanState, now: Mapping[str, str | None]) -> list[Rehomed]:
    """Return the buildings of which a repair decided where they are: building → grid, as it is after it.

    Those are drawn in no grid or in several, or in another one than they are in now.
    """
    drawn = _drawn_in(state)
    found = (Rehomed(code, drawn[code], now.get(code)) for code in state.buildings.codes)
    return [each for each in found if each.drawn != (each.now,) and (each.drawn or each.now)]


def _drawn(state: PlanState) -> tuple[list[str], np.ndarray]:
    """Return the grids of an imported plan, and their polygons in metres."""
    keys = [key for key, each in state.grids.items() if each.geometry is not None]
    return keys, metric([state.grids[key].geometry for key in keys], state.crs)


def _drawn_in(state: PlanState) -> dict[str, tuple[str, ...]]:
    """Return building → the grids in which it was drawn: those with most of it, or else the one with more than others.

    A grid that has all but a hair as much as another has as much.
    """
    keys, shapes = _drawn(state)
    footprints, sound = state.partition.footprints, usable(shapes)
    house, at = shapely.STRtree(sound).query(footprints, predicate="intersects")
    share = shapely.area(shapely.intersection(footprints[house], sound[at])) / shapely.area(footprints[house])
    shares: dict[int, dict[str, float]] = {}
    for one, grid, part in sorted(zip(house.tolist(), at.tolist(), share.tolist(), strict=True)):
        shares.setdefault(one, {})[keys[grid]] = part
    found = {}
    for place, code in enumerate(state.buildings.codes):
        mine = shares.get(place, {})
        most = max(mine.values(), default=0.0)
        found[code] = tuple(key for key, part in mine.items() if most > 0 and part >= most - CUT_SHARE)
    return found


def _kept(state: PlanState, keys: Sequence[str], shapes: np.ndarray) -> list[Text]:
    """Name the thin pieces that stay with their grid because somebody lives there."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areas = shapely.area(parts)
    largest = np.zeros(len(shapes))
    np.maximum.at(largest, owner, areas)
    narrow = 4 * np.pi * areas < SLIVER_COMPACTNESS * shapely.length(parts) ** 2
    thin_ones = np.flatnonzero(narrow & (areas < largest[owner]))
    points = representative_points(state.partition.footprints)
    piece, house = shapely.STRtree(points).query(parts[thin_ones], predicate="intersects")
    return [
        Text(
            "plans.piece-kept", grid=_called(state, keys[owner[at]]), m2=round(float(areas[at]), 1),
            buildings=[state.buildings.codes[each] for each in house[piece == place]],
        )
        for place, at in enumerate(thin_ones)
        if (piece == place).any()
    ]  # fmt: skip


def _told(state: PlanState, found: Sequence[Rehomed], now: Mapping[str, str | None]) -> list[Text]:
    """Name every building that a repair moved or decided about, and what its grids had before and have after."""
    if not found:
        return []
    households = dict(zip(state.buildings.codes, state.buildings.weights[:, 0].tolist(), strict=True))
    texts = []
    for each in found:
        slug = "plans.rehomed" if each.moved else "plans.settled-home"
        drawn = [_called(state, key) for key in each.drawn or (None,)]
        said = {"building": each.building, "households": round(households[each.building])}
        texts.append(Text(slug, **said, drawn=drawn, now=_called(state, each.now)))
    apart = {each.building: each for each in found}
    for key in state.grids:
        before = sum(
            households[code]
            for code, home in now.items()
            if (key in apart[code].drawn if code in apart else home == key)
        )
        after = sum(households[code] for code, home in now.items() if home == key)
        if round(before) != round(after):
            said = {"before": round(before), "after": round(after)}
            texts.append(Text("plans.grid-households", grid=_called(state, key), **said))
    return texts


def _called(state: PlanState, grid: str | None) -> str | Text:
    return Text("plans.no-grid") if grid is None else str(state.grids[grid].properties.get("name") or grid)
