"""Forms of the proposals that a map offers, made from their input structs: what each wish means, a few at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from layers.analyses.registry import analyses
from layers.catalogue import catalogue
from layers.situation.day import in_force, situation
from layers.text import Text
from layers.text import words as all_words
from web.maps.forms import declared_of, kind_of
from web.maps.registry import maps
from web.maps.theme import called
from web.service import service

if TYPE_CHECKING:
    from layers.analyses.registry import Analysis
    from layers.store.protocol import Store
    from web.maps.question import Question

FIRST = ("within", "households_min", "households_max", "start", "whole", "balance")
SYSTEMS = ("grid_system", "other_system")
LAST = ("as_of", "known_at")
BAND = ("households_min", "households_max")
OF_GRIDS = ("locked", "only")
LEVELS = ("communities", "streets", "districts")
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One field; `kind` is choice, ticks, date, integer, number, list or text, and `usual` stands where it is empty."""

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
    """One proposal as a form: `first` is seen at once, `more` where it is asked for."""

    id: str
    title: str
    about: str
    columns: str
    first: tuple[Wish, ...]
    more: tuple[Wish, ...]


def proposals(store: Store, question: Question) -> list[ProposalForm]:
    """Return the forms of the proposals that the asked map offers; none for the public."""
    if question.public:
        return []
    return [_form(store, analyses()[id], question) for id in maps()[question.map].proposes]


def _form(store: Store, analysis: Analysis, question: Question) -> ProposalForm:
    language = question.language
    known = _known(store, question)
    wishes = {
        field.encode_name: _wish(field, analysis, question, known)
        for field in inspect.type_info(analysis.Inputs).fields  # type: ignore[attr-defined]
    }
    parts = next(each.columns for each in analysis.outputs if each.name == "proposal")
    columns = {name: label.say(language) for name, label in parts.items()}
    first = (*FIRST, *SYSTEMS) if set(SYSTEMS) <= set(wishes) else FIRST  # which two are compared is the question then
    later = [name for name in wishes if name not in (*first, *LAST)] + [name for name in LAST if name in wishes]
    return ProposalForm(
        id=analysis.id,
        title=analysis.label.say(language),
        about=analysis.description.say(language),
        columns=msgspec.json.encode(columns).decode(),
        first=tuple(wishes[name] for name in first if name in wishes),
        more=tuple(wishes[name] for name in later),
    )


def _known(store: Store, question: Question) -> dict[str, Choices]:
    """Return what areas, and of one community which grids, can be chosen on the page's day."""
    now = situation(store, question.as_of, question.basis)
    found: dict[str, Choices] = {"within": ()}
    for level in LEVELS:
        frame = now.frames[level]
        named = sorted(zip(frame["code"], called(frame), strict=True))
        label = "" if level == "communities" else f" · {catalogue().layer(level).label.say(question.language)}"
        found["within"] += tuple((f"{level}:{code}", f"{name}{label}") for code, name in named)
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
    means = f"proposing.means-{name.replace('_', '-')}"
    return Wish(
        name=name,
        label=_label(name, analysis, language),
        means=Text(means).say(language) if means in all_words() else "",
        kind=kind,
        required=field.required and not optional,
        value=_value(name, kind, default, question),
        usual=str(_usual_band().get(name, "")),
        choices=choices,
        minimum=getattr(declared, "ge", None),
        maximum=getattr(declared, "le", None),
    )


def _label(name: str, analysis: Analysis, language: str) -> str:
    """Return the short name of a wish: ours, else the analysis'."""
    key = f"proposing.name-{name.replace('_', '-')}"
    return Text(key).say(language) if key in all_words() else analysis.labels[name].say(language)


def _value(name: str, kind: str, default: object, question: Question) -> str:
    if name == "within":
        return f"communities:{question.community}" if question.community else ""
    if kind == "date":
        return question.as_of.isoformat()
    if name in BAND:
        return str(question.band[BAND.index(name)])
    if default is msgspec.NODEFAULT or default is None:
        return ""
    if isinstance(default, list):
        return ",".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def _usual_band() -> dict[str, int]:
    settings = service().settings
    return dict(zip(BAND, (settings.grid_households_min, settings.grid_households_max), strict=True))
