"""What is told of chosen sites: what each adds, who stays out and why, and sentences to paste."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.catalogue import Label, catalogue
from layers.proposals.frame import SENTENCES, SUMMARY_LABELS, Verdict, figure, rounded, shown
from layers.proposals.sites.case import Case
from layers.proposals.sites.choosing import Choice
from layers.proposals.sites.gains import Step
from layers.proposals.sites.wishes import SiteWishes
from layers.text import Param, Text

ROW_COLUMNS = {
    "part": Label("方案站点", "Part"),
    "rank": Label("次序", "Rank"),
    "station": Label("候选或站点编码", "Candidate or station"),
    "name": Label("名称", "Name"),
    "kind": Label("站点类别", "Kind of station"),
    "today": Label("是否现有站点", "There today"),
    "gain": Label("新增可及（按统计口径）", "Reached beside"),
    "reached": Label("累计可及（按统计口径）", "Reached together"),
    "share": Label("累计可及占比（可及/合计）", "Share (reached/total)"),
    "mean_minutes": Label("至此平均分钟", "Mean minutes so far"),
    "farthest_minutes": Label("至此最远分钟", "Farthest minutes so far"),
    "buildings": Label("就近楼栋数", "Buildings that go there"),
    "served": Label("就近服务量（按统计口径）", "Served there"),
    "capacity": Label("服务能力", "Capacity"),
    "cost": Label("成本", "Cost"),
    "told": Label("说明", "In words"),
}
RESIDUAL_COLUMNS = {
    "code": Label("楼栋编码", "Building"),
    "name": Label("名称", "Name"),
    "reason": Label("原因代码", "Reason"),
    "reason_text": Label("原因", "Why"),
    "minutes": Label("至最近已选站点分钟", "Minutes to the nearest chosen"),
    "candidate_minutes": Label("至最近候选点分钟", "Minutes to the nearest candidate"),
    "left_out": Label("未获服务量（按统计口径）", "Left out"),
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上老人", "Aged 60 and over"),
    "courtyard_code": Label("楼院编码", "Courtyard code"),
    "community_code": Label("社区编码", "Community code"),
}
SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "bound": Label("界（任何方案不优于此值）", "Bound (nothing is better)"),
    "model": Label("模型", "Model"),
    "k": Label("新增站点数上限", "New stations, at most"),
    "weight": Label("统计口径", "Counted by"),
    "minutes": Label("分钟", "Minutes"),
    "stations_today": Label("计入的现有站点数", "Today's stations that count"),
    "candidates": Label("候选点数", "Candidates"),
    "candidates_off_street": Label("远离道路的候选点数", "Candidates that no street is near"),
    "candidates_skipped": Label("因时限未考察的候选点数", "Candidates not looked at"),
    "sites": Label("建议站点数", "Sites"),
    "cost": Label("总成本", "Cost"),
    "total": Label("合计（按统计口径）", "Total"),
    "reached_before": Label("现可及（按统计口径）", "Reached today"),
    "reached": Label("建成后可及（按统计口径）", "Reached with the sites"),
    "mean_minutes": Label("平均分钟", "Mean minutes"),
    "farthest_minutes": Label("最远分钟", "Farthest minutes"),
    "missing_weight": Label("缺该项数据的楼栋", "Buildings missing this figure"),
    "missing_capacity": Label("未填服务能力的现有站点", "Stations without capacity on record"),
    "buildings": Label("楼栋数", "Buildings"),
    "by_reason": Label("未获服务楼栋按原因", "Buildings left out, by reason"),
    "rest": Label("除无法到达者外的结论", "The same but for those out of reach"),
    "binds": Label("受限原因", "What binds"),
    "nearest": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "notes": Label("提示", "Notes"),
    **SENTENCES,
}
SAME = 1e-9


def rows_of(case: Case, choice: Choice, steps: Sequence[Step], wishes: SiteWishes) -> pd.DataFrame:
    """Return one row for today's stations together, and one for each site in the order of what it adds."""
    total = float(case.weight.sum())
    to = case_site(case, choice)
    amount = np.bincount(choice.ways.site[choice.serving.way], weights=choice.serving.amount, minlength=len(case.sites))
    kinds = _kind_names()
    rows = []

    def people(count: float) -> int | None:
        return None if case.unsaid else round(float(count))

    for rank, step in enumerate(steps):
        row: dict[str, object] = {
            "rank": rank, "gain": people(step.gain), "reached": people(step.reached),
            "share": step.reached / total if total else np.nan,
            "mean_minutes": rounded(step.mean_minutes, 2), "farthest_minutes": rounded(step.farthest_minutes, 2),
        }  # fmt: skip
        if step.site is None:
            there = case.fixed
            row |= {"part": None, "station": None, "name": None, "kind": None, "today": True,
                    "buildings": int(there[to[to >= 0]].sum()), "served": people(amount[there].sum()),
                    "capacity": np.nan, "cost": np.nan,
                    "told": Text("proposals.sites-gain-today", count=int(there.sum()), reached=figure(row["reached"]),
                                 unit=unit(wishes, row["reached"]), minutes=f"{wishes.minutes:g}")}  # fmt: skip
        else:
            site = case.sites.iloc[step.site]
            kind = site["kind"] or (wishes.kinds[0] if wishes.kinds else "other")
            room = case.capacity[step.site] if case.capacity is not None else np.nan
            gain = figure(row["gain"])
            row |= {"part": f"s{rank}", "station": site["code"], "name": site["name"], "kind": kind,
                    "today": bool(site["today"]), "buildings": int((to == step.site).sum()),
                    "served": people(amount[step.site]), "capacity": room if np.isfinite(room) else np.nan,
                    "cost": np.nan if site["today"] and case.fixed[step.site] else float(case.cost[step.site]),
                    "told": Text("proposals.sites-gain-of-station", rank=rank, gain=gain, unit=unit(wishes, gain),
                                 minutes=f"{wishes.minutes:g}", kind=kinds[kind])}  # fmt: skip
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(ROW_COLUMNS))
    return frame.astype(dict.fromkeys(("gain", "reached", "served"), "Int64")) if case.unsaid else frame


def case_site(case: Case, choice: Choice) -> np.ndarray:
    """Return the site that most of each building goes to, -1 for none: int64[n]."""
    given = choice.serving
    to = np.full(len(case.weight), -1, np.int64)
    order = np.lexsort((given.way, given.amount))
    to[choice.ways.demand[given.way[order]]] = choice.ways.site[given.way[order]]
    return to


def _kind_names() -> dict[str, Label]:
    field = catalogue().layer("stations").field("kind")
    return {each.code: each.label for each in field.values}


def unit(wishes: SiteWishes, n: Param = "") -> Text:
    """Return what is counted, in words that follow so many."""
    return Text(f"proposals.sites-unit-{wishes.weight.replace('_', '-')}", n=n)


def features_of(case: Case, rows: pd.DataFrame, steps: Sequence[Step]) -> gpd.GeoDataFrame:
    """Return the chosen sites as points, indexed by part."""
    sites = [step.site for step in steps if step.site is not None]
    chosen = rows[rows["part"].notna()].set_index("part", drop=False)
    shapes = case.sites.geometry.to_numpy()[np.array(sites, np.int64)]
    return gpd.GeoDataFrame(chosen.rename_axis(None), geometry=shapes, crs=4326)


def residual_of(case: Case, choice: Choice, wishes: SiteWishes) -> gpd.GeoDataFrame:
    """Return the buildings that are not served in time, whole or in part, with the reason."""
    chosen = case.sites[choice.opened]
    answer = case.asked.answers(chosen)
    in_time = answer["covered"].to_numpy(dtype=bool)
    late = choice.ways.cost[choice.serving.way] > wishes.minutes + SAME
    served = np.bincount(choice.ways.demand[choice.serving.way[~late]], weights=choice.serving.amount[~late],
                         minlength=len(case.weight))  # fmt: skip
    short = np.maximum(0.0, case.weight - served)
    short[short < 1e-6] = 0.0
    out = (short > 0) | ~in_time
    could = case.every["covered"].to_numpy(dtype=bool)
    why = case.every["reason"].to_numpy(dtype=object)
    reason = np.where(
        in_time, "full", np.where(could, "not_chosen", np.where(why == "beyond_limit", "no_candidate", why))
    )
    base = case.base[out]
    minutes, nearest = answer["minutes"].to_numpy(dtype=float)[out], case.every["minutes"].to_numpy(dtype=float)[out]
    frame = gpd.GeoDataFrame(
        {
            "code": base["code"],
            "name": base["name"],
            "reason": reason[out],
            "reason_text": [_reason(each, near, wishes) for each, near in zip(reason[out], nearest, strict=True)],
            "minutes": minutes,
            "candidate_minutes": nearest,
            "left_out": np.where(case.missing[out], np.nan, short[out]),
            "households": base["households"],
            "population": base["population"],
            "elderly_60": base["elderly_60"],
            "courtyard_code": base["courtyard"],
            "community_code": base["community"],
        },
        geometry=base["geometry"].array, crs=4326, index=base.index,
    )  # fmt: skip
    return frame.sort_values("code", kind="stable")


def _reason(reason: str, minutes: float, wishes: SiteWishes) -> Text:
    key = reason.replace("_", "-")
    if reason in ("full", "not_chosen", "no_candidate"):
        told = "—" if np.isnan(minutes) else f"{minutes:.2f}"
        return Text(f"proposals.sites-left-{key}", minutes=told, limit=f"{wishes.minutes:g}")
    return Text(f"analyses.uncovered-{key}", minutes="—", station="—")


def sentences_of(
    more: dict[str, object], verdict: Verdict, rest: Verdict | None, wishes: SiteWishes, place: str
) -> list[Text]:
    """Say what a planner may paste: base and date, result with its denominator, and what proves it."""
    base = Text(
        "proposals.sites-base", day=wishes.as_of.isoformat(), within=place, buildings=more["buildings"],
        total=figure(more["total"]), unit=unit(wishes, more["total"]), missing=more["missing_weight"],
    )  # fmt: skip
    figures = {
        name: more[name] for name in ("sites", "reached", "reached_before", "total", "mean_minutes", "farthest_minutes")
    }
    told: dict[str, object] = {name: "—" if value is None else value for name, value in figures.items()}
    total = more["total"]
    percent = round(100 * float(str(more["reached"])) / float(str(total)), 1) if total else "—"
    told |= {"unit": unit(wishes, total), "minutes": f"{wishes.minutes:g}", "percent": percent}
    result = Text("proposals.sites-result", **told)
    return [base, result, _proof(verdict if rest is None else rest, rest is not None, wishes)]


def _proof(verdict: Verdict, but: bool, wishes: SiteWishes) -> Text:
    """Say what is proven: of all, or but for those that nothing reaches."""
    kind = Text(f"proposals.sites-objective-{wishes.model.replace('_', '-')}")
    beside = Text("proposals.sites-but") if but else Text("proposals.sites-all")
    if verdict.status == "infeasible":
        return Text("proposals.sites-impossible" if verdict.proven else "proposals.sites-none-found")
    figures = {
        "objective": shown(verdict.objective, 2),
        "bound": shown(verdict.bound, 2),
        "kind": kind,
        "beside": beside,
    }
    if verdict.status == "optimal":
        return Text("proposals.sites-optimal", **figures)
    return Text("proposals.sites-feasible", **figures, percent=shown(100 * (verdict.gap or 0.0), 2))
