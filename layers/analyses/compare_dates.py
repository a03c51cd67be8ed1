"""What changed between two days: what happened to buildings, what became known of them, and coverage then and now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd

from layers.analyses.coverage import COUNTED_OF_BUILDINGS, SUMS, rows_by
from layers.analyses.coverage import rows as coverage_rows
from layers.analyses.coverage import summary as coverage_summary
from layers.analyses.registry import Analysis, Output, Progress
from layers.analyses.unmanaged_buildings import BUILDING_COLUMNS, enclosure_of, table
from layers.analyses.unmanaged_courtyards import contracts
from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.model.management import BASES, Basis, indicators
from layers.model.values import as_counts
from layers.situation.day import COLUMN_OF_LEVEL, Level, Situation, situation
from layers.situation.labels import INPUT_LABELS, SUMMARY_LABELS, labels_of
from layers.store.protocol import Store
from layers.text import Text

By = Literal[Level, "enclosure", "manager", "managers"]
ENCLOSURE, MANAGER = "enclosure", "manager"
NEEDED = (*COUNTED_OF_BUILDINGS, "manager")


class Inputs(msgspec.Struct, forbid_unknown_fields=True):
    """Which days.

    Parameters
    ----------
    from : date
        The earlier day.
    to : date
        The later day; today when not given.
    basis : {"broad", "strict", "accepted"}
        What counts as managed (口径).
    by : layer id, "enclosure" or "manager"
        One row an area of this level; or a way in which courtyards are enclosed; or a manager with what is in their
        hands, where a row without a code is what is in nobody's. ``managers`` means the same as ``manager``.
    weight : {"buildings", "households", "floor_area_m2"}
        What a building counts for; floor area that nobody entered is estimated as footprint × floors.
    """

    since: dt.date = msgspec.field(name="from")
    until: dt.date = msgspec.field(name="to")
    basis: Basis = BASES[0]
    by: By = "communities"
    weight: indicators.Weight = "buildings"


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compare the situations of two days.

    Between them stands the earlier day with the records of the later one. What differs from it on the earlier day
    became known meanwhile; what differs from it on the later day happened.
    """
    if inputs.since > inputs.until:
        raise InvalidParameter(Fault(Text("analyses.days-reversed"), {"parameter": "from", "value": inputs.since}))
    before = situation(store, inputs.since, inputs.basis)
    progress(0.3, "from")
    after = situation(store, inputs.until, inputs.basis)
    progress(0.6, "to")
    known = situation(store, inputs.since, inputs.basis, stated=inputs.until)
    progress(0.8, "known")
    by = MANAGER if inputs.by == "managers" else inputs.by
    three = _Three(before, known, after, inputs.weight)
    changes = three.changes(None)
    sums = {name: each[0] for name, each in _sums(changes, [""], inputs.weight).items()}
    counts = changes["change"].value_counts()
    return {
        "rows": _rows(three, by),
        "buildings": _listed(three, changes),
        "summary": {
            "weight": inputs.weight,
            "from": coverage_summary(before.in_scope(COUNTED_OF_BUILDINGS), before, inputs.weight),
            "to": coverage_summary(after.in_scope(COUNTED_OF_BUILDINGS), after, inputs.weight),
            **sums,
            "changed_buildings": {change: int(counts.get(change, 0)) for change in CHANGES},
        },
    }


HAPPENED = ("newly_managed", "newly_unmanaged", "appeared", "disappeared")
LEARNED = ("became_known_managed", "became_known_unmanaged", "became_known_managed", "became_known_unmanaged")
SURVEYED = "became_known_surveyed"
CHANGES = (*HAPPENED, *dict.fromkeys(LEARNED), SURVEYED)
# What changed of the weight of what stayed managed: no building was gained or lost there.
REWEIGHED = "reweighed"
WEIGHED = (*CHANGES, REWEIGHED)


@dataclass(frozen=True)
class _Three:
    """The earlier day as it was stated then, the same day as it was stated by the later one, and the later day."""

    before: Situation
    known: Situation
    after: Situation
    weight: str

    def changes(self, by: str | None) -> pd.DataFrame:
        """Return ``id, code, change, weight, rough``: what was learned and what happened in each area, or in all.

        In each area: managed before, and newly managed and appeared and became known as managed, without newly
        unmanaged and disappeared and became known as unmanaged, is managed after; `REWEIGHED` is the difference in
        what stayed managed, of what is on record on either day. A manager has what came into their hands newly managed
        where it was in nobody's, else appeared.
        """
        first, second, third = (_answers(each, by, self.weight) for each in (self.before, self.known, self.after))
        of_managers = by == MANAGER
        changes = [
            _turned(first, second, LEARNED, of_managers),
            _turned(second, third, HAPPENED, of_managers),
            _surveyed(first, third),
        ]
        return pd.concat(changes, ignore_index=True)


def _answers(now: Situation, by: str | None, weight: str) -> pd.DataFrame:
    """Return of each building in scope the area that it belongs to, whether it is managed, and what it counts for."""
    buildings = now.in_scope(NEEDED)
    code: object = ""
    if by is not None:
        given = _keys(buildings, now, by)
        code = np.where(pd.isna(given), "", given)
    managed = buildings["managed"].fillna(False).to_numpy(dtype=bool)
    known = buildings["managed"].notna().to_numpy(dtype=bool)
    counts = {"weight": indicators.weights(buildings, weight), "rough": _rough(buildings, weight)}
    return pd.DataFrame({"code": code, "managed": managed, "known": known, **counts}, index=buildings.index)


def _rough(buildings: pd.DataFrame, weight: str) -> np.ndarray:
    """Mark the buildings of which what they count for is estimated."""
    if weight != "floor_area_m2":
        return np.zeros(len(buildings), dtype=bool)
    return buildings["floor_area_estimated"].to_numpy(dtype=bool)


def _keys(buildings: pd.DataFrame, now: Situation, by: str) -> np.ndarray:
    """Return the row that each building belongs to; None for nobody's and for no area."""
    if by == ENCLOSURE:
        return enclosure_of(buildings, now)
    if by == MANAGER:
        in_hand = (buildings["status"] == "managed").to_numpy(dtype=bool)
        return buildings["manager"].where(in_hand, None).to_numpy(dtype=object)
    return buildings[COLUMN_OF_LEVEL[by]].to_numpy(dtype=object)


def _beside(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    return one.add_suffix("_one").join(two.add_suffix("_two"), how="outer")


def _turned(one: pd.DataFrame, two: pd.DataFrame, names: Sequence[str], of_managers: bool) -> pd.DataFrame:
    """Return what turned from one to the other; `names` for: is managed now, is not, came managed, went managed."""
    both = _beside(one, two)
    was, now = ((both[f"managed_{side}"] == True).to_numpy(dtype=bool) for side in ("one", "two"))  # noqa: E712
    there = (both["code_one"].notna() & both["code_two"].notna()).to_numpy()
    stayed = there & (both["code_one"] == both["code_two"]).to_numpy()
    if of_managers:  # to be in nobody's hands is not to be elsewhere
        stayed |= there & ~(was & now)
    found = (stayed & ~was & now, stayed & was & ~now, ~stayed & now, ~stayed & was)
    sides = ("two", "one", "two", "one")  # whatever goes is counted where it was
    more, unsaid = _difference(both)
    kept = stayed & was & now & ((more != 0) | unsaid.any())  # what has not changed is known to be 0
    return pd.concat(
        [_named(both, zip(names, found, sides, strict=True)), _named(both, [(REWEIGHED, kept, "two")], more)],
        ignore_index=True,
    )


def _difference(both: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return how much more the second day has on record of each building, and of which neither day has anything."""
    one, two = (both[f"weight_{side}"].to_numpy() for side in ("one", "two"))
    unsaid = np.isnan(one) & np.isnan(two)
    return np.where(unsaid, np.nan, np.nan_to_num(two) - np.nan_to_num(one)), unsaid


def _surveyed(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Return what nobody knew, and is known not to be managed by now."""
    both = _beside(one, two)
    unknown, known = (both["known_one"] == False).to_numpy(), (both["known_two"] == True).to_numpy()  # noqa: E712
    unmanaged = (both["managed_two"] == False).to_numpy()  # noqa: E712
    return _named(both, [(SURVEYED, unknown & known & unmanaged, "two")])


def _named(
    both: pd.DataFrame, found: Iterable[tuple[str, np.ndarray, str]], weight: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the changes; one in weight alone rests on an estimate where either day does."""
    rough = {side: both[f"rough_{side}"].fillna(False).to_numpy(dtype=bool) for side in ("one", "two")}
    parts = [
        pd.DataFrame(
            {
                "id": both.index[which],
                "code": both[f"code_{side}"].to_numpy()[which],
                "change": name,
                "weight": (both[f"weight_{side}"].to_numpy() if weight is None else weight)[which],
                "rough": (rough[side] if weight is None else rough["one"] | rough["two"])[which],
            }
        )
        for name, which, side in found
    ]
    return pd.concat(parts, ignore_index=True)


def _sums(changes: pd.DataFrame, codes: Sequence[str], weight: str) -> dict[str, list[float | None]]:
    """Return change → its sum for each code, None where nothing is on record of what changed.

    Beside them stands of how many changed buildings the figure is missing, and, of floor areas, how many of each sum
    are estimated.
    """
    silent, rough = changes["weight"].isna(), changes["rough"].astype(bool)
    counted = changes.assign(
        weight=changes["weight"].fillna(0), there=1, silent=silent, estimated=rough & ~silent & (changes["weight"] != 0)
    )
    by_both = counted.groupby(["change", "code"])[["weight", "there", "silent", "estimated"]].sum()
    told = by_both.to_dict("index")
    nothing = dict.fromkeys(by_both.columns, 0)
    exact = float if weight == "floor_area_m2" else round
    found: dict[str, list[float | None]] = {}
    for change in WEIGHED:
        of = [told.get((change, code), nothing) for code in codes]
        unsaid = (each["there"] and each["silent"] == each["there"] for each in of)
        found[change] = [None if no else exact(each["weight"]) for no, each in zip(unsaid, of, strict=True)]
        if weight == "floor_area_m2":
            found[f"{change}_estimated"] = [int(each["estimated"]) for each in of]
    lacking = counted[silent & (counted["change"] != REWEIGHED)]["code"].value_counts()
    found["changed_missing_weight"] = [int(lacking.get(code, 0)) for code in codes]
    return found


def _listed(three: _Three, changes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return every change with its building as it is on the later day, or as it last was where it is gone.

    What was only surveyed is counted, and not listed: nothing changed there.
    """
    parts = []
    left = changes[~changes["change"].isin((SURVEYED, REWEIGHED)).to_numpy()]
    for now in (three.after, three.known, three.before):
        here = left["id"].isin(now.buildings.index).to_numpy()
        for change, some in left[here].groupby("change"):
            found = now.buildings.loc[some["id"]]
            listed = table(found.assign(reason=found["reason"].astype(object).fillna("managed")), now)
            listed.insert(2, "change", change)
            parts.append(listed)
        left = left[~here]
    if not parts:
        none = table(three.after.buildings[:0], three.after)
        none.insert(2, "change", pd.Series(dtype=object))
        return none
    every = pd.concat(parts).sort_values(["code", "change"], kind="stable")
    again = every.index.duplicated()  # it became known that it was managed, and then it ended
    every.index = pd.Index(np.where(again, every.index + "~" + every["change"], every.index), name=every.index.name)
    return every


def _rows(three: _Three, by: str) -> pd.DataFrame:
    rough = [f"{name}_estimated" for name in SUMS] if three.weight == "floor_area_m2" else []
    columns = [*SUMS, *rough, "coverage", "missing_weight", "estimated"]
    then, now = (_covered(each, by, three.weight).set_index("code") for each in (three.before, three.after))
    merged = now[["name", *columns]].rename(columns={name: _of_day(name, "to") for name in columns})
    merged = merged.join(then[columns].rename(columns=lambda name: _of_day(name, "from")), how="outer")
    merged["name"] = merged["name"].astype(object).fillna(then["name"].astype(object))
    for side in ("from", "to"):  # a row of one day alone had nothing on the other
        alone = merged[f"missing_weight_{side}"].isna()
        for name in (_of_day(each, side) for each in columns if each != "coverage"):
            merged.loc[alone, name] = 0
            if three.weight != "floor_area_m2":
                merged[name] = as_counts(merged[name].to_numpy(dtype=float, na_value=np.nan))
    merged["coverage_change"] = merged["coverage_to"] - merged["coverage_from"]
    codes = [code if isinstance(code, str) else "" for code in merged.index]
    for name, sums in _sums(three.changes(by), codes, three.weight).items():
        merged[name] = pd.array(sums, dtype="Float64" if name in WEIGHED and rough else "Int64")
    return merged.reset_index(names="code")


def _of_day(name: str, side: str) -> str:
    """Return what a column of one day is called: what is said of an estimate stays at the end."""
    sum_of, estimated, _ = name.partition("_estimated")
    return f"{sum_of}_{side}{estimated}"


def _covered(now: Situation, by: str, weight: str) -> pd.DataFrame:
    """Return the figures of one day, with how many floor areas are estimated."""
    base = now.in_scope(NEEDED)
    base = base.assign(key=pd.Series(_keys(base, now, by), index=base.index, dtype=object))
    if by == ENCLOSURE:
        names = {code: Text(f"analyses.enclosure-{code}") for code in dict.fromkeys(base["key"])}
        found = rows_by(base, now, "key", weight, names, everything=False)
    elif by == MANAGER:
        found = rows_by(base, now, "key", weight, contracts(now)[1], everything=False)
    else:
        found = coverage_rows(base, now, by, weight)
    return found.assign(estimated=found["total_estimated"] if weight == "floor_area_m2" else 0)


def _with_estimates(labels: dict[str, Label]) -> dict[str, Label]:
    """Return labels of sums, each with that of how many floor areas in it are estimated."""
    found: dict[str, Label] = {}
    for name, label in labels.items():
        rough = Label(f"{label.zh}：面积为估算的楼栋", f"{label.en}: buildings with estimated floor area")
        found |= {name: label, f"{name}_estimated": rough}
    return found


CHANGE_LABELS = _with_estimates({change: SUMMARY_LABELS[change] for change in WEIGHED})
SUM_LABELS = {
    f"{name}_{side}": Label(f"{side_zh}{zh}", f"{en} {side_en}")
    for name, zh, en in (("managed", "有管理", "Managed"), ("known", "已摸排", "Known"), ("total", "合计", "Total"))
    for side, side_zh, side_en in (("from", "期初", "before"), ("to", "期末", "after"))
}

ANALYSIS = Analysis(
    id="compare-dates",
    label=Label("两日对比", "Compare two days"),
    description=Label(
        "两个日期之间新纳管、新脱管与后来才得知的楼栋，及各区域覆盖率的变化",
        "Buildings newly managed and newly unmanaged between two days, those of which it became known only later, and"
        " the change of coverage by area.",
    ),
    Inputs=Inputs,
    labels=INPUT_LABELS,
    outputs=(
        Output(
            "rows",
            "rows",
            Label("各区域", "By area"),
            {
                "code": Label("编码", "Code"),
                "name": Label("名称", "Name"),
                "coverage_from": Label("期初覆盖率", "Coverage before"),
                "coverage_to": Label("期末覆盖率", "Coverage after"),
                "coverage_change": Label("变化", "Change"),
                **_with_estimates(SUM_LABELS),
                "missing_weight_from": Label("期初缺该项数据的楼栋", "Buildings missing this figure before"),
                "missing_weight_to": Label("期末缺该项数据的楼栋", "Buildings missing this figure after"),
                "estimated_from": Label("期初面积为估算的楼栋", "Buildings with estimated floor area before"),
                "estimated_to": Label("期末面积为估算的楼栋", "Buildings with estimated floor area after"),
                "changed_missing_weight": SUMMARY_LABELS["changed_missing_weight"],
                **CHANGE_LABELS,
            },
        ),
        Output(
            "buildings",
            "features",
            Label("变化楼栋", "Changed buildings"),
            BUILDING_COLUMNS | {"change": Label("变化", "Change")},
        ),
        Output(
            "summary",
            "object",
            Label("汇总", "Summary"),
            {
                **labels_of("weight", "from", "to"),
                **CHANGE_LABELS,
                **labels_of("changed_missing_weight", "changed_buildings"),
            },
        ),
    ),
    run=run,
)
