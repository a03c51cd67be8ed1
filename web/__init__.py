"""gridmap shows: pages, the API, problem details. One blueprint a noun; only this room and `app` know Flask."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider

from layers import clock
from layers.children import HOUSE
from layers.settings import Settings
from web.service import WORKSHOP, Service

if TYPE_CHECKING:
    from layers.formats.writing import Whose
    from layers.jobs.dispatcher import Dispatcher
    from layers.store.protocol import Store
    from layers.usecases.lookout import Lookout
    from layers.workshop import Asking, Workshop
    from web.serving import Server

# Of more buildings, courtyards and roads only the first map is made ready before anybody asks.
MOST_WARMED = 300_000


def new_app() -> Flask:
    """Return an application without any view, with its folders; see `init_app`."""
    return Flask(
        "gridmap",
        instance_path=f"{HOUSE}/instance",
        root_path=HOUSE,
        static_folder="static",
        template_folder="web/templates",
    )


def init_app(
    app: Flask, store: Store, settings: Settings, today: Callable[[], dt.date], bound: str = "127.0.0.1"
) -> None:
    """Give an application its views, its error handlers and its headers; `bound` is the address it listens on.

    Heavy work is done in this process; see `start_workshop` and `start_questions`.
    """
    from layers.usecases.imports.memory import Remembered
    from layers.workshop import Bench, Here
    from web import health, metrics, tasks, workspace
    from web.asking import answer_elsewhere
    from web.features import changesets, collections, items, tiles
    from web.features import writing as items_writing
    from web.http import entrance, problems
    from web.http.doors import Doors
    from web.imports import pages as import_pages
    from web.imports import uploads
    from web.maps import pages, parts
    from web.openapi import api
    from web.plans import editing
    from web.plans import pages as plan_pages
    from web.processes import execution, jobs, scenarios
    from web.records import editing as records_editing
    from web.records import pages as record_pages
    from web.site import menu
    from web.site import pages as site_pages

    app.extensions["gridmap"] = Service(store, settings, today)
    app.extensions[WORKSHOP] = Here(tasks.TASKS, Bench(store, settings, Remembered()))
    doors = app.extensions[entrance.DOORS] = Doors(settings, bound)
    count = app.extensions[metrics.COUNTED] = metrics.Metrics()
    in_front = metrics.counted(entrance.corrected(app.wsgi_app, doors), count)
    app.wsgi_app = in_front  # type: ignore[method-assign, assignment]  # as Flask's own documents put something in front
    writer = app.json
    assert isinstance(writer, DefaultJSONProvider)  # which every application of Flask's begins with
    writer.sort_keys = False
    writer.ensure_ascii = False
    problems.init_app(app)
    rooms = (pages, api, collections, items, items_writing, execution, changesets, health, tiles, scenarios)
    further = (jobs, editing, plan_pages, parts, uploads, import_pages, site_pages, metrics)
    for module in (*rooms, *further, records_editing, record_pages, workspace):
        app.register_blueprint(module.blueprint)
    menu.init_app(app)
    said = {"workspace_name": _workspace_name, "data_date": _data_date, "time_zone": lambda: str(clock.zone())}
    app.context_processor(lambda: said)
    app.before_request(_name_request)
    app.before_request(_refuse_early)
    app.before_request(entrance.refuse_strangers)
    app.before_request(entrance.refuse_garbled)
    app.before_request(answer_elsewhere)
    app.after_request(_secure)
    app.after_request(entrance.tell_browsers)


def warm(app: Flask) -> None:
    """Make the first pages before anybody asks for them: what they load, compile and count is then at hand."""
    from web.maps.registry import HOME, maps

    store = app.extensions["gridmap"].store
    small = sum(map(store.count, ("buildings", "courtyards", "roads"))) <= MOST_WARMED
    # The first page is a map that rests on a situation; others load and compute more. Of a city that is minutes of
    # work, which nobody may want.
    further = [f"/maps/{each.id}" for each in maps().values() if each.rests_on and small]
    for page in ("/", f"/maps/{HOME}/tiles/0/0/0", f"/maps/{HOME}/search?q=a", *further):
        app.test_client().get(page)


def create_server(app: Flask, host: str, port: int) -> Server:
    """Listen for an application, with lanes, deadlines and refusals before the body; errors as `web.serving` says."""
    from web import serving
    from web.http import entrance
    from web.http.writing import LARGEST_BODY
    from web.imports import uploads as imports
    from web.plans import editing as plans

    own: Service = app.extensions["gridmap"]
    upload_bytes = (own.settings.max_upload_mb << 20) + imports.OVERHEAD
    larger = {imports.blueprint.url_prefix or "": upload_bytes, plans.blueprint.url_prefix or "": plans.LARGEST_IMPORT}
    gate = serving.Gate(LARGEST_BODY, larger, entrance.gate_of(app.extensions[entrance.DOORS]))
    return serving.create_server(app, gate, host, port)


def start_jobs(app: Flask) -> Dispatcher:
    """Begin to run the jobs of the workspace beside the application; closing what is returned ends it."""
    from layers.jobs.dispatcher import Dispatcher
    from web.processes.jobs import DISPATCHER

    own: Service = app.extensions["gridmap"]
    dispatcher = app.extensions[DISPATCHER] = Dispatcher(own.store, own.settings.jobs)
    dispatcher.open()
    return dispatcher


def start_workshop(app: Flask) -> Workshop:
    """Have the application's heavy work done by processes of its own; closing what is returned ends them."""
    from layers.workshop import Workshop
    from web import tasks

    workshop = app.extensions[WORKSHOP] = Workshop(tasks.TASKS, tasks.MODULE, app.extensions["gridmap"].settings)
    return workshop


def start_questions(app: Flask) -> Asking | None:
    """Have costly questions answered by processes beside the application; closing what is returned ends them."""
    from web.asking import start

    return start(app)


def start_lookout(app: Flask) -> Lookout:
    """Begin to look for damage in the workspace beside the application; closing what is returned ends it."""
    from layers.usecases.lookout import Lookout

    lookout = Lookout(app.extensions["gridmap"].store)
    lookout.open()
    return lookout


def _workspace_name() -> str | None:
    """Return what the workspace is called, for every template; None where nobody named it."""
    return _whose().workspace


def _data_date() -> str | None:
    """Return the day up to which the newest ledger tells, for every template; None where none names one."""
    return _whose().data_date


def _whose() -> Whose:
    """Ask once for every page. One that says what is wrong with the workspace must not fail of the workspace."""
    from layers.errors import GridmapError
    from layers.formats.writing import NOBODYS
    from layers.usecases.exports.exporting import whose
    from web.service import service

    if "whose" not in g:
        try:
            g.whose = whose(service().store)
        except GridmapError:
            g.whose = NOBODYS
    known: Whose = g.whose
    return known


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)


def _refuse_early() -> None:
    """Answer what the server refused by a request's headers, or could not read."""
    from web.serving import REFUSAL

    refusal = request.environ.get(REFUSAL)
    if refusal is not None:
        raise refusal


def _secure(response: Response) -> Response:
    """No page loads anything from another host, is framed elsewhere, or runs a script that we did not write."""
    script = f"'nonce-{g.nonce}'" if "nonce" in g else ""
    policy = (
        f"default-src 'none'; script-src 'self' {script}; style-src 'self' {script}; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    ours = [("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"), ("X-Request-Id", g.get("request_id", ""))]  # fmt: skip
    if not request.path.startswith("/static/"):  # the rest is internal; a tile says itself how it may be kept
        ours.append(("Cache-Control", "no-store"))
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend([each for each in ours if each[0].lower() not in said])
    return response
