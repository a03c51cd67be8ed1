"""gridmap shows: pages, the API, problem details. One blueprint a noun; only this room and `app` know Flask."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

from layers.settings import Settings

if TYPE_CHECKING:
    from layers.jobs.dispatcher import Dispatcher
    from layers.store.protocol import Store
    from layers.usecases.lookout import Lookout
    from layers.workshop import Room, Workshop
    from web.serving import Server

ROOT = Path(__file__).parent
WORKSHOP = "gridmap-workshop"


@dataclass(frozen=True)
class Service:
    """What every view has at hand: the workspace, the settings and today's date."""

    store: Store
    settings: Settings
    today: Callable[[], dt.date]


def service() -> Service:
    """Return the service that the running application serves."""
    return current_app.extensions["gridmap"]


def workshop() -> Room:
    """Return where the running application has its heavy work done."""
    return current_app.extensions[WORKSHOP]


def init_app(
    app: Flask, store: Store, settings: Settings, today: Callable[[], dt.date], bound: str = "127.0.0.1"
) -> None:
    """Give an application its views, its error handlers and its headers; `bound` is the address it listens on.

    Heavy work is done in this process; see `start_workshop`.
    """
    from layers.usecases.kept import Kept
    from layers.workshop import Bench, Here
    from web import (
        api,
        changesets,
        collections,
        entrance,
        health,
        import_pages,
        imports,
        items,
        items_writing,
        jobs,
        map_parts,
        metrics,
        pages,
        plan_pages,
        plans,
        problems,
        processes,
        scenarios,
        tasks,
        tiles,
    )
    from web.doors import Doors

    app.extensions["gridmap"] = Service(store, settings, today)
    app.extensions[WORKSHOP] = Here(tasks.TASKS, Bench(store, settings, Kept()))
    doors = app.extensions[entrance.DOORS] = Doors(settings, bound)
    count = app.extensions[metrics.COUNTED] = metrics.Metrics()
    app.wsgi_app = metrics.counted(entrance.corrected(app.wsgi_app, doors), count)
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    problems.init_app(app)
    rooms = (pages, api, collections, items, items_writing, processes, changesets, health, tiles, scenarios)
    for module in (*rooms, jobs, plans, plan_pages, map_parts, imports, import_pages, metrics):
        app.register_blueprint(module.blueprint)
    app.before_request(_name_request)
    app.before_request(_refuse_early)
    app.before_request(entrance.refuse_strangers)
    app.after_request(_secure)
    app.after_request(entrance.tell_browsers)


def warm(app: Flask) -> None:
    """Make the first pages before anybody asks for them: what they load, compile and count is then at hand."""
    for page in ("/", "/maps/coverage/tiles/0/0/0", "/maps/service-area"):
        app.test_client().get(page)


def create_server(app: Flask, host: str, port: int) -> Server:
    """Listen for an application, with lanes, deadlines and refusals before the body; errors as `web.serving` says."""
    from web import entrance, imports, plans, serving
    from web.writing import LARGEST_BODY

    own: Service = app.extensions["gridmap"]
    upload_bytes = (own.settings.max_upload_mb << 20) + imports.OVERHEAD
    larger = {imports.blueprint.url_prefix: upload_bytes, plans.blueprint.url_prefix: plans.LARGEST_IMPORT}
    gate = serving.Gate(LARGEST_BODY, larger, entrance.gate_of(app.extensions[entrance.DOORS]))
    return serving.create_server(app, gate, host, port)


def start_jobs(app: Flask) -> Dispatcher:
    """Begin to run the jobs of the workspace beside the application; closing what is returned ends it."""
    from layers.jobs.dispatcher import Dispatcher
    from web.jobs import DISPATCHER

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


def start_lookout(app: Flask) -> Lookout:
    """Begin to look for damage in the workspace beside the application; closing what is returned ends it."""
    from layers.usecases.lookout import Lookout

    lookout = Lookout(app.extensions["gridmap"].store)
    lookout.open()
    return lookout


def nonce() -> str:
    """Return this response's nonce for its own scripts and styles."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return g.nonce


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
