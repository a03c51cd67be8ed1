"""The coverage map: buildings by management status."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.analyses.unmanaged_buildings import reason_texts
from layers.analyses.unmanaged_courtyards import contracts
from layers.catalogue import Label, catalogue
from layers.keeping import OfEach
from layers.model.management import (
    MODE_UNKNOWN,
    MODES,
    NOT_RECORDED,
    OUT_OF_SCOPE,
    STAGES,
    STATUSES,
    coverage,
)
from layers.situation.derived import as_few, numbers
from layers.situation.words import BASIS, UNKNOWN_MODE
from web.maps.backdrop import has_bundles
from web.maps.registry import Map
from web.maps.style import status_symbol
from web.maps.theme import (
    Class,
    Column,
    Group,
    Headline,
    Theme,
    all_called,
    estimates,
    from_field,
    labels,
    names_of,
    number,
    percent,
    words,
)  # fmt: skip
from web.maps.values import Later, Numbered, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from layers.situation.day import Situation
    from layers.situation.derived import Derived
    from layers.store.protocol import Store
    from web.maps.question import Question

ORDER = (
    *(mode + stage for mode in (*MODES, MODE_UNKNOWN) for stage in ("", *(f"-{each}" for each in STAGES[1:]))),
    *STATUSES[1:],
    OUT_OF_SCOPE,
)


def coverage_theme(store: Store, situation: Situation, question: Question) -> Theme:
    """Show the buildings of the asked community by who manages them, counted on the asked basis."""
    language, buildings = question.language, situation.buildings
    if question.community:
        buildings = buildings[buildings["community"] == question.community]
    class_of = classes_of(buildings) if question.community else _classes_of_all(situation.derived)
    return Theme(
        id="coverage",
        ids=buildings.index,
        names=all_called(buildings),
        geometries=buildings.geometry.array,
        class_of=class_of,
        classes=_classes(class_of, language),
        groups=_groups(question, situation.recorded),
        columns=_columns(buildings, situation, language),
        headline=headline(situation, question),
        tally=tally(situation),
        backdrop=("managed-areas", *(["bundles"] if has_bundles(situation) else []), "courtyards"),
        versions=buildings["version"].to_numpy(),
    )


SIDES = ("managed", "not", "unrecorded", "unknown", "out")


def sides_of(buildings: pd.DataFrame) -> np.ndarray:
    """Say on which side of the count each building stands, by its place in `SIDES`: int64[n]."""
    managed = buildings["managed"]
    known, yes = managed.notna().to_numpy(), managed.to_numpy(dtype=bool, na_value=False)
    unrecorded = (buildings["reason"].to_numpy(dtype=object) == NOT_RECORDED).astype(bool)
    side = np.select([unrecorded, ~known, yes], [2, 3, 0], 1)
    return np.where(buildings["scoped"].to_numpy(dtype=bool), side, 4)


def classes_of(buildings: pd.DataFrame) -> Numbered:
    """Return the class of each building: on which side it stands, and its status."""
    status, names = pd.factorize(buildings["status_class"].to_numpy(dtype=object))
    keys = [f"{side}:{name}" for side in SIDES for name in names]
    numbers, different = pd.factorize(sides_of(buildings) * len(names) + status)
    return Numbered(numbers.astype(np.int16), [keys[each] for each in different])


# Of all buildings they are the same as long as what they follow from is.
_classes_of_all: OfEach[Derived, Numbered] = OfEach(lambda derived: classes_of(derived.columns))


def tally(situation: Situation) -> pd.DataFrame:
    """Return managed and known buildings by community."""
    rows = _counts(situation.derived).copy()
    if not situation.recorded:  # nothing of it is known
        rows[["managed", "known"]] = 0
    return rows.rename(columns={"managed": "part"})[["part", "known"]]


def _counted(derived: Derived) -> pd.DataFrame:
    buildings, scoped = derived.columns, derived.columns["scoped"].to_numpy(dtype=bool)
    community = pd.Series(buildings["community"].to_numpy(dtype=object)[scoped], dtype=object)
    counted = pd.DataFrame({"managed": buildings["managed"].array[scoped], "community": community})
    return coverage(counted, "buildings", by="community")


# Counted once for the headline, the legend and the tree.
_counts: OfEach[Derived, pd.DataFrame] = OfEach(_counted)


def headline(situation: Situation, question: Question) -> Headline:
    """Say the coverage of the asked community, with denominator, basis, day and bounds."""
    language, rows = question.language, _counts(situation.derived)
    if question.community:
        rows = rows[rows.index == question.community]
    row = rows[["managed", "unknown", "known", "total"]].sum()
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
    if mode not in (*MODES, MODE_UNKNOWN):
        return words(f"status-{status_class}", language)
    arrangements = catalogue().layer("arrangements")
    of_mode = UNKNOWN_MODE if mode == MODE_UNKNOWN else arrangements.field("mode").known(mode).label
    said = of_mode.say(language)
    between = "·" if language == "zh" else " · "
    return f"{said}{between}{arrangements.field('stage').known(stage).label.say(language)}" if stage else said


def _classes(class_of: Numbered, language: str) -> list[Class]:
    counts = class_of.counts()
    found = []
    for key in sorted(counts, key=lambda key: (ORDER.index(key.partition(":")[2]), -counts[key])):
        group, _, name = key.partition(":")
        symbol = status_symbol(name, counted=group not in ("not", "unrecorded"))
        found.append(Class(key, group, class_label(name, language), symbol, counts[key]))
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
    size = len(buildings)

    def field(name: str, width: int = 0) -> Column:
        return from_field(buildings, "buildings", name, language, width)

    def column(key: str, values: Values, kind: str = "text", width: int = 0) -> Column:
        return Column(key.replace("-", "_"), words(f"column-{key}", language), values, kind, "", width)

    def named(key: str, frame: gpd.GeoDataFrame, width: int = 0) -> Column:
        known = numbers_of(key) if key in situation.derived.columns else None
        return column(key, names_of(frame, buildings[key], known), width=width)

    def who(key: str, *of: str) -> Column:
        return column(key, Later(size, lambda: managers.only(np.isin(status.numbered()[0], _places(status, of)))))

    def term(key: str, name: str, kind: str = "text") -> Column:
        return column(key, Later(size, lambda: _terms(numbers_of("arrangement")(), situation, name)), kind)

    def numbers_of(name: str) -> Callable[[], tuple[np.ndarray, Any]]:
        """Number a column once for all who ask; that of few buildings is their own."""
        whole = size == len(situation.buildings)
        return lambda: numbers(situation.derived, name) if whole else pd.factorize(buildings[name].array)

    def reasons() -> Values:
        return _reasons(numbers_of("reason")(), numbers_of("reason_date")(), language)

    status = Values(buildings["status"].to_numpy(dtype=object), None, numbers_of("status"))
    managers = names_of(situation.managers, buildings["manager"], numbers_of("manager"))
    return [
        field("code", 144),
        field("name", 60),
        named("courtyard", situation.courtyards, 106),
        named("community", situation.communities, 80),
        column("status", _said_classes(buildings, numbers_of("status_class"), language), width=90),
        column("reason", Later(size, reasons), width=190),
        column("reason_date", Values(buildings["reason_date"].array), "date"),
        field("households", 74),
        who("manager", "managed"),
        who("former-manager", "lapsed"),
        who("coming-manager", "unmanaged", "unknown"),
        term("contract-from", "start_date", "date"),
        term("contract-to", "end_date", "date"),
        term("contract-no", "doc_no"),
        named("managed_area", situation.managed_areas),
        named("grid", situation.grids),
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


def _places(values: Values, wanted: Sequence[str]) -> list[int]:
    return [n for n, each in enumerate(values.numbered()[1]) if each in wanted]


def _said_classes(
    buildings: pd.DataFrame, factorize: Callable[[], tuple[np.ndarray, Any]], language: str
) -> Values:  # as `Values` takes it
    return Values(
        buildings["status_class"].to_numpy(dtype=object),
        lambda given: list(map(lru_cache(lambda each: class_label(each, language)), given)),
        factorize,
    )


def _terms(of: tuple[np.ndarray, Any], situation: Situation, name: str) -> Values:  # numbers, and codes
    """Return what the contract of each building's arrangement says."""
    terms = contracts(situation)[0]
    given = terms[name].astype(object).where(terms[name].notna(), None).tolist()
    arrangement, codes = of
    at = as_few(np.append(terms.index.get_indexer(codes), -1), len(terms))[arrangement]
    return Values(at, lambda rows: [given[row] if row >= 0 else None for row in rows])


def _reasons(of: tuple[np.ndarray, Any], since_when: tuple[np.ndarray, Any], language: str) -> Values:
    """Say why each building counts as it does: few reasons, of a few days each; both as `numbers` gives them."""
    (reason, reasons), (since, days) = of, since_when
    days = pd.DatetimeIndex(days)
    every = reason.astype(np.int64) * (len(days) + 1) + since + 1
    both, different = pd.factorize(np.where(reason < 0, -1, every))
    given = different[different >= 0]
    told = pd.DataFrame(
        {
            "reason": reasons[given // (len(days) + 1)],
            "reason_date": days.append(pd.DatetimeIndex([pd.NaT])).take(given % (len(days) + 1) - 1),
        }
    )
    said = dict(zip(given.tolist(), (text.say(language) for text in reason_texts(told)), strict=True))
    return Values(as_few(both, len(different)), lambda rows: [said.get(int(different[row])) for row in rows])


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
