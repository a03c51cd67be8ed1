"""Proposals on pages of their own: what can be proposed, those that are kept, and two of them beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from layers import clock
from layers.analyses.compare_proposals import PART_FIGURES
from layers.analyses.registry import analyses
from layers.catalogue import catalogue
from layers.model.job import SUCCESSFUL, Job
from layers.proposals import comparing
from layers.proposals.kinds import kinds
from layers.situation.day import LEVELS, situation
from layers.text import Text, one_by_one
from layers.usecases import jobs as usecase
from web.maps.choices import areas
from web.maps.proposing import Wish, offered, places, wishes_of
from web.maps.question import Question
from web.maps.registry import HOME, maps
from web.service import service

if TYPE_CHECKING:
    from layers.store.protocol import Store

COMPARE = "gridmap/proposals/compare.js"
KEPT_SHOWN = 20
PLACED = ("within", "as_of", "known_at", "seed")


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal that is kept: where, of which day, when it was computed, and what was wished beside the usual."""

    job: str
    place: str
    as_of: str
    created: str
    wishes: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A kind of proposal, the maps on which it is computed, and those that are kept, newest first."""

    id: str
    label: str
    about: str
    maps: list[tuple[str, str]]
    kept: list[Kept]


def listed(language: str) -> list[Offered]:
    """Return what can be proposed, each kind with its kept proposals."""
    store, question = service().store, _question(language)
    on: dict[str, list[tuple[str, str]]] = {}
    for each in maps().values():
        for id in offered(each.id):
            on.setdefault(id, []).append((each.id, each.tab.say(language)))
    found = []
    for id, where in on.items():
        told = analyses()[id]
        jobs = store.jobs().page(KEPT_SHOWN, None, SUCCESSFUL, id)
        names = _areas(store, question) if jobs else {}
        wishes = wishes_of(store, id, question) if jobs else {}
        kept = [_kept(each, wishes, names, language) for each in jobs]
        found.append(Offered(id, told.label.say(language), told.description.say(language), where, kept))
    return found


def asked_pair(first: str, second: str, language: str) -> tuple[str, dict[str, object]]:
    """Return what the page of two proposals is called, and what its script needs.

    Raises
    ------
    NotFound
        There is no such job.
    InvalidParameter
        One is missing, twice the same, or no two proposals of one kind.
    """
    if not first or not second or first == second:
        raise comparing.unfit(Text("proposals.beside-one"), second)
    store, question = service().store, _question(language)
    one, two = (usecase.found(store.jobs(), each) for each in (first, second))
    process = one.order.process
    if process != two.order.process or process not in kinds():
        known = {each.order.process: analyses()[each.order.process].label for each in (one, two)}
        text = Text("proposals.beside-kinds", first=known[process], second=known[two.order.process])
        raise comparing.unfit(text, second)
    said, names = analyses()[process], _areas(store, question)
    where = list(dict.fromkeys(_place(each, names, language) for each in (one, two)))
    title = Text("site.compared", kind=said.label, place=where).say(language)
    wishes = {
        name: {"label": each.label, "words": dict(each.choices) | (names if name == "within" else {})}
        for name, each in wishes_of(store, process, question).items()
    }
    figures = {name: PART_FIGURES[name].say(language) for name in kinds()[process].beside.figures}
    people = {name: PART_FIGURES[name].say(language) for name in ("households", "elderly_60")}
    verdict = {name: Text(f"proposing.js-beside-{name}").say(language) for name in comparing.VERDICT}
    return title, {"first": first, "second": second, "kind": process, "figures": figures, "people": people,
                   "verdict": verdict, "wishes": wishes}  # fmt: skip


def _question(language: str) -> Question:
    house = service()
    band = (house.settings.grid_households_min, house.settings.grid_households_max)
    return Question(HOME, house.today(), "broad", None, band, language)


def _areas(store: Store, question: Question) -> dict[str, str]:
    drawn = areas(situation(store, question.as_of), question.language)
    # Areas that nobody drew are known by the codes of their communities.
    return {code: _once(label) for code, label in (*places(store, question), *drawn) if code}


def _once(label: str) -> str:
    """Return an area's name without its level, where the name says it: 云澄区 and no 云澄区 · 区."""
    name, _, level = label.rpartition(" · ")
    return name if name.endswith(level) and name else label


def _kept(job: Job, wishes: Mapping[str, Wish], names: Mapping[str, str], language: str) -> Kept:
    inputs = job.order.inputs
    moment = clock.shown(job.created)
    said = [
        f"{wishes[name].label} {_said(value, wishes[name], language)}"
        for name, value in _unusual(job).items()
        if name in wishes
    ]
    return Kept(job.id, _place(job, names, language), str(inputs.get("as_of", "")), moment, " · ".join(said))


def _unusual(job: Job) -> dict[str, object]:
    """Return the inputs of a job that are not the usual ones, but for place, day and chance."""
    found = {}
    for each in msgspec.structs.fields(analyses()[job.order.process].Inputs):
        name, value = each.encode_name, job.order.inputs.get(each.encode_name)
        usual = each.default_factory() if each.default_factory is not msgspec.NODEFAULT else each.default
        if name not in PLACED and value not in (None, "", []) and value != msgspec.to_builtins(usual):
            found[name] = value
    return found


def _said(value: object, wish: Wish, language: str) -> str:
    """Return a wish in words: choices by their names."""
    words = dict(wish.choices)
    if isinstance(value, bool):
        return Text("pages.js-yes" if value else "pages.js-no").say(language)
    if isinstance(value, list):
        return one_by_one((_said(each, wish, language) for each in value), language)
    return f"{value:g}" if isinstance(value, float) else words.get(str(value), str(value))


def _place(job: Job, names: Mapping[str, str], language: str) -> str:
    within = str(job.order.inputs.get("within", ""))
    level, _, code = within.partition(":")
    if within in names or level not in LEVELS:
        return names.get(within, within)
    return Text("proposals.area-by-code", level=catalogue().layer(level).one, code=code).say(language)
