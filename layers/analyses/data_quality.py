"""What is wrong with the records, located and named: codes, references, positions, arrangements, grids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.partition import find_defects
from geo.places import from_lonlat, representative_points, to_lonlat
from geo.shapes import problems
from layers import clock
from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label, catalogue
from layers.model.management import COURTYARD, LISTED, POSITION
from layers.model.shapes import shape_problem
from layers.model.values import RANGE
from layers.reach.reached import DOUBTFUL, legs, roads_without_way_on, turns_without_roads
from layers.situation.day import Situation, in_force, situation
from layers.situation.labels import INPUT_LABELS, labels_of
from layers.situation.within import inside
from layers.store.protocol import Query, Store
from layers.text import Text


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of the workspace.

    Parameters
    ----------
    as_of : date
        The day; today when not given.
    within : str, optional
        ``LAYER:CODE``: only what lies or is coded inside this area.
    """

    as_of: dt.date
    within: str | None = None


class Found(NamedTuple):
    """One defect."""

    kind: str
    layer: str
    feature: str
    detail: Text
    geometry: BaseGeometry | None = None


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Run every check on what is valid on the day."""
    now = situation(store, inputs.as_of)
    found: list[Found] = []
    for number, check in enumerate(CHECKS):
        progress(number / len(CHECKS), check.__name__)
        found.extend(check(now))
    found.extend(outside_edits(store))
    found.extend(suspicious_access(store, now))
    found.extend(lost_turns(store, now))
    frame = gpd.GeoDataFrame(found, columns=Found._fields, geometry="geometry", crs=4326)
    if inputs.within is not None:
        frame = frame[_belongs(frame, now, inputs.within)]
    frame = frame.reset_index(drop=True)
    frame.index = [f"{kind}-{place}" for place, kind in enumerate(frame["kind"])]
    counts = frame.groupby(["kind", "layer"]).size()
    by_kind = [{"kind": kind, "layer": layer, "count": int(count)} for (kind, layer), count in counts.items()]
    return {"defects": frame, "summary": {"as_of": now.as_of, "defects": len(frame), "by_kind": by_kind}}


def outside_edits(store: Store) -> Iterator[Found]:
    """Features that other programs edited in the workspace's file, and nobody has adopted."""
    for layer in store.outside():
        for edit in store.outside_edits(layer):
            kind = "removed" if edit.found is None else "added" if edit.recorded is None else "changed"
            there = edit.found or edit.recorded
            code, shape = (there.properties.get("code"), there.geometry) if there else (None, None)
            detail = Text("analyses.defect-outside-edit", how=Text(f"analyses.outside-{kind}"), since=_day(edit.since))
            yield Found("outside-edit", layer, str(code or edit.id), detail, shape)


def suspicious_access(store: Store, now: Situation) -> Iterator[Found]:
    """Buildings in scope whose way to the street crosses a wall or another building, or starts on a bridge."""
    if not store.count("roads", Query(as_of=now.as_of)):
        return
    base = now.in_scope(("code", "geometry"))
    for id, leg in legs(store, now, base).items():
        if leg in DOUBTFUL:
            shape = base["geometry"].get(id)
            detail = Text("analyses.defect-suspicious-access", why=Text(f"analyses.leg-{leg.replace('_', '-')}"))
            yield Found("suspicious-access", "buildings", str(base["code"].get(id) or id), detail, shape)


def lost_turns(store: Store, now: Situation) -> Iterator[Found]:
    """Restrictions of turns that follow no roads on record, and roads at whose end they forbid every way on."""
    if not (store.count("turns", Query(as_of=now.as_of)) and store.count("roads", Query(as_of=now.as_of))):
        return
    for code, shape in turns_without_roads(store, now):
        yield Found("turn-without-roads", "turns", code, Text("analyses.defect-turn-without-roads"), shape)
    stopped = roads_without_way_on(store, now)
    roads = store.read("roads", Query(as_of=now.as_of, columns=("code",))) if stopped else None
    for code, shape in () if roads is None else zip(roads["code"], roads.geometry, strict=True):
        if code in stopped:
            yield Found("no-way-on", "roads", code, Text("analyses.defect-no-way-on"), shape)


def duplicate_codes(now: Situation) -> Iterator[Found]:
    """Codes that stand more than once in a layer."""
    for layer, frame in _layers(now):
        counts = frame["code"].value_counts()
        for code, count in counts[counts > 1].items():
            for id in frame.index[frame["code"] == code]:
                yield _found("duplicate-code", layer, frame, id, code=code, count=int(count))


def orphan_codes(now: Situation) -> Iterator[Found]:
    """References to features that do not exist, and codes without their parent's."""
    for layer, frame in _layers(now):
        declared = catalogue().layer(layer)
        for field in declared.fields:
            target = field.refers_to
            if target is not None and (target in now.frames or target == "buildings"):
                known = set(_frame(now, target)["code"])
                for id, code in frame[field.name].dropna().items():
                    if code not in known:
                        label = catalogue().layer(target).label
                        yield _found("orphan-code", layer, frame, id, field=field.label, code=code, target=label)
        if declared.parent_prefix and declared.parent and len(now.frames[declared.parent]):
            parents = set(now.frames[declared.parent]["code"])
            for id, code in frame["code"].items():
                parent = code[: declared.parent_prefix]
                if parent not in parents:
                    label = catalogue().layer(declared.parent).label
                    yield _found(
                        "orphan-code", layer, frame, id, field=declared.field("code").label, code=parent, target=label
                    )


def orphan_lists(now: Situation) -> Iterator[Found]:
    """Codes listed by managed areas that do not exist."""
    for name, target in (("courtyard_codes", "courtyards"), ("building_codes", "buildings")):
        known = set(_frame(now, target)["code"])
        areas = now.managed_areas
        for id, codes in areas[name].items():
            for code in (code for code in codes if RANGE not in code and code not in known):
                field, label = catalogue().layer("managed-areas").field(name), catalogue().layer(target).label
                yield _found("orphan-code", "managed-areas", areas, id, field=field.label, code=code, target=label)


def prefixes(now: Situation) -> Iterator[Found]:
    """Grid codes and entered community codes that contradict each other."""
    for id, grid in now.grids[["code", "community_code"]].dropna().iterrows():
        if not grid["code"].startswith(grid["community_code"]):
            yield _found("wrong-prefix", "grids", now.grids, id, code=grid["code"], parent=grid["community_code"])


def geometry(now: Situation) -> Iterator[Found]:
    """Features without a geometry, and geometries that are not valid."""
    for layer, frame in _layers(now):
        if not catalogue().layer(layer).spatial:
            continue
        for id, problem in zip(frame.index, problems(frame.geometry.to_numpy()), strict=True):
            if problem in ("null", "empty"):
                yield _found("no-geometry", layer, frame, id)
            elif problem is not None:
                yield _found("invalid-geometry", layer, frame, id, problem=shape_problem(problem))


def positions(now: Situation) -> Iterator[Found]:
    """Buildings in scope that lie in no community or in no grid, and what they lack for the indicators."""
    base = now.in_scope()
    columns = {"in-no-community": base["community"].isna() & bool(len(now.communities))}
    columns["in-no-grid"] = base["grid"].isna() & bool(len(now.grids))
    columns["no-households"] = base["households"].isna()
    columns["use-unknown"] = base["in_scope"].isna() & (base["use"].isna() | (base["use"] == "unknown"))
    for kind, hit in columns.items():
        for id in base.index[hit.to_numpy(dtype=bool)]:
            yield _found(kind, "buildings", base, id)


def arrangements(now: Situation) -> Iterator[Found]:
    """Rival arrangements, reversed dates, areas that reach nobody."""
    rivals = now.buildings["rivals"]
    for id, count in rivals[rivals > 1].items():
        yield _found("rival-arrangements", "buildings", now.buildings, id, count=int(count))
    terms = now.arrangements
    for id in terms.index[(terms["end_date"] < terms["start_date"]).to_numpy(dtype=bool)]:
        end, start = (terms.at[id, name].date().isoformat() for name in ("end_date", "start_date"))
        yield _found("dates-reversed", "arrangements", terms, id, end=end, start=start)
    reached = set(now.pairs["area"])
    for position, id in enumerate(now.managed_areas.index):
        if position not in reached:
            yield _found("empty-area", "managed-areas", now.managed_areas, id)


def ledger_and_map(now: Situation) -> Iterator[Found]:
    """Where lists and positions disagree (docs/explanation/management-status.md)."""
    codes = now.managed_areas["code"].to_numpy(dtype=object)
    drawn = now.managed_areas.geometry.notna() & ~now.managed_areas["geometry_derived"].fillna(False).astype(bool)
    drawn = drawn.to_numpy(dtype=bool)
    by_list = now.pairs[now.pairs["how"].isin((LISTED, COURTYARD))]
    by_position = now.pairs[now.pairs["how"] == POSITION]
    inside_of = by_position.groupby("building")["area"].agg(set).to_dict()
    listed_in = by_list.groupby("building")["area"].agg(set).to_dict()
    has_geometry = now.buildings.geometry.notna().to_numpy()
    for building, areas in listed_in.items():
        id = now.buildings.index[building]
        here = inside_of.get(building, set())
        for area in sorted(areas - here):
            if drawn[area] and has_geometry[building]:
                yield _found("listed-outside", "buildings", now.buildings, id, area=codes[area])
        for area in sorted(here - areas):
            listed = [codes[other] for other in sorted(areas)]
            yield _found("inside-listed-elsewhere", "buildings", now.buildings, id, area=codes[area], listed=listed)


def courtyards_and_map(now: Situation) -> Iterator[Found]:
    """Buildings that stand within the drawn boundary of a courtyard and belong to none, or to another one."""
    courtyards = now.courtyards
    derived = courtyards["geometry_derived"].fillna(False).to_numpy(dtype=bool)
    drawn = courtyards[courtyards.geometry.notna().to_numpy() & ~derived]
    base = now.in_scope(("code", "geometry", "courtyard"))
    standing = base[base.geometry.notna().to_numpy()]
    if drawn.empty or standing.empty:
        return
    points = shapely.STRtree(representative_points(standing.geometry.to_numpy()))
    codes = drawn["code"].to_numpy(dtype=object)
    around: dict[int, list[str]] = {}
    for area, building in points.query(drawn.geometry.to_numpy(), predicate="intersects").T.tolist():
        around.setdefault(building, []).append(codes[area])
    for building, areas in sorted(around.items()):
        id, own = standing.index[building], standing["courtyard"].iloc[building]
        if own in areas:
            continue
        if isinstance(own, str):
            yield _found("inside-other-courtyard", "buildings", standing, id, courtyard=areas[0], own=own)
        else:
            yield _found("inside-courtyard", "buildings", standing, id, courtyard=areas[0])


def households(now: Situation) -> Iterator[Found]:
    """Courtyards whose entered households differ from the sum over their buildings by more than 5 % and 5."""
    by_courtyard = now.in_scope().groupby("courtyard")["households"]
    complete = by_courtyard.apply(lambda values: values.notna().all())
    sums = by_courtyard.sum()[complete]
    courtyards = now.courtyards
    for id, code, entered in zip(courtyards.index, courtyards["code"], courtyards["households"], strict=True):
        summed = sums.get(code)
        if summed is not None and not pd.isna(entered) and abs(entered - summed) > max(5, 0.05 * entered):
            yield _found("households-differ", "courtyards", courtyards, id, entered=int(entered), summed=int(summed))


def grid_topology(now: Situation) -> Iterator[Found]:
    """Gaps, overlaps, spills, cut buildings, slivers and multiparts of the grids of each community."""
    grids = now.grids[in_force(now.grids) & now.grids.geometry.notna()]
    communities = now.communities.set_index("code")
    for (community, _), cells in grids.groupby(["community_code", "grid_system"]):
        if community not in communities.index:
            continue
        boundary = _projected(np.array([communities.at[community, "geometry"]], dtype=object), now.crs)[0]
        if boundary is None or boundary.geom_type not in ("Polygon", "MultiPolygon"):
            continue
        members = now.buildings[(now.buildings["community"] == community).to_numpy(dtype=bool)]
        footprints = from_lonlat(members.geometry.dropna().to_numpy(), now.crs)
        for defect in find_defects(_projected(cells.geometry.to_numpy(), now.crs), boundary, footprints):
            measure = f"{defect.measure:,.1f} ㎡" if defect.kind in ("gap", "overlap", "spill", "cut") else ""
            kind = Text(f"analyses.kind-{defect.kind}")
            detail = Text("analyses.defect-topology", kind=kind, measure=measure, community=community)
            where = to_lonlat(np.array([defect.geometry], dtype=object), now.crs)[0]
            named = ",".join(cells["code"].iloc[list(defect.members)]) if defect.kind != "cut" else community
            yield Found(f"grid-{defect.kind}", "grids", named or community, detail, where)


# A straight border in degrees bends a little in metres: where one of two neighbours lacks a vertex of the other, they
# would part by square metres over a kilometre. With a vertex every 50 m or so they do not.
STEP_DEGREES = 0.0005


def _projected(shapes: np.ndarray, crs: CRS) -> np.ndarray:
    return from_lonlat(shapely.segmentize(shapes, STEP_DEGREES), crs)


def stated_unmanaged(now: Situation) -> Iterator[Found]:
    """Contracts in force in courtyards of which a ledger stated that nobody manages them."""
    courtyards = now.courtyards
    stated = courtyards[(courtyards["unmanaged_stated_on"] <= pd.Timestamp(now.as_of)).to_numpy(dtype=bool)]
    if stated.empty:
        return
    reached: dict[str, list[str]] = {}
    for area, listed in zip(now.managed_areas["code"], now.managed_areas["courtyard_codes"], strict=True):
        for courtyard in {area, *listed}:
            reached.setdefault(courtyard, []).append(area)
    in_force = now.arrangements[now.evaluated["effective"].to_numpy(dtype=bool)]
    for courtyard, day in zip(stated["code"], stated["unmanaged_stated_on"], strict=True):
        there = in_force["managed_area"].isin(reached.get(courtyard, [])) & (in_force["start_date"] <= day)
        for id in in_force.index[there.to_numpy(dtype=bool)]:
            said = {"courtyard": courtyard, "day": day.date().isoformat()}
            yield _found("stated-unmanaged", "arrangements", in_force, id, **said)


CHECKS: tuple[Callable[[Situation], Iterator[Found]], ...] = (
    duplicate_codes,
    orphan_codes,
    orphan_lists,
    prefixes,
    geometry,
    positions,
    arrangements,
    ledger_and_map,
    courtyards_and_map,
    stated_unmanaged,
    households,
    grid_topology,
)


def _layers(now: Situation) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    for layer in now.frames:
        yield layer, _frame(now, layer)


def _frame(now: Situation, layer: str) -> gpd.GeoDataFrame:
    return now.frames[layer]


def _found(kind: str, layer: str, frame: gpd.GeoDataFrame, id: str, **params: object) -> Found:
    shape = frame.geometry.get(id)
    shape = shape if isinstance(shape, BaseGeometry) else None
    code = frame["code"].get(id)
    feature = code if isinstance(code, str) else id
    return Found(kind, layer, feature, Text(f"analyses.defect-{kind}", **params), shape)


def _day(moment: dt.datetime) -> str:
    return clock.shown(moment)


def _belongs(defects: pd.DataFrame, now: Situation, within: str) -> np.ndarray:
    """Mark the defects of an area: coded below it, or of a building or courtyard inside it."""
    members = inside(now.buildings, now, within)
    codes = set(members["code"]) | set(members["courtyard"].dropna()) | set(members["managed_area"].dropna())
    codes |= set(members["arrangement"].dropna())
    code = within.partition(":")[2]
    return np.array(
        [
            feature in codes or any(each.startswith(code) for each in feature.split(","))
            for feature in defects["feature"]
        ],
        dtype=bool,
    )


ANALYSIS = Analysis(
    id="data-quality",
    label=Label("数据质量", "Data quality"),
    description=Label(
        "编码、引用、位置、管理安排与网格拓扑中的问题，逐条定位说明",
        "What is wrong with codes, references, positions, arrangements and grid topology, located and named.",
    ),
    Inputs=Inputs,
    labels=INPUT_LABELS,
    outputs=(
        Output(
            "defects",
            "features",
            Label("问题", "Defects"),
            {
                "kind": Label("问题类别", "Kind"),
                "layer": Label("图层", "Layer"),
                "feature": Label("要素", "Feature"),
                "detail": Label("说明", "Detail"),
            },
        ),
        Output("summary", "object", Label("汇总", "Summary"), labels_of("as_of", "defects", "by_kind")),
    ),
    run=run,
)
