"""The buildings that nobody manages on a day, with a reason for each."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd

from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.model.management import BASES, Basis
from layers.model.values import known_count
from layers.situation.day import COLUMN_OF_LEVEL, Situation, situation
from layers.situation.labels import INPUT_LABELS, labels_of
from layers.situation.within import inside
from layers.store.protocol import Store
from layers.text import Text


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Which buildings.

    Parameters
    ----------
    as_of : date
        The day; today when not given.
    basis : {"broad", "strict", "accepted"}
        What counts as managed (口径).
    within : str, optional
        ``LAYER:CODE``, such as ``communities:990201001001``.
    min_households : int, optional
        Only buildings with at least so many households each; a building whose households are missing then falls out
        and is counted in the summary. `unmanaged-courtyards` counts those of the whole courtyard.
    enclosure : {"open", "semi", "closed", "unknown"}, optional
        Only buildings of courtyards that are enclosed like this.
    """

    as_of: dt.date
    basis: Basis = BASES[0]
    within: str | None = None
    min_households: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    enclosure: Literal["open", "semi", "closed", "unknown"] | None = None


# What the list needs of a building.
LISTED = (
    *COLUMN_OF_LEVEL.values(), "code", "name", "managed", "status", "reason", "reason_date", "households", "elderly_60",
    "arrangement", "manager", "geometry",
)  # fmt: skip


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """List the in-scope buildings that are known not to be managed on this basis."""
    now = situation(store, inputs.as_of, inputs.basis)
    progress(0.6, "status")
    base = inside(now.in_scope(LISTED), now, inputs.within)
    if inputs.enclosure:
        base = base[enclosure_of(base, now) == inputs.enclosure]
    without_households = 0
    if inputs.min_households is not None:
        missing = base["households"].isna()
        without_households = int(missing.sum())
        base = base[(base["households"] >= inputs.min_households).fillna(False).to_numpy(dtype=bool)]
    return {
        "buildings": table(base[unmanaged(base)], now),
        "summary": _summary(base, now, without_households),
    }


def unmanaged(buildings: pd.DataFrame) -> np.ndarray:
    """Mark the buildings known not to be managed; unknown is never "no"."""
    return (~buildings["managed"]).fillna(False).to_numpy(dtype=bool)


def enclosure_of(buildings: pd.DataFrame, now: Situation) -> np.ndarray:
    """Return how each building's courtyard is enclosed; ``unknown`` where nobody says."""
    by_code = dict(zip(now.courtyards["code"], now.courtyards["enclosure"], strict=True))
    return buildings["courtyard"].map(by_code).astype(object).fillna("unknown").to_numpy(dtype=object)


def table(found: gpd.GeoDataFrame, now: Situation) -> gpd.GeoDataFrame:
    """Return the columns that every list of unmanaged buildings has, in the order of their codes."""
    courtyards = dict(zip(now.courtyards["code"], now.courtyards["name"], strict=True))
    communities = dict(zip(now.communities["code"], now.communities["name"], strict=True))
    columns = {
        "code": found["code"],
        "name": found["name"],
        "status": found["status"],
        "reason": found["reason"],
        "reason_text": reason_texts(found),
        "reason_date": found["reason_date"],
        "households": found["households"],
        "elderly_60": found["elderly_60"],
        "courtyard_code": found["courtyard"],
        "courtyard_name": found["courtyard"].map(courtyards),
        "enclosure": enclosure_of(found, now),
        "community_code": found["community"],
        "community_name": found["community"].map(communities),
        "arrangement": found["arrangement"],
        "manager": found["manager"],
    }
    frame = gpd.GeoDataFrame(columns, geometry=found.geometry.to_numpy(), crs=4326, index=found.index)
    return frame.sort_values("code", kind="stable")


def reason_texts(found: pd.DataFrame) -> list[Text]:
    """Put each building's reason into a message, with its date where it has one."""
    texts = []
    for reason, date in zip(found["reason"], found["reason_date"], strict=True):
        key = f"analyses.reason-{reason.replace('_', '-')}"
        texts.append(Text(key, date="" if pd.isna(date) else date.date().isoformat()))
    return texts


def _summary(base: pd.DataFrame, now: Situation, without_households: int) -> dict[str, object]:
    found = base[unmanaged(base)]
    known = base["managed"].notna()
    return {
        "as_of": now.as_of,
        "basis": now.basis,
        "buildings": len(found),
        "households": known_count(found["households"]),
        "households_missing": int(found["households"].isna().sum()),
        "known": int(known.sum()),
        "unknown": int((~known).sum()),
        "total": len(base),
        "left_out_without_households": without_households,
        "by_status": found["status"].value_counts().to_dict(),
        "by_reason": found["reason"].value_counts().to_dict(),
    }


BUILDING_COLUMNS = {
    "code": Label("楼栋编码", "Building code"),
    "name": Label("楼号", "Name"),
    "status": Label("物管状态", "Status"),
    "reason": Label("原因代码", "Reason code"),
    "reason_text": Label("原因", "Reason"),
    "reason_date": Label("相关日期", "Date concerned"),
    "households": Label("户数", "Households"),
    "elderly_60": Label("60岁以上老人", "Aged 60 and over"),
    "courtyard_code": Label("楼院编码", "Courtyard code"),
    "courtyard_name": Label("小区（楼院）", "Courtyard"),
    "enclosure": Label("封闭情况", "Enclosure"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
    "arrangement": Label("管理安排", "Arrangement"),
    "manager": Label("管理主体", "Manager"),
}

FIGURES = (
    "as_of", "basis", "buildings", "households", "households_missing", "known", "unknown", "total",
    "left_out_without_households", "by_status", "by_reason",
)  # fmt: skip

ANALYSIS = Analysis(
    id="unmanaged-buildings",
    label=Label("无物业楼栋", "Unmanaged buildings"),
    description=Label(
        "某日按所选口径无人管理的楼栋，逐栋说明原因；未摸排的不计入",
        "Buildings that nobody manages on a day and basis, a reason for each; those not surveyed are not counted.",
    ),
    Inputs=Inputs,
    labels={
        **INPUT_LABELS,
        "min_households": Label("最少户数（单个楼栋）", "At least households (each building)"),
    },
    outputs=(
        Output("buildings", "features", Label("无物业楼栋", "Unmanaged buildings"), BUILDING_COLUMNS),
        Output(
            "summary",
            "object",
            Label("汇总", "Summary"),
            labels_of(*FIGURES),
        ),
    ),
    run=run,
)
