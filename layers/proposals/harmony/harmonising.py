"""Two grid systems of a community, street or district: read, compared, made to agree, told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.districting import Nested, crossing, nest, shared
from layers.errors import Fault, InvalidParameter
from layers.model.feature import Feature
from layers.proposals.frame import Proposal, Timer, Verdict, added, figure, revisions_of, rounded, shown, together
from layers.proposals.grids import bounded, communities_within
from layers.proposals.harmony.tables import CROSSING_COLUMNS, crossings_of, known_of, parts_of
from layers.proposals.harmony.twice import Twice, labelled_twice, systems_of
from layers.proposals.harmony.wishes import HarmonyWishes, system_called
from layers.settings import load_settings
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.sources import code_of

READ = ("communities", "grids", "buildings", "roads", "barriers")
"""The layers that it is made of."""

MOST_NAMED = 10
Progress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Compared:
    """Two systems of a community, and our grids so that nothing crosses, if that was found."""

    twice: Twice
    nested: Nested
    crossings: gpd.GeoDataFrame

    @property
    def verdict(self) -> Verdict:
        """What is known of it."""
        found = self.nested
        if found.part is None:
            return Verdict("infeasible", None, None, found.proven, found.stopped)
        return Verdict("optimal" if found.proven else "feasible", found.price, found.bound, found.proven, found.stopped)

    @property
    def part(self) -> np.ndarray:
        """Our grid of each cell: as proposed, as today where nothing was found."""
        return self.twice.ours.of if self.nested.part is None else self.nested.part


def harmonise(store: Store, wishes: HarmonyWishes, progress: Progress) -> dict[str, object]:
    """Compare two grid systems and propose the nearest borders on which they agree.

    Raises
    ------
    InvalidParameter
        One system twice, an area that there is not, a system without grids there.
    Conflict
        The community has no boundary.
    """
    timer = Timer(wishes.seconds)
    level, code = wishes.checked()
    revisions = revisions_of(store, READ)
    features, bare = bounded(communities_within(store, level, code, wishes.as_of), wishes.within)
    notes = [Text("proposals.note-no-boundary", community=each) for each in bare]
    grids = [(feature, systems_of(store, feature, wishes)) for feature in features]
    _require_both(wishes, [each for _, each in grids])
    found = []
    for at, (feature, both) in enumerate(grids):
        progress(0.05 + 0.8 * at / len(grids), f"cells|at={at + 1}|of={len(grids)}")
        if not all(both):
            system = wishes.grid_system if not both[0] else wishes.other_system
            notes.append(Text("crossings.note-no-grids", community=code_of(feature), system=system_called(system)))
            continue
        twice = labelled_twice(store, feature, wishes, both)
        nested = nest(twice.divided, timer.up)
        found.append(Compared(twice, nested, crossings_of(twice, nested.part)))
    progress(0.9, "table")
    return _outputs(found, wishes, notes, revisions)


def _require_both(wishes: HarmonyWishes, grids: Sequence[tuple[list[Feature], list[Feature]]]) -> None:
    """Refuse a system that has no grids anywhere here."""
    faults = []
    for at, name in enumerate(("grid_system", "other_system")):
        if not any(each[at] for each in grids):
            system = getattr(wishes, name)
            day, called = wishes.as_of.isoformat(), system_called(system)
            text = Text("crossings.no-grids", system=called, within=wishes.within, day=day)
            faults.append(Fault(text, {"parameter": name, "value": system}))
    if faults:
        raise InvalidParameter(*faults)
    if not any(all(each) for each in grids):
        text = Text("crossings.nowhere-both", within=wishes.within)
        raise InvalidParameter(Fault(text, {"parameter": "within", "value": wishes.within}))


def _outputs(
    found: Sequence[Compared], wishes: HarmonyWishes, notes: list[Text], revisions: dict[str, int]
) -> dict[str, object]:
    settings = load_settings()
    band = settings.grid_households_min, settings.grid_households_max
    parts = _one([parts_of(each.twice, each.part, band) for each in found],
                 ("households", "households_before", "population", "elderly_60", "elderly_60_before",
                  "moved_households", "left_households"))  # fmt: skip
    crossings = _one([each.crossings for each in found], ("households", "grid_households", "other_households",
                                                           "moved_households"))
    rows = pd.DataFrame(crossings.drop(columns="geometry")).reset_index(drop=True)[list(CROSSING_COLUMNS)]
    verdict = together([each.verdict for each in found])
    communities = [_figures(each) for each in found]
    more: dict[str, object] = {
        "grid_system": wishes.grid_system,
        "other_system": wishes.other_system,
        "communities": communities,
        **{name: added(each[name] for each in communities) for name in ADDED},
        "changed_grids": len(parts),
        "households_min": band[0],
        "households_max": band[1],
        "binds": [text for each in found for text in _binds(each)],
        "nearest": [Text("crossings.nearest-swap")] if verdict.status == "infeasible" else [],
        "notes": [*notes, *(text for each in found for text in _notes(each))],
    }
    made = Proposal(parts, rows, verdict, more, _sentences(more, verdict, wishes)).outputs(wishes, revisions)
    summary = made.pop("summary")
    return {**made, "crossings": crossings, "summary": summary}


def _one(frames: Sequence[gpd.GeoDataFrame], whole: Sequence[str]) -> gpd.GeoDataFrame:
    """Put the tables of communities one under the other; counts stay whole numbers where some are not known."""
    full = [each for each in frames if len(each)] or list(frames[:1])
    made = gpd.GeoDataFrame(pd.concat([pd.DataFrame(each) for each in full]), geometry="geometry", crs="EPSG:4326")
    for name in whole:
        made[name] = made[name].astype("Int64")
    return made


ADDED = (
    "grids", "other_grids", "pairs", "crossings", "cut_grids", "cut_other_grids", "crossing_buildings",
    "crossing_households", "remaining_crossings", "moved_buildings", "moved_households", "moved_missing",
    "households", "buildings", "missing_households", "uncovered_buildings",
)  # fmt: skip


def _figures(compared: Compared) -> dict[str, object]:
    """Return what is told of one community."""
    twice, verdict = compared.twice, compared.verdict
    held = shared(twice.ours.of, twice.theirs.of, twice.buildings)
    wrong = crossing(held)
    both = (twice.ours.of >= 0) & (twice.theirs.of >= 0)
    there = np.zeros(len(both), dtype=bool)
    there[both] = wrong[twice.ours.of[both], twice.theirs.of[both]]
    moved = compared.part != twice.ours.of
    return {
        "code": twice.code,
        "name": twice.name,
        "status": verdict.status,
        "objective": rounded(verdict.objective),
        "bound": rounded(verdict.bound),
        "gap": rounded(verdict.gap, 6),
        "proven": verdict.proven,
        "grids": len(twice.ours.codes),
        "other_grids": len(twice.theirs.codes),
        "pairs": int((held > 0).sum()),
        "crossings": int(wrong.sum()),
        "cut_grids": int(wrong.any(axis=1).sum()),
        "cut_other_grids": int(wrong.any(axis=0).sum()),
        "crossing_buildings": int(twice.buildings[there].sum()),
        "crossing_households": known_of(twice, there)[0],
        "remaining_crossings": int(crossing(shared(compared.part, twice.theirs.of, twice.buildings)).sum()),
        "moved_buildings": int(twice.buildings[moved].sum()),
        "moved_households": known_of(twice, moved)[0],
        "moved_missing": int(twice.missing[moved, 0].sum()),
        "households": known_of(twice, np.arange(len(twice.buildings)))[0],
        "buildings": int(twice.buildings.sum()),
        "missing_households": int(twice.missing[:, 0].sum()),
        "uncovered_buildings": int(twice.buildings[~both].sum()),
    }


def _binds(compared: Compared) -> list[Text]:
    """Say which grids cannot be made to agree."""
    if compared.verdict.status != "infeasible":
        return []
    key = "crossings.binds-proven" if compared.verdict.proven else "crossings.binds-not-found"
    frame = compared.crossings
    grids, others = (sorted(frame[name].unique().tolist())[:MOST_NAMED] for name in ("grid_code", "other_code"))
    return [Text(key, community=compared.twice.code, grids=grids, others=others)]


def _notes(compared: Compared) -> list[Text]:
    """Say what else a planner should know of a community."""
    twice, code, notes = compared.twice, compared.twice.code, []
    missing = int(twice.missing[:, 0].sum())
    if missing:
        notes.append(Text("crossings.note-missing", community=code, buildings=missing))
    for system, name in ((twice.ours, "note-uncovered"), (twice.theirs, "note-uncovered-other")):
        bare = int(twice.buildings[system.of < 0].sum())
        if bare:
            notes.append(Text(f"crossings.{name}", community=code, buildings=bare))
    if twice.astride:
        notes.append(Text("crossings.note-astride", community=code, buildings=twice.astride))
    return notes


def _sentences(more: dict[str, object], verdict: Verdict, wishes: HarmonyWishes) -> list[Text]:
    """Say what a planner may paste: base and date, what crosses, what would make both agree and what proves it."""
    base = Text(
        "crossings.sentence-base", day=wishes.as_of.isoformat(), buildings=more["buildings"],
        households=figure(more["households"]), missing=more["missing_households"], grids=more["grids"],
        others=more["other_grids"],
    )  # fmt: skip
    counts = {name: figure(more[name]) for name in ("crossings", "pairs", "cut_grids", "grids", "cut_other_grids",
                                            "other_grids", "crossing_buildings", "buildings", "crossing_households",
                                            "households")}  # fmt: skip
    if not more["crossings"]:
        return [base, Text("crossings.sentence-none", pairs=more["pairs"])]
    crossed = Text("crossings.sentence-crossings", **counts)
    if verdict.status == "infeasible":
        return [base, crossed, Text("crossings.sentence-impossible", remaining=more["remaining_crossings"])]
    moved = {name: figure(more[name]) for name in ("moved_buildings", "moved_households", "moved_missing",
                                                   "changed_grids", "buildings", "households")}  # fmt: skip
    key = "crossings.sentence-optimal" if verdict.status == "optimal" else "crossings.sentence-feasible"
    proof = Text(key, **moved, objective=shown(verdict.objective), bound=shown(verdict.bound))
    return [base, crossed, proof]
