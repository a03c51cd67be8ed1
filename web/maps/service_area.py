"""The service map: buildings by the minutes to the nearest chosen station, and why some are not covered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.analyses.reach_inputs import WALKING_KMH, ReachInputs, stations_of
from layers.analyses.reached import Reached, reached
from layers.analyses.service_area import LISTED, reason_texts, summary
from layers.analyses.words import METHOD, TRAVEL, UNCOVERED
from layers.catalogue import catalogue
from layers.errors import Conflict
from web.maps.encode import shapes
from web.maps.style import UNCOVERED as UNCOVERED_SYMBOLS
from web.maps.style import band_symbol, station_symbol
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
    from collections.abc import Sequence

    import geopandas as gpd

    from layers.analyses.situation import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

# Beside the usual speed: 800 m in 15 minutes, and the elderly.
SLOWER = {"walk": (3.2, 3.0), "drive": ()}
ROADS_HELP = ("python app.py import roads FILE", "python app.py import-osm FILE.osm.pbf")
STATIONS_HELP = ("python app.py import stations FILE",)
BUILDINGS_HELP = ("python app.py import buildings FILE",)
OBJECTS = ("building", "station")


@dataclass(frozen=True, slots=True)
class Controls:
    """What the left panel lets one choose: kinds (code, label, open stations, chosen), speeds (value, label)."""

    kinds: tuple[tuple[str, str, int, bool], ...]
    minutes: str
    mode: str
    modes: tuple[tuple[str, str], ...]
    speed: str
    speeds: tuple[tuple[str, str], ...]


def service_area_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the in-scope buildings of the asked community by their own minutes, and the stations wherever they are."""
    language, inputs = question.language, inputs_of(question)
    stations, base = _stations(situation, inputs), situation.in_scope(LISTED)
    notice = _lacking(base, stations, language)
    try:
        found = reached(store, situation, base, stations, inputs)
    except Conflict:
        found, notice = None, (words("service-no-roads", language, mode=TRAVEL[inputs.mode].say(language)), *ROADS_HELP)
    known = pd.Series(found is not None, index=base.index)
    covered = known & (found.buildings["covered"] if found else False)
    by_community = base["community"].to_numpy(dtype=object)
    tally = pd.DataFrame({"part": covered, "known": known}).astype("int64").groupby(by_community, dropna=False).sum()
    base = base[known & (base["community"] == question.community if question.community else True)]
    if found:
        found = replace(found, buildings=found.buildings.loc[base.index])
    class_of = [*_places(found), *(f"station:{kind}" for kind in stations["kind"])]
    return Theme(
        id="service-area",
        # A code is unique within its layer only.
        ids=[*base.index, *(f"stations/{id}" if id in base.index else id for id in stations.index)],
        names=[*called(base), *called(stations)],
        geometries=[*base["geometry"], *stations.geometry],
        class_of=class_of,
        classes=_classes(class_of, question),
        groups=_groups(language),
        columns=_columns(base, stations, found, situation, language),
        headline=_headline(base, stations, found, inputs, language),
        tally=tally,
        backdrop=("reach-areas", "reach-streets", "courtyards") if found else ("buildings", "courtyards"),
        drawn=_drawn(found) if found else {},
        notice=notice,
        method=method(question),
    )


def inputs_of(question: Question) -> ReachInputs:
    """Return the page's question as an analysis takes it."""
    return ReachInputs(
        as_of=question.as_of,
        kinds=list(question.kinds),
        minutes=list(question.minutes),
        mode=question.mode,
        speed_kmh=question.speed_kmh,
    )


def method(question: Question) -> str:
    """Say in a few words how stations are reached: the way, the speed, the limits, the kinds."""
    language = question.language
    speed = question.speed_kmh or (WALKING_KMH if question.mode == "walk" else None)
    said = words("service-road-speeds", language) if speed is None else f"{speed:.1f} km/h"
    labels = {code: label for code, label, *_ in _kinds(language)}
    between = "、" if language == "zh" else ", "
    return words(
        "service-method",
        language,
        mode=TRAVEL[question.mode].say(language),
        method=METHOD["network"].say(language),
        speed=said,
        minutes=" / ".join(f"{limit:g}" for limit in question.minutes),
        kinds=between.join(labels[kind] for kind in question.kinds) or words("service-every-kind", language),
    )


def controls(situation: Situation, question: Question) -> Controls:
    """Return what may be chosen on that day: kinds that have an open station, and those that were asked for."""
    language = question.language
    count = _stations(situation, ReachInputs(as_of=question.as_of))["kind"].value_counts()
    speed = "" if question.speed_kmh in (None, WALKING_KMH if question.mode == "walk" else None) else question.speed_kmh
    default = words(f"service-speed-{question.mode}", language)
    speeds = {"": default}
    for each in SLOWER[question.mode]:
        speeds[f"{each:g}"] = words(f"service-speed-{each:g}".replace(".", "-"), language)
    if speed and f"{speed:g}" not in speeds:
        speeds[f"{speed:g}"] = f"{speed:g} km/h"
    return Controls(
        kinds=tuple(
            (code, label, int(count.get(code, 0)), code in question.kinds)
            for code, label in _kinds(language)
            if code in count or code in question.kinds
        ),
        minutes=",".join(f"{limit:g}" for limit in question.minutes),
        mode=question.mode,
        modes=tuple((code, label.say(language)) for code, label in TRAVEL.items()),
        speed=f"{speed:g}" if speed else "",
        speeds=tuple(speeds.items()),
    )


def _kinds(language: str) -> list[tuple[str, str]]:
    return [(each.code, each.label.say(language)) for each in catalogue().layer("stations").field("kind").values]


def _stations(situation: Situation, inputs: ReachInputs) -> gpd.GeoDataFrame:
    """Return the open stations that are meant, as points with every field of theirs."""
    chosen = stations_of(situation, inputs)
    fields = situation.stations.loc[chosen.index]
    return fields.assign(kind=fields["kind"].fillna("unknown")).set_geometry(chosen.geometry)


def _lacking(base: pd.DataFrame, stations: pd.DataFrame, language: str) -> tuple[str, ...]:
    if base.empty:
        return words("nothing-service-area", language), *BUILDINGS_HELP
    return () if len(stations) else (words("service-no-stations", language), *STATIONS_HELP)


def _places(found: Reached | None) -> list[str]:
    """Return the class of each building: its band where it is covered, else the reason."""
    if found is None:
        return []
    # As the analysis counts them: exactly at the limit is inside.
    minutes = found.buildings["minutes"].fillna(np.inf).to_numpy()
    step = np.searchsorted(np.array(found.limits) + 1e-3, minutes).clip(max=len(found.limits) - 1)
    return [
        f"uncovered:{reason}" if isinstance(reason, str) else f"band:{place}"
        for reason, place in zip(found.buildings["reason"], step, strict=True)
    ]


def _classes(class_of: list[str], question: Question) -> list[Class]:
    language, limits = question.language, question.minutes
    said = {
        f"band:{n}": (words("minutes-band", language, low=f"{low:g}", high=f"{high:g}"), band_symbol(n, len(limits)))
        for n, (low, high) in enumerate(zip((0, *limits), limits, strict=False))
    }
    said |= {f"uncovered:{code}": (UNCOVERED[code].say(language), symbol) for code, symbol in UNCOVERED_SYMBOLS.items()}
    said |= {f"station:{code}": (label, station_symbol(code)) for code, label in _kinds(language)}
    counts = pd.Series(class_of, dtype=object).value_counts()
    group_of = {"band": "covered", "uncovered": "uncovered", "station": "stations"}
    return [
        Class(key, group_of[key.partition(":")[0]], label, symbol, int(counts[key]))
        for key, (label, symbol) in said.items()
        if key in counts
    ]


def _groups(language: str) -> list[Group]:
    def group(key: str, unit: str = "buildings", **flags: bool) -> Group:
        label, short = (words(f"{kind}-{key}", language) for kind in ("group", "short"))
        return Group(key, label, short, words(f"unit-{unit}", language), **flags)

    return [group("uncovered", focus=True), group("covered"), group("stations", "stations")]


def _headline(
    base: pd.DataFrame, stations: pd.DataFrame, found: Reached | None, inputs: ReachInputs, language: str
) -> Headline:
    """Say the share covered by buildings, elderly and households, and how far the picture is from the answer."""
    title = words("service-area-title", language, minutes=f"{max(inputs.minutes):g}")
    if found is None:
        return Headline(title, percent(0, 0), "", "")
    figures = summary(base, found, stations, inputs)

    def share(weight: str) -> str:
        covered, total = figures[f"{weight}_covered"], figures[f"{weight}_total"]
        return words(
            f"service-{weight.replace('_', '-')}",
            language,
            share=percent(covered, total),
            covered=number(covered, language),
            total=number(total, language),
            missing=number(figures[f"{weight}_missing"], language),
        )

    denominator = {name: number(figures[name], language) for name in ("covered", "total")}
    picture = {name: number(figures[name], language) for name in ("drawn_not_covered", "covered_not_drawn")}
    return Headline(
        title=title,
        value=percent(figures["covered"], figures["total"]),
        denominator=words("service-denominator", language, **denominator),
        remark=share("elderly_60"),
        notes=(share("households"), words("service-picture", language, **picture)),
    )


def _drawn(found: Reached) -> dict[str, dict]:
    """Return areas and streets for the map, the widest limit first so that the nearer lie on top."""
    steps = list(reversed(range(len(found.limits))))
    colors = [band_symbol(step, len(found.limits)).fill for step in steps]
    lines = [found.lines[found.line_minutes == found.limits[step]] for step in steps]
    streets = [[part for each in shapes(some) for part in each] for some in lines]
    return {
        "reach-areas": {"shapes": shapes(found.areas[steps]), "colors": colors},
        "reach-streets": {"shapes": streets, "colors": colors},
    }


def _columns(
    base: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, found: Reached | None, situation: Situation, language: str
) -> list[Column]:
    none, no_station = [None] * len(base), [None] * len(stations)
    minutes, nearest, why, reason = _answers(found, situation, language) if found else ([], [], [], [])

    def column(key: str, values: Sequence, kind: str = "text", width: int = 0) -> Column:
        return Column(key, words(f"column-{key}", language), values, kind, "", width)

    def of_building(name: str, width: int = 0) -> Column:
        own = from_field(base, "buildings", name, language, width)
        return replace(own, values=[*own.values, *no_station])

    def of_station(name: str) -> Column:
        own = from_field(stations, "stations", name, language)
        return replace(own, values=[*none, *own.values])

    kind = [words(f"kind-{each}", language) for each in OBJECTS]
    return [
        column("object", [*kind[:1] * len(base), *kind[1:] * len(stations)]),
        column("code", [*base["code"], *stations["code"]], "code", 144),
        column("name", [*called(base), *called(stations)], width=104),
        column("courtyard", [*names_of(situation.courtyards, base["courtyard"]), *no_station]),
        column("community", [*names_of(situation.communities, base["community"]), *no_station], width=84),
        column("minutes", [*minutes, *no_station], "number", 68),
        column("station", [*nearest, *no_station], width=120),
        column("why", [*why, *no_station], width=100 if language == "zh" else 124),
        column("reason", [*reason, *no_station]),
        of_building("households", 64 if language == "zh" else 86),
        of_building("elderly_60", 64),
        of_building("population"),
        of_station("kind"),
        of_station("services"),
        of_station("capacity"),
        of_station("status"),
        of_station("open_from"),
        of_station("open_to"),
    ]


def _answers(found: Reached, situation: Situation, language: str) -> tuple[list, list, list, list]:
    """Return minutes, nearest station, and the reason in brief and in full, one for each building."""
    answer = found.buildings
    names = dict(zip(situation.stations["code"], called(situation.stations), strict=True))
    texts = zip(answer["covered"], reason_texts(answer, names), strict=True)
    reasons = [None if covered else text.say(language) for covered, text in texts]
    brief = [UNCOVERED[code].say(language) if isinstance(code, str) else None for code in answer["reason"]]
    return list(answer["minutes"]), names_of(situation.stations, answer["station"]), brief, reasons
