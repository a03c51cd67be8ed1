"""The pages that people look at: the workbench, the maps, and the maps as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from layers.errors import Fault, NotFound
from layers.situation.words import BASIS
from layers.text import Text
from web.http.language import page_language, remember
from web.maps.registry import HOME, IDS, maps
from web.service import nonce, service, workshop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.store.protocol import Store
    from web.maps.choices import Choices
    from web.maps.data import Page
    from web.maps.question import Question

# Scripts run by nonce alone; nothing is loaded from elsewhere, and nothing inline has a say about style.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/")
def workbench() -> Response:
    """Show the first map with the tools open."""
    return _served(HOME, tool="details" if question_of(HOME).public else "analyses")


@blueprint.get("/maps/<map_id>")
def map_page(map_id: str) -> Response:
    """Show one map."""
    own = maps()[_called(map_id)].tool
    return _served(map_id, tool=own.id if own else "details")


@blueprint.get("/maps/<map_id>/download")
def download(map_id: str) -> Response:
    """Give one map as a single HTML file that needs neither this service nor a network."""
    from web.http.sending import send_written
    from web.maps.standalone import standalone

    question = question_of(map_id)
    # A code is somebody's text: only letters and digits of it go into a header.
    area = "".join(filter(str.isalnum, (question.community or "all").encode("ascii", "ignore").decode()))
    answer = send_written(
        f"{_stem(question, area)}.html",
        lambda target: target.write_text(standalone(**context_of(question, served=False)), "utf-8", newline=""),
    )
    # Opened from the service itself it still may ask for nothing.
    answer.headers["Content-Security-Policy"] = "sandbox allow-scripts allow-modals"
    return answer


@blueprint.get("/maps/<map_id>/export")
def export_rows(map_id: str) -> Response:
    """Give the rows that the table shows as a file: ``f``, and ``rows``, ``off``, ``text`` and ``sort`` as there."""
    from layers.usecases.exports import exporting
    from web.features.publicity import read_from
    from web.http.parameters import one_of
    from web.http.sending import send_written
    from web.maps.data import listed
    from web.maps.rows import DRAWN, read_choice, rows

    question = question_of(map_id)
    form = one_of("f", tuple(exporting.ENDINGS), "xlsx")
    listing = listed(read_from(), question)
    choice = read_choice(listing.theme, request.args)
    return send_written(
        f"{_stem(question)}{exporting.ENDINGS[form]}",
        lambda target: workshop().run(
            "export-rows",
            rows(listing, choice, question, exporting.whose(service().store), form in DRAWN),
            target,
            question.language,
        ),
    )


def _stem(question: Question, *more: str) -> str:
    """Return what a file of a map is called, without its ending."""
    return "-".join(["gridmap", question.map, *more, str(question.as_of), *(["public"] if question.public else [])])


def _served(map_id: str, tool: str) -> Response:
    from web.maps.assets import ENTRY, STYLES, needed, served_imports
    from web.maps.encode import script_json
    from web.maps.shell import shell

    question = question_of(map_id)
    context = context_of(question)
    chart = shell(context["page"].bounds)
    own, loaded = nonce(), needed()
    answer = make_response(
        render_template(
            "workbench.html",
            **context,
            shell=chart,
            nonce=own,
            tool=tool,
            data=script_json(context["page"].data | {"tool": tool} | _writable(question)),
            styles=[_static(path) for path in (*chart.styles, *STYLES)],
            scripts=[_static(path) for path in chart.scripts],
            imports=script_json(served_imports(_static)),
            preload=[_static(path) for path in loaded.values()],
            entry=_static(loaded[ENTRY]),
            standalone=False,
        )
    )
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=own)
    answer.headers["Cache-Control"] = "no-store"
    remember(request, answer)
    return answer


def _writable(question: Question) -> dict[str, str | None]:
    """Return the layers whose records the page's rows are and may be corrected, and of which some may be added.

    None where nobody may write, or the public looks on.
    """
    from web.http.entrance import may_write

    if question.public or not may_write():
        return {"writable": None, "adds": None}
    shown = maps()[question.map]
    return {"writable": None if shown.corrects else shown.layer, "adds": shown.corrects or shown.layer}


def context_of(question: Question, served: bool = True) -> dict[str, Any]:  # what a template names
    """Return what the templates of a map page need."""
    from layers.analyses.registry import analyses
    from layers.usecases.workspace import data_day
    from web.features.publicity import read_from
    from web.maps.data import page
    from web.maps.forms import forms
    from web.maps.proposing import places_elsewhere, proposals
    from web.maps.question import own_parameters
    from web.maps.theme import words

    house, store = service(), read_from()
    shown = page(store, question, house.settings.map_buildings, served)
    told = data_day(house.store)
    return {
        "question": question,
        "page": shown,
        "forms": () if question.public or not served else forms(analyses(), question, _known(store, question, shown)),
        "maps": maps().values(),
        "own_parameters": own_parameters(),
        "bases": {each: label.say(question.language) for each, label in BASIS.items()},
        "printed_on": house.today(),
        "proposals": (proposed := proposals(house.store, question) if served else []),
        "places_elsewhere": dict(places_elsewhere(house.store, question)) if proposed else {},
        "data_day": told,
        "on_ledger": question.as_of == told != house.today() and not request.args.get("as_of"),
        "t": lambda key, **params: words(key, question.language, **params),
        "link": lambda **changes: _link(question.map, changes),
    }


def _known(store: Store, question: Question, shown: Page) -> Mapping[str, Choices]:
    """Return what the forms of the page can be filled with: its communities, and what is there on its day."""
    from layers.situation.day import situation
    from web.maps.choices import known
    from web.maps.theme import words

    areas = [(f"communities:{code}", name or code) for code, name in shown.communities]
    offered = known(store, situation(store, question.as_of, question.basis), question.language)
    return {**offered, "within": [("", words("everywhere", question.language)), *areas]}


def question_of(map_id: str) -> Question:
    """Read what the request asks of a map.

    Raises
    ------
    NotFound
        There is no such map.
    InvalidParameter
        With every parameter that cannot be used.
    """
    from layers.usecases.workspace import usual_day
    from web.maps.question import read_question

    house = service()
    settings = house.settings
    band = (settings.grid_households_min, settings.grid_households_max)
    day = usual_day(house.store, house.today())
    return read_question(_called(map_id), request.args, day, band, page_language())


def _link(map_id: str, changes: dict[str, Any]) -> str:  # as `url_for` takes values
    """Return an address with what the reader asked for, and `changes` (None takes a parameter away)."""
    from web.maps.question import parameters

    asked = {name: request.args[name] for name in parameters() if request.args.get(name)} | changes
    endpoint = asked.pop("endpoint", None) or ("pages.workbench" if request.path == "/" else "pages.map_page")
    if endpoint != "pages.workbench":
        asked["map_id"] = asked.pop("map", map_id)
    return url_for(endpoint, **{name: value for name, value in asked.items() if value is not None})


def _static(path: str) -> str:
    from web.maps.assets import version

    return url_for("static", filename=path, v=version(path))


def _called(map_id: str) -> str:
    if map_id not in IDS:
        raise NotFound(Fault(Text("pages.no-such-map", maps=list(IDS)), {"value": map_id}))
    return map_id
