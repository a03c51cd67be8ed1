"""Figures beside the service map: what network, picture and circle say, by kind of station, and with a scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from layers.analyses.service_area import counts
from layers.catalogue import catalogue
from layers.model import travel
from layers.model.values import known_sum
from layers.situation.day import situation
from layers.situation.words import METHOD
from web.maps.service.answers import Answer, answered, kept, listed
from web.maps.service.question import Asked
from web.maps.theme import Table, number, percent, words

if TYPE_CHECKING:
    import pandas as pd

    from layers.reach.reached import Reached, Survey
    from layers.store.protocol import Store
    from web.maps.question import Question


def figures(store: Store, answer: Answer, question: Question) -> tuple[Table, ...]:
    """Return the tables that the question asks for; `answer` is of the asked community already."""
    found = []
    if question.of(Asked).scenario:
        found.append(before_and_after(store, answer, question))
    if question.of(Asked).residents_roads == "open":
        usual = replace(question.of(Asked), residents_roads="ends")
        before = answered(store, question.as_of, usual).within(question.community)
        if before.found is not None and answer.found is not None:
            found.append(where_open(before.found, answer.found, answer, question.language))
    survey = answer.survey
    if survey and answer.stations["code"].size and len(set(_kinds(answer.stations))) > 1:
        key = ("kinds", question.as_of, question.of(Asked), question.community, question.language)
        found.append(kept(store, key, lambda: by_kind(answer, survey, question)))
    if question.of(Asked).compare:
        found.append(comparison(store, answer, question))
    return tuple(found)


MOST_COMPOUNDS = 20


def where_open(usual: Reached, opened: Reached, answer: Answer, language: str) -> Table:
    """Count by compound who gains where everybody may use residents' ways, those that save most minutes first."""
    from layers.analyses.service_coverage import gains  # what searches for proposals is not loaded for every map

    found = gains(answer.base, usual.buildings, opened, answer.now)
    rows = []
    for each in found.head(MOST_COMPOUNDS).itertuples():
        name = each.name or each.courtyard_code or words("service.outside-compounds", language)
        gained, newly, households = (
            number(one, language) for one in (each.gained, each.newly_covered, each.households_gained)
        )
        rows.append((name, gained, newly, number(each.minutes_saved, language, 1), households))
    heads = ("compound", "gained", "newly", "saved", "households")
    said = {"gained": int(found["gained"].sum()), "all": len(answer.base), "listed": len(rows), "compounds": len(found)}
    return Table(
        title=words("service.where-open", language),
        headings=tuple(words(f"service.head-{key}", language) for key in heads),
        rows=tuple(rows),
        note=words("service.where-open-note", language, **said),
    )


def comparison(store: Store, answer: Answer, question: Question) -> Table:
    """Count the buildings covered by the network, its picture, the straight line with its detour, and the circle.

    Beside each count stand the buildings that the way along the streets does not reach, and those that it reaches
    and the other does not.
    """
    language, asked = question.language, question.of(Asked)
    network = answer
    if asked.method != "network":
        network = answered(store, question.as_of, replace(asked, method="network")).within(question.community)
    rows = []
    if network.found is not None:
        truth = network.found.buildings["covered"].to_numpy(dtype=bool)
        counted = counts(network.base, network.found, network.now)
        over, under = counted.drawn_not_covered, counted.covered_not_drawn
        rows.append((METHOD["network"].say(language), int(truth.sum()), 0, 0))
        rows.append((words("service.by-picture", language), int(truth.sum()) + over - under, over, under))
        for method in ("detour", "straight"):
            other = answered(store, question.as_of, replace(asked, method=method)).within(question.community)
            assert other.found is not None  # as with the network: of the same stations
            covered = other.found.buildings["covered"].to_numpy(dtype=bool)
            label = words(f"service.by-{method}", language, factor=f"{travel.DETOUR:g}")
            rows.append((label, int(covered.sum()), int((covered & ~truth).sum()), int((truth & ~covered).sum())))
    metres = travel.walked_m(travel.straight_kmh(asked.mode, asked.speed_kmh), max(asked.minutes))
    return Table(
        title=words("service.comparison", language),
        headings=tuple(words(f"service.head-{key}", language) for key in ("way", "covered", "share", "over", "under")),
        rows=tuple(
            (label, number(count, language), percent(count, len(network.base)), f"+{over:,}", f"−{under:,}")
            for label, count, over, under in rows
        ),
        note=words("service.comparison-note", language, metres=number(round(metres, -1), language)),
    )


def by_kind(answer: Answer, survey: Survey, question: Question) -> Table:
    """Count what each kind of station covers by itself."""
    language = question.language
    labels = {each.code: each.label.say(language) for each in catalogue().layer("stations").field("kind").values}
    kinds = np.array(_kinds(answer.stations), dtype=object)
    asked_about = listed(answer.now)["community"].to_numpy()
    here = np.ones(len(asked_about), dtype=bool) if question.community is None else asked_about == question.community
    rows = []
    for kind in dict.fromkeys(kinds):
        covered = survey.covered(answer.stations[kinds == kind])[here]
        many, buildings = number((kinds == kind).sum(), language), number(covered.sum(), language)
        label = labels.get(kind, words("service.point", language))
        rows.append((label, many, buildings, percent(covered.sum(), here.sum())))
    return Table(
        title=words("service.by-kind", language),
        headings=tuple(words(f"service.head-{key}", language) for key in ("kind", "stations", "covered", "share")),
        rows=tuple(rows),
        note=words("service.by-kind-note", language),
    )


def _kinds(stations: pd.DataFrame) -> list[str]:
    """Return the kind of each station; "" stands for places that are no station yet, and for no kind."""
    return list(stations["kind"].astype(object).fillna("")) if "kind" in stations else [""] * len(stations)


def before_and_after(store: Store, answer: Answer, question: Question) -> Table:
    """Count what is covered without the scenario and with it."""
    language, asked = question.language, question.of(Asked)
    today = _without(store, question).within(question.community)
    sides = [(each, _sums(each)) for each in (today, answer)]
    rows = []
    for weight in ("buildings", "households", "elderly_60"):
        (before, total), (after, _) = (sums[weight] for _, sums in sides)
        shares = percent(before, total), percent(after, total)
        rows.append((
            words(f"service.weight-{weight.replace('_', '-')}", language),
            f"{number(before, language)} · {shares[0]}",
            f"{number(after, language)} · {shares[1]}",
            "—" if before is None or after is None else f"{after - before:+,.0f}",
        ))  # fmt: skip
    return Table(
        title=words("service.before-after", language, name=asked.scenario),
        headings=tuple(words(f"service.head-{key}", language) for key in ("weight", "before", "after", "change")),
        rows=tuple(rows),
        note=words(
            "service.before-after-note",
            language,
            total=number(len(answer.base), language),
            measures=len(answer.measures),
            idle=len(answer.idle),
        ),
    )


def _without(store: Store, question: Question) -> Answer:
    """Answer the same without the scenario; stations that only the scenario has are asked for in vain."""
    asked, now = question.of(Asked), situation(store, question.as_of)
    stations = tuple(code for code in asked.stations if code in set(now.stations["code"]))
    plain = replace(asked, scenario=None, stations=stations)
    if plain.every and not asked.every:  # none left, which is not the same as all
        codes = tuple(now.stations["code"][:1])
        plain = replace(plain, stations=codes, without=codes)
    return answered(store, question.as_of, plain)


def _sums(answer: Answer) -> dict[str, tuple[float | None, float | None]]:
    """Return covered and total of buildings, households and elderly; None where no building says."""
    if answer.found is None:
        covered = np.zeros(len(answer.base), dtype=bool)
    else:
        covered = answer.found.buildings["covered"].to_numpy(dtype=bool)
    sums: dict[str, tuple[float | None, float | None]] = {}
    sums["buildings"] = float(covered.sum()), float(len(answer.base))
    for weight in ("households", "elderly_60"):
        given = answer.base[weight].to_numpy(dtype=float, na_value=np.nan)
        sums[weight] = known_sum(given[covered]), known_sum(given)
    return sums
