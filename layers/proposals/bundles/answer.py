"""What is told of a proposal of bundles as a whole: the verdict, the figures, the sentences to paste."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.bundling import Bundled
from layers.model.values import known_count, known_sum
from layers.proposals.bundles.relaxing import Binds
from layers.proposals.bundles.site import Site
from layers.proposals.bundles.tables import PART_COLUMNS
from layers.proposals.bundles.wishes import BundleWishes
from layers.proposals.frame import Proposal, Verdict, figure, rounded
from layers.text import Text


def proposal_of(
    site: Site,
    wishes: BundleWishes,
    found: Bundled,
    told: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    binds: Binds | None,
) -> Proposal:
    """Put tables and figures together.

    Parameters
    ----------
    told : (GeoDataFrame, GeoDataFrame)
        The bundles, and the buildings that are in none.
    binds : Binds or None
        Why there is no bundle at all.
    """
    parts, left = told
    rows = pd.DataFrame(parts.drop(columns="geometry")).reset_index(drop=True)[list(PART_COLUMNS)]
    asked = int(site.asked.sum())
    verdict = _verdict(found, len(rows), asked)
    more: dict[str, object] = {
        "max_gap_m": wishes.max_gap_m,
        "max_floor_area_m2": wishes.floor_area_m2,
        "households_min": wishes.households_min,
        "households_max": wishes.households_max,
        "buildings": asked,
        "unknown": site.unknown,
        "bundles": len(rows),
        "bundled": int(rows["buildings"].sum()),
        "left": len(left),
        "by_reason": {str(code): int(count) for code, count in left["reason"].value_counts().sort_index().items()},
        "households": known_count(rows["households"]),
        "floor_area_m2": rounded(known_sum(rows["floor_area_m2"]), 2),
        "links_m": rounded(float(rows["links_m"].sum()), 1),
        "viable": int((rows["viable"] == True).sum()),  # noqa: E712  # unknown is neither
        "viability_unknown": int(rows["viable"].isna().sum()),
        "binds": binds.binds if binds else [],
        "nearest": binds.nearest if binds else [],
        "notes": _notes(site, wishes, rows),
    }
    return Proposal(parts, rows, verdict, more, _sentences(more, verdict, wishes))


def _verdict(found: Bundled, bundles: int, asked: int) -> Verdict:
    """Say how good it is. No bundle where some were wished is infeasible, proven where the search is."""
    if not bundles and asked:
        return Verdict("infeasible", None, None, found.proven, found.stopped)
    return Verdict("optimal" if found.proven else "feasible", found.cost, found.bound, found.proven, found.stopped)


def _notes(site: Site, wishes: BundleWishes, rows: pd.DataFrame) -> list[Text]:
    notes = []
    if site.unknown:
        notes.append(Text("bundles.note-unknown", buildings=site.unknown))
    if site.asked.any() and not len(site.streets.pieces):
        notes.append(Text("bundles.note-no-streets"))
    estimated = int(rows["estimated_floor_area"].sum())
    if estimated:
        notes.append(Text("bundles.note-estimated", buildings=estimated))
    missing = int(rows["missing_households"].sum())
    if missing:
        notes.append(Text("bundles.note-households", buildings=missing))
    if len(rows) and (wishes.fee_yuan_m2_month is None or wishes.cost_yuan_household_month is None):
        notes.append(Text("bundles.note-viability"))
    return notes


def _sentences(more: dict[str, object], verdict: Verdict, wishes: BundleWishes) -> list[Text]:
    """Say what a planner may paste: base and date, result with its denominators, money, and what proves it."""
    day = wishes.as_of.isoformat()
    base = Text("bundles.sentence-base", day=day, buildings=more["buildings"], unknown=more["unknown"])
    if not more["buildings"]:
        return [base, Text("bundles.sentence-nothing")]
    if verdict.status == "infeasible":
        return [base, Text(f"bundles.sentence-impossible{'' if verdict.proven else '-open'}")]
    counts = {name: figure(more[name]) for name in ("bundles", "bundled", "left", "households", "floor_area_m2")}
    said = [base, Text("bundles.sentence-result", of=more["buildings"], **counts)]
    if more["viability_unknown"] != more["bundles"]:
        money = {name: more[name] for name in ("viable", "bundles", "viability_unknown")}
        fee, cost = wishes.fee_yuan_m2_month, wishes.cost_yuan_household_month
        said.append(Text("bundles.sentence-viable", fee=fee, cost=cost, **money))
    if verdict.status == "optimal":
        said.append(Text("bundles.sentence-optimal", objective=rounded(verdict.objective, 1)))
    else:
        percent = rounded(100 * (verdict.gap or 0.0), 1)
        said.append(Text("bundles.sentence-feasible", objective=rounded(verdict.objective, 1),
                         bound=rounded(verdict.bound, 1), percent=percent))  # fmt: skip
    return said
