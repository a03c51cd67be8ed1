"""The form of an analysis, filled with what the address of its page asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from layers import clock
from layers.errors import GridmapError
from layers.model.management import BASES
from layers.model.values import read_day
from layers.proposals.kinds import kinds
from layers.situation.day import situation
from layers.text import Text, one_by_one
from layers.usecases.workspace import usual_day
from web.maps import choices, forms
from web.maps.proposing import places
from web.maps.question import Question
from web.maps.registry import HOME
from web.service import service

if TYPE_CHECKING:
    import datetime as dt

    from werkzeug.datastructures import MultiDict

    from layers.analyses.registry import Analysis

OWN = ("lang", "f", "job")


def asked(args: MultiDict[str, str]) -> dict[str, str]:
    """Return the inputs that an address names; what is empty was not said, what comes several times is a list."""
    given = {name: [each for each in args.getlist(name) if each] for name in args if name not in OWN}
    return {name: ",".join(values) for name, values in given.items() if values}


def form_of(analysis: Analysis, args: MultiDict[str, str], language: str) -> forms.Form:
    """Return the form of an analysis with the values of an address, the usual ones where it says nothing."""
    house, given = service(), asked(args) | _of_job(analysis, args.get("job"))
    day = _day(given.get("as_of") or given.get("to")) or usual_day(house.store, house.today())
    settings = house.settings
    band = (settings.grid_households_min, settings.grid_households_max)
    question = Question(HOME, day, BASES[0], None, band, language)
    now = situation(house.store, day)
    offered = dict(choices.known(house.store, now, language))
    if analysis.id in kinds():  # of a district that nobody drew, too
        offered["within"] = (*offered["within"][:1], *places(house.store, question))
    form = forms.form(analysis, question, offered)
    return replace(form, inputs=tuple(_filled(each, given) for each in form.inputs))


def said_of_job(analysis: Analysis, form: forms.Form, id: str | None, language: str) -> list[tuple[str, str]]:
    """Return what a job was asked, each wish by its label with its unit and in words; usual ones, too.

    What was kept in another language alone is said to be so: the words of old answers were not kept in both.
    """
    job = service().store.jobs().get(id) if id else None
    if job is None or job.order.process != analysis.id:
        return []
    given = _of_job(analysis, id)
    said = [(each.label, _in_words(each, given[each.name], language)) for each in form.inputs if each.name in given]
    said.append((Text("site.asked-at").say(language), clock.shown(job.created)))
    if job.order.language != language and not service().store.jobs().in_both_languages(job.id):
        said.append((Text("site.asked-in").say(language), Text(f"site.asked-in-{job.order.language}").say(language)))
    return said


def _in_words(field: forms.Input, value: str, language: str) -> str:
    if field.kind == "yesno":
        return Text("site.js-yes" if value == "true" else "site.js-no").say(language)
    words = dict(field.choices)
    if field.kind == "ticks":
        return one_by_one((words.get(each, each) for each in value.split(",")), language)
    return words.get(value, value)


def _of_job(analysis: Analysis, id: str | None) -> dict[str, str]:
    """Return what a job was asked, as an address has it; nothing where there is no such job of this analysis."""
    job = service().store.jobs().get(id) if id else None
    if job is None or job.order.process != analysis.id:
        return {}
    return {name: _written(value) for name, value in job.order.inputs.items() if value is not None and value != []}


def _written(value: object) -> str:
    """Return an input as a form's field holds it: lists with commas, lists of lists with semicolons."""
    if isinstance(value, list):
        return (";" if isinstance(value[0], list) else ",").join(map(_written, value))
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _filled(field: forms.Input, given: Mapping[str, str]) -> forms.Input:
    """Return a field with what is given; a choice that is none stays one, for the analysis to refuse by name."""
    if field.name not in given:
        return field
    value = given[field.name]
    strange = field.kind == "choice" and value not in dict(field.choices)
    return replace(field, value=value, choices=(*field.choices, (value, value)) if strange else field.choices)


def _day(text: str | None) -> dt.date | None:
    try:
        return read_day(text) if text else None
    except (ValueError, GridmapError):
        return None  # the analysis itself says what is wrong with it
