"""A community as what grids are made of: its cells, what they count, what joins them, what their borders cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.districting import Graph, graph_of
from geo.partition import Partition
from geo.shapes import locate
from layers.model.feature import Feature
from layers.proposals.frame import called
from layers.proposals.grids.cells import bordering, bounds_of, counted, name_of, with_links
from layers.proposals.grids.islands import Ferry
from layers.proposals.wishes import GridWishes
from layers.store.protocol import Query, Store
from layers.usecases.plans.ground import Ground
from layers.usecases.plans.sources import WEIGHTS, Buildings, active_grids, code_of, metric, objects

ALONG_BARRIER = 0.2
"""What a metre of border along a main road or water counts for."""


@dataclass(frozen=True, eq=False)
class Community:
    """A community's cells; arrays are by cell.

    Attributes
    ----------
    feature : Feature
    ground : Ground
    partition : Partition
        The cells, cut along the borders of today's grids; their parts are the codes of those.
    today : dict of code to Feature
    graph : Graph
        Costs in metres of border, those along barriers discounted.
    weights : float64[n, 3]
        Households, population, people of 60 and older.
    missing : int64[n, 3]
        Buildings that count and do not say how many.
    buildings : int64[n]
    balanced : float64[n]
        What is to be spread evenly.
    group : int64[n]
        The courtyard, or courtyards that share a cell, that a cell belongs to; -1 for none.
    groups : list of tuple of str
        What the courtyards of each group are called.
    ferries : list of Ferry
        Roads that could join islands and were not named.
    """

    feature: Feature
    ground: Ground
    partition: Partition
    today: dict[str, Feature]
    graph: Graph
    weights: np.ndarray
    missing: np.ndarray
    buildings: np.ndarray
    balanced: np.ndarray
    group: np.ndarray
    groups: list[tuple[str, ...]]
    ferries: list[Ferry]

    @property
    def code(self) -> str:
        """Its code."""
        return code_of(self.feature)

    @property
    def name(self) -> str:
        """Its name, else its code."""
        return name_of(self.feature)

    @property
    def households(self) -> np.ndarray:
        """The households of each cell."""
        return self.weights[:, 0]


def community_of(store: Store, feature: Feature, wishes: GridWishes) -> Community:
    """Cut a community into cells and count what is in them."""
    day = wishes.as_of
    ground = Ground(store, feature, day)
    active = active_grids(store, code_of(feature), wishes.grid_system, day)
    shaped = [each for each in active if each.geometry is not None]
    partition = ground.partition
    if shaped:
        shapes = metric(objects([each.geometry for each in shaped]), ground.crs)
        partition = ground.laid(shapes, [code_of(each) for each in shaped])
    weights, missing, buildings = counted(ground.buildings, partition)
    points = _points(partition)
    graph, ferries = _graph(store, feature, wishes, ground, partition, points)
    group, groups = _courtyards(store, feature, wishes, ground, partition, points)
    balanced = _balanced(store, feature, wishes, ground, partition, weights)
    today = {code_of(each): each for each in shaped}
    return Community(
        feature, ground, partition, today, graph, weights, missing, buildings, balanced, group, groups, ferries
    )


def _points(p: Partition) -> np.ndarray:
    """Give a place in each cell: in the middle of its first building, else of the cell itself."""
    points = shapely.get_coordinates(shapely.point_on_surface(p.cells))
    homed = np.flatnonzero(p.cell_of >= 0)
    cell, first = np.unique(p.cell_of[homed], return_index=True)
    points[cell] = shapely.get_coordinates(shapely.centroid(p.footprints[homed[first]]))
    return points


def _graph(
    store: Store, feature: Feature, wishes: GridWishes, ground: Ground, p: Partition, points: np.ndarray
) -> tuple[Graph, list[Ferry]]:
    """Join the cells that share an edge, and islands by bridges and ferries; tell of roads that could be such."""
    first, second, cost = bordering(p)
    lines = _lines(store, feature, wishes, ground)
    if len(lines) and len(first):
        across = shapely.linestrings(np.stack([points[first], points[second]], axis=1))
        crossed = np.unique(shapely.STRtree(lines).query(across, predicate="intersects")[0])
        cost[crossed] *= ALONG_BARRIER
    query = Query(as_of=wishes.as_of, bbox=bounds_of(feature))
    graph = graph_of(len(p.ids), first, second, cost)
    return with_links(graph, p, ground.crs, wishes.links, lambda: store.read("roads", query))


def _lines(store: Store, feature: Feature, wishes: GridWishes, ground: Ground) -> np.ndarray:
    """Return the roads, rails and waters that a border should follow, in metres."""
    query = Query(as_of=wishes.as_of, bbox=bounds_of(feature))
    roads = store.read("roads", replace(query, columns=("class", "tunnel", "level")))
    below = roads["tunnel"].fillna(False).astype(bool) | (roads["level"].fillna(0) < 0)
    lines = [roads.geometry[(roads["class"].isin(wishes.barriers) & ~below).to_numpy(dtype=bool)].to_numpy()]
    kinds = [kind for kind, word in (("railway", "rail"), ("water", "water")) if word in wishes.barriers]
    if kinds:
        barriers = store.read("barriers", replace(query, columns=("kind",)))
        lines.append(barriers.geometry[barriers["kind"].isin(kinds).to_numpy(dtype=bool)].to_numpy())
    found = np.concatenate(lines)
    found = metric(found[~shapely.is_missing(found)], ground.crs)
    return shapely.get_parts(np.where(shapely.get_dimensions(found) == 2, shapely.boundary(found), found))


def _courtyards(
    store: Store, feature: Feature, wishes: GridWishes, ground: Ground, p: Partition, points: np.ndarray
) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Group the cells of each courtyard: those of its buildings, and those that lie in it."""
    n = len(p.ids)
    if wishes.whole == "none":
        return np.full(n, -1, np.int64), []
    members: dict[str, set[int]] = {}
    for cell, code in zip(p.cell_of.tolist(), ground.buildings.courtyards, strict=True):
        if cell >= 0 and code is not None:
            members.setdefault(str(code), set()).add(cell)
    query = Query(as_of=wishes.as_of, bbox=bounds_of(feature), columns=("code", "name"))
    frame = store.read("courtyards", query).sort_values("code")
    frame = frame[frame.geom_type.isin(("Polygon", "MultiPolygon"))]
    if len(frame):
        where = locate(points, metric(frame.geometry.to_numpy(), ground.crs))
        codes = frame["code"].to_numpy(dtype=object)
        empty = np.bincount(p.cell_of[p.cell_of >= 0], minlength=n) == 0
        for cell in np.flatnonzero((where >= 0) & empty).tolist():
            members.setdefault(str(codes[where[cell]]), set()).add(cell)
    names = dict(zip(frame["code"], frame["name"], strict=True))
    one = [cell for cells in members.values() for cell in sorted(cells)[:-1]]
    other = [cell for cells in members.values() for cell in sorted(cells)[1:]]
    component = graph_of(n, np.array(one, np.int64), np.array(other, np.int64), np.zeros(len(one))).components()
    group = np.full(n, -1, np.int64)
    groups: list[tuple[str, ...]] = []
    at: dict[int, int] = {}
    for code in sorted(members):
        key = int(component[min(members[code])])
        if key not in at:
            at[key] = len(groups)
            groups.append(())
        groups[at[key]] = (*groups[at[key]], called(code, names.get(code)))
        group[sorted(members[code])] = at[key]
    return group, groups


def _balanced(
    store: Store, feature: Feature, wishes: GridWishes, ground: Ground, p: Partition, weights: np.ndarray
) -> np.ndarray:
    """Count of each cell what is to be spread evenly; the patrol is estimated by the cell, and measured later."""
    if wishes.balance != "workload":
        return weights[:, WEIGHTS.index(wishes.balance)]
    cells = shapely.STRtree(p.cells)
    open_, appeals = np.zeros(len(p.ids)), np.zeros(len(p.ids))
    query = Query(as_of=wishes.as_of, bbox=bounds_of(feature))
    courtyards = store.read("courtyards", replace(query, columns=("enclosure",)))
    _counted(open_, cells, p, courtyards[courtyards["enclosure"] == "open"].geometry.to_numpy(), ground)
    _counted(appeals, cells, p, store.read("appeals", replace(query, columns=())).geometry.to_numpy(), ground)
    patrol = walks_between(ground.buildings, p)
    return (
        wishes.load_households * weights[:, 0]
        + wishes.load_elderly * weights[:, 2]
        + wishes.load_courtyards * open_
        + wishes.load_appeals * appeals
        + wishes.load_patrol * patrol / 100
    )


def _counted(into: np.ndarray, cells: shapely.STRtree, p: Partition, shapes: np.ndarray, ground: Ground) -> None:
    """Count shapes by the cells that points in them lie in."""
    shapes = shapes[~shapely.is_missing(shapes)]
    points = shapely.point_on_surface(metric(shapes, ground.crs))
    which, cell = cells.query(points, predicate="intersects")
    first = np.unique(which, return_index=True)[1]
    np.add.at(into, cell[first], 1)


def walks_between(buildings: Buildings, p: Partition) -> np.ndarray:
    """Share the shortest tree between a community's buildings out among their cells, in metres: float64[n]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial import Delaunay, QhullError

    n, homed = len(p.ids), np.flatnonzero(p.cell_of >= 0)
    share = np.zeros(n)
    xy = shapely.get_coordinates(shapely.centroid(buildings.footprints[homed]))
    if len(homed) < 2:
        return share
    try:
        corners = Delaunay(xy).simplices
        pairs = np.unique(np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0)
    except QhullError:  # fewer than three, or all in a row
        order = np.lexsort((xy[:, 1], xy[:, 0]))
        pairs = np.sort(np.column_stack([order[:-1], order[1:]]))
    apart = np.maximum(np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T), 1e-9)
    links = coo_array((apart, (pairs[:, 0], pairs[:, 1])), shape=(len(homed), len(homed))).tocsr()
    tree = minimum_spanning_tree(links).tocoo()
    for ends in (tree.row, tree.col):
        np.add.at(share, p.cell_of[homed[ends]], tree.data / 2)
    return share


def communities_within(store: Store, level: str, code: str, day: dt.date) -> Sequence[Feature]:
    """Return the communities of an area by code, those without a boundary too."""
    where = {"equals": {"code": code}} if level == "communities" else {"starts_with": {"code": code}}
    found = store.page("communities", Query(as_of=day, **where), 100_000).features  # type: ignore[arg-type]  # either
    return sorted(found, key=code_of)
