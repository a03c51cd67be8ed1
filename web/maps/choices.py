"""What the fields of a form can be chosen from: areas, kinds of stations, stations, scenarios, all by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from layers import clock
from layers.catalogue import catalogue
from layers.model.job import SUCCESSFUL
from layers.proposals.kinds import MODULES
from layers.text import Text
from web.service import service

if TYPE_CHECKING:
    import pandas as pd

    from layers.situation.day import Situation
    from layers.store.protocol import Store

Choices = Sequence[tuple[str, str]]
AREAS = ("districts", "streets", "communities")
MOST_TICKED = 400  # of stations: a longer list is nobody's to tick
MOST_KEPT = 100


def kind_labels(language: str) -> list[tuple[str, str]]:
    """Return the kinds of stations with their names, in the catalogue's order."""
    return [(each.code, each.label.say(language)) for each in catalogue().layer("stations").field("kind").values]


def kinds(language: str) -> list[tuple[str, str]]:
    """Return the kinds of stations; what is unknown is no choice."""
    return [(code, label) for code, label in kind_labels(language) if code != "unknown"]


def stations(now: Situation, language: str) -> list[tuple[str, str]]:
    """Return the stations of a day by name, each with its kind."""
    named, frame = dict(kinds(language)), now.stations
    found = [
        (str(code), " · ".join(filter(None, (name, named.get(kind, "")))))
        for code, name, kind in zip(frame["code"], called(frame), frame["kind"], strict=True)
    ]
    return sorted(found, key=lambda each: each[1])[:MOST_TICKED]


def barriers(language: str) -> list[tuple[str, str]]:
    """Return what a border can run along: classes of roads, railways and water."""
    roads, walls = (catalogue().layer(layer).field(name) for layer, name in (("roads", "class"), ("barriers", "kind")))
    found = [(each.code, each.label.say(language)) for each in roads.values if each.code != "unknown"]
    named = {each.code: each.label.say(language) for each in walls.values}
    return [*found, ("rail", named["railway"]), ("water", named["water"])]


def candidates(language: str) -> list[tuple[str, str]]:
    """Return where new stations may be: along streets, at points that are named, at features of a layer."""
    from layers.proposals.sites import PLACED, POINTS, STREETS

    along = [(each, Text(f"proposing.choice-candidates-{each}").say(language)) for each in (STREETS, POINTS)]
    return [*along, *((each, catalogue().layer(each).label.say(language)) for each in PLACED)]


def grids(now: Situation) -> list[tuple[str, str]]:
    """Return the grids of a day by code, each with its name."""
    frame = now.grids
    found = sorted(zip(frame["code"].astype(str), called(frame), strict=True))
    return [(code, name if name == code else f"{name} · {code}") for code, name in found][:MOST_TICKED]


def areas(now: Situation, language: str) -> list[tuple[str, str]]:
    """Return the areas that a question can be narrowed down to, those that hold others first."""
    found = [("", Text("pages.everywhere").say(language))]
    for level in AREAS:
        frame = now.frames[level]
        label = catalogue().layer(level).one.say(language).lower()
        named = sorted(zip(frame["code"], called(frame), strict=True))
        found += [(f"{level}:{code}", name if level == "communities" else f"{name} · {label}") for code, name in named]
    return found


def scenarios(store: Store, language: str) -> list[tuple[str, str]]:
    """Return the scenarios, after none of them."""
    from layers.usecases.scenarios import scenarios as every

    none = Text("service.no-scenario").say(language)
    return [("", none), *((each.name, each.name) for each in every(store))]


def proposals(named: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """Return the proposals that are kept, newest first: of what kind, where (areas as they are `named`), when."""
    from layers.analyses.registry import analyses

    jobs = service().store.jobs()
    kept = [job for process in MODULES for job in jobs.page(MOST_KEPT, None, SUCCESSFUL, process)]
    found = []
    for each in sorted(kept, key=lambda job: job.number, reverse=True)[:MOST_KEPT]:
        where = str(each.order.inputs.get("within", ""))
        kind = analyses()[each.order.process].label.say(language)
        found.append((each.id, " · ".join((kind, named.get(where, where), clock.shown(each.created)))))
    return found or [("", Text("proposing.kept-none").say(language))]


def known(store: Store, now: Situation, language: str) -> Mapping[str, Choices]:
    """Return input → what it can be chosen from."""
    within, drawn = areas(now, language), grids(now)
    kept = proposals(dict(within), language)
    return {
        "first": kept,
        "second": kept,
        "kinds": kinds(language),
        "stations": stations(now, language),
        "scenario": scenarios(store, language),
        "barriers": barriers(language),
        "candidates": candidates(language),
        "locked": drawn,
        "only": drawn,
        "within": within,
    }


def called(frame: pd.DataFrame) -> list[str]:
    """Return names, or codes where there are none."""
    from web.maps import theme

    return theme.called(frame)
