"""Two kept proposals of one kind beside each other: wishes, verdicts, part by part, and who goes elsewhere."""

from __future__ import annotations

from typing import cast

import msgspec
import pandas as pd

from layers.analyses.registry import Analysis, Output, Progress, analyses
from layers.catalogue import Label
from layers.proposals import comparing
from layers.proposals.kinds import Kind, kinds
from layers.store.protocol import Store

SIDES = {"first": Label("甲", "first"), "second": Label("乙", "second")}


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Which proposals.

    Parameters
    ----------
    first, second : str
        The jobs that made them; both of one kind. Jobs are kept for a week.
    """

    first: str
    second: str


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compare two proposals; nothing is changed."""
    outputs, kind = comparing.compare(store, inputs.first, inputs.second)
    said = analyses()[kind.id]
    for name, labels in (("figures", _figure_labels(kind)), ("wishes", said.labels)):
        frame = cast(pd.DataFrame, outputs[name])
        frame.insert(1, "label", [labels.get(each, each) for each in frame.iloc[:, 0]])
    return outputs


def _figure_labels(kind: Kind) -> dict[str, Label]:
    """Return what the figures of a kind's summary are called."""
    return dict(next(each.columns for each in analyses()[kind.id].outputs if each.name == "summary"))


def _row_labels() -> dict[str, Label]:
    """Return what the figures of parts are called, of all kinds, with the side that they are of."""
    return {
        f"{name}_{side}": Label(f"{label.zh}（{word.zh}）", f"{label.en} ({word.en})")
        for kind in kinds().values()
        for name in kind.beside.figures
        for side, word in SIDES.items()
        for label in [PART_FIGURES[name]]
    }


PART_FIGURES = {
    "buildings": Label("楼栋数", "Buildings"),
    "villages": Label("村数", "Villages"),
    "targets": Label("新增对象数", "Targets proposed"),
    "rank": Label("次序", "Rank"),
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上", "Residents of 60 and older"),
    "missing_households": Label("户数缺失楼栋", "Buildings without households on record"),
    "workers_full": Label("专职网格员", "Full-time workers"),
    "workers_part": Label("兼职网格员", "Part-time workers"),
    "deviation": Label("与均值之差", "Off the mean"),
    "moved_households": Label("调入户数", "Households that come"),
    "left_households": Label("调出户数", "Households that leave"),
    "polsby_popper": Label("紧凑度", "Polsby-Popper"),
    "patrol_m": Label("巡查路程（米）", "Patrol (m)"),
    "floor_area_m2": Label("建筑面积（㎡）", "Floor area (m²)"),
    "widest_gap_m": Label("最大间距（米）", "Widest gap (m)"),
    "balance_yuan_month": Label("收支差（元/月）", "Balance (yuan a month)"),
    "break_even_fee_yuan_m2_month": Label("保本物业费（元/㎡·月）", "Fee that breaks even"),
    "minutes_max": Label("最远车程（分钟）", "Longest way (minutes)"),
    "minutes_mean": Label("平均车程（分钟）", "Mean way (minutes)"),
    "minutes_sum": Label("车程合计（分钟）", "All ways (minutes)"),
    "gain": Label("新增可及", "Reached beside"),
    "reached": Label("累计可及", "Reached together"),
    "served": Label("就近服务量", "Served there"),
    "capacity": Label("服务能力", "Capacity"),
    "cost": Label("成本", "Cost"),
    "load_after": Label("采纳后对象数", "Targets after"),
    "metres": Label("距离合计（米）", "Metres, all together"),
}

ANALYSIS = Analysis(
    id="compare-proposals",
    label=Label("两案对比", "Compare two proposals"),
    description=Label(
        "同一种类的两个建议并列：条件差异、目标值与下界、逐项指标，以及去向不同的楼栋、村或对象；不改动现有数据",
        "Two proposals of one kind beside each other: other wishes, objective and bound, part by part, and who goes "
        "elsewhere; nothing is changed.",
    ),
    Inputs=Inputs,
    labels={"first": Label("方案甲", "First proposal"), "second": Label("方案乙", "Second proposal")},
    outputs=(
        Output("rows", "rows", Label("逐项对照", "Part by part"), {**comparing.ROW_COLUMNS, **_row_labels()}),
        Output("units", "features", Label("去向不同", "Elsewhere in the second"), comparing.UNIT_COLUMNS),
        Output("proposals", "features", Label("两案", "Both proposals"), comparing.PART_COLUMNS),
        Output("figures", "rows", Label("结论与指标", "Verdicts and figures"), comparing.FIGURE_COLUMNS),
        Output("wishes", "rows", Label("条件差异", "Wishes that differ"), comparing.WISH_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), comparing.SUMMARY_COLUMNS),
    ),
    run=run,
)
