"""Coverage of every area of a level, with known share and bounds, and the indicators that stand beside it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import pandas as pd

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.model.management import BASES, Basis, indicators
from layers.model.values import as_counts
from layers.situation.day import COLUMN_OF_LEVEL, Level, Situation, situation
from layers.situation.labels import INPUT_LABELS, SUMMARY_LABELS, labels_of
from layers.situation.within import inside
from layers.store.protocol import Store


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Coverage of what, counted how.

    Parameters
    ----------
    as_of : date
        The day; today when not given.
    basis : {"broad", "strict", "accepted"}
        What counts as managed (口径).
    by : layer id
        One row an area of this level; buildings in none of them have a row without a code.
    weight : {"buildings", "households", "floor_area_m2"}
        What a building counts for.
    within : str, optional
        ``LAYER:CODE``.
    """

    as_of: dt.date
    basis: Basis = BASES[0]
    by: Level = "communities"
    weight: indicators.Weight = "buildings"
    within: str | None = None


# What the indicators need of a building.
COUNTED_OF_BUILDINGS = (
    *COLUMN_OF_LEVEL.values(), "managed", "status", "status_class", "mode", "households", "floor_area_m2",
    "floor_area_estimated",
)  # fmt: skip

SUMS = ("managed", "known", "total")
COUNTED = ["managed", "known", "total", "coverage", "known_share", "lower", "upper", "missing_weight", "buildings"]


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compute coverage by area and over all, from the same buildings."""
    now = situation(store, inputs.as_of, inputs.basis)
    progress(0.6, "status")
    base = inside(now.in_scope(COUNTED_OF_BUILDINGS), now, inputs.within)
    return {
        "rows": rows(base, now, inputs.by, inputs.weight, everything=inputs.within is None),
        "summary": summary(base, now, inputs.weight),
    }


def rows(base: pd.DataFrame, now: Situation, by: str, weight: str, everything: bool = True) -> pd.DataFrame:
    """Return one row an area in the order of codes; with `everything`, areas without buildings too."""
    areas = now.frames[by]
    names = dict(zip(areas["code"], areas["name"], strict=True))
    return rows_by(base, now, COLUMN_OF_LEVEL[by], weight, names, everything)


def rows_by(
    base: pd.DataFrame, now: Situation, column: str, weight: str, names: Mapping[str, object], everything: bool
) -> pd.DataFrame:
    """Return one row a code in a column, as `rows` does; with `everything`, for codes that have a name only too.

    Sums are missing where there are buildings and none says how much it counts for.
    """
    counted = indicators.coverage(base, weight, column)
    if not now.recorded:
        counted["coverage"] = float("nan")  # 0 % would say that nothing was accepted
    in_no_area = counted[counted.index.isna()]
    counted = counted[counted.index.notna()]
    if everything:
        empty = sorted(set(names) - set(counted.index))
        counted = counted.reindex(sorted(set(counted.index) | set(names)))
        counted.loc[empty, ["managed", "known", "total", "missing_weight", "buildings"]] = 0
    counted = pd.concat([counted, in_no_area])
    counted = counted.astype(dict.fromkeys(["missing_weight", "buildings"], "int64"))
    if weight != "floor_area_m2":
        counted = counted.assign(**{name: as_counts(counted[name].to_numpy()) for name in SUMS})
    code = [each if isinstance(each, str) else None for each in counted.index]
    found = pd.DataFrame(
        {"code": code, "name": [None if each is None else names.get(each) for each in code]}
        | {name: counted[name].array for name in COUNTED}
    )
    return found.assign(**_estimates(base, column, code)) if weight == "floor_area_m2" else found


def _estimates(base: pd.DataFrame, column: str | None, codes: Sequence[str | None]) -> dict[str, list[int]]:
    """Count the buildings with an estimated floor area in each sum: one count a code, or one over all."""
    rough, side = base["floor_area_estimated"].to_numpy(dtype=bool), base["managed"]
    yes, known = side.to_numpy(dtype=bool, na_value=False), side.notna().to_numpy()
    found = {}
    for name, mark in zip(SUMS, (rough & yes, rough & known, rough), strict=True):
        of = [None] * int(mark.sum()) if column is None else base[column].to_numpy(dtype=object)[mark]
        counts = Counter(code if isinstance(code, str) else None for code in of)
        found[f"{name}_estimated"] = [counts[code] for code in codes]
    return found


def summary(base: pd.DataFrame, now: Situation, weight: str) -> dict[str, object]:
    """Return the same figures over all of `base`, with their base, and the indicators beside them."""
    over_all = indicators.coverage(base, weight).iloc[0]
    if not now.recorded:
        over_all["coverage"] = float("nan")
    by_area = weight == "floor_area_m2"
    courtyards = now.courtyards
    if len(base) != int(now.buildings["scoped"].sum()):
        courtyards = courtyards[courtyards["code"].isin(set(base["courtyard"].dropna()))]
    return {
        "as_of": now.as_of,
        "basis": now.basis,
        "weight": weight,
        **{name: None if pd.isna(over_all[name]) else over_all[name] for name in COUNTED},
        **({name: each for name, (each,) in _estimates(base, None, [None]).items()} if by_area else {}),
        "acceptance_recorded": now.acceptances,
        "floor_area_estimated": int(base["floor_area_estimated"].sum()) if by_area else 0,
        "by_class": base["status_class"].value_counts().sort_index().to_dict(),
        "mode_mix_households": indicators.mode_mix(base),
        "mode_mix_missing": indicators.mode_mix_missing(base),
        "open_share": indicators.open_share(courtyards),
        "expiring": indicators.expiring(now.arrangements, now.evaluated["effective"], now.as_of),
    }


ROW_COLUMNS = {
    "code": Label("编码", "Code"),
    "name": Label("名称", "Name"),
    "managed": Label("有管理", "Managed"),
    "managed_estimated": SUMMARY_LABELS["managed_estimated"],
    "known": Label("已摸排", "Known"),
    "known_estimated": SUMMARY_LABELS["known_estimated"],
    "total": Label("合计", "Total"),
    "total_estimated": SUMMARY_LABELS["total_estimated"],
    "coverage": Label("覆盖率（有管理/已摸排）", "Coverage (managed/known)"),
    "known_share": Label("摸排率（已摸排/合计）", "Known share (known/total)"),
    "lower": Label("覆盖率下限", "Lower bound"),
    "upper": Label("覆盖率上限", "Upper bound"),
    "missing_weight": Label("缺该项数据的楼栋", "Buildings missing this figure"),
    "buildings": Label("楼栋数", "Buildings"),
}

FIGURES = (
    "as_of", "basis", "weight", "managed", "managed_estimated", "known", "known_estimated", "total",
    "total_estimated", "coverage", "known_share", "lower", "upper",
    "missing_weight", "buildings", "acceptance_recorded", "floor_area_estimated", "by_class",
    "mode_mix_households", "mode_mix_missing", "open_share", "expiring",
)  # fmt: skip

ANALYSIS = Analysis(
    id="coverage",
    label=Label("物管覆盖率", "Management coverage"),
    description=Label(
        "各级区域的物管覆盖率，附摸排率与上下限；分母为已摸排的纳入统计楼栋",
        "Coverage at every level with known share and bounds; the denominator is what is known of buildings in scope.",
    ),
    Inputs=Inputs,
    labels=INPUT_LABELS,
    outputs=(
        Output("rows", "rows", Label("各区域", "By area"), ROW_COLUMNS),
        Output(
            "summary",
            "object",
            Label("汇总", "Summary"),
            labels_of(*FIGURES),
        ),
    ),
    run=run,
)
