"""Forms for analyses, made from their input structs: a new analysis has a form without a line of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from layers.catalogue import catalogue
from layers.situation.words import words as codes
from layers.text import Text
from layers.text import words as all_words
from web.maps.choices import Choices, kinds

if TYPE_CHECKING:
    from layers.analyses.registry import Analysis
    from web.maps.question import Question


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form; `kind` is date, choice, ticks, integer, number, yesno, list, points, pairs or text."""

    name: str
    label: str
    kind: str
    required: bool
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One analysis as a form."""

    id: str
    title: str
    description: str
    columns: str
    inputs: tuple[Input, ...]


def forms(
    analyses: Mapping[str, Analysis], question: Question, known: Mapping[str, Choices] | None = None
) -> list[Form]:
    """Return a form for each analysis; see `form`."""
    return [form(each, question, known) for each in analyses.values()]


def form(analysis: Analysis, question: Question, known: Mapping[str, Choices] | None = None) -> Form:
    """Return the form of an analysis, filled with the page's day, basis and community.

    Parameters
    ----------
    known : mapping
        Input → what it can be chosen from, as value and label; see `web.maps.choices`.
    """
    language = question.language
    offered = {"kinds": kinds(language)} | dict(known or {})
    return Form(
        analysis.id,
        analysis.label.say(language),
        analysis.description.say(language),
        _columns(analysis, language),
        tuple(_input(field, analysis, question, offered) for field in fields_of(analysis)),
    )


def fields_of(analysis: Analysis) -> tuple[inspect.Field, ...]:
    """Return what an analysis can be asked, field by field."""
    return _fields(analysis.Inputs)


@cache
def _fields(inputs: type) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(inputs)
    assert isinstance(info, inspect.StructType)  # as all inputs are
    return info.fields


def _columns(analysis: Analysis, language: str) -> str:
    """Say the columns of each output, as JSON: output → column → heading."""
    said = {
        output.name: {name: label.say(language) for name, label in output.columns.items()}
        for output in analysis.outputs
    }
    return msgspec.json.encode(said).decode()


def _input(field: inspect.Field, analysis: Analysis, question: Question, known: Mapping[str, Choices]) -> Input:
    name, language = field.encode_name, question.language
    label = analysis.labels[name].say(language) if name in analysis.labels else name
    declared, optional = declared_of(field)
    kind, choices = kind_of(name, declared, language, known)
    if optional and kind == "choice" and choices[0][0]:
        choices = (("", Text("pages.any").say(language)), *choices)
    return Input(
        name=name,
        label=label,
        kind=kind,
        required=field.required and not optional,
        value=_value(field, kind, question),
        choices=choices,
        minimum=getattr(declared, "ge", None),
        maximum=getattr(declared, "le", None),
    )


def declared_of(field: inspect.Field) -> tuple[inspect.Type, bool]:
    """Return the type of a field, and whether it may be left out."""
    kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    optional = any(isinstance(each, inspect.NoneType) for each in kinds)
    return next(each for each in kinds if not isinstance(each, inspect.NoneType)), optional


def kind_of(
    name: str, declared: inspect.Type, language: str, known: Mapping[str, Choices]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return which control a field has, and what can be chosen there; `known` as in `form`."""
    if name in known:
        several = isinstance(declared, inspect.ListType | inspect.VarTupleType)
        item = getattr(declared, "item_type", None)
        admitted = set(item.values) if isinstance(item, inspect.LiteralType) else None
        offered = tuple(each for each in known[name] if admitted is None or each[0] in admitted)
        return "ticks" if several else "choice", offered
    if isinstance(declared, inspect.LiteralType):
        # What is not known is looked for among the defects, and is nothing to choose.
        values = [str(value) for value in declared.values if value != "unknown"]
        # Of two names for one thing the first is offered.
        said = {_word(name, value, language): value for value in reversed(values)}
        return "choice", tuple((value, word) for word, value in reversed(said.items()))
    if isinstance(declared, inspect.ListType) and isinstance(declared.item_type, inspect.LiteralType):
        return "ticks", tuple((str(each), _word(name, str(each), language)) for each in declared.item_type.values)
    if isinstance(declared, inspect.ListType) and isinstance(
        declared.item_type, inspect.TupleType | inspect.VarTupleType
    ):
        inner = getattr(declared.item_type, "item_types", None) or (getattr(declared.item_type, "item_type", None),)
        return "pairs" if all(isinstance(each, inspect.StrType) for each in inner) else "points", ()
    if isinstance(declared, inspect.ListType) and isinstance(declared.item_type, inspect.ListType):
        return "pairs", ()
    plain = {
        inspect.DateType: "date",
        inspect.IntType: "integer",
        inspect.FloatType: "number",
        inspect.BoolType: "yesno",
        inspect.ListType: "list",
        inspect.VarTupleType: "list",
    }
    return plain.get(type(declared), "text"), ()


def _value(field: inspect.Field, kind: str, question: Question) -> str:
    page = {"basis": question.basis}
    if field.encode_name in page:
        return page[field.encode_name]
    if field.encode_name == "within":
        return f"communities:{question.community}" if question.community else ""
    if kind == "date":
        # "from" is a day to be chosen; every other date of an analysis is the page's day.
        return "" if field.encode_name == "from" else question.as_of.isoformat()
    if field.default_factory not in (msgspec.NODEFAULT, list):
        return ",".join(f"{each:g}" if isinstance(each, float) else str(each) for each in field.default_factory())
    if field.default is msgspec.NODEFAULT or field.default is None or field.default == []:
        return ""
    if isinstance(field.default, float):
        return f"{field.default:g}"
    return str(field.default)


def _word(name: str, value: str, language: str) -> str:
    """Put a choice into words: a layer's name, a message of ours, or the catalogue's label for it."""
    if value in catalogue():
        return catalogue().layer(value).label.say(language)
    called = codes().get(name, {}).get(value)
    if called:
        return called.say(language)
    proposed = f"proposing.choice-{name}-{value}".replace("_", "-")
    for key in (proposed, f"pages.{name}-{value}", f"pages.choice-{value}"):
        if key in all_words():
            return Text(key).say(language)
    fields = [layer.by_name[name] for layer in catalogue() if name in layer.by_name]
    for field in [*fields, catalogue().layer("roads").field("class")]:
        choice = field.choice(value)
        if choice:
            return choice.label.say(language)
    return value
