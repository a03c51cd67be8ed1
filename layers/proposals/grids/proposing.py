"""The proposal of grids for a community, a street or a district: read, drawn, proven, told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.errors import Conflict, Fault, InvalidParameter
from layers.model.feature import Feature
from layers.proposals.frame import Proposal, Timer, Verdict, added, revisions_of, rounded, shown, together
from layers.proposals.grids.cells import known_people, name_of
from layers.proposals.grids.community import Community, communities_within
from layers.proposals.grids.drawing import Drawing, Drawn, Smallest
from layers.proposals.grids.hands import hands
from layers.proposals.grids.islands import Apart
from layers.proposals.grids.reasons import heavy_note
from layers.proposals.grids.tables import PART_COLUMNS, renamed
from layers.proposals.wishes import GridWishes
from layers.store.protocol import Query, Store
from layers.text import Text
from layers.usecases.plans.sources import active_grids, code_of

READ = ("communities", "grids", "buildings", "courtyards", "roads", "barriers", "appeals")
"""The layers that a proposal of grids is made of."""

LATE = Verdict("infeasible", None, None, proven=False, stopped=True)
"""Of a community that time did not suffice to look at."""
MOST_TOLD = 20

Progress = Callable[[float, str], None]


def propose(store: Store, wishes: GridWishes, progress: Progress) -> dict[str, object]:
    """Propose grids.

    Raises
    ------
    InvalidParameter
        Wishes that contradict each other, an area or grids that there are not.
    Conflict
        The community has no boundary.
    """
    timer = Timer(wishes.seconds)
    level, code = wishes.checked()
    revisions = revisions_of(store, READ)
    _require_roads(store, wishes)
    features, bare = bounded(communities_within(store, level, code, wishes.as_of), wishes.within)
    many = len(features)

    def begun(at: int, stage: str) -> None:
        progress(0.05 + 0.5 * (at + 0.5 * (stage == "search")) / many, f"{stage}|at={at + 1}|of={many}")

    with hands(store, wishes, features) as drawn_by:
        drawings = drawn_by.begin(features, timer, begun)
        late = features[len(drawings):]
        _require_grids(store, drawings, late, wishes)
        order = sorted(range(len(drawings)), key=lambda at: (drawings[at].size, at))
        drawn_by.prove(order, timer, lambda done: progress(0.55 + 0.3 * done / len(order), _so_far(drawings)))
        found = [renamed(each.community, each.drawn()) for each in drawings]
        progress(0.9, "table")
        told = _told(drawn_by.tell(len(drawings), timer))
    return _proposal(told, (drawings, found), late, wishes, bare).outputs(wishes, revisions)


def bounded(found: Sequence[Feature], within: str) -> tuple[list[Feature], list[str]]:
    """Return the communities that have a boundary, and the codes of those that have none."""
    if not found:
        raise InvalidParameter(Fault(Text("analyses.no-such-area"), {"parameter": "within", "value": within}))
    with_ground = [each for each in found if each.geometry is not None and each.geometry.area > 0]
    bare = [code_of(each) for each in found if each not in with_ground]
    if not with_ground:
        raise Conflict(Fault(Text("plans.no-boundary", code=bare[0]), {"layer": "communities"}))
    return with_ground, bare


def _require_grids(store: Store, drawings: Sequence[Drawing], late: Sequence[Feature], wishes: GridWishes) -> None:
    """Refuse wishes about grids that there are not."""
    known = {code for each in drawings for code in each.community.today}
    if wishes.locked or wishes.only:
        others = (active_grids(store, code_of(each), wishes.grid_system, wishes.as_of) for each in late)
        known |= {code_of(grid) for grids in others for grid in grids}
    faults = []
    for name, codes in (("locked", wishes.locked), ("only", wishes.only)):
        unknown = [code for code in codes if code not in known]
        if unknown:
            where = {"parameter": name, "value": ", ".join(unknown[:20])}
            faults.append(Fault(Text("proposals.no-such-grids", grids=unknown[:20], within=wishes.within), where))
    if faults:
        raise InvalidParameter(*faults)


def _require_roads(store: Store, wishes: GridWishes) -> None:
    """Refuse ferries that are no roads."""
    known = [bool(store.page("roads", Query(as_of=wishes.as_of, equals={"code": code}), 1).features)
             for code in wishes.links]  # fmt: skip
    unknown = [code for code, there in zip(wishes.links, known, strict=True) if not there]
    if unknown:
        where = {"parameter": "links", "value": ", ".join(unknown[:20])}
        raise InvalidParameter(Fault(Text("proposals.no-such-roads", roads=unknown[:20]), where))


def _so_far(drawings: Sequence[Drawing]) -> str:
    """Say the objective and the gap so far, of the communities for which there are grids within the band."""
    verdicts = [each.verdict() for each in drawings]
    verdict = together([each for each in verdicts if each.objective is not None])
    gap = round(100 * (verdict.gap or 0.0), 1)
    met = sum(each.objective is not None for each in verdicts)
    return f"proof|objective={round(verdict.objective or 0.0)}|gap={gap}|met={met}|of={len(verdicts)}"


def _told(tables: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the table of all communities."""
    whole = gpd.GeoDataFrame(pd.concat([pd.DataFrame(each) for each in tables]), crs="EPSG:4326")
    for name in ("households", "population", "elderly_60", "moved_households"):
        whole[name] = whole[name].astype("Int64")
    whole["patrol_m"] = whole["patrol_m"].astype(float)
    return whole


def _proposal(
    told: gpd.GeoDataFrame, drawn_by: tuple[Sequence[Drawing], Sequence[Drawn]], late: Sequence[Feature],
    wishes: GridWishes, bare: list[str],
) -> Proposal:  # fmt: skip
    drawings, found = drawn_by
    verdicts = [*(each.verdict for each in found), *(LATE for _ in late)]
    verdict = together(verdicts)
    rows = pd.DataFrame(told.drop(columns="geometry")).reset_index(drop=True)[list(PART_COLUMNS)]
    low, high = wishes.band
    communities = [_community_row(each.community, drawn, rows) for each, drawn in zip(drawings, found, strict=True)]
    communities += [_late_row(each, wishes) for each in late]
    notes = [Text("proposals.note-no-boundary", community=code) for code in bare]
    if (heavy := heavy_note(drawings)) is not None:
        notes.append(heavy)
    if late:
        codes = [code_of(each) for each in late]
        notes.append(Text("proposals.note-late", count=len(late), of=len(communities), communities=codes[:MOST_TOLD],
                          seconds=shown(wishes.seconds)))  # fmt: skip
    places = [{"community_code": drawing.community.code, **_place(drawn, apart)}
              for drawing, drawn in zip(drawings, found, strict=True) for apart in drawn.apart]  # fmt: skip
    walked = rows["patrol_m"]
    held = [each.community.ground.buildings for each in drawings]
    more: dict[str, object] = {
        "grid_system": wishes.grid_system,
        "households_min": low,
        "households_max": high,
        "communities": communities,
        "grids": len(rows),
        "in_band": int(rows["in_band"].sum()),
        "contiguous": int(rows["contiguous"].sum()),
        "households": added(each["households"] for each in communities),
        "buildings": sum(len(each.codes) for each in held),
        "missing_households": int(sum(int((each.counted & ~each.known[:, 0]).sum()) for each in held)),
        "zero_households": int(sum(int((each.known[:, 0] & (each.weights[:, 0] == 0)).sum()) for each in held)),
        "moved_households": _moved(rows),
        "patrol_m": rounded(float(walked.sum()), 1) if walked.notna().all() and len(walked) else None,
        "left_out_cells": int(sum(len(each.left_out) for each in found)),
        "binds": [text for each in found for text in each.binds],
        "nearest": [text for each in found for text in each.nearest],
        "apart": places,
        "smallest_band": _widest(found, wishes),
        "notes": [*notes, *(text for each in found for text in each.notes)],
    }
    return Proposal(told, rows, verdict, more, _sentences(more, verdict, verdicts, wishes))


def _households(community: Community) -> int | None:
    p = community.partition
    return known_people(community.ground.buildings, p, np.arange(len(p.ids)))[0]


def _moved(rows: pd.DataFrame) -> int | None:
    """Add up the households that change their grid; None where there are no grids today, or nobody says how many."""
    moved = rows["moved_households"]
    unsaid = rows["households"].isna().all() and moved.isna().any()
    return None if unsaid or not moved.notna().any() else int(moved.sum())


def _community_row(community: Community, drawn: Drawn, rows: pd.DataFrame) -> dict[str, object]:
    """Return what is told of one community."""
    mine = rows[rows["community_code"] == community.code]
    verdict: Verdict = drawn.verdict
    smallest = drawn.smallest
    return {
        "code": community.code,
        "name": community.name,
        "status": verdict.status,
        "objective": rounded(verdict.objective),
        "bound": rounded(verdict.bound),
        "gap": rounded(verdict.gap, 6),
        "proven": verdict.proven,
        "grids": len(mine),
        "in_band": int(mine["in_band"].sum()),
        "households": _households(community),
        "missing_households": int(community.missing[:, 0].sum()),
        "binds": list(drawn.binds),
        "nearest": list(drawn.nearest),
        "apart": [_place(drawn, each) for each in drawn.apart],
        "smallest_band": None if smallest is None else _band(smallest),
        "notes": list(drawn.notes),
    }  # fmt: skip


def _late_row(feature: Feature, wishes: GridWishes) -> dict[str, object]:
    """Return what is told of a community that time did not suffice to look at: that nothing is known of it."""
    binds = [Text("proposals.binds-late", seconds=shown(wishes.seconds))]
    unknown = dict.fromkeys(("objective", "bound", "gap", "households", "missing_households", "smallest_band"))
    return {"code": code_of(feature), "name": name_of(feature), "status": LATE.status, **unknown, "proven": False,
            "grids": 0, "in_band": 0, "binds": binds, "nearest": [], "apart": [], "notes": []}  # fmt: skip


def _place(drawn: Drawn, apart: Apart) -> dict[str, object]:
    return {"part": str(drawn.part[apart.cells[0]]), "households": apart.households, "buildings": apart.buildings,
            "links": apart.links, "shut_in": apart.shut_in, "nearest": apart.nearest}  # fmt: skip


def _band(smallest: Smallest) -> dict[str, object]:
    low, high = smallest.whole
    return {"households_min": low, "households_max": high, "widened_by": rounded(smallest.by),
            "bound": rounded(smallest.bound), "proven": smallest.proven}  # fmt: skip


def _widest(found: Sequence[Drawn], wishes: GridWishes) -> dict[str, object] | None:
    """Return the band that suffices everywhere, and what is known of narrower ones."""
    known = [each.smallest for each in found if each.smallest is not None]
    if not known:
        return None
    low, high = wishes.band
    by, bound = max(each.by for each in known), max(each.bound or 0.0 for each in known)
    whole = Smallest(max(0.0, low - by), high + by, by, bound if bound or not by else None)
    return _band(whole)


def _sentences(
    more: dict[str, object], verdict: Verdict, verdicts: Sequence[Verdict], wishes: GridWishes
) -> list[Text]:
    """Say what a planner may paste: base and date, result and denominator, and what proves it."""
    day = wishes.as_of.isoformat()
    base = Text("proposals.sentence-base-unknown", day=day, buildings=more["buildings"])
    if more["households"] is not None:
        base = Text(
            "proposals.sentence-base", day=day, buildings=more["buildings"], households=more["households"],
            missing=more["missing_households"], zero=more["zero_households"],
        )  # fmt: skip
    counts = {name: more[name] for name in ("grids", "in_band", "contiguous", "households_min", "households_max")}
    result = Text("proposals.sentence-result", **counts)
    if more["moved_households"] is not None and more["households"] is not None:
        result = Text("proposals.sentence-moved", **counts, moved=more["moved_households"], of=more["households"])
    if verdict.status == "infeasible":
        proof = _impossible(more, verdicts, wishes)
    elif verdict.status == "optimal":
        proof = Text("proposals.sentence-optimal", objective=shown(verdict.objective))
    else:
        proof = Text(
            "proposals.sentence-feasible", objective=shown(verdict.objective), bound=shown(verdict.bound),
            percent=shown(100 * (verdict.gap or 0.0)),
        )  # fmt: skip
    return [base, result, proof]


def _impossible(more: dict[str, object], verdicts: Sequence[Verdict], wishes: GridWishes) -> Text:
    """Say that the band cannot be kept, or was not, where, and what those shown keep to: no more than is proven."""
    band = more["smallest_band"]
    low, high = wishes.band if all(each is LATE for each in verdicts if each.status == "infeasible") else ("—", "—")
    known = band if isinstance(band, dict) else {"households_min": low, "households_max": high, "proven": False}
    ends = {"low": known["households_min"], "high": known["households_max"]}
    places = more["apart"]
    apart = places if isinstance(places, list) else []
    failed = [each for each in verdicts if each.status == "infeasible"]
    if len(verdicts) > 1:
        proven = sum(each.proven for each in failed)
        key = "sentence-communities"
        ends |= {"of": len(verdicts), "met": len(verdicts) - len(failed), "proven": proven}
        ends |= {"open": len(failed) - proven}
    elif not failed[0].proven:
        key = "sentence-not-found"
    elif wishes.count is not None and not apart and known.get("widened_by") == 0:
        return Text("proposals.sentence-count", count=wishes.count, **ends)
    else:
        key = "sentence-impossible" if known["proven"] else "sentence-impossible-shown"
    if apart:
        key = f"{key}-apart"
        ends |= {"places": len(apart), "households": sum(int(each["households"]) for each in apart)}
    return Text(f"proposals.{key}", **ends)
