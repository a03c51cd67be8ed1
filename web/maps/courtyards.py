"""The courtyard map: residential compounds by enclosure; the open ones are what a street office looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers.catalogue import Label, catalogue
from layers.model.management import open_share
from web.maps.registry import Map
from web.maps.style import ENCLOSURE
from web.maps.theme import (
    Class,
    Column,
    Group,
    Headline,
    Theme,
    called,
    from_field,
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

GROUPS = {"open": "open", "semi": "not-open", "closed": "not-open", "unknown": "unknown"}


def courtyards_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the courtyards of the asked community by enclosure."""
    language, courtyards = question.language, situation.courtyards
    if question.community:
        courtyards = courtyards[courtyards["community_code"] == question.community]
    class_of = list(enclosures(courtyards))
    return Theme(
        id="courtyards",
        ids=list(courtyards.index),
        names=called(courtyards),
        geometries=list(courtyards.geometry),
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=_groups(language),
        columns=_columns(courtyards, situation, language),
        headline=headline(courtyards, language),
        tally=tally(situation),
        backdrop=("buildings",),
        versions=courtyards["version"].to_numpy(),
    )


def enclosures(courtyards: pd.DataFrame) -> pd.Series:
    """Return each courtyard's enclosure; what is not entered is unknown."""
    return courtyards["enclosure"].astype(object).where(courtyards["enclosure"].notna(), "unknown")


def tally(situation: Situation) -> pd.DataFrame:
    """Return open courtyards and those whose enclosure is known, by community."""
    courtyards = situation.courtyards
    enclosure = enclosures(courtyards)
    sums = pd.DataFrame({"part": enclosure == "open", "known": enclosure != "unknown"}).astype("int64")
    return sums.groupby(courtyards["community_code"], dropna=False).sum()


def headline(courtyards: gpd.GeoDataFrame, language: str) -> Headline:
    """Say the open share by count, and beside it by households."""
    share = open_share(courtyards)
    return Headline(
        title=words("courtyards-title", language),
        value=percent(share["open"], share["known"]),
        denominator=words(
            "courtyards-denominator",
            language,
            open=number(share["open"], language),
            known=number(share["known"], language),
        ),
        remark=words(
            "courtyards-households",
            language,
            share=percent(share["open_households"], share["known_households"]),
            open=number(share["open_households"], language),
            known=number(share["known_households"], language),
        )
        if share["known_households"]
        else "",
    )


def _classes(class_of: list[str], language: str) -> list[Class]:
    choices = catalogue().layer("courtyards").field("enclosure")
    return [
        Class(code, group, choices.choice(code).label.say(language), ENCLOSURE[code], class_of.count(code))
        for code, group in GROUPS.items()
        if code in class_of
    ]


def _groups(language: str) -> list[Group]:
    def group(key: str, word: str, **flags: bool) -> Group:
        label = words(f"group-{word}", language)
        return Group(key, label, label, words("unit-courtyards", language), **flags)

    return [
        group("open", "open", focus=True),
        group("not-open", "not-open"),
        group("unknown", "enclosure-unknown", counted=False),
    ]


def _columns(courtyards: gpd.GeoDataFrame, situation: Situation, language: str) -> list[Column]:
    def field(name: str, width: int = 0) -> Column:
        return from_field(courtyards, "courtyards", name, language, width)

    buildings = situation.buildings.groupby("courtyard").size()
    count = [int(buildings.get(code, 0)) for code in courtyards["code"]]
    community = names_of(situation.communities, courtyards["community_code"])
    return [
        field("code", 136),
        field("name", 130),
        Column("community", words("column-community", language), community, width=90),
        field("enclosure", 76),
        field("form", 108),
        field("build_year", 72),
        field("renovation", 76),
        Column("buildings", words("column-buildings", language), count, "number", "", 64),
        field("households", 74),
        field("is_old"),
        field("population"),
        field("elderly_60"),
        field("floor_area_m2"),
        field("owners_committee"),
        field("oc_term_end"),
        field("survey_status"),
        field("geometry_derived"),
    ]


MAP = Map(
    id="courtyards",
    title=Label("小区（楼院）开放情况图", "Courtyards by enclosure"),
    tab=Label("楼院", "Courtyards"),
    nothing=Label("该日此范围内没有小区（楼院）。请先导入：", "No courtyards here on that day. Import some:"),
    part=Label("开放式", "Open"),
    known=Label("情况已明", "Known"),
    layer="courtyards",
    make=courtyards_theme,
)
