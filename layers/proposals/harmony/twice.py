"""A community as cells that are labelled twice: with the grid of the one system, and with that of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.districting import Divided, Graph, graph_of
from geo.partition import Partition
from geo.places import representative_points
from geo.shapes import locate
from layers.model.feature import Feature
from layers.proposals.grids import bordering, bounds_of, counted, name_of, replace_parts, with_links
from layers.proposals.harmony.wishes import HarmonyWishes
from layers.store.protocol import Query, Store
from layers.usecases.plans.ground import Ground
from layers.usecases.plans.sources import active_grids, code_of, metric, objects


@dataclass(frozen=True, eq=False)
class System:
    """The grids of one system in a community: their codes in order, what they are called, where each cell is."""

    codes: list[str]
    features: dict[str, Feature]
    of: np.ndarray

    def name(self, number: int) -> str | None:
        """Return what a grid is called; None where it has a code only."""
        given = self.features[self.codes[number]].properties.get("name")
        return None if given is None else str(given)


@dataclass(frozen=True, eq=False)
class Twice:
    """A community's cells, cut along the borders of both systems; arrays are by cell.

    Attributes
    ----------
    feature : Feature
    ground : Ground
    partition : Partition
    ours, theirs : System
        Those whose borders may move, and those that stay.
    graph : Graph
        Costs are metres of border.
    weights, missing : float64[n, 3], int64[n, 3]
        Households, population, people of 60 and older on record; buildings that count and do not say how many.
    buildings : int64[n]
    cost : float64[n]
        What it costs to give a cell to another grid: the households of its buildings, one at least for each.
    astride : int
        Buildings that have their middle in another grid than most of their ground.
    """

    feature: Feature
    ground: Ground
    partition: Partition
    ours: System
    theirs: System
    graph: Graph
    weights: np.ndarray
    missing: np.ndarray
    buildings: np.ndarray
    cost: np.ndarray
    astride: int

    @property
    def code(self) -> str:
        """Its code."""
        return code_of(self.feature)

    @property
    def name(self) -> str:
        """Its name, else its code."""
        return name_of(self.feature)

    @property
    def divided(self) -> Divided:
        """The cells as what two divisions are made to agree on."""
        return Divided(self.graph, self.ours.of, self.theirs.of, self.buildings, self.cost)


def systems_of(store: Store, feature: Feature, wishes: HarmonyWishes) -> tuple[list[Feature], list[Feature]]:
    """Return the grids of both systems that are in force in a community and have a shape."""
    ours, theirs = (
        [each for each in active_grids(store, code_of(feature), system, wishes.as_of) if each.geometry is not None]
        for system in (wishes.grid_system, wishes.other_system)
    )
    return ours, theirs


def labelled_twice(
    store: Store, feature: Feature, wishes: HarmonyWishes, grids: tuple[Sequence[Feature], Sequence[Feature]]
) -> Twice:
    """Cut a community into cells along the borders of both systems and count what is in them.

    Raises
    ------
    InvalidParameter
        The grids cannot be laid on the cells.
    """
    ground = Ground(store, feature, wishes.as_of)
    shapes = [metric(objects([each.geometry for each in some]), ground.crs) for some in grids]
    first = ground.laid(shapes[0], [code_of(each) for each in grids[0]])
    bare = np.full(len(first.ids), None, dtype=object)
    ground.partition = replace_parts(first, bare)
    second = ground.laid(shapes[1], [code_of(each) for each in grids[1]])
    points = shapely.get_coordinates(shapely.point_on_surface(second.cells))
    parent = locate(points, first.cells)
    came = np.full(len(parent), None, dtype=object)
    came[parent >= 0] = first.part[parent[parent >= 0]]
    ours, theirs = _system(grids[0], came), _system(grids[1], second.part)
    at, held, n = second.cell_of, ground.buildings, len(second.ids)
    homed = at >= 0
    weights, missing, buildings = counted(held, second)
    cost = np.bincount(at[homed], weights=np.maximum(held.weights[homed, 0], 1.0), minlength=n)
    astride = _astride(held.footprints, at, shapes, (ours, theirs))
    return Twice(
        feature, ground, replace_parts(second, came), ours, theirs, _graph(store, feature, wishes, ground, second),
        weights, missing, buildings, cost, astride,
    )  # fmt: skip


def _system(grids: Sequence[Feature], part: np.ndarray) -> System:
    codes = [code_of(each) for each in grids]
    number = {code: at for at, code in enumerate(codes)}
    of = np.array([-1 if each is None else number[str(each)] for each in part], dtype=np.int64)
    return System(codes, dict(zip(codes, grids, strict=True)), of)


def _astride(footprints: np.ndarray, at: np.ndarray, shapes: list[np.ndarray], systems: tuple[System, System]) -> int:
    """Count the buildings whose representative point lies in another grid than their cell."""
    points = representative_points(footprints)
    off = np.zeros(len(footprints), dtype=bool)
    for grids, system in zip(shapes, systems, strict=True):
        off |= (at >= 0) & (locate(points, grids) != np.append(system.of, -1)[at])
    return int(off.sum())


def _graph(store: Store, feature: Feature, wishes: HarmonyWishes, ground: Ground, p: Partition) -> Graph:
    """Join the cells that share an edge, and islands by bridges."""
    query = Query(as_of=wishes.as_of, bbox=bounds_of(feature))
    graph = graph_of(len(p.ids), *bordering(p))
    return with_links(graph, p, ground.crs, [], lambda: store.read("roads", query))[0]
