"""The map of joint units: villages by how far their centre is, the units of the day, and the ways to their centres."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from layers.catalogue import Label
from layers.errors import Conflict
from layers.keeping import OfEach, Recent
from layers.model import travel
from layers.reach.between import Between, Way
from layers.reach.networks import road_network
from layers.store.protocol import Query, Store
from web.maps.registry import Map
from web.maps.service.question import Asked
from web.maps.style import Symbol
from web.maps.theme import Class, Column, Group, Headline, Theme, percent, words

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.proposals.units import Village
    from layers.situation.day import Situation
    from web.maps.question import Question

SYMBOLS = {
    "centre": Symbol("unit-centre", "#00695C", "#003D33", fill_opacity=0.75),
    "within": Symbol("unit-within", "#80CBC4", "#00695C", fill_opacity=0.55, print_pattern="lines"),
    "beyond": Symbol("unit-beyond", "#F2C185", "#8A4B08", fill_opacity=0.7, print_pattern="hatched"),
    "no_way": Symbol("unit-no-way", "#E3E3E3", "#7C7C7C", print_pattern="dots"),
    "none": Symbol("unit-none", "#FFFFFF", "#B0413E", dash="5 4", print_pattern="checks"),
    "unit": Symbol("unit-outline", "#6A1B9A", "#6A1B9A", weight=2.4, fill_opacity=0.0),
    "way": Symbol("unit-way", "#0B6E99", "#0B6E99", weight=2.0, fill_opacity=0.0),
}
GROUP_OF = {"centre": "villages", "within": "villages", "beyond": "villages", "no_way": "villages", "none": "alone",
            "unit": "units", "way": "ways"}  # fmt: skip
SAID = {
    "centre": Label("中心村", "Centre"),
    "within": Label("时限内可达", "Within the limit"),
    "beyond": Label("车程超限", "Beyond the limit"),
    "no_way": Label("沿路不可达", "No way along streets"),
    "none": Label("未编入单元", "In no unit"),
    "unit": Label("共建单元", "Joint unit"),
    "way": Label("到中心村路线", "Way to the centre"),
    "villages": Label("单元内的村", "Villages in units"),
    "alone": Label("未编入的村", "Villages in no unit"),
    "units": Label("共建单元", "Joint units"),
    "ways": Label("路线", "Ways"),
    "unit-villages": Label("个村", "villages"),
    "unit-units": Label("个单元", "units"),
    "unit-ways": Label("条", "ways"),
    "object": Label("对象", "Object"),
    "village": Label("村", "Village"),
    "code": Label("编码", "Code"),
    "name": Label("名称", "Name"),
    "joint_unit": Label("所属单元", "Its unit"),
    "centre_name": Label("中心村", "Centre"),
    "minutes": Label("车程（分钟）", "Minutes"),
    "metres": Label("沿路距离（米）", "Metres"),
    "limit": Label("车程上限（分钟）", "Limit (minutes)"),
    "members": Label("村数", "Villages"),
    "size": Label("村数要求", "Size asked"),
    "headline": Label("时限内可达的村", "Villages within the limit"),
}
PROPOSE = "python app.py run joint-units --within districts:CODE -o units.json"


@dataclass(frozen=True)
class Line:
    """One feature of the map."""

    id: str
    kind: str
    code: str
    name: str
    shape: shapely.Geometry | None
    community: str | None = None
    unit: str | None = None
    centre: str | None = None
    minutes: float | None = None
    metres: float | None = None
    limit: float | None = None
    members: int | None = None
    size: str | None = None


def joint_units_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the villages of the day with the units that they are recorded in, and the way of each to its centre."""
    language = question.language
    lines, notice = lines_of(store, situation, question.of(Asked).ferries)
    if question.community:
        lines = [each for each in lines if question.community in (each.community, each.code)]
    kinds = [each.kind for each in lines]
    here = [each for each in lines if GROUP_OF[each.kind] in ("villages", "alone")]
    good = sum(each.kind in ("centre", "within") for each in here)
    units = kinds.count("unit")
    return Theme(
        id="joint-units",
        ids=[each.id for each in lines],
        names=[each.name for each in lines],
        geometries=[each.shape for each in lines],
        class_of=kinds,
        classes=[Class(key, GROUP_OF[key], SAID[key].say(language), symbol, kinds.count(key))
                 for key, symbol in SYMBOLS.items() if key in kinds],
        groups=_groups(language),
        columns=_columns(lines, language),
        headline=Headline(
            SAID["headline"].say(language),
            percent(good, len(here)),
            words("units-denominator", language, good=good, villages=len(here), units=units),
            words("units-alone", language, alone=kinds.count("none")),
        ),
        tally=_tally(here),
        notice=(words(f"units-{notice}", language), *((PROPOSE,) if notice == "none-yet" else ())) if notice else (),
        lasting=("units", "ways"),
    )  # fmt: skip


def lines_of(store: Store, situation: Situation, ferries: bool = False) -> tuple[list[Line], str]:
    """Return what the map shows on a day, by ferries too or not, and what stands in the way: none-yet, no-roads."""
    kept = _KEPT(store.revision.__self__)  # type: ignore[attr-defined]  # a method, not any function
    revisions = store.layer_revisions()
    layers = ("communities", "buildings", "roads", "turns", "gates", "barriers", "courtyards", "joint-units")
    key = (*(revisions[each] for each in layers), situation.as_of, situation.crs.to_wkt(), ferries)
    return kept.made(key, lambda: _lines(store, situation, ferries))


def _lines(store: Store, situation: Situation, ferries: bool) -> tuple[list[Line], str]:
    from layers.proposals.units import villages_within  # what searches for units is not loaded for every map

    units = store.read("joint-units", Query(as_of=situation.as_of))
    villages = villages_within(store, "", situation.as_of)[0]
    known = {each.code: at for at, each in enumerate(villages)}
    ways, notice = _ways(store, situation, units, villages, ferries)
    lines, inside = [], set()
    for row in units.itertuples():
        members = [code for code in _codes(row.members) if code in known]
        name = row.name if isinstance(row.name, str) else str(row.code)
        head = villages[known[row.centre]].name if row.centre in known else None
        size = None if pd.isna(row.size_min) or pd.isna(row.size_max) else f"{row.size_min:g}–{row.size_max:g}"
        limit = _limit(row)
        own: dict[str, Any] = {"unit": name, "centre": head, "limit": limit, "size": size}  # fields of a Line
        id = f"joint-units/{row.Index}"
        lines.append(Line(id, "unit", row.code, name, row.geometry, members=len(members), **own))
        for code in members:
            if code in inside:
                continue
            inside.add(code)
            one, way = villages[known[code]], ways.get((row.Index, code))
            kind = "centre" if code == row.centre else _kind(way, limit)
            told: dict[str, Any] = {"minutes": round(way.minutes, 1), "metres": round(way.metres)} if way else {}
            village = Line(code, kind, code, one.name, one.shape or one.place, code, **own, **told)
            lines.append(village)
            if way is not None and code != row.centre:
                course: dict[str, Any] = {"id": f"ways/{code}", "kind": "way", "shape": way.course}
                course["name"] = f"{one.name} → {head}"
                lines.append(replace(village, **course))
    lines += [Line(each.code, "none", each.code, each.name, each.shape or each.place, each.code)
              for each in villages if each.code not in inside]  # fmt: skip
    order = {"villages": 0, "alone": 0, "units": 1, "ways": 2}
    lines.sort(key=lambda each: order[GROUP_OF[each.kind]])
    return lines, notice if len(units) else "none-yet"


def _ways(
    store: Store, situation: Situation, units: gpd.GeoDataFrame, villages: Sequence[Village], ferries: bool
) -> tuple[dict[tuple[str, str], Way], str]:
    """Return the way of each member to its unit's centre, and whether streets stand in the way."""
    if not len(units) or not villages:
        return {}, ""
    known = {each.code: at for at, each in enumerate(villages)}
    places = np.array([each.place for each in villages], dtype=object)
    betweens: dict[tuple[travel.Mode, bool], Between] = {}
    found = {}
    for row in units.itertuples():
        members = [code for code in _codes(row.members) if code in known]
        if row.centre not in known or not members:
            continue
        rows, how = np.array([known[code] for code in members]), _reckoned(row, ferries)
        try:
            if how not in betweens:
                roads = road_network(store, situation.as_of, situation.crs, ferries=how[1])
                betweens[how] = Between(roads, situation.crs, places, how[0], travel.VILLAGE_ACCESS_M)
        except Conflict:  # the map says it, and shows the units
            return {}, "no-roads"
        between = betweens[how]
        for code, way in zip(members, between.ways(known[row.centre], rows, travel.MOST_MINUTES), strict=True):
            if way is not None:
                found[row.Index, code] = way
    return found, ""


def _reckoned(row: object, ferries: bool) -> tuple[travel.Mode, bool]:
    """Return how the ways of a unit are reckoned: as when it was adopted, and by ferries where they are asked for."""
    adopted = getattr(row, "ferries", None)
    boards = ferries or (not pd.isna(adopted) and bool(adopted))
    return "walk" if getattr(row, "mode", None) == "walk" else "drive", boards


def _codes(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple, np.ndarray)) else ()


def _limit(row: object) -> float:
    given: float | None = getattr(row, "limit_minutes", None)
    return travel.LIMIT_MINUTES if given is None or pd.isna(given) else float(given)


def _kind(way: Way | None, limit: float) -> str:
    return "no_way" if way is None else "within" if way.minutes <= limit + 1e-3 else "beyond"


def _groups(language: str) -> list[Group]:
    def group(key: str, unit: str, **flags: bool) -> Group:
        said = SAID[key].say(language)
        return Group(key, said, said, SAID[f"unit-{unit}"].say(language), **flags)

    return [
        group("villages", "villages", focus=True),
        group("alone", "villages"),
        group("units", "units", counted=False),
        group("ways", "ways", counted=False),
    ]


def _columns(lines: Sequence[Line], language: str) -> list[Column]:
    def column(key: str, values: list[object], kind: str = "text", width: int = 0) -> Column:
        return Column(key, SAID[key].say(language), values, kind, "", width)

    what = {"unit": "unit", "way": "way"}
    return [
        column("object", [SAID[what.get(each.kind, "village")].say(language) for each in lines], width=80),
        column("code", [each.code for each in lines], "code", 120),
        column("name", [each.name for each in lines], width=130),
        column("joint_unit", [each.unit for each in lines], width=140),
        column("centre_name", [each.centre for each in lines], width=90),
        column("minutes", [each.minutes for each in lines], "number", 90),
        column("metres", [each.metres for each in lines], "number", 100),
        column("limit", [each.limit for each in lines], "number", 110),
        column("members", [each.members for each in lines], "number", 70),
        column("size", [each.size for each in lines]),
    ]


def _tally(here: Sequence[Line]) -> pd.DataFrame:
    frame = pd.DataFrame({"code": [each.code for each in here],
                          "part": [int(each.kind in ("centre", "within")) for each in here],
                          "known": [1] * len(here)}, columns=["code", "part", "known"])  # fmt: skip
    return frame.groupby("code")[["part", "known"]].sum().astype("int64")


def _printed(question: Question) -> str:
    return words("service.ferries", question.language) if question.of(Asked).ferries else ""


_KEPT: OfEach[Store, Recent[tuple[Hashable, ...], tuple[list[Line], str]]] = OfEach(lambda store: Recent(4))

MAP = Map(
    id="joint-units",
    title=Label("共建单元图", "Joint units"),
    tab=Label("共建单元", "Joint units"),
    nothing=Label("该日此范围内没有行政村。请先导入：", "No villages here on that day. Import some:"),
    part=Label("时限内可达", "Within the limit"),
    known=Label("行政村", "Villages"),
    layer="communities",
    make=joint_units_theme,
    rests_on=("joint-units", "roads", "turns", "gates", "barriers"),
    corrects="joint-units",
    beside="joint_units_way.html",
    form=lambda question: question.of(Asked),
    printed=_printed,
    proposes=("joint-units",),
    of_villages=True,
)
