"""The courtyard map: residential compounds by who manages them; offices seek the open ones that nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from layers.analyses.unmanaged_buildings import reason_texts
from layers.analyses.unmanaged_courtyards import at_least, contracts, enclosures
from layers.catalogue import UNKNOWN, Label, catalogue
from layers.errors import Fault
from layers.model.values import known_count
from layers.situation.standing import STANDINGS, standing
from layers.situation.words import BASIS, STANDING
from layers.text import Text
from web.maps.backdrop import OBSTACLES, has_bundles, obstacles
from web.maps.enclosures import enclosure_theme
from web.maps.registry import Asks, Map
from web.maps.style import standing_symbol
from web.maps.theme import (
    Class,
    Column,
    Group,
    Headline,
    Theme,
    called,
    estimates,
    from_field,
    names_of,
    number,
    percent,
    words,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from werkzeug.datastructures import MultiDict

    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

COLOURS = ("management", "enclosure")
MOST_HOUSEHOLDS = 100_000
ORDER = ("none", "some", "all", "unknown")
# What a standing's group of rows is called in addresses, where ``all`` stands for every row.
GROUP = {"none": "none", "some": "some", "all": "managed", "unknown": "unknown"}
ENCLOSURES = ("open", "semi", "closed", "unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which courtyards: enclosed like this, with at least so many households; and what colours them."""

    enclosure: str | None = None
    min_households: int | None = None
    colour: str = COLOURS[0]


def read_asked(args: MultiDict[str, str], faults: list[Fault]) -> Asked:
    """Read ``enclosure``, ``min_households`` and ``colour``."""

    def one_of(name: str, known: Sequence[str]) -> str | None:
        given = args.get(name) or None
        if given is not None and given not in known:
            faults.append(Fault(Text("pages.one-of", values=list(known)), {"parameter": name, "value": given[:80]}))
            return None
        return given

    households, text = None, (args.get("min_households") or "").strip()
    if text:
        if text.isascii() and text.isdigit() and int(text[:9]) <= MOST_HOUSEHOLDS:
            households = int(text[:9])
        else:
            where = {"parameter": "min_households", "value": text[:80]}
            faults.append(Fault(Text("pages.not-households", most=MOST_HOUSEHOLDS), where))
    return Asked(one_of("enclosure", ENCLOSURES), households, one_of("colour", COLOURS) or COLOURS[0])


def courtyards_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the courtyards that are asked for, by who manages them or by enclosure."""
    language, asked = question.language, question.of(Asked)
    large = at_least(standing(situation), asked.min_households)[0]
    everywhere = _enclosed(standing(situation), asked.enclosure)
    everywhere, left_out = at_least(everywhere, asked.min_households)
    courtyards = _inside(everywhere, question.community)
    columns = _columns(courtyards, situation, language)
    under = ("buildings", *obstacles(store, question))
    if asked.colour == "enclosure":  # a share of the open ones among the open ones would say nothing
        return enclosure_theme(courtyards, _inside(large, question.community), large, columns, under, language)
    enclosed, stands = enclosures(courtyards), courtyards["standing"].to_numpy(dtype=object)
    class_of = [f"{one}:{other}" for one, other in zip(stands, enclosed, strict=True)]
    return Theme(
        id="courtyards",
        ids=list(courtyards.index),
        names=called(courtyards),
        geometries=list(courtyards.geometry),
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=_groups(question, situation.recorded),
        columns=columns,
        headline=headline(courtyards, situation, question, left_out),
        tally=tally(everywhere, situation),
        backdrop=(*under, *(["bundles"] if has_bundles(situation) else [])),
        versions=courtyards["version"].to_numpy(),
    )


def _enclosed(courtyards: gpd.GeoDataFrame, enclosure: str | None) -> gpd.GeoDataFrame:
    return courtyards if enclosure is None else courtyards[enclosures(courtyards) == enclosure]


def _inside(courtyards: gpd.GeoDataFrame, community: str | None) -> gpd.GeoDataFrame:
    if community is None:
        return courtyards
    return courtyards[(courtyards["community"] == community).to_numpy(dtype=bool)]


def tally(courtyards: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return courtyards that nobody manages and those of which it is known, by community."""
    stands = courtyards["standing"].to_numpy(dtype=object)
    known = (stands != "unknown") & situation.recorded
    sums = pd.DataFrame({"part": (stands == "none") & known, "known": known}).astype("int64")
    return sums.groupby(courtyards["community"].to_numpy(dtype=object), dropna=False).sum()


def headline(courtyards: gpd.GeoDataFrame, situation: Situation, question: Question, left_out: int) -> Headline:
    """Say how many courtyards nobody manages, with their households and the conditions that are asked."""
    language = question.language
    counts = {each: int((courtyards["standing"] == each).sum()) for each in STANDINGS}
    nobody, known = counts["none"], len(courtyards) - counts["unknown"]
    nobodys = courtyards["households"][(courtyards["standing"] == "none").to_numpy()]
    notes = [words("yards-beside", language, some=counts["some"], unknown=counts["unknown"])]
    if conditions := conditions_of(question):
        notes.append(words("yards-only", language, conditions=conditions))
    if left_out:
        notes.append(words("yards-left-out", language, count=left_out))
    recorded = situation.recorded
    return Headline(
        title=words("yards-title", language),
        value=percent(nobody, known) if recorded else words("not-recorded", language),
        denominator=words(
            "yards-denominator", language, nobody=number(nobody, language), known=number(known, language)
        ),
        remark=_their_households(nobodys, language)
        if recorded
        else words("no-acceptance", language),
        notes=notes,
    )


def _their_households(households: pd.Series, language: str) -> str:
    """Say how many households they have, and of how many courtyards that is missing."""
    found, missing = known_count(households), int(households.isna().sum())
    if found is None:
        return words("yards-households-unknown", language)
    said = words("yards-households", language, households=number(found, language))
    return f"{said}{words('yards-households-missing', language, count=missing)}" if missing else said


def conditions_of(question: Question) -> str:
    """Say which courtyards are asked for; nothing where all are."""
    asked, language = question.of(Asked), question.language
    said = []
    if asked.enclosure:
        said.append(_enclosure(asked.enclosure, language))
    if asked.min_households is not None:
        said.append(words("yards-at-least", language, households=number(asked.min_households, language)))
    return "、".join(said) if language == "zh" else ", ".join(said)


def _enclosure(code: str, language: str) -> str:
    choice = catalogue().layer("courtyards").field("enclosure").choice(code)
    return choice.label.say(language) if choice else code


def _both(stands: str, enclosed: str, language: str) -> str:
    """Say how a courtyard stands and is enclosed: a label on the map has no heading over it."""
    enclosure = words("enclosure-not-known", language) if enclosed == UNKNOWN else _enclosure(enclosed, language)
    said = STANDING[stands].say(language), enclosure
    return ("·" if language == "zh" else ", ").join(said)


def _classes(class_of: list[str], language: str) -> list[Class]:
    counts = pd.Series(class_of, dtype=object).value_counts()
    return [
        Class(
            key,
            GROUP[stands],
            _both(stands, enclosed, language),
            standing_symbol(stands, enclosed),
            int(counts[key]),
        )
        for stands in ORDER
        for enclosed in ENCLOSURES
        if (key := f"{stands}:{enclosed}") in counts.index
    ]


def _groups(question: Question, recorded: bool) -> list[Group]:
    language, unit = question.language, words("unit-courtyards", question.language)
    basis = BASIS[question.basis].say(language)

    def group(key: str, **flags: bool) -> Group:
        short = STANDING[key].say(language)
        label = words("yards-group", language, standing=short, basis=basis)
        return Group(GROUP[key], short if key == "unknown" else label, short, unit, **flags)

    counted = {"counted": recorded}
    return [
        group("none", focus=True, **counted),
        group("some", **counted),
        group("all", **counted),
        group("unknown", counted=False),
    ]


def _columns(courtyards: gpd.GeoDataFrame, situation: Situation, language: str) -> list[Column]:
    def field(name: str, width: int = 0) -> Column:
        return from_field(courtyards, "courtyards", name, language, width)

    unit = words("unit-households", language) if language == "zh" else ""
    community = names_of(situation.communities, courtyards["community"])
    by_year = (
        words("column-is-old-estimated", language),
        courtyards["is_old_derived"].to_numpy(dtype=bool),
        words("by-year", language),
    )
    return [
        field("code", 136),
        field("name", 150),
        _column("community", community, language, width=80),
        _column("standing", [STANDING[each].say(language) for each in courtyards["standing"]], language, width=84),
        field("enclosure", 70),
        Column("households", words("column-counted", language), list(courtyards["households"]), "number", unit, 64),
        *_contracts(courtyards, situation, language),
        field("owners_committee", 76),
        _column("reason", _reasons(courtyards, language), language),
        _column("buildings", list(courtyards["buildings"]), language, "number"),
        *(
            _column(name, list(courtyards[name]), language, "number", unit=unit)
            for name in ("households_managed", "households_unmanaged", "households_unknown")
        ),
        _column("households_from", _origins(courtyards, language), language),
        _column("without_households", list(courtyards["without_households"]), language, "number"),
        field("form"),
        field("build_year"),
        field("renovation"),
        field("is_old"),
        estimates("is_old", *by_year),
        field("population"),
        field("elderly_60"),
        field("floor_area_m2"),
        field("oc_term_end"),
        field("survey_status"),
        field("survey_date"),
        field("geometry_derived"),
    ]


def _column(
    key: str, values: Sequence[object], language: str, kind: str = "text", width: int = 0, unit: str = ""
) -> Column:
    return Column(key, words(f"column-{key.replace('_', '-')}", language), values, kind, unit, width)


def _contracts(courtyards: gpd.GeoDataFrame, situation: Situation, language: str) -> list[Column]:
    """Say who manages, since when and until when by which contract; and who did before."""
    terms, managers = contracts(situation)
    now, former = (
        terms[["manager", "mode", "start_date", "end_date", "doc_no"]].reindex(courtyards[name].to_numpy(dtype=object))
        for name in ("arrangement", "former_arrangement")
    )
    modes = {each.code: each.label.say(language) for each in catalogue().layer("arrangements").field("mode").values}
    further = words("yards-further", language)
    return [
        _column("manager", _coded(now["manager"], managers), language, width=136),
        _column("mode", _coded(now["mode"], modes), language, width=100),
        _column("contract_from", list(now["start_date"]), language, "date", 82),
        _column("contract_to", list(now["end_date"]), language, "date", 82),
        _column("contract_no", [None if pd.isna(each) else each for each in now["doc_no"]], language),
        _column("further_contracts", [further if n > 1 else None for n in courtyards["arrangements"]], language),
        _column("former_manager", _coded(former["manager"], managers), language, width=100),
        _column("former_from", list(former["start_date"]), language, "date"),
        _column("former_to", list(former["end_date"]), language, "date"),
    ]


def _origins(courtyards: pd.DataFrame, language: str) -> list[str | None]:
    """Say where the households were summed up over buildings, and of how many they are missing."""
    whole, missing = words("yards-summed", language), courtyards["without_households"].to_numpy()
    return [
        (words("yards-summed-partly", language, missing=int(lack)) if lack else whole) if summed else None
        for summed, lack in zip(courtyards["households_summed"], missing, strict=True)
    ]


def _reasons(courtyards: pd.DataFrame, language: str) -> list[str | None]:
    given = courtyards[courtyards["reason"].notna()]
    said = {id: text.say(language) for id, text in zip(given.index, reason_texts(given), strict=True)}
    return [said.get(id) for id in courtyards.index]


def _coded(codes: pd.Series, words_of: dict[str, str]) -> list[str | None]:
    return [None if pd.isna(code) else words_of.get(code, code) for code in codes]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the form beside the headline shows."""

    asked: Asked
    enclosures: tuple[tuple[str, str], ...]


def filter_of(question: Question) -> Filter:
    """Return the form of the conditions: every way to be enclosed that somebody knows."""
    language = question.language
    return Filter(question.of(Asked), tuple((code, _enclosure(code, language)) for code in ENCLOSURES[:3]))


MAP = Map(
    id="courtyards",
    title=Label("小区（楼院）物管与开放情况图", "Courtyards by management and enclosure"),
    tab=Label("楼院", "Courtyards"),
    nothing=Label(
        "该日此范围内没有符合条件的小区（楼院）。导入：", "No such courtyards here on that day. Import some:"
    ),
    part=Label("无人管理", "Nobody manages"),
    known=Label("情况已明", "Known"),
    layer="courtyards",
    make=courtyards_theme,
    rests_on=OBSTACLES,
    by_basis=True,
    asks=Asks(("enclosure", "min_households", "colour"), read_asked),
    beside="courtyards_filter.html",
    form=filter_of,
    printed=conditions_of,
    proposes=("bundle-buildings", "assign-posts"),
)
