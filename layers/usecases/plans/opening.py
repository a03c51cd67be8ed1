"""Opening a plan: the community's cells, and its active grids, or polygons edited elsewhere, laid on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.partition import Partition, is_sound
from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, ImportRejected, InvalidParameter, StaleRevision
from layers.model.feature import Change, Feature, Value
from layers.model.values import parse
from layers.store.protocol import Draft, Query, Store
from layers.text import Text
from layers.usecases.plans import sources
from layers.usecases.plans.ground import Ground
from layers.usecases.plans.mending import faults_of
from layers.usecases.plans.state import CELLS, GRIDS, PLANS, PlanState, plans_of
from layers.usecases.plans.turns import as_it_was, digest_of
from layers.usecases.plans.writing import Writer, outlines

SYSTEMS = ("service", "unit")
COPIED = (
    "name",
    "kind",
    "households",
    "population",
    "workers_full",
    "workers_part",
    "party_org",
    "predecessors",
    "remark",
)
"""What a plan's grid takes over from the grid that it was."""
TRIES = 5


@dataclass(frozen=True)
class Laid:
    """A grid that is laid over the others, as a proposal has it.

    Attributes
    ----------
    key : str
        The code of an active grid that goes on in it, which loses what it has elsewhere; else a key of its own.
    shape : Polygon or MultiPolygon
        Longitude and latitude.
    """

    key: str
    shape: shapely.Geometry


@dataclass(frozen=True)
class Request:
    """What is to be opened.

    Attributes
    ----------
    community : str
        Its code.
    grid_system : {"service", "unit"}
    name : str, optional
    bare : bool
        Begin without grids instead of with the active ones.
    grids : sequence of (geometry, properties), optional
        Polygons edited elsewhere, longitude and latitude; one whose property `code` is that of an active grid is that
        grid.
    laid : tuple of Laid
        Grids laid over these; ground that one of them goes on without and no other takes is of no grid then.
    proposal : str, optional
        The job that proposed them.
    """

    community: str
    grid_system: str
    name: str | None = None
    bare: bool = False
    grids: Sequence[tuple[shapely.Geometry, Mapping[str, object]]] | None = None  # properties are not read yet
    laid: tuple[Laid, ...] = ()
    proposal: str | None = None


def open_plan(store: Store, request: Request, writer: Writer, today: dt.date) -> tuple[PlanState, bool]:
    """Open a draft, as one changeset.

    Returns
    -------
    The plan as it was opened, and whether that was done before, under the writer's key.

    Raises
    ------
    NotFound
        There is no such community.
    Conflict
        The community has no boundary; the key has opened another plan.
    InvalidParameter
        No such grid system; polygons that cannot be read.
    ImportRejected
        Not one polygon reaches the community.
    """
    if request.grid_system not in SYSTEMS:
        where = {"parameter": "grid_system", "value": request.grid_system[:40]}
        raise InvalidParameter(Fault(Text("plans.no-such-system", known=list(SYSTEMS)), where))
    digest = digest_of(_told(request)) if writer.key else None
    done = _opened_before(store, writer.key, digest)
    if done is not None:
        return done, True
    base = store.revision()
    community = sources.community_called(store, request.community)
    ground = Ground(store, community, today)
    active = sources.active_grids(store, request.community, request.grid_system, today)
    drawn = _imported(request, active) if request.grids is not None else _copied([] if request.bare else active)
    partition, rough = ground.partition, None
    shapes = sources.metric([each[1] for each in drawn], ground.crs)
    if request.grids is not None:
        _require_here(shapes, ground.boundary, request.community)
    if drawn:
        if request.grids is not None and faults_of(shapes, ground.boundary, partition.footprints):
            rough = shapes
        else:
            partition = ground.laid(shapes, [each[0] for each in drawn])
    if request.laid:
        over = sources.metric(sources.objects([each.shape for each in request.laid]), ground.crs)
        partition = ground.overlaid(partition, over, [each.key for each in request.laid])
        drawn = _with_laid(drawn, request.laid, partition)
    properties = {
        "name": request.name,
        "community_code": request.community,
        "grid_system": request.grid_system,
        "state": "draft",
        "needs_repair": True if rough is not None else None,
        "base_revision": base,
        "base_date": today,
        "cells_revision": base,
        "cells_date": today,
        "proposal": request.proposal,
        "op": "open",
        "open_key": writer.key,
        "open_digest": digest,
        "source": community.properties.get("source"),
    }
    for _ in range(TRIES):
        plan_id = _free_id(store, request)
        # Asked after the number: who was faster with the same key has it, or takes the same number.
        done = _opened_before(store, writer.key, digest)
        if done is not None:
            return done, True
        changes = list(_features(plan_id, properties, partition, ground, drawn, rough))
        message = Text("plans.op-open", plan=plan_id).in_both()
        if request.proposal is not None:
            message = Text("plans.op-accept", plan=plan_id, job=request.proposal, grids=len(request.laid)).in_both()
        try:
            store.commit(Draft(writer.author, writer.now, message, "edit", changes))
        except (Conflict, StaleRevision):
            if plan_id not in store.known_ids(PLANS):
                raise
            continue  # somebody opened another one at the same time and took the number
        return plans_of(store).current(plan_id), False
    raise Conflict(Fault(Text("plans.no-free-number", community=request.community)))


def _told(request: Request) -> list[object]:
    """Return what tells one request from another."""
    drawn = [(shapely.to_wkb(shape), properties) for shape, properties in request.grids or ()]
    told: list[object] = [request.community, request.grid_system, request.name, request.bare, request.grids is None]
    laid = [[request.proposal, *((each.key, shapely.to_wkb(each.shape)) for each in request.laid)]] * bool(request.laid)
    return [*told, drawn, *laid]


def _opened_before(store: Store, key: str | None, digest: str | None) -> PlanState | None:
    """Return the plan that a key has opened, as it was then; Conflict where it was another one."""
    found = store.page(PLANS, Query(equals={"open_key": key}), 1).features if key is not None else ()
    if not found:
        return None
    if found[0].properties.get("open_digest") != digest:
        where = {"parameter": "Idempotency-Key"}
        raise Conflict(Fault(Text("plans.key-opened", given=key, plan=found[0].id), where))
    state = plans_of(store).current(found[0].id)
    return as_it_was(store, state, state.journal[0]).state


def _with_laid(
    drawn: Sequence[tuple[str, shapely.Geometry, dict[str, Value]]], laid: Sequence[Laid], p: Partition
) -> list[tuple[str, shapely.Geometry, dict[str, Value]]]:
    """Return the grids that have ground after some were laid over them, with those."""
    known = {key for key, _, _ in drawn}
    fresh: list[tuple[str, shapely.Geometry, dict[str, Value]]] = [
        (each.key, each.shape, {}) for each in laid if each.key not in known
    ]
    return [each for each in [*drawn, *fresh] if p.holds(each[0])]


def _copied(active: Sequence[Feature]) -> list[tuple[str, shapely.Geometry, dict[str, Value]]]:
    """Return key, shape and record of the active grids."""
    found = []
    for each in active:
        if each.geometry is not None:
            record = {name: each.properties[name] for name in COPIED if each.properties.get(name) is not None}
            found.append((sources.code_of(each), each.geometry, {**record, "grid_code": sources.code_of(each)}))
    return found


def _imported(request: Request, active: Sequence[Feature]) -> list[tuple[str, shapely.Geometry, dict[str, Value]]]:
    """Return key, shape and record of polygons edited elsewhere; what they do not say, the active grid does."""
    known = {key: record for key, _, record in _copied(active)}
    found: list[tuple[str, shapely.Geometry, dict[str, Value]]] = []
    taken: set[str] = set()
    for number, (shape, given) in enumerate(request.grids or (), start=1):
        code = str(given.get("grid_code") or given.get("code") or "")
        key = code if code in known and code not in taken else f"g1-{number}"
        taken.add(key)
        record = {**known.get(key, {}), **_readable(given)}
        found.append((key, shape, record))
    return found


def _readable(given: Mapping[str, object]) -> dict[str, Value]:
    """Return what a file says of a grid, as far as it is what a grid's record holds."""
    fields = catalogue().layer(GRIDS).by_name
    found: dict[str, Value] = {}
    for name in COPIED:
        value = given.get(name)
        if name in fields and fields[name].type != "list" and isinstance(value, str | int | float):
            found[name] = parse(fields[name], value).value
    return {name: value for name, value in found.items() if value is not None}


def _features(
    plan_id: str,
    properties: Mapping[str, Value],
    p: Partition,
    ground: Ground,
    drawn: Sequence[tuple[str, shapely.Geometry, dict[str, Value]]],
    rough: np.ndarray | None,
) -> Iterator[Change]:
    """Yield the plan, its grids and its cells."""
    yield _new(PLANS, plan_id, None, {"code": plan_id, **properties})
    source = properties.get("source")
    shapes = {key: p.shape(key) for key, _, _ in drawn if p.holds(key)}
    if rough is not None:
        shapes = {key: shape for (key, _, _), shape in zip(drawn, rough, strict=True)}
    placed = dict(zip(shapes, outlines(list(shapes.values()), ground.crs), strict=True))
    for key, _, record in drawn:
        id = f"{plan_id}.{key}"
        yield _new(GRIDS, id, placed.get(key), {"code": id, "plan_code": plan_id, "source": source, **record})
    cells = sources.lonlat(p.cells, ground.crs)
    again = Partition(p.boundary, p.ids, sources.metric(cells, ground.crs), p.part)
    if not is_sound(again):
        raise Conflict(Fault(Text("plans.cells-unsound", community=str(properties["community_code"]))))
    homes: dict[int, list[str]] = {}
    for at, row in enumerate(p.cell_of):
        homes.setdefault(int(row), []).append(ground.buildings.codes[at])
    for row, key in enumerate(p.ids):
        id, block = f"{plan_id}.{key}", ground.block_of.get(key)
        given = {"code": id, "plan_code": plan_id, "grid": p.part[row], "buildings": tuple(homes.get(row, ()))}
        given["block"] = None if block is None else int(block)
        yield _new(CELLS, id, cells[row], {**given, "source": source})


def _new(layer: str, id: str, shape: shapely.Geometry | None, properties: Mapping[str, Value]) -> Change:
    return Change(
        layer, id, None, Feature(id, shape, {name: each for name, each in properties.items() if each is not None})
    )


def _free_id(store: Store, request: Request) -> str:
    """Return the next id of a plan: community, system and a number that no plan had."""
    start = f"{request.community}-{request.grid_system}-"
    used = [each.removeprefix(start) for each in store.known_ids(PLANS) if each.startswith(start)]
    return f"{start}{max((int(each) for each in used if each.isdigit()), default=0) + 1}"


def _require_here(shapes: np.ndarray, boundary: shapely.Geometry, community: str) -> None:
    """Refuse shapes of which the box of none meets that of the community."""
    west, south, east, north = shapely.bounds(boundary)
    bounds = shapely.bounds(shapes)
    meets = (bounds[:, 0] < east) & (bounds[:, 2] > west) & (bounds[:, 1] < north) & (bounds[:, 3] > south)
    if not meets.any():
        text = Text("plans.grids-elsewhere", count=len(shapes), community=community)
        raise ImportRejected(Fault(text, {"parameter": "community", "value": community}))
