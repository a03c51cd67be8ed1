"""The coverage map: buildings by management status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.analyses.unmanaged_buildings import reason_texts
from layers.analyses.unmanaged_courtyards import contracts
from layers.catalogue import Label, catalogue
from layers.model.management import MODES, NOT_RECORDED, OUT_OF_SCOPE, STAGES, STATUSES, coverage
from layers.situation.words import BASIS
from web.maps.registry import Map
from web.maps.style import status_symbol
from web.maps.theme import (
    Class,
    Column,
    Group,
    Headline,
    Theme,
    called,
    estimates,
    from_field,
    labels,
    names_of,
    number,
    percent,
    words,
)  # fmt: skip

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

ORDER = (
    *(mode + stage for mode in MODES for stage in ("", *(f"-{each}" for each in STAGES[1:]))),
    *STATUSES[1:],
    OUT_OF_SCOPE,
)


def coverage_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the buildings of the asked community by who manages them, counted on the asked basis."""
    language, buildings = question.language, situation.buildings
    if question.community:
        buildings = buildings[buildings["community"] == question.community]
    group = groups_of(buildings)
    class_of = [f"{one}:{name}" for one, name in zip(group, buildings["status_class"], strict=True)]
    return Theme(
        id="coverage",
        ids=list(buildings.index),
        names=called(buildings),
        geometries=list(buildings.geometry),
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=_groups(question, situation.recorded),
        columns=_columns(buildings, situation, language),
        headline=headline(situation, question),
        tally=tally(situation),
        backdrop=("managed-areas", "courtyards"),
        versions=buildings["version"].to_numpy(),
    )


def groups_of(buildings: pd.DataFrame) -> pd.Series:
    """Say on which side of the count each building stands: managed, not, unrecorded, unknown or out (of scope)."""
    managed = buildings["managed"].astype(object).map({True: "managed", False: "not"})
    managed = managed.mask(buildings["reason"] == NOT_RECORDED, "unrecorded")
    return managed.where(managed.notna(), "unknown").where(buildings["scoped"], "out")


def tally(situation: Situation) -> pd.DataFrame:
    """Return managed and known buildings by community."""
    rows = coverage(situation.in_scope(("managed", "community")), "buildings", by="community")
    if not situation.recorded:  # nothing of it is known
        rows[["managed", "known"]] = 0
    return rows.rename(columns={"managed": "part"})[["part", "known"]]


def headline(situation: Situation, question: Question) -> Headline:
    """Say the coverage of the asked community, with denominator, basis, day and bounds."""
    language, buildings = question.language, situation.in_scope(("managed", "community"))
    if question.community:
        buildings = buildings[buildings["community"] == question.community]
    row = coverage(buildings, "buildings").iloc[0]
    if not situation.recorded:
        return Headline(
            words("coverage-title", language), words("not-recorded", language), "", words("no-acceptance", language)
        )
    return Headline(
        title=words("coverage-title", language),
        value=percent(row["managed"], row["known"]),
        denominator=words(
            "coverage-denominator",
            language,
            managed=number(row["managed"], language),
            known=number(row["known"], language),
        ),
        remark=_bounds(row, language),
    )


def _bounds(row: pd.Series, language: str) -> str:
    """Say how much is surveyed, and between what the coverage of all lies."""
    total, managed = row["total"], row["managed"]
    if total and not row["unknown"]:
        return words("coverage-all-known", language, total=number(total, language))
    return words(
        "coverage-bounds",
        language,
        known_share=percent(row["known"], total),
        total=number(total, language),
        lower=percent(managed, total),
        upper=percent(managed + row["unknown"], total),
    )


def class_label(status_class: str, language: str) -> str:
    """Name a status class, such as 专业化 · 过渡试运营."""
    mode, _, stage = status_class.partition("-")
    if mode not in MODES:
        return words(f"status-{status_class}", language)
    arrangements = catalogue().layer("arrangements")
    said = arrangements.field("mode").choice(mode).label.say(language)
    between = "·" if language == "zh" else " · "
    return f"{said}{between}{arrangements.field('stage').choice(stage).label.say(language)}" if stage else said


def _classes(class_of: list[str], language: str) -> list[Class]:
    counts = pd.Series(class_of, dtype=object).value_counts()
    found = []
    for key in sorted(counts.index, key=lambda key: ORDER.index(key.partition(":")[2])):
        group, _, name = key.partition(":")
        symbol = status_symbol(name, counted=group not in ("not", "unrecorded"))
        found.append(Class(key, group, class_label(name, language), symbol, int(counts[key])))
    return found


def _groups(question: Question, recorded: bool) -> list[Group]:
    language, unit = question.language, words("unit-buildings", question.language)
    basis = BASIS[question.basis].say(language)

    def group(key: str, **flags: bool) -> Group:
        return Group(key, words(f"group-{key}", language, basis=basis), words(f"short-{key}", language), unit, **flags)

    # Shares are of what is known, as in the headline: one thing has one percentage.
    return [
        group("not", focus=True, counted=recorded),
        group("managed", counted=recorded),
        group("unrecorded", counted=False),
        group("unknown", counted=False),
        group("out", counted=False),
    ]


def _columns(buildings: gpd.GeoDataFrame, situation: Situation, language: str) -> list[Column]:
    def field(name: str, width: int = 0) -> Column:
        return from_field(buildings, "buildings", name, language, width)

    def column(key: str, values: list[object], kind: str = "text", width: int = 0) -> Column:
        return Column(key.replace("-", "_"), words(f"column-{key}", language), values, kind, "", width)

    said = {name: class_label(name, language) for name in buildings["status_class"].unique()}
    terms = contracts(situation)[0]
    at = terms.index.get_indexer(buildings["arrangement"].to_numpy(dtype=object))
    status = buildings["status"].to_numpy(dtype=object)
    manager = names_of(situation.managers, buildings["manager"])

    def who(key: str, of: np.ndarray) -> Column:
        return column(key, [each if mine else None for each, mine in zip(manager, of, strict=True)])

    def term(name: str) -> list[object]:
        given = terms[name].astype(object).where(terms[name].notna(), None).to_numpy(dtype=object)
        return list(np.append(given, np.array([None], dtype=object))[at])

    return [
        field("code", 144),
        field("name", 60),
        column("courtyard", names_of(situation.courtyards, buildings["courtyard"]), width=106),
        column("community", names_of(situation.communities, buildings["community"]), width=80),
        column("status", [said[name] for name in buildings["status_class"]], width=90),
        column("reason", _reasons(buildings, language), width=190),
        column("reason_date", list(buildings["reason_date"]), "date"),
        field("households", 74),
        who("manager", status == "managed"),
        who("former-manager", status == "lapsed"),
        who("coming-manager", (status == "unmanaged") | (status == "unknown")),
        column("contract-from", term("start_date"), "date"),
        column("contract-to", term("end_date"), "date"),
        column("contract-no", term("doc_no")),
        column("managed_area", names_of(situation.managed_areas, buildings["managed_area"])),
        column("grid", names_of(situation.grids, buildings["grid"])),
        field("use"),
        field("floors"),
        field("floor_area_m2"),
        estimates(
            "floor_area_m2",
            words("column-floor-area-estimated", language),
            buildings["floor_area_estimated"].to_numpy(dtype=bool),
            words("by-floors", language),
        ),
        field("build_year"),
        field("population"),
        field("elderly_60"),
        column("scoped", labels(buildings.assign(in_scope=buildings["scoped"]), "buildings", "in_scope", language)),
    ]


def _reasons(buildings: pd.DataFrame, language: str) -> list:
    given = buildings[buildings["reason"].notna()]
    said = {id: text.say(language) for id, text in zip(given.index, reason_texts(given), strict=True)}
    return [said.get(id) for id in buildings.index]


MAP = Map(
    id="coverage",
    title=Label("物业管理覆盖图", "Property management coverage"),
    tab=Label("物管覆盖", "Coverage"),
    nothing=Label("该日此范围内没有楼栋。请先导入：", "No buildings here on that day. Import some:"),
    part=Label("有物业", "Managed"),
    known=Label("已摸排", "Surveyed"),
    layer="buildings",
    make=coverage_theme,
    by_basis=True,
    proposes=("bundle-buildings",),
)
