"""What changed between two days: what happened to buildings, what became known of them, and coverage then and now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd

from layers.analyses.coverage import COUNTED_OF_BUILDINGS
from layers.analyses.coverage import rows as coverage_rows
from layers.analyses.coverage import summary as coverage_summary
from layers.analyses.registry import Analysis, Output, Progress
from layers.analyses.unmanaged_buildings import BUILDING_COLUMNS, table
from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.model.management import BASES, Basis
from layers.situation.day import COLUMN_OF_LEVEL, Level, Situation, situation
from layers.situation.labels import INPUT_LABELS, SUMMARY_LABELS, labels_of
from layers.store.protocol import Store
from layers.text import Text


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
    by : layer id
        One row an area of this level.
    """

    since: dt.date = msgspec.field(name="from")
    until: dt.date = msgspec.field(name="to")
    basis: Basis = BASES[0]
    by: Level = "communities"


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
    three = _Three(before, known, after)
    changes = three.changes(None)
    return {
        "rows": _rows(three, inputs.by),
        "buildings": _listed(three, changes),
        "summary": {
            "from": coverage_summary(before.in_scope(COUNTED_OF_BUILDINGS), before, "buildings"),
            "to": coverage_summary(after.in_scope(COUNTED_OF_BUILDINGS), after, "buildings"),
            **{change: int((changes["change"] == change).sum()) for change in CHANGES},
        },
    }


HAPPENED = ("newly_managed", "newly_unmanaged", "appeared", "disappeared")
LEARNED = ("became_known_managed", "became_known_unmanaged", "became_known_managed", "became_known_unmanaged")
SURVEYED = "became_known_surveyed"
CHANGES = (*HAPPENED, *dict.fromkeys(LEARNED), SURVEYED)


@dataclass(frozen=True)
class _Three:
    """The earlier day as it was stated then, the same day as it was stated by the later one, and the later day."""

    before: Situation
    known: Situation
    after: Situation

    def changes(self, level: Level | None) -> pd.DataFrame:
        """Return ``id, code, change``: what was learned and what happened in each area of a level, or in all.

        In each area: managed before, and newly managed and appeared and became known as managed, without newly
        unmanaged and disappeared and became known as unmanaged, is managed after.
        """
        first, second, third = (_answers(each, level) for each in (self.before, self.known, self.after))
        changes = [_turned(first, second, LEARNED), _turned(second, third, HAPPENED), _surveyed(first, third)]
        return pd.concat(changes, ignore_index=True)


def _answers(now: Situation, level: Level | None) -> pd.DataFrame:
    """Return of each building in scope the area that it belongs to, and whether it is managed."""
    buildings = now.in_scope(["managed"] if level is None else ["managed", COLUMN_OF_LEVEL[level]])
    code: object = ""
    if level is not None:
        given = buildings[COLUMN_OF_LEVEL[level]].to_numpy(dtype=object)
        code = np.where(pd.isna(given), "", given)
    managed = buildings["managed"].fillna(False).to_numpy(dtype=bool)
    known = buildings["managed"].notna().to_numpy(dtype=bool)
    return pd.DataFrame({"code": code, "managed": managed, "known": known}, index=buildings.index)


def _beside(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    return one.add_suffix("_one").join(two.add_suffix("_two"), how="outer")


def _turned(one: pd.DataFrame, two: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return what turned from one to the other; `names` for: is managed now, is not, came managed, went managed."""
    both = _beside(one, two)
    was, now = ((both[f"managed_{side}"] == True).to_numpy(dtype=bool) for side in ("one", "two"))  # noqa: E712
    there = (both["code_one"].notna() & both["code_two"].notna()).to_numpy()
    stayed = there & (both["code_one"] == both["code_two"]).to_numpy()
    found = (stayed & ~was & now, stayed & was & ~now, ~stayed & now, ~stayed & was)
    sides = ("two", "one", "two", "one")  # whatever goes is counted where it was
    return _named(both, zip(names, found, sides, strict=True))


def _surveyed(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Return what nobody knew, and is known not to be managed by now."""
    both = _beside(one, two)
    unknown, known = (both["known_one"] == False).to_numpy(), (both["known_two"] == True).to_numpy()  # noqa: E712
    unmanaged = (both["managed_two"] == False).to_numpy()  # noqa: E712
    return _named(both, [(SURVEYED, unknown & known & unmanaged, "two")])


def _named(both: pd.DataFrame, found: Iterable[tuple[str, np.ndarray, str]]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"id": both.index[which], "code": both[f"code_{side}"].to_numpy()[which], "change": name})
        for name, which, side in found
    ]
    return pd.concat(parts, ignore_index=True)


def _listed(three: _Three, changes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return every change with its building as it is on the later day, or as it last was where it is gone.

    What was only surveyed is counted, and not listed: nothing changed there.
    """
    parts = []
    left = changes[(changes["change"] != SURVEYED).to_numpy()]
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


def _rows(three: _Three, by: Level) -> pd.DataFrame:
    columns = ["managed", "known", "total", "coverage"]
    then, now = (
        coverage_rows(each.in_scope(COUNTED_OF_BUILDINGS), each, by, "buildings").set_index("code")
        for each in (three.before, three.after)
    )
    merged = now[["name", *columns]].rename(columns={name: f"{name}_to" for name in columns})
    merged = merged.join(then[columns].add_suffix("_from"), how="outer")
    merged["name"] = merged["name"].astype(object).fillna(then["name"].astype(object))
    merged["coverage_change"] = merged["coverage_to"] - merged["coverage_from"]
    changes = three.changes(by)
    for change in CHANGES:
        counts = changes["code"][(changes["change"] == change).to_numpy()].value_counts()
        merged[change] = [int(counts.get(code if isinstance(code, str) else "", 0)) for code in merged.index]
    return merged.reset_index(names="code")


CHANGE_LABELS = {change: SUMMARY_LABELS[change] for change in CHANGES}

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
                "managed_from": Label("起始有管理", "Managed before"),
                "managed_to": Label("截止有管理", "Managed after"),
                "known_from": Label("起始已摸排", "Known before"),
                "known_to": Label("截止已摸排", "Known after"),
                "total_from": Label("起始合计", "Total before"),
                "total_to": Label("截止合计", "Total after"),
                **CHANGE_LABELS,
            },
        ),
        Output(
            "buildings",
            "features",
            Label("变化楼栋", "Changed buildings"),
            BUILDING_COLUMNS | {"change": Label("变化", "Change")},
        ),
        Output("summary", "object", Label("汇总", "Summary"), labels_of("from", "to", *CHANGES)),
    ),
    run=run,
)
