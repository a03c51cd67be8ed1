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

from layers.analyses.coverage import COUNTED_OF_BUILDINGS, rows_by
from layers.analyses.coverage import rows as coverage_rows
from layers.analyses.coverage import summary as coverage_summary
from layers.analyses.registry import Analysis, Output, Progress
from layers.analyses.unmanaged_buildings import BUILDING_COLUMNS, enclosure_of, table
from layers.analyses.unmanaged_courtyards import contracts
from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.model.management import BASES, Basis, indicators
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
    sums = _sums(changes, [""], inputs.weight)
    counts = changes["change"].value_counts()
    return {
        "rows": _rows(three, by),
        "buildings": _listed(three, changes),
        "summary": {
            "weight": inputs.weight,
            "from": coverage_summary(before.in_scope(COUNTED_OF_BUILDINGS), before, inputs.weight),
            "to": coverage_summary(after.in_scope(COUNTED_OF_BUILDINGS), after, inputs.weight),
            **{change: sums[change][0] for change in WEIGHED},
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
        """Return ``id, code, change, weight``: what was learned and what happened in each area, or in all.

        In each area: managed before, and newly managed and appeared and became known as managed, without newly
        unmanaged and disappeared and became known as unmanaged, is managed after; `REWEIGHED` is the difference in
        what stayed managed. A manager has what came into their hands newly managed where it was in nobody's, else
        appeared.
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
    counts = np.nan_to_num(indicators.weights(buildings, weight))
    return pd.DataFrame({"code": code, "managed": managed, "known": known, "weight": counts}, index=buildings.index)


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
    more = both["weight_two"] - both["weight_one"]
    kept = stayed & was & now & (more != 0).to_numpy()
    return pd.concat(
        [_named(both, zip(names, found, sides, strict=True)), _named(both, [(REWEIGHED, kept, "two")], more)],
        ignore_index=True,
    )


def _surveyed(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Return what nobody knew, and is known not to be managed by now."""
    both = _beside(one, two)
    unknown, known = (both["known_one"] == False).to_numpy(), (both["known_two"] == True).to_numpy()  # noqa: E712
    unmanaged = (both["managed_two"] == False).to_numpy()  # noqa: E712
    return _named(both, [(SURVEYED, unknown & known & unmanaged, "two")])


def _named(
    both: pd.DataFrame, found: Iterable[tuple[str, np.ndarray, str]], weight: pd.Series | None = None
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "id": both.index[which],
                "code": both[f"code_{side}"].to_numpy()[which],
                "change": name,
                "weight": (both[f"weight_{side}"] if weight is None else weight).to_numpy()[which],
            }
        )
        for name, which, side in found
    ]
    return pd.concat(parts, ignore_index=True)


def _sums(changes: pd.DataFrame, codes: Sequence[str], weight: str) -> dict[str, list[float]]:
    """Return change → its sum for each code; whole numbers where the weight is a count."""
    sums = changes.groupby(["change", "code"])["weight"].sum()
    exact = float if weight == "floor_area_m2" else round
    return {change: [exact(sums.get((change, code), 0)) for code in codes] for change in WEIGHED}


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
    columns = ["managed", "known", "total", "coverage", "missing_weight", "estimated"]
    then, now = (_covered(each, by, three.weight).set_index("code") for each in (three.before, three.after))
    merged = now[["name", *columns]].rename(columns={name: f"{name}_to" for name in columns})
    merged = merged.join(then[columns].add_suffix("_from"), how="outer")
    merged["name"] = merged["name"].astype(object).fillna(then["name"].astype(object))
    counts = [f"{name}_{side}" for name in columns if name != "coverage" for side in ("from", "to")]
    merged[counts] = merged[counts].fillna(0)  # a row of one day alone had nothing on the other
    if three.weight != "floor_area_m2":
        merged = merged.astype(dict.fromkeys(counts, "int64"))
    merged["coverage_change"] = merged["coverage_to"] - merged["coverage_from"]
    codes = [code if isinstance(code, str) else "" for code in merged.index]
    for change, sums in _sums(three.changes(by), codes, three.weight).items():
        merged[change] = sums
    return merged.reset_index(names="code")


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
    rough = (
        base["floor_area_estimated"].to_numpy(dtype=bool) if weight == "floor_area_m2" else np.zeros(len(base), bool)
    )
    estimated = base["key"][rough].value_counts(dropna=False)
    by_code = {code if isinstance(code, str) else None: int(count) for code, count in estimated.items()}
    return found.assign(estimated=[by_code.get(code, 0) for code in found["code"]])


CHANGE_LABELS = {change: SUMMARY_LABELS[change] for change in WEIGHED}

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
                "managed_from": Label("期初有管理", "Managed before"),
                "managed_to": Label("期末有管理", "Managed after"),
                "known_from": Label("期初已摸排", "Known before"),
                "known_to": Label("期末已摸排", "Known after"),
                "total_from": Label("期初合计", "Total before"),
                "total_to": Label("期末合计", "Total after"),
                "missing_weight_from": Label("期初缺该项数据的楼栋", "Buildings missing this figure before"),
                "missing_weight_to": Label("期末缺该项数据的楼栋", "Buildings missing this figure after"),
                "estimated_from": Label("期初面积为估算的楼栋", "Buildings with estimated floor area before"),
                "estimated_to": Label("期末面积为估算的楼栋", "Buildings with estimated floor area after"),
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
            labels_of("weight", "from", "to", *WEIGHED, "changed_buildings"),
        ),
    ),
    run=run,
)
