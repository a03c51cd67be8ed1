"""What a comparison of two grid systems claims, recomputed from the records: geopandas, and nothing of the solver.

`faults` lists every claim that is not true. Buildings count where their representative points lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from tests.proposals.checker import SLACK_M2, frame_of


@dataclass(frozen=True)
class Both:
    """The records of one community in metres: buildings (code, households, NaN where unknown), grids (code) of both."""

    buildings: gpd.GeoDataFrame
    ours: gpd.GeoDataFrame
    theirs: gpd.GeoDataFrame


def faults(answer: Mapping[str, object], both: Both) -> list[str]:
    """List what is not as the comparison says."""
    homes = both.buildings.set_index("code")
    homes = homes.assign(geometry=homes.representative_point(), households=homes["households"].astype(float))
    homes["a"], homes["b"] = inside(homes, both.ours), inside(homes, both.theirs)
    after = afterwards(answer, both)
    homes["now"] = inside(homes, after)
    found = [*_list(answer, homes), *_ground(after, both), *_figures(answer, homes), *_parts(answer, homes, both)]
    left = crossing_pairs(homes, "now", "b")
    if len(left) != answer["summary"]["remaining_crossings"]:
        found.append(f"{len(left)} crossings are left")
    if answer["summary"]["status"] != "infeasible" and len(left):
        found.append("grids still cross")
    lost = homes.index[homes["a"].notna() & homes["now"].isna()].tolist()
    return found + [f"{code} has no grid any more" for code in lost]


def inside(homes: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> pd.Series:
    """Say in which grid each building is; the first, where there are several."""
    named = gpd.GeoDataFrame({"grid": grids["code"].to_numpy()}, geometry=grids.geometry.to_numpy(), crs=grids.crs)
    joined = gpd.sjoin(homes[["geometry"]], named, predicate="intersects")
    return joined[~joined.index.duplicated()]["grid"].reindex(homes.index)


def afterwards(answer: Mapping[str, object], both: Both) -> gpd.GeoDataFrame:
    """Return our grids with the proposed ones in the place of their namesakes."""
    if not answer["proposal"]["features"]:
        return both.ours
    parts = frame_of(answer, both.ours.crs)[["grid_code", "geometry"]].rename(columns={"grid_code": "code"})
    kept = both.ours[~both.ours["code"].isin(parts["code"])]
    return gpd.GeoDataFrame(pd.concat([kept, parts], ignore_index=True), crs=both.ours.crs)


def crossing_pairs(homes: pd.DataFrame, one: str, other: str) -> set[tuple[str, str]]:
    """Return the pairs of grids with buildings in both, each of which has buildings in another one, too."""
    pairs = homes.dropna(subset=[one, other])[[one, other]].drop_duplicates()
    many = [pairs[column].map(pairs[column].value_counts()) > 1 for column in (one, other)]
    return set(pairs[many[0] & many[1]].itertuples(index=False, name=None))


def _list(answer: Mapping[str, object], homes: pd.DataFrame) -> list[str]:
    """The list names the pairs that cross, with what they share and what the grids have."""
    told = {(row["grid_code"], row["other_code"]): row for row in answer["rows"]}
    wanted = crossing_pairs(homes, "a", "b")
    found = [f"{pair} crosses: {pair in wanted}" for pair in set(told) ^ wanted]
    for pair in set(told) & wanted:
        row, mine = told[pair], homes[(homes["a"] == pair[0]) & (homes["b"] == pair[1])]
        gone = mine[mine["now"] != pair[0]]
        wholes = homes[homes["a"] == pair[0]], homes[homes["b"] == pair[1]]
        counts = {
            "buildings": len(mine), "households": _sum(mine), "missing_households": mine["households"].isna().sum(),
            "moved_buildings": len(gone), "moved_households": _sum(gone),
            "grid_buildings": len(wholes[0]), "grid_households": _sum(wholes[0]),
            "other_buildings": len(wholes[1]), "other_households": _sum(wholes[1]),
            "to": "、".join(sorted(gone["now"].unique())) or None,
        }  # fmt: skip
        found += [f"{pair}: {name} is {row[name]}, not {each}" for name, each in counts.items() if row[name] != each]
    return found


def _sum(homes: pd.DataFrame) -> float | None:
    """Add up households; None where there are buildings and none of them says anything."""
    return homes["households"].sum() if homes["households"].notna().any() or not len(homes) else None


def _ground(after: gpd.GeoDataFrame, both: Both) -> list[str]:
    """No ground is in two grids, and together they have what they had."""
    found = [f"{row.code} is no valid area" for row in after.itertuples() if not row.geometry.is_valid]
    for one, other in after.sindex.query(after.geometry, predicate="intersects").T.tolist():
        if one < other and after.geometry.iloc[one].intersection(after.geometry.iloc[other]).area > SLACK_M2:
            found.append(f"{after.code.iloc[one]} and {after.code.iloc[other]} overlap")
    before, now = (shapely.union_all(each.geometry.to_numpy()) for each in (both.ours, after))
    if before.symmetric_difference(now).area > SLACK_M2 + 0.02 * before.length:
        found.append("all grids together have other ground than before")
    return found


def _parts(answer: Mapping[str, object], homes: pd.DataFrame, both: Both) -> list[str]:
    """Of each grid that changes: buildings and households before and after, what came and went, shape."""
    if not answer["proposal"]["features"]:
        return []
    parts, found = frame_of(answer, both.ours.crs), []
    today = both.ours.set_index("code").geometry
    for row in parts.itertuples():
        now, then = homes[homes["now"] == row.grid_code], homes[homes["a"] == row.grid_code]
        came, left = now[now["a"] != row.grid_code], then[then["now"] != row.grid_code]
        counts = {
            "buildings": len(now), "buildings_before": len(then), "moved_households": _sum(came),
            "left_households": _sum(left), "missing_households": now["households"].isna().sum(),
        }  # fmt: skip
        sums = {"households": _sum(now), "households_before": _sum(then)}
        counts |= {name: each for name, each in sums.items() if each}
        found += [f"{row.part}: {name} is {getattr(row, name)}, not {each}"
                  for name, each in counts.items()
                  if (not pd.isna(getattr(row, name)) if each is None else getattr(row, name) != each)]  # fmt: skip
        full = [piece for piece in shapely.get_parts(row.geometry) if now.intersects(piece.buffer(0.01)).any()]
        many = len(full) > len(shapely.get_parts(today[row.part]))
        if many or (row.contiguous and row.geometry.geom_type != "Polygon"):
            found.append(f"{row.part} was torn")
    return found


def _figures(answer: Mapping[str, object], homes: pd.DataFrame) -> list[str]:
    """The summary adds up, and claims no more than it proves."""
    summary, found = answer["summary"], []
    moved = homes[homes["a"].notna() & (homes["now"] != homes["a"])]
    wrong = crossing_pairs(homes, "a", "b")
    there = homes[[pair in wrong for pair in zip(homes["a"], homes["b"], strict=True)]]
    counts = {
        "crossings": len(wrong), "cut_grids": len({a for a, _ in wrong}), "cut_other_grids": len({b for _, b in wrong}),
        "crossing_buildings": len(there), "crossing_households": _sum(there),
        "moved_buildings": len(moved), "moved_households": _sum(moved),
        "moved_missing": moved["households"].isna().sum(), "households": _sum(homes),
        "pairs": len(homes.dropna(subset=["a", "b"])[["a", "b"]].drop_duplicates()),
        "uncovered_buildings": (homes["a"].isna() | homes["b"].isna()).sum(),
    }  # fmt: skip
    found += [f"{name} is {summary[name]}, not {each}" for name, each in counts.items() if summary[name] != each]
    if summary["status"] == "infeasible":
        return found + (["infeasible with an objective"] if summary["objective"] is not None else [])
    objective = moved["households"].fillna(0).clip(lower=1).sum()
    if summary["objective"] != objective or summary["bound"] > objective:
        found.append(f"objective {summary['objective']}, bound {summary['bound']}, not {objective}")
    if summary["status"] == "optimal" and summary["gap"] > 1e-6:
        found.append("called optimal with a gap")
    return found
