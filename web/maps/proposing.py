"""Forms of the proposals that a map offers, made from their input structs: what each wish means, a few at first.

A kind of proposal that no map names is offered on the first map; one that is not registered is offered nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from layers.analyses.registry import analyses
from layers.catalogue import catalogue
from layers.proposals.kinds import kinds as kinds_of_proposals
from layers.situation.day import in_force, situation
from layers.situation.words import words as codes
from layers.text import Text
from layers.text import words as all_words
from layers.usecases.workspace import name_of
from web.maps.choices import candidates
from web.maps.choices import kinds as kinds_of_stations
from web.maps.forms import declared_of, fields_of, kind_of
from web.maps.registry import HOME, maps
from web.maps.theme import called
from web.service import service

if TYPE_CHECKING:
    from layers.analyses.registry import Analysis
    from layers.store.protocol import Store
    from web.maps.question import Question

FIRST = (
    "within", "targets", "model", "weight", "k", "kinds", "minutes", "status", "max_gap_m", "max_floor_area_m2",
    "households_min", "households_max", "size_min", "size_max", "limit_minutes", "start", "whole", "balance",
    "posts", "most", "most_m",
)  # fmt: skip
SYSTEMS = ("grid_system", "other_system")
LAST = ("as_of", "known_at")
GENERAL = ("within", "seconds", "seed", "as_of")
GRIDS = "propose-grids"
OF_ONE_COMMUNITY = (GRIDS, "crossings")  # a plan is of one: others begin with the whole district
BAND = ("households_min", "households_max")
OF_GRIDS = ("locked", "only")
LEVELS = {"communities": 12, "streets": 9, "districts": 6}  # and how many digits of a code say which
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One field, of a kind of `web.maps.forms`; `usual` stands where it is empty."""

    name: str
    label: str
    means: str
    kind: str
    required: bool
    value: str
    usual: str = ""
    choices: Choices = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class ProposalForm:
    """One proposal as a form: `first` is seen at once, `more` where it is asked for.

    In JSON: `columns` says what those of its parts are called, `more_rows` what its further tables and their columns
    are, `words` what their codes are, `into` the layers that its parts may become features of, and where those are
    shown. `by_part` says whether its rows are of a part each.
    """

    id: str
    title: str
    about: str
    columns: str
    more_rows: str
    by_part: bool
    words: str
    into: str
    first: tuple[Wish, ...]
    more: tuple[Wish, ...]


def proposals(store: Store, question: Question) -> list[ProposalForm]:
    """Return the forms of the proposals that the asked map offers; none for the public."""
    if question.public:
        return []
    return [_form(store, analyses()[id], question) for id in offered(question.map)]


def offered(map_id: str) -> list[str]:
    """Return the kinds of proposals that a map offers."""
    registered = [id for id in kinds_of_proposals() if id in analyses()]
    named = {id for each in maps().values() for id in each.proposes}
    more = [id for id in registered if id not in named] if map_id == HOME else []
    return [id for id in maps()[map_id].proposes if id in registered] + more


def wishes_of(store: Store, id: str, question: Question) -> dict[str, Wish]:
    """Return every wish of a kind of proposal, as its form has it."""
    analysis, known = analyses()[id], _known(store, question)
    fields = fields_of(analysis)
    return {each.encode_name: _wish(each, analysis, question, known) for each in fields}


def _form(store: Store, analysis: Analysis, question: Question) -> ProposalForm:
    language = question.language
    wishes = wishes_of(store, analysis.id, question)
    named = {each.name: each.columns for each in analysis.outputs}
    by_part = kinds_of_proposals()[analysis.id].by_part
    parts = named["rows"] if by_part else named["proposal"]
    columns = {name: label.say(language) for name, label in parts.items()}
    tables = [each for each in analysis.outputs if each.kind == "rows"]
    said = {**codes(), **analysis.words()}
    coded = {name for names in (columns, *(each.columns for each in tables)) for name in names if name in said}
    words = {name: {code: label.say(language) for code, label in said[name].items()} for name in sorted(coded)}
    more = {
        each.name: {
            "label": each.label.say(language),
            "columns": {name: label.say(language) for name, label in each.columns.items()},
        }
        for each in tables
        if each.name != "rows" or not by_part
    }
    first: tuple[str, ...] = FIRST
    if set(SYSTEMS) <= set(wishes):  # which two are compared is the question then
        first += SYSTEMS
    if "capacity" in wishes:  # whole buildings matter where places are few
        first = tuple(name for name in first if name != "whole")
    later = [name for name in wishes if name not in (*first, *LAST)] + [name for name in LAST if name in wishes]
    return ProposalForm(
        id=analysis.id,
        title=analysis.label.say(language),
        about=analysis.description.say(language),
        columns=msgspec.json.encode(columns).decode(),
        more_rows=msgspec.json.encode(more).decode(),
        by_part=by_part,
        words=msgspec.json.encode(words).decode(),
        into=msgspec.json.encode(_into(analysis.id, language)).decode(),
        first=tuple(wishes[name] for name in first if name in wishes),
        more=tuple(wishes[name] for name in later),
    )


def _into(id: str, language: str) -> list[dict[str, object]]:
    """Return the layers that parts of a proposal may become features of, the usual one first."""
    kind = kinds_of_proposals()[id]
    shown = {each.corrects or each.layer: each.id for each in maps().values()}
    return [
        {
            "layer": layer,
            "label": catalogue().layer(layer).label.say(language),
            "named": layer in kind.named,
            "map": shown.get(layer),
        }
        for layer in kind.into
    ]


def places(store: Store, question: Question) -> Choices:
    """Return the areas that a proposal can be of on the page's day, and what they are called."""
    now = situation(store, question.as_of, question.basis)
    found: Choices = ()
    for level, digits in LEVELS.items():
        frame = now.frames[level]
        named = sorted(zip(frame["code"], called(frame), strict=True))
        label = "" if level == "communities" else f" · {catalogue().layer(level).label.say(question.language)}"
        if not named:  # nobody drew it, and the codes of its communities name it all the same
            codes = sorted({str(each)[:digits] for each in now.communities["code"]})
            named = [(code, (name_of(store) if len(codes) == 1 and level == "districts" else None) or code)
                     for code in codes]  # fmt: skip
        found += tuple((f"{level}:{code}", f"{name}{label}") for code, name in named)
    return found


def places_elsewhere(store: Store, question: Question) -> Choices:
    """Return the areas that forms of the page do not offer and its earlier proposals may be of: all others."""
    here = f"communities:{question.community}"
    return tuple(each for each in places(store, question) if each[0] != here) if question.community else ()


def _known(store: Store, question: Question) -> dict[str, Choices]:
    """Return what areas, and of one community which grids, can be chosen on the page's day."""
    now = situation(store, question.as_of, question.basis)
    language = question.language
    found: dict[str, Choices] = {
        "within": places(store, question),
        "kinds": tuple(kinds_of_stations(language)),
        "candidates": tuple(candidates(language)),
    }
    if question.community:
        found["within"] = tuple(each for each in found["within"] if each[0] == f"communities:{question.community}")
        grids = now.grids[in_force(now.grids) & (now.grids["community_code"] == question.community)]
        listed = tuple(sorted(zip(grids["code"], called(grids), strict=True)))
        if listed:
            found |= dict.fromkeys(OF_GRIDS, listed)
    return found


def _wish(field: inspect.Field, analysis: Analysis, question: Question, known: dict[str, Choices]) -> Wish:
    name, language = field.encode_name, question.language
    declared, optional = declared_of(field)
    kind, choices = kind_of(name, declared, language, known)
    default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    if kind == "choice" and optional and choices and choices[0][0]:
        choices = (("", Text("pages.any").say(language)), *choices)
    value = _value(name, kind, default, analysis, question)
    if name == "within" and not value and analysis.id not in OF_ONE_COMMUNITY:
        districts = [each for each, _ in choices if each.startswith("districts:")]
        value = districts[0] if len(districts) == 1 else ""
    return Wish(
        name=name,
        label=_said("name", name, analysis, language) or analysis.labels[name].say(language),
        means=_said("means", name, analysis, language) or "",
        kind=kind,
        required=field.required and not optional,
        value=value,
        usual=str(_usual_band().get(name, "")) if analysis.id == GRIDS else "",
        choices=choices,
        minimum=getattr(declared, "ge", None),
        maximum=getattr(declared, "le", None),
    )


def _said(what: str, name: str, analysis: Analysis, language: str) -> str | None:
    """Return our short name of a wish, or what it means: of this kind of proposal, else of all."""
    slug = name.replace("_", "-")
    keys = [f"proposing.{analysis.id}-{what}-{slug}"]
    if analysis.id == GRIDS or (name in GENERAL and (what, name) != ("means", "within")):
        keys.append(f"proposing.{what}-{slug}")
    return next((Text(key).say(language) for key in keys if key in all_words()), None)


def _value(name: str, kind: str, default: object, analysis: Analysis, question: Question) -> str:
    if name == "within":
        return f"communities:{question.community}" if question.community else ""
    if kind == "date":
        return question.as_of.isoformat()
    if name in BAND and analysis.id == GRIDS:
        return str(question.band[BAND.index(name)])
    if default is msgspec.NODEFAULT or default is None:
        return ""
    if isinstance(default, list | tuple):
        return ",".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def _usual_band() -> dict[str, int]:
    settings = service().settings
    return dict(zip(BAND, (settings.grid_households_min, settings.grid_households_max), strict=True))
