"""The grid map: governance grids with their households against a band, and the buildings that no grid holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.catalogue import Label
from layers.situation.day import in_force
from web.maps.registry import Map
from web.maps.style import BAND
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

GRIDS_HELP = "python app.py import grids FILE"
GROUPS = {"below": "outside", "above": "outside", "within": "within", "unknown": "unknown", "unassigned": "unassigned"}


def grids_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the grids of the asked community against the band, and in-scope buildings without a grid."""
    grids = active_grids(situation, question.public)
    homeless = situation.in_scope()
    homeless = homeless[homeless["grid"].isna()]
    if question.community:
        grids = grids[grids["community_code"] == question.community]
        homeless = homeless[homeless["community"] == question.community]
    class_of = [*in_band(grids, question.band), *["unassigned"] * len(homeless)]
    return Theme(
        id="grids",
        # A code is unique within its layer only.
        ids=[*grids.index, *(f"buildings/{id}" if id in grids.index else id for id in homeless.index)],
        names=[*called(grids), *called(homeless)],
        geometries=[*grids.geometry, *homeless.geometry],
        class_of=class_of,
        classes=_classes(class_of, question),
        groups=_groups(question),
        columns=_columns(grids, homeless, situation, question.language),
        headline=headline(grids, question),
        tally=tally(situation, question),
        backdrop=("buildings",),
        notice=() if len(grids) else (words("no-grids-yet", question.language), GRIDS_HELP),
        versions=[*grids["version"], *homeless["version"]],
    )


def active_grids(situation: Situation, public: bool = False) -> gpd.GeoDataFrame:
    """Return the active service grids with ``counted``, the households of the in-scope buildings inside.

    The households entered for the grid stand where no building says anything. For the `public`, from whom counts of
    some buildings are hidden, a sum stands only where every building has one: a part of it would look like the whole.
    """
    grids = situation.grids
    grids = grids[(grids["grid_system"] != "unit") & in_force(grids)]
    buildings = situation.in_scope()
    summed = buildings.groupby("grid")["households"].sum(min_count=1)
    if public:
        summed = summed.mask(buildings["households"].isna().groupby(buildings["grid"]).any())
    counted = grids["code"].map(summed).astype("Float64")
    return grids.assign(
        counted=counted.fillna(grids["households"].astype("Float64")),
        buildings=grids["code"].map(buildings.groupby("grid").size()).fillna(0).astype("int64"),
    )


def in_band(grids: pd.DataFrame, band: tuple[int, int]) -> list[str]:
    """Say of each grid whether its households are within, below or above the band; both ends are within."""
    low, high = band

    def place(households: float | None) -> str:
        if households is None or pd.isna(households):
            return "unknown"
        return "below" if households < low else "above" if households > high else "within"

    return [place(households) for households in grids["counted"]]


def tally(situation: Situation, question: Question) -> pd.DataFrame:
    """Return grids in band and grids whose households are known, by community."""
    grids = active_grids(situation, question.public)
    place = pd.Series(in_band(grids, question.band), index=grids.index, dtype=object)
    sums = pd.DataFrame({"part": place == "within", "known": place != "unknown"}).astype("int64")
    return sums.groupby(grids["community_code"], dropna=False).sum()


def headline(grids: gpd.GeoDataFrame, question: Question) -> Headline:
    """Say how many grids are in band, and how far the largest and the smallest are apart."""
    language, place = question.language, in_band(grids, question.band)
    known = len(place) - place.count("unknown")
    counted = grids["counted"].dropna()
    return Headline(
        title=words("grids-title", language, low=question.band[0], high=question.band[1]),
        value=percent(place.count("within"), known),
        denominator=words(
            "grids-denominator",
            language,
            within=number(place.count("within"), language),
            known=number(known, language),
        ),
        remark=words(
            "grids-range",
            language,
            least=number(counted.min(), language),
            mean=number(counted.mean(), language),
            most=number(counted.max(), language),
        )
        if known
        else "",
    )


def _classes(class_of: list[str], question: Question) -> list[Class]:
    low, high = question.band

    def label(code: str) -> str:
        return words(f"band-{code}", question.language, low=low, high=high)

    return [
        Class(code, group, label(code), BAND[code], class_of.count(code))
        for code, group in GROUPS.items()
        if code in class_of
    ]


def _groups(question: Question) -> list[Group]:
    def group(key: str, word: str, unit: str = "grids", **flags: bool) -> Group:
        label, short = (words(f"{kind}-{word}", question.language) for kind in ("group", "short"))
        return Group(key, label, short, words(f"unit-{unit}", question.language), **flags)

    return [
        group("outside", "outside", focus=True),
        group("within", "within"),
        group("unknown", "band-unknown", counted=False),
        group("unassigned", "unassigned", "buildings", counted=False),
    ]


def _columns(grids: gpd.GeoDataFrame, homeless: gpd.GeoDataFrame, situation: Situation, language: str) -> list[Column]:
    none = [None] * len(homeless)
    community = [
        *names_of(situation.communities, grids["community_code"]),
        *names_of(situation.communities, homeless["community"]),
    ]
    kind = [words("kind-grid", language)] * len(grids) + [words("kind-building", language)] * len(homeless)
    per_worker = (grids["counted"] / grids["workers_full"].where(grids["workers_full"] > 0)).astype("Float64")

    def column(key: str, values: list[Any], kind: str = "text", width: int = 0) -> Column:  # a field's
        return Column(key, words(f"column-{key}", language), values, kind, "", width)

    def field(name: str, width: int = 0) -> Column:
        own = from_field(grids, "grids", name, language, width)
        return Column(own.key, own.label, [*own.values, *none], own.kind, own.unit, own.width)

    return [
        column("object", kind, width=60),
        column("code", [*grids["code"], *homeless["code"]], "code", 130),
        column("name", [*called(grids), *called(homeless)], width=110),
        column("community", community, width=100),
        column("counted", [*grids["counted"], *homeless["households"]], "number", 84),
        column("buildings", [*grids["buildings"], *none], "number", 76),
        field("workers_full", 96),
        column("per_worker", [*per_worker, *none], "number", 88),
        field("kind"),
        field("households"),
        field("population"),
        field("workers_part"),
        field("party_org"),
    ]


def _printed(question: Question) -> str:
    low, high = question.band
    return f"{words('band', question.language)} {low}–{high} {words('unit-households', question.language)}"


MAP = Map(
    id="grids",
    title=Label("治理网格图", "Governance grids"),
    tab=Label("网格", "Grids"),
    nothing=Label("该日此范围内没有网格。请先导入：", "No grids here on that day. Import some:"),
    part=Label("区间内", "In band"),
    known=Label("网格", "Grids"),
    layer="grids",
    make=grids_theme,
    beside="grids_band.html",
    printed=_printed,
    proposes=("propose-grids", "crossings", "assign-posts"),
)
