"""The service map: buildings by the minutes to the nearest chosen station, the gaps, and why they are not covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from geopandas.array import GeometryArray

from layers.analyses.service_area import counts
from layers.catalogue import Label, catalogue
from layers.model import travel
from layers.reach.homes import rows_in_scope
from layers.situation.moves import rows_among
from layers.situation.words import DIRECTION, METHOD, TRAVEL, UNCOVERED
from layers.text import Text, one_by_one
from web.maps.backdrop import obstacles
from web.maps.choices import kind_labels
from web.maps.registry import Asks, Map, Tool
from web.maps.service.answers import RESTS_ON, Answer, answered, gaps_of
from web.maps.service.columns import called_station, columns, measures_frame
from web.maps.service.controls import controls
from web.maps.service.figures import figures
from web.maps.service.picture import AREAS, STREETS, drawn, picture
from web.maps.service.question import PARAMETERS, Asked, read_asked
from web.maps.service.way import way
from web.maps.style import GAP, POINT, band_symbol, measure_symbol, other_symbol, station_symbol
from web.maps.style import UNCOVERED as UNCOVERED_SYMBOLS
from web.maps.theme import Class, Group, Headline, Theme, all_called, called, number, percent, words
from web.maps.values import Joined, Numbered

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from layers.reach.reached import Reached
    from layers.situation.day import Situation
    from layers.store.protocol import Store
    from web.maps.question import Question

ROADS_HELP = ("python app.py import roads FILE", "python app.py import-osm FILE.osm.pbf")
STATIONS_HELP = ("python app.py import stations FILE",)
BUILDINGS_HELP = ("python app.py import buildings FILE",)
NOTHING = Label("该日此范围内没有纳入统计的楼栋。请先导入：", "No building in scope here on that day. Import some:")
MOST_OTHERS = 1_000  # beyond this many the map would be all signs
CUT_OFF = "cut_off"  # near by the straight line, and not by the streets


def service_area_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the in-scope buildings of the asked community by their own minutes, the gaps, and stations anywhere."""
    language = question.language
    whole = answered(store, question.as_of, question.of(Asked))
    answer = whole.within(question.community)
    found, base = answer.found, answer.base if answer.found else answer.base[:0]
    missing = gaps_of(store, question.as_of, question.of(Asked), question.community)
    stations, others = _kinds_known(answer.stations), _kinds_known(answer.others)[:MOST_OTHERS]
    measures = measures_frame(whole)
    parts = (base, stations, others, missing, measures)
    signs = [
        *(f"station:{kind}" for kind in stations["kind"]),
        *(f"other:{kind}" for kind in others["kind"]),
        *["gap"] * len(missing),
        *(f"measure:{action}" for action in measures["action"]),
    ]
    class_of = _joined(_places(found), signs)
    return Theme(
        id="service-area",
        ids=_ids(*parts),
        names=Joined([
            all_called(base),
            called_station(stations, language),
            called(others),
            [words("service.gap", language, n=gap) for gap in missing["gap"]],
            called(measures),
        ]),
        geometries=_shapes(*parts),
        class_of=class_of,
        classes=_classes(class_of, question),
        groups=_groups(language),
        columns=columns(answer, parts, language),
        headline=_headline(answer, language),
        tally=_tally(whole),
        backdrop=(*((AREAS, STREETS) if found else ("buildings",)), "courtyards", *obstacles(store, question)),
        drawn=lambda: drawn(found) if found else {},
        from_afar=(AREAS,),
        notice=_notice(whole, question),
        method=method(question),
        lasting=("gaps", "stations", "others", "measures"),
        tables=figures(store, answer, question) if found else (),
        versions=np.append(_versions(answer.now, base), np.zeros(sum(map(len, parts[1:])), np.int64)),
        beside_bytes=whole.bytes,
    )  # fmt: skip


def method(question: Question) -> str:
    """Say in a few words how stations are reached: the way, the speed, the limits, the kinds."""
    language, asked = question.language, question.of(Asked)
    speed = travel.walking_kmh(asked.mode, asked.speed_kmh) if asked.mode == "walk" else asked.speed_kmh
    said = words("service-road-speeds", language) if speed is None else f"{speed:.1f} km/h"
    labels = dict(kind_labels(language))
    chosen = [labels[kind] for kind in asked.kinds]
    chosen += [words("service.n-stations", language, n=len(asked.stations))] if asked.stations else []
    chosen += [words("service.n-points", language, n=len(asked.points))] if asked.points else []
    stations = one_by_one(chosen, language) or words("service-every-kind", language)
    if asked.without:
        stations += words("service.n-without", language, n=len(asked.without))
    sentence = words(
        "service-method",
        language,
        mode=TRAVEL[asked.mode].say(language),
        method=METHOD[asked.method].say(language),
        speed=said,
        minutes=" / ".join(f"{limit:g}" for limit in asked.minutes),
        kinds=stations,
    )
    further = [DIRECTION["from"].say(language)] if asked.direction == "from" else []
    if asked.max_access_m != travel.ACCESS_M:
        further.append(words("service.access", language, metres=f"{asked.max_access_m:g}"))
    if asked.residents_roads != travel.RESIDENTS[0]:
        how = words(f"service.residents-{asked.residents_roads}", language)
        further.append(words("service.residents-ways", language, how=how))
    if asked.ferries:
        further.append(words("service.ferries", language))
    if asked.scenario:
        further.append(words("service.in-scenario", language, name=asked.scenario))
    return " · ".join([sentence, *further])


def _kinds_known(stations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = stations["kind"] if "kind" in stations else pd.Series(None, index=stations.index, dtype=object)
    point = stations["code"].str.startswith("point-").to_numpy(dtype=bool) & kinds.isna().to_numpy()
    return stations.assign(kind=kinds.astype(object).fillna("unknown").mask(point, "point"))


def _ids(
    base: pd.DataFrame, stations: pd.DataFrame, others: pd.DataFrame, missing: pd.DataFrame, measures: pd.DataFrame
) -> pd.Index:
    # A code is unique within its layer only.
    points = stations.index.append(others.index)
    also = points.isin(base.index[rows_among(base.index, points) >= 0])
    signs = [f"stations/{id}" if both else id for id, both in zip(points, also, strict=True)]
    signs += [f"gaps/{gap}" for gap in missing["gap"]] + [f"measures/{id}" for id in measures.index]
    return base.index.append(pd.Index(signs, dtype=base.index.dtype))


def _shapes(base: gpd.GeoDataFrame, *others: pd.DataFrame) -> GeometryArray:
    """Return all shapes, those of the buildings as they are kept."""
    signs = np.concatenate([np.asarray(each["geometry"].array, dtype=object) for each in others])
    both = [pd.Series(each) for each in (base.geometry.array, GeometryArray(signs, crs=base.crs))]
    return pd.concat(both, ignore_index=True).array


def _versions(now: Situation, base: pd.DataFrame) -> np.ndarray:
    rows = rows_in_scope(now, base)
    rows = rows_among(base.index, now.buildings.index) if rows is None else rows
    return now.buildings["version"].to_numpy(dtype=np.int64)[rows]


def _joined(places: Numbered, signs: list[str]) -> Numbered:
    """Put the classes of signs after those of buildings."""
    numbers, keys = Joined([places, signs]).numbered()
    return Numbered(numbers.astype(np.int16), keys)


def _tally(answer: Answer) -> pd.DataFrame:
    known = pd.Series(answer.found is not None, index=answer.base.index)
    covered = known & (answer.found.buildings["covered"] if answer.found else False)
    parts = pd.DataFrame({"part": covered, "known": known}).astype("int64")
    return parts.groupby(answer.base["community"].to_numpy(dtype=object), dropna=False).sum()


def _notice(answer: Answer, question: Question) -> tuple[str, ...]:
    language = question.language
    if answer.found is None:
        return words("service-no-roads", language, mode=TRAVEL[answer.inputs.mode].say(language)), *ROADS_HELP
    if answer.base.empty:
        return NOTHING.say(language), *BUILDINGS_HELP
    if len(answer.stations):
        return ()
    asked = question.of(Asked)
    if len(answer.others) and asked.kinds and not (asked.stations or asked.points or asked.without):
        labels = dict(kind_labels(language))
        kinds = one_by_one((labels[kind] for kind in asked.kinds), language)
        return (words("service.none-of-kind", language, kinds=kinds, as_of=question.as_of),)
    if len(answer.others):
        return (words("service.none-chosen", language),)
    return words("service-no-stations", language), *STATIONS_HELP


def _places(found: Reached | None) -> Numbered:
    """Return the class of each building: its band where it is covered, else the reason."""
    if found is None:
        return Numbered(np.empty(0, np.int64), ())
    # As the analysis counts them: exactly at the limit is inside.
    minutes = found.buildings["minutes"].fillna(np.inf).to_numpy()
    step = np.searchsorted(np.array(found.limits) + 1e-3, minutes).clip(max=len(found.limits) - 1)
    reason, names = pd.factorize(found.buildings["reason"].to_numpy(dtype=object))
    keys = [*(f"band:{n}" for n in range(len(found.limits))), *(f"uncovered:{each}" for each in (*names, CUT_OFF))]
    beyond = np.append(names == "beyond_limit", False)[reason]
    reason = np.where(found.buildings["cut_off"].to_numpy(dtype=bool) & beyond, len(names), reason)
    return Numbered(np.where(reason < 0, step, len(found.limits) + reason), keys)


def _classes(class_of: Numbered, question: Question) -> list[Class]:
    language, limits = question.language, question.of(Asked).minutes
    said = {
        f"band:{n}": (words("minutes-band", language, low=f"{low:g}", high=f"{high:g}"), band_symbol(n, len(limits)))
        for n, (low, high) in enumerate(zip((0, *limits), limits, strict=False))
    }
    for code, symbol in UNCOVERED_SYMBOLS.items():
        label = words("service.cut-off", language) if code == CUT_OFF else UNCOVERED[code].say(language)
        said[f"uncovered:{code}"] = label, symbol
    kinds = kind_labels(language)
    said |= {f"station:{code}": (label, station_symbol(code)) for code, label in kinds}
    said["station:point"] = words("service.point", language), POINT
    said |= {f"other:{code}": (label, other_symbol(code)) for code, label in kinds}
    actions = catalogue().layer("scenario-measures").field("action").values
    said |= {f"measure:{each.code}": (each.label.say(language), measure_symbol(each.code)) for each in actions}
    said["gap"] = words("service.gap-outline", language), GAP
    counts = class_of.counts()
    group_of = {"band": "covered", "uncovered": "uncovered", "station": "stations", "other": "others", "gap": "gaps"}
    group_of["measure"] = "measures"
    return [
        Class(key, group_of[key.partition(":")[0]], label, symbol, counts[key])
        for key, (label, symbol) in said.items()
        if key in counts
    ]


def _groups(language: str) -> list[Group]:
    def of_page(key: str, unit: str = "buildings", **flags: bool) -> Group:
        label, short = (words(f"{kind}-{key}", language) for kind in ("group", "short"))
        return Group(key, label, short, words(f"unit-{unit}", language), **flags)

    def own(key: str, unit: str) -> Group:
        label, short = (words(f"service.{kind}-{key}", language) for kind in ("group", "short"))
        return Group(key, label, short, unit, counted=False)

    return [
        own("measures", words("service.unit-measures", language)),
        own("gaps", words("service.unit-gaps", language)),
        of_page("uncovered", focus=True),
        of_page("covered"),
        of_page("stations", "stations", counted=False),
        own("others", words("unit-stations", language)),
    ]


def _headline(answer: Answer, language: str) -> Headline:
    """Say the share covered by buildings, elderly and households, and how far the picture is from the answer."""
    title = words("service-area-title", language, minutes=f"{max(answer.inputs.minutes):g}")
    if answer.found is None:
        return Headline(title, percent(0, 0), "", "")
    counted = counts(answer.base, answer.found, answer.now)

    def share(weight: str) -> str:
        of = counted.sums[weight]
        if of.total is None:
            return words(f"service.unknown-{weight.replace('_', '-')}", language, n=of.missing)
        return words(
            f"service-{weight.replace('_', '-')}",
            language,
            share=percent(of.covered, of.total),
            covered=number(of.covered, language),
            total=number(of.total, language),
            missing=_missing(of.missing, language),
        )

    denominator = {"covered": number(counted.covered, language), "total": number(counted.total, language)}
    picture = {
        "drawn_not_covered": number(counted.drawn_not_covered, language),
        "covered_not_drawn": number(counted.covered_not_drawn, language),
    }
    return Headline(
        title=title,
        value=percent(counted.covered, counted.total),
        denominator=words("service-denominator", language, **denominator),
        remark=share("elderly_60"),
        notes=(share("households"), words("service-picture", language, **picture)),
    )


def _missing(buildings: float, language: str) -> str:
    """Say of how many buildings the weight is not known, where there are any."""
    return words("service.missing", language, n=number(buildings, language)) if buildings else ""


def _made(layer: str) -> Callable[[Store, Question], gpd.GeoDataFrame]:
    def make(store: Store, question: Question) -> gpd.GeoDataFrame:
        return picture(answered(store, question.as_of, question.of(Asked)).found, layer)

    return make


MAP = Map(
    id="service-area",
    title=Label("服务圈图", "Service area of stations"),
    tab=Label("服务圈", "Service area"),
    nothing=NOTHING,
    part=Label("已覆盖", "Covered"),
    known=Label("纳入统计", "In scope"),
    layer="buildings",
    make=service_area_theme,
    rests_on=RESTS_ON,
    asks=Asks(PARAMETERS, read_asked),
    corrects="stations",
    tool=Tool("service", Text("service.tool"), "workbench_service.html", controls),
    under={layer: _made(layer) for layer in (AREAS, STREETS)},
    way=way,
    proposes=("site-stations",),
)
