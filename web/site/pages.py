"""Pages of the site: help, analyses with their results, jobs, scenarios."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template, request, send_from_directory, url_for

from layers import clock
from layers.errors import Fault, NotFound
from layers.text import Text, words
from web.http.language import remember
from web.http.parameters import no_others
from web.http.problems import reader_language
from web.service import nonce, service
from web.site import help as pages_of_help
from web.site.menu import word

if TYPE_CHECKING:
    from layers.analyses.registry import Analysis
    from layers.model.job import Job
    from web.maps.shell import Shell

STYLES = ("css/base.css", "css/site.css")
OF_MAPS = ("css/map.css", "css/proposals.css", "css/compare.css")
FOR_SCRIPTS = "site.js-"
SHOWN_JOBS = 200
blueprint = Blueprint("site", __name__, template_folder="templates")


@blueprint.get("/help")
def help_index() -> Response:
    """List the help pages, one a task."""
    no_others("lang")
    language = reader_language()
    groups = [
        (word(f"help-{group}"), [(name, pages_of_help.title(name, language)) for name in names])
        for group, names in pages_of_help.HOWTO.items()
    ]
    return _page("help.html", title=word("help-title"), groups=groups, page=None)


@blueprint.get("/help/<name>")
def help_alone(name: str) -> Response:
    """Show a help page that stands alone: the tutorial, the glossary."""
    return _help("", name)


@blueprint.get("/help/<room>/<name>")
def help_page(room: str, name: str) -> Response:
    """Show a help page in the reader's language, or a picture of one."""
    if room == "images":
        return send_from_directory(pages_of_help.DOCS / "images", name, max_age=3600)
    return _help(room, name)


def _help(room: str, name: str) -> Response:
    no_others("lang")
    language = reader_language()
    found = pages_of_help.page(room, name, language)
    if found is None:
        raise NotFound(Fault(Text("site.no-such-help"), {"value": name[:80]}))
    groups = [
        (word(f"help-{group}"), [(each, pages_of_help.title(each, language)) for each in names])
        for group, names in pages_of_help.HOWTO.items()
    ]
    here = name if room == "howto" else None
    return _page("help.html", title=found.title, groups=groups, page=found, here=here)


@blueprint.get("/analyses")
def analyses_index() -> Response:
    """List the analyses."""
    from layers.analyses.registry import analyses

    no_others("lang")
    language = reader_language()
    listed = [(each.id, each.label.say(language), each.description.say(language)) for each in analyses().values()]
    return _page("site_analyses.html", title=word("menu-analyses"), analyses=listed)


@blueprint.get("/proposals")
def proposals_index() -> Response:
    """List what can be proposed, and the maps on which it is computed and taken over."""
    from web.site.proposals import listed

    no_others("lang")
    return _page("site_proposals.html", title=word("menu-proposals"), proposals=listed(reader_language()))


@blueprint.get("/proposals/compare")
def proposals_compared() -> Response:
    """Show two proposals of one kind beside each other: their wishes, figures and parts, on one map."""
    from web.maps.shell import shell
    from web.site.proposals import COMPARE, asked_pair

    no_others("first", "second", "lang")
    language = reader_language()
    title, data = asked_pair(request.args.get("first", ""), request.args.get("second", ""), language)
    own = {key: said[language] for key, said in words().items() if key.startswith("proposing.js-")}
    return _page(
        "site_compare.html",
        entry=COMPARE,
        data=data | {"language": language, "words": _words_of_results(language) | own},
        chart=shell(None),
        title=title,
        crumbs=[(word("menu-proposals"), url_for("site.proposals_index")), (title, None)],
    )


@blueprint.get("/analyses/<id>")
def analysis(id: str) -> Response:
    """Show the form of an analysis, and its results where the address says what is asked."""
    from web.site.asking import form_of, said_of_job

    chosen = _analysis(id)
    language = reader_language()
    form = form_of(chosen, request.args, language)
    data = {
        "language": language,
        "process": id,
        "job": request.args.get("job"),
        "outputs": [[each.name, each.label.say(language), each.kind] for each in chosen.outputs],
        "labels": {
            output.name: {name: label.say(language) for name, label in output.columns.items()}
            for output in chosen.outputs
        },
        "layers": _layers(language),
        "words": _words_of_results(language),
    }
    return _page(
        "site_results.html",
        entry="gridmap/site/results.js",
        data=data,
        title=chosen.label.say(language),
        about=chosen.description.say(language),
        form=form,
        asked=said_of_job(chosen, form, request.args.get("job"), language),
        crumbs=[(word("menu-analyses"), url_for("site.analyses_index")), (chosen.label.say(language), None)],
    )


@blueprint.get("/analyses/<id>/export")
def export_analysis(id: str) -> Response:
    """Send the first output of an analysis as a file: ``f``, and its inputs as the page's address has them."""
    from layers.analyses.registry import decode, silent
    from layers.analyses.results import write_outputs
    from layers.usecases.exports.exporting import whose
    from web.http.parameters import one_of
    from web.http.sending import send_written
    from web.site.asking import asked

    chosen = _analysis(id)
    form, language = one_of("f", ("xlsx", "csv", "geojson", "gpkg"), "xlsx"), reader_language()
    inputs = decode(chosen, asked(request.args), service().today(), lax=True)

    def write(target: Path) -> None:
        store = service().store
        write_outputs(chosen, chosen.answer(store, inputs, silent), target, language, whose(store))

    return send_written(f"gridmap-{chosen.id}.{form}", write)


@blueprint.get("/jobs")
def jobs() -> Response:
    """List the jobs, newest first, with what became of them."""
    no_others("lang")
    found = service().store.jobs().page(SHOWN_JOBS, None, None, None)
    data = {"language": reader_language(), "words": _script_words()}
    return _page(
        "site_jobs.html",
        entry="gridmap/site/jobs.js",
        data=data,
        title=word("menu-jobs"),
        jobs=[_job(each) for each in found],
    )


@blueprint.get("/scenarios")
def scenarios() -> Response:
    """List the scenarios with their measures: where one is looked at, adopted or deleted."""
    from web.site.scenarios import listed

    no_others("lang")
    language = reader_language()
    data = {"language": language, "words": _script_words()}
    return _page(
        "site_scenarios.html",
        entry="gridmap/site/scenarios.js",
        data=data,
        title=word("menu-scenarios"),
        scenarios=listed(service().store, service().today(), language),
    )


def _job(job: Job) -> dict[str, object]:
    from layers.analyses.registry import analyses
    from layers.model.job import SUCCESSFUL
    from layers.usecases.jobs import message

    language, known = reader_language(), analyses().get(job.order.process)
    return {
        "id": job.id,
        "title": known.label.say(language) if known else job.order.process,
        "status": job.status,
        "state": word(f"job-{job.status}"),
        "message": message(job).say(language),
        "progress": job.progress,
        "created": _minute(job.created),
        "finished": _minute(job.finished),
        "results": url_for("site.analysis", id=job.order.process, job=job.id) if job.status == SUCCESSFUL else None,
    }


def _minute(moment: object) -> str:
    return clock.shown(moment) if isinstance(moment, dt.datetime) else ""


def _analysis(id: str) -> Analysis:
    from layers.analyses.registry import analyses

    if id not in analyses():
        raise NotFound(Fault(Text("analyses.no-such-analysis", id=id[:80], known=list(analyses()))))
    return analyses()[id]


def _layers(language: str) -> dict[str, str]:
    from layers.catalogue import catalogue

    return {layer.id: layer.label.say(language) for layer in catalogue()}


def _words_of_results(language: str) -> dict[str, str]:
    from web.maps.data import result_words

    return result_words(language) | _script_words()


def _script_words() -> dict[str, str]:
    language = reader_language()
    return {
        key.removeprefix(FOR_SCRIPTS): said[language] for key, said in words().items() if key.startswith(FOR_SCRIPTS)
    }


def _page(
    template: str,
    entry: str | None = None,
    data: Mapping[str, object] | None = None,
    chart: Shell | None = None,
    **context: object,
) -> Response:
    from web.maps.assets import needed, served_imports
    from web.maps.encode import script_json
    from web.maps.pages import POLICY, _static
    from web.maps.theme import words as theme_words

    language, own = reader_language(), nonce()
    answer = make_response(
        render_template(
            template,
            **context,
            lang=language,
            t=lambda key, **params: theme_words(key, language, **params),
            nonce=own,
            chart=chart,
            styles=[_static(path) for path in ((*chart.styles, *STYLES, *OF_MAPS) if chart else STYLES)],
            scripts=[_static(path) for path in chart.scripts] if chart else [],
            data=script_json(data or {}),
            imports=script_json(served_imports(_static, entry)) if entry else "",
            entry=_static(needed(entry)[entry]) if entry else None,
        )
    )
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=own)
    answer.headers["Cache-Control"] = "no-store"
    remember(request, answer)
    return answer
