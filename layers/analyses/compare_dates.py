"""What changed between two days: newly managed and newly unmanaged buildings, and coverage then and now."""

from __future__ import annotations

import datetime as dt

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
from layers.situation.labels import INPUT_LABELS, labels_of
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
    """Compare the situations of two days."""
    if inputs.since > inputs.until:
        raise InvalidParameter(Fault(Text("analyses.days-reversed"), {"parameter": "from", "value": inputs.since}))
    before = situation(store, inputs.since, inputs.basis)
    progress(0.4, "from")
    after = situation(store, inputs.until, inputs.basis)
    progress(0.8, "to")
    changed = _changed(before, after)
    return {
        "rows": _rows(before, after, changed, inputs.by),
        "buildings": changed,
        "summary": {
            "from": coverage_summary(before.in_scope(COUNTED_OF_BUILDINGS), before, "buildings"),
            "to": coverage_summary(after.in_scope(COUNTED_OF_BUILDINGS), after, "buildings"),
            **{change: int((changed["change"] == change).sum()) for change in CHANGES},
        },
    }


CHANGES = ("newly_managed", "newly_unmanaged")


def _changed(before: Situation, after: Situation) -> gpd.GeoDataFrame:
    """Return the buildings in scope whose known answer turned around; those that appeared are not a change."""
    after_scope = after.in_scope()
    earlier = before.in_scope(["managed"])["managed"].reindex(after_scope.index)
    later = after_scope["managed"]
    gained = (~earlier & later).fillna(False).to_numpy(dtype=bool)
    lost = (earlier & ~later).fillna(False).to_numpy(dtype=bool)
    found = after_scope[gained | lost]
    change = pd.Series(np.where(gained, *CHANGES), index=after_scope.index)
    listed = table(found.assign(reason=found["reason"].fillna("managed")), after)
    listed.insert(2, "change", change.reindex(listed.index))
    return listed


def _rows(before: Situation, after: Situation, changed: pd.DataFrame, by: str) -> pd.DataFrame:
    columns = ["managed", "known", "total", "coverage"]
    then = coverage_rows(before.in_scope(COUNTED_OF_BUILDINGS), before, by, "buildings").set_index("code")
    now = coverage_rows(after.in_scope(COUNTED_OF_BUILDINGS), after, by, "buildings").set_index("code")
    merged = now[["name", *columns]].rename(columns={name: f"{name}_to" for name in columns})
    merged = merged.join(then[columns].add_suffix("_from"), how="outer")
    merged["name"] = merged["name"].fillna(then["name"])
    merged["coverage_change"] = merged["coverage_to"] - merged["coverage_from"]
    level = after.buildings[COLUMN_OF_LEVEL[by]].reindex(changed.index)
    for change in CHANGES:
        counts = level[(changed["change"] == change).to_numpy()].value_counts()
        merged[change] = [int(counts.get(code, 0)) for code in merged.index]
    return merged.reset_index(names="code")


ANALYSIS = Analysis(
    id="compare-dates",
    label=Label("两日对比", "Compare two days"),
    description=Label(
        "两个日期之间新纳管与新脱管的楼栋，及各区域覆盖率的变化",
        "Buildings newly managed and newly unmanaged between two days, and the change of coverage by area.",
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
                "coverage_from": Label("起始覆盖率", "Coverage before"),
                "coverage_to": Label("截止覆盖率", "Coverage after"),
                "coverage_change": Label("变化", "Change"),
                "managed_from": Label("起始有管理", "Managed before"),
                "managed_to": Label("截止有管理", "Managed after"),
                "known_from": Label("起始已摸排", "Known before"),
                "known_to": Label("截止已摸排", "Known after"),
                "total_from": Label("起始合计", "Total before"),
                "total_to": Label("截止合计", "Total after"),
                "newly_managed": Label("新纳管", "Newly managed"),
                "newly_unmanaged": Label("新脱管", "Newly unmanaged"),
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
