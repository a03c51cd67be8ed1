"""Two proposals of one kind beside each other: what was wished otherwise, what it comes to, and who goes elsewhere.

Each is read with the records that it was made of: where those changed since, as they were known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.catalogue import Label, catalogue
from layers.errors import Fault, InvalidParameter
from layers.model.values import known_count
from layers.proposals.accepting import whole
from layers.proposals.frame import figure, place_called
from layers.proposals.kinds import Kind, Members, Told
from layers.proposals.membership import PEOPLE, situation_of
from layers.store.believed import BelievedStore
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.knowing import known

SIDES = ("first", "second")
VERDICT = ("status", "objective", "bound", "gap", "stopped")
OF_THE_JOB = ("seconds", "seed")
"""Inputs that change what is found, and not what is wished."""
BOTH = {"first": Label("方案甲", "First"), "second": Label("方案乙", "Second")}
ROW_COLUMNS = {
    "row": Label("对照行", "Row"),
    **BOTH,
    "shared": Label("两案相同数", "In both"),
    "only_first": Label("仅甲案归此", "Here in the first only"),
    "only_second": Label("仅乙案归此", "Here in the second only"),
}
UNIT_COLUMNS = {
    "code": Label("编码", "Code"),
    "name": Label("名称", "Name"),
    **BOTH,
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上", "Residents of 60 and older"),
    "row": Label("所在对照行", "Row of the comparison"),
}
PART_COLUMNS = {
    "side": Label("方案", "Proposal"),
    "part": Label("组成部分", "Part"),
    "name": Label("名称", "Name"),
    "row": Label("所在对照行", "Row of the comparison"),
}
FIGURE_COLUMNS = {
    "figure": Label("指标代码", "Figure's key"),
    "label": Label("指标", "Figure"),
    **BOTH,
    "difference": Label("乙减甲", "Second less first"),
}
WISH_COLUMNS = {
    "input": Label("条件代码", "Input"),
    "label": Label("条件", "Wish"),
    **BOTH,
}
SUMMARY_COLUMNS = {
    "kind": Label("建议种类", "Kind of proposal"),
    "layer": Label("比对对象", "What is compared"),
    **BOTH,
    "job": Label("任务编号", "Job"),
    "as_of": Label("截至日期", "As of"),
    "within": Label("范围", "Within"),
    "created": Label("计算时间", "Computed at"),
    "status": Label("结论", "Status"),
    "proven": Label("是否已证明", "Proven"),
    "parts": Label("组成部分数", "Parts"),
    "total": Label("对象总数", "Compared"),
    "moved": Label("去向不同数", "Elsewhere in the second"),
    "only_first": Label("仅甲案有去向", "In a part of the first only"),
    "only_second": Label("仅乙案有去向", "In a part of the second only"),
    "households": Label("去向不同的户数", "Households elsewhere"),
    "population": Label("去向不同的人口", "Residents elsewhere"),
    "elderly_60": Label("去向不同的60岁以上", "Residents of 60 and older elsewhere"),
    "missing_households": Label("其中户数缺失数", "Of these without households on record"),
    "notes": Label("说明", "Notes"),
    "sentences": Label("可粘贴的说明", "Sentences to paste"),
}


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two, and the records that it was made of."""

    store: Store
    told: Told
    members: Members


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Parts of the one and the other that are the same: a row each; None where a row has a part of one alone."""

    rows: list[tuple[str | None, str | None]]

    def row_of(self, side: int) -> dict[str, int]:
        """Return part → its row."""
        return {part: at for at, row in enumerate(self.rows) if (part := row[side]) is not None}


def compare(store: Store, first: str, second: str) -> tuple[dict[str, object], Kind]:
    """Compare two proposals, named by their jobs; gives the outputs of the analysis, and the kind of proposal.

    Raises
    ------
    NotFound, Conflict
        A job that there is not, or that made no proposal.
    InvalidParameter
        Twice the same, or two of different kinds.
    """
    if first == second:
        raise unfit(Text("proposals.beside-one"), second)
    (one, kind), (two, other) = whole(store, first), whole(store, second)
    if kind.id != other.id:
        raise unfit(Text("proposals.beside-kinds", first=kind.id, second=other.id), second)
    sides = _side(store, one, kind), _side(store, two, kind)
    pairs = _paired(*(each.members for each in sides))
    units = _units(sides, pairs)
    wishes = _wishes(sides)
    outputs = {
        "rows": _rows(sides, pairs, kind, units),
        "units": units,
        "proposals": _parts(sides, pairs),
        "figures": _figures(sides, kind),
        "wishes": wishes,
        "summary": _summary(sides, kind, units, wishes),
    }
    return outputs, kind


def unfit(reason: Text, second: str) -> InvalidParameter:
    """Return the refusal of a second proposal that cannot stand beside the first."""
    return InvalidParameter(Fault(reason, {"parameter": "second", "value": second[:80]}))


def _side(store: Store, told: Told, kind: Kind) -> _Side:
    """Read a proposal with the records of then; those of now where none of its layers changed."""
    now, then = store.layer_revisions(), told.summary["revisions"]
    same = all(now[layer] == then.get(layer) for layer in kind.rests_on)
    read = store if same or isinstance(store, BelievedStore) else known(store, str(told.job.revision))
    return _Side(read, told, kind.beside.members(read, told))


def _paired(one: Members, two: Members) -> _Pairs:
    """Find which parts are the same: by their keys, else by what most of is in both."""
    from scipy.optimize import linear_sum_assignment

    by_key = {key: part for part, key in two.keys.items() if part in two.parts}
    same = {part: by_key[key] for part, key in one.keys.items() if key in by_key and part in one.parts}
    if one.others is not None and one.others == two.others:
        same[one.others] = one.others
    left = [part for part in one.parts if part not in same]
    right = [part for part in two.parts if part not in set(same.values())]
    if left and right and not one.keyed:
        both = one.frame.index[one.frame.index.isin(two.frame.index)]
        worth = pd.Series(1.0 + one.frame.loc[both, "households"].to_numpy(dtype=float, na_value=0.0))
        shared = worth.groupby([each.frame.loc[both, "part"].to_numpy(dtype=object) for each in (one, two)]).sum()
        table = shared.unstack(fill_value=0.0).reindex(index=left, columns=right, fill_value=0.0).to_numpy()
        for at, to in zip(*linear_sum_assignment(-table), strict=True):
            if table[at, to] > 0:
                same[left[at]] = right[to]
    taken = set(same.values())
    rows: list[tuple[str | None, str | None]] = [(part, same.get(part)) for part in one.parts]
    return _Pairs(rows + [(None, part) for part in two.parts if part not in taken])


def _units(sides: tuple[_Side, _Side], pairs: _Pairs) -> gpd.GeoDataFrame:
    """Return those that are in another part in the second than in the first, most households first."""
    one, two = (each.members for each in sides)
    codes = one.frame.index.union(two.frame.index, sort=True)
    homes = [_homes(each, codes) for each in (one, two)]
    row_of = [pairs.row_of(n) for n in (0, 1)]
    rows = [np.array([row_of[n].get(each or "", -1) for each in homes[n]], np.int64) for n in (0, 1)]
    moved = rows[0] != rows[1]
    codes = codes[moved]
    here = codes.isin(two.frame.index)
    known_of = pd.concat([two.frame.loc[codes[here]], one.frame.loc[codes[~here]]]).loc[codes]
    said = [[_where(each, code) for code in codes] for each in (one, two)]
    columns = {
        "code": codes.to_numpy(dtype=object), "name": known_of["name"], "first": said[0], "second": said[1],
        **{name: pd.array(np.round(known_of[name].to_numpy(dtype=float, na_value=np.nan)), dtype="Int64")
           for name in PEOPLE},
        "row": np.where(rows[1] >= 0, rows[1], rows[0])[moved],
    }  # fmt: skip
    frame = pd.DataFrame(columns, index=codes, columns=list(UNIT_COLUMNS))
    found = gpd.GeoDataFrame(frame, geometry=known_of["geometry"].to_numpy(dtype=object), crs="EPSG:4326")
    order = np.lexsort([codes.to_numpy(dtype=str), -found["households"].to_numpy(dtype=float, na_value=-1.0)])
    return found.iloc[order]


def _homes(members: Members, codes: pd.Index) -> list[str | None]:
    """Return the part of each code, that of the others where it is not listed."""
    part = members.frame["part"].to_dict()
    return [part.get(code, members.others) for code in codes]


def _where(members: Members, code: str) -> object:
    """Say in which part something is, or that it is in none, or was not looked at."""
    if code not in members.frame.index and members.others is None:
        return Text("proposals.beside-not-asked")
    part = members.frame["part"].get(code, members.others)
    if part is None or pd.isna(part):
        return Text("proposals.beside-nowhere" if members.others is None else "proposals.beside-left-out")
    return members.parts[part]


def _rows(sides: tuple[_Side, _Side], pairs: _Pairs, kind: Kind, units: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each part of either, with the figures of both."""
    counts = [each.members.frame["part"].value_counts() for each in sides]
    mine = [pairs.row_of(n) for n in (0, 1)]
    gone = [_counted(sides[n].members, units.index, mine[n], len(pairs.rows)) for n in (0, 1)]
    rows = []
    for at, row in enumerate(pairs.rows):
        told_of = [{} if part is None else sides[n].members.figures.get(part, {}) for n, part in enumerate(row)]
        untouched = not any(told_of) and not (gone[0][at] or gone[1][at])
        if untouched or (row[0] is not None and row[0] == sides[0].members.others):
            continue  # nothing of the proposals' own
        told: dict[str, object] = {}
        for n, (side, part) in enumerate(zip(SIDES, row, strict=True)):
            told[side] = None if part is None else sides[n].members.parts[part]
            told |= {f"{name}_{side}": told_of[n].get(name) for name in kind.beside.figures}
            told[f"only_{side}"] = int(gone[n][at])
        shared = (0 if row[0] is None else int(counts[0].get(row[0], 0))) - int(gone[0][at])
        rows.append({"row": at, **told, "shared": shared})
    pairs_of_figures = [f"{name}_{side}" for name in kind.beside.figures for side in SIDES]
    frame = pd.DataFrame(rows, columns=[*ROW_COLUMNS, *pairs_of_figures], dtype=object)
    if sides[0].members.keyed and sides[0].members.others is not None:
        frame = frame.drop(columns=["shared", "only_first", "only_second"])  # nobody is listed with a site
    return frame.loc[:, [name in ROW_COLUMNS or bool(frame[name].notna().any()) for name in frame]]


def _counted(members: Members, codes: pd.Index, row_of: Mapping[str, int], n: int) -> np.ndarray:
    """Count by row those of some codes that are in its part."""
    part = members.frame["part"].reindex(codes)
    at = [row_of[each] for each in part if isinstance(each, str) and each in row_of]
    return np.bincount(np.array(at, np.int64), minlength=n)


def _parts(sides: tuple[_Side, _Side], pairs: _Pairs) -> gpd.GeoDataFrame:
    """Return the parts of both as they are drawn: ids are side and part."""
    rows, shapes = [], []
    for n, side in enumerate(sides):
        row_of = pairs.row_of(n)
        homes = side.members.frame["part"]
        for id, part in side.told.parts.items():
            mine = id if id in side.members.parts else homes.get(id)
            name = side.members.parts.get(str(mine), id)
            rows.append({"side": SIDES[n], "part": id, "name": name, "row": row_of.get(str(mine), -1)})
            shapes.append(part.geometry)
    index = pd.Index([f"{each['side']}:{each['part']}" for each in rows], dtype=object)
    frame = pd.DataFrame(rows, columns=list(PART_COLUMNS), index=index)
    return gpd.GeoDataFrame(frame, geometry=np.array([*shapes, None], dtype=object)[:-1], crs="EPSG:4326")


def _figures(sides: tuple[_Side, _Side], kind: Kind) -> pd.DataFrame:
    """Return what both come to."""
    rows = []
    for name in (*VERDICT, *kind.beside.totals):
        one, two = (each.told.summary.get(name) for each in sides)
        if one is None and two is None:
            continue
        counted = [each for each in (one, two) if isinstance(each, int | float) and not isinstance(each, bool)]
        more = counted[1] - counted[0] if len(counted) == 2 else None
        rows.append({"figure": name, "first": one, "second": two, "difference": more})
    return pd.DataFrame(rows, columns=[name for name in FIGURE_COLUMNS if name != "label"], dtype=object)


def _wishes(sides: tuple[_Side, _Side]) -> pd.DataFrame:
    """Return the inputs that differ."""
    one, two = (each.told.inputs for each in sides)
    names = [name for name in {**one, **two} if one.get(name) != two.get(name)]
    rows = [{"input": name, "first": one.get(name), "second": two.get(name)} for name in names]
    return pd.DataFrame(rows, columns=[name for name in WISH_COLUMNS if name != "label"], dtype=object)


def _summary(sides: tuple[_Side, _Side], kind: Kind, units: pd.DataFrame, wishes: pd.DataFrame) -> dict[str, object]:
    one, two = (each.members for each in sides)
    both = one.frame.index.union(two.frame.index)
    rows = [np.array([part is not None and not pd.isna(part) for part in _homes(each, units.index)], bool)
            for each in (one, two)]  # fmt: skip
    sums = {name: known_count(units[name]) for name in PEOPLE}
    found: dict[str, object] = {
        "kind": kind.id,
        "layer": one.layer,
        **{side: _named(each) for side, each in zip(SIDES, sides, strict=True)},
        "total": len(both) if one.others is None else sides[1].told.summary["buildings"],
        "moved": len(units),
        "only_first": int((rows[0] & ~rows[1]).sum()),
        "only_second": int((rows[1] & ~rows[0]).sum()),
        **sums,
        "missing_households": int(units["households"].isna().sum()),
        "notes": _notes(sides, kind, wishes),
    }
    return {**found, "sentences": _sentences(sides, found, one)}


def _named(side: _Side) -> dict[str, object]:
    told, summary = side.told, side.told.summary
    return {
        "job": told.job.id,
        "created": told.job.created.isoformat(),
        **{name: summary[name] for name in ("as_of", "within", "status", "proven")},
        "parts": len(told.parts),
    }


def _notes(sides: tuple[_Side, _Side], kind: Kind, wishes: pd.DataFrame) -> list[Text]:
    """Say what keeps figures from being compared: other wishes, another place, other records."""
    notes = []
    others = set(wishes["input"]) - set(OF_THE_JOB)
    if others & {"within", "as_of", "known_at"}:
        notes.append(Text("proposals.beside-place"))
    if others - {"within", "as_of", "known_at"}:
        notes.append(Text("proposals.beside-objective"))
    one, two = (each.told.summary["revisions"] for each in sides)
    changed = [layer for layer in kind.rests_on if one.get(layer) != two.get(layer)]
    if changed:
        notes.append(Text("proposals.beside-records", layers=[catalogue().layer(each).label for each in changed]))
    if any(each.told.summary["stopped"] for each in sides):
        notes.append(Text("proposals.beside-stopped"))
    return notes


def _sentences(sides: tuple[_Side, _Side], found: Mapping[str, object], one: Members) -> list[Text]:
    """Say what a planner may paste: base and days, who goes elsewhere, and what both come to."""
    given: dict[str, object] = {}
    for side, each in zip(SIDES, sides, strict=True):
        summary = each.told.summary
        place = place_called(each.store, situation_of(each.store, each.told), str(each.told.inputs["within"]))
        given |= {f"place_{side}": place, f"day_{side}": summary["as_of"], f"parts_{side}": len(each.told.parts)}
        given |= {f"status_{side}": Text(f"proposals.beside-{summary['status']}")}
    layer = catalogue().layer(one.layer).label
    counted = ("total", "moved", "households", "elderly_60", "missing_households")
    counts = {name: figure(found[name]) for name in counted}
    key = "sentence-reached" if one.others is not None else "sentence-moved"
    beside = {name: found[name] for name in ("only_first", "only_second")}
    base = Text("proposals.beside-sentence-base", **given)
    return [base, Text(f"proposals.beside-{key}", layer=layer, **counts, **beside)]
