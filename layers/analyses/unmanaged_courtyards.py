"""The courtyards that nobody manages on a day, with who did before and why not now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd

from layers.analyses.registry import Analysis, Output, Progress
from layers.analyses.unmanaged_buildings import reason_texts
from layers.catalogue import Label
from layers.model.management import BASES, Basis
from layers.model.values import known_count
from layers.situation.day import Situation, situation
from layers.situation.labels import INPUT_LABELS, labels_of
from layers.situation.standing import STANDINGS, standing
from layers.situation.within import inside
from layers.situation.words import STANDING, words_of_field
from layers.store.protocol import Store

if TYPE_CHECKING:
    from layers.text import Text


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Which courtyards.

    Parameters
    ----------
    as_of : date
        The day; today when not given.
    basis : {"broad", "strict", "accepted"}
        What counts as managed (口径).
    within : str, optional
        ``LAYER:CODE``, such as ``communities:990201001001``.
    min_households : int, optional
        Only courtyards with at least so many households, as entered or else summed over their buildings; a courtyard of
        which that cannot be told falls out and is counted in the summary.
    enclosure : {"open", "semi", "closed", "unknown"}, optional
        Only courtyards that are enclosed like this.
    share : float
        The least share of a courtyard's buildings in scope that is known not to be managed; 1, the usual, means all of
        them, so that nobody manages any. What is not surveyed is never counted as not managed.
    """

    as_of: dt.date
    basis: Basis = BASES[0]
    within: str | None = None
    min_households: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    enclosure: Literal["open", "semi", "closed", "unknown"] | None = None
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """List the courtyards of whose buildings at least a share is known not to be managed on this basis."""
    now = situation(store, inputs.as_of, inputs.basis)
    progress(0.6, "status")
    base = inside(standing(now), now, inputs.within)
    if inputs.enclosure:
        base = base[enclosures(base) == inputs.enclosure]
    base, left_out = at_least(base, inputs.min_households)
    found = base[(base["unmanaged_share"] >= inputs.share).to_numpy(dtype=bool)]
    return {"courtyards": table(found, now), "summary": _summary(base, found, now, inputs.share, left_out)}


def enclosures(courtyards: pd.DataFrame) -> np.ndarray:
    """Return how each courtyard is enclosed; ``unknown`` where nobody says."""
    given = courtyards["enclosure"].astype(object)
    return given.where(given.notna(), "unknown").to_numpy(dtype=object)


def at_least(courtyards: pd.DataFrame, households: int | None) -> tuple[pd.DataFrame, int]:
    """Keep the courtyards with at least so many households, and count those of which that cannot be told.

    A sum in which some buildings are missing is a least number: it may be enough, but never too little.
    """
    if households is None:
        return courtyards, 0
    given = courtyards["households"].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        enough = given >= households
    partly = courtyards["households_summed"].to_numpy(dtype=bool) & (courtyards["without_households"] > 0).to_numpy()
    return courtyards[enough], int((~enough & (np.isnan(given) | partly)).sum())


def table(found: gpd.GeoDataFrame, now: Situation) -> gpd.GeoDataFrame:
    """Return the columns of a list of courtyards, the one with the most households first."""
    communities = dict(zip(now.communities["code"], now.communities["name"], strict=True))
    terms, managers = contracts(now)
    current, former = (_of(found[name], terms) for name in ("arrangement", "former_arrangement"))
    columns = {
        "code": found["code"],
        "name": found["name"],
        "status": found["standing"],
        "enclosure": enclosures(found),
        "households": found["households"],
        "reason": found["reason"],
        "reason_text": _reasons(found),
        "reason_date": found["reason_date"],
        "former_manager": former["manager"].map(managers).to_numpy(),
        "owners_committee": found["owners_committee"],
        "community_code": found["community"],
        "community_name": found["community"].map(communities),
        "buildings": found["buildings"],
        "buildings_unmanaged": np.where(found["buildings"] > 0, found["units_unmanaged"], 0),
        "unmanaged_share": found["unmanaged_share"],
        "households_managed": found["households_managed"],
        "households_unmanaged": found["households_unmanaged"],
        "households_unknown": found["households_unknown"],
        "households_summed": found["households_summed"],
        "without_households": found["without_households"],
        "elderly_60": found["elderly_60"],
        "build_year": found["build_year"],
        "manager": current["manager"].map(managers).to_numpy(),
        "mode": current["mode"].to_numpy(),
        "start_date": current["start_date"].to_numpy(),
        "end_date": current["end_date"].to_numpy(),
        "arrangement": found["arrangement"],
        "former_arrangement": found["former_arrangement"],
    }
    frame = gpd.GeoDataFrame(columns, geometry=found.geometry.to_numpy(), crs=4326, index=found.index)
    most = frame["households"].to_numpy(dtype=float, na_value=-1)
    return frame.iloc[np.lexsort([frame["code"].to_numpy(dtype=str), -most])]


def contracts(now: Situation) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the arrangements of a day by code, and what managers are called by theirs."""
    names = now.managers["name"].astype(object).where(now.managers["name"].notna(), now.managers["code"])
    terms = now.arrangements.drop_duplicates("code").set_index("code")
    given = terms["manager"].dropna().unique()
    return terms, {**dict(zip(given, given, strict=True)), **dict(zip(now.managers["code"], names, strict=True))}


def _of(codes: pd.Series, terms: pd.DataFrame) -> pd.DataFrame:
    return terms[["manager", "mode", "start_date", "end_date"]].reindex(codes.to_numpy(dtype=object))


def _reasons(found: pd.DataFrame) -> list[Text | None]:
    given = found[found["reason"].notna()]
    said = dict(zip(given.index, reason_texts(given), strict=True))
    return [said.get(id) for id in found.index]


def _summary(base: pd.DataFrame, found: pd.DataFrame, now: Situation, share: float, left_out: int) -> dict[str, object]:
    at_most = (base["units_unmanaged"] + base["units_unknown"]) / base["units"].where(base["units"] > 0)
    perhaps = (at_most >= share).to_numpy(dtype=bool) & ~base.index.isin(found.index)
    by_status = base["standing"].value_counts()
    return {
        "as_of": now.as_of,
        "basis": now.basis,
        "courtyards": len(found),
        "households": known_count(found["households"]),
        "households_missing": int(found["households"].isna().sum()),
        "households_unmanaged": known_count(found["households_unmanaged"]),
        "households_unmanaged_missing": int(found["without_households_unmanaged"].sum()),
        "total": len(base),
        "known": int((base["standing"] != "unknown").sum()),
        "unknown": int((base["standing"] == "unknown").sum()),
        "perhaps": int(perhaps.sum()),
        "left_out_without_households": left_out,
        "by_status": {each: int(by_status.get(each, 0)) for each in STANDINGS},
        "by_enclosure": {str(name): int(n) for name, n in pd.Series(enclosures(found)).value_counts().items()},
        "by_reason": found["reason"].value_counts().to_dict(),
    }


def _words() -> dict[str, dict[str, Label]]:
    return {
        "status": STANDING,
        "by_status": STANDING,
        "mode": words_of_field("arrangements", "mode"),
        "owners_committee": words_of_field("courtyards", "owners_committee"),
        "by_enclosure": words_of_field("courtyards", "enclosure"),
    }


COURTYARD_COLUMNS = {
    "code": Label("楼院编码", "Courtyard code"),
    "name": Label("小区（楼院）", "Courtyard"),
    "status": Label("物管状态", "Status"),
    "enclosure": Label("封闭情况", "Enclosure"),
    "households": Label("户数", "Households"),
    "reason": Label("原因代码", "Reason code"),
    "reason_text": Label("原因", "Reason"),
    "reason_date": Label("相关日期", "Date concerned"),
    "former_manager": Label("原管理主体", "Former manager"),
    "owners_committee": Label("业委会", "Owners' committee"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
    "buildings": Label("楼栋数", "Buildings"),
    "buildings_unmanaged": Label("其中无物业楼栋", "Buildings not managed"),
    "unmanaged_share": Label("无物业楼栋占比", "Share of buildings not managed"),
    "households_managed": Label("有物业户数", "Households managed"),
    "households_unmanaged": Label("无物业户数", "Households not managed"),
    "households_unknown": Label("未摸排户数", "Households not surveyed"),
    "households_summed": Label("户数由楼栋合计", "Households summed over buildings"),
    "without_households": Label("缺户数的楼栋", "Buildings without households"),
    "elderly_60": Label("60岁以上老人", "Aged 60 and over"),
    "build_year": Label("建成年份", "Year built"),
    "manager": Label("现管理主体", "Manager"),
    "mode": Label("管理模式", "Mode"),
    "start_date": Label("合同起始", "Contract from"),
    "end_date": Label("合同截止", "Contract to"),
    "arrangement": Label("管理安排", "Arrangement"),
    "former_arrangement": Label("原管理安排", "Former arrangement"),
}

FIGURES = (
    "as_of", "basis", "courtyards", "households", "households_missing", "households_unmanaged",
    "households_unmanaged_missing", "total", "known", "unknown", "perhaps", "left_out_without_households", "by_status",
    "by_enclosure", "by_reason",
)  # fmt: skip

ANALYSIS = Analysis(
    id="unmanaged-courtyards",
    label=Label("无物业小区（楼院）", "Unmanaged courtyards"),
    description=Label(
        "某日按所选口径无人管理的小区（楼院）；按整个小区的户数筛选；未摸排的不计入",
        "Courtyards that nobody manages on a day and basis; households are those of the whole courtyard; what is not"
        " surveyed is not counted.",
    ),
    Inputs=Inputs,
    labels={
        **INPUT_LABELS,
        "min_households": Label("最少户数（整个小区）", "At least households (whole courtyard)"),
    },
    outputs=(
        Output("courtyards", "features", Label("无物业小区（楼院）", "Unmanaged courtyards"), COURTYARD_COLUMNS),
        Output(
            "summary",
            "object",
            Label("汇总", "Summary"),
            {
                **labels_of(*FIGURES),
                "households_missing": Label("缺户数的小区（楼院）", "Courtyards without households"),
                "total": Label("合计（符合筛选条件）", "Total that fits the conditions"),
            },
        ),
    ),
    run=run,
    words=_words,
)
