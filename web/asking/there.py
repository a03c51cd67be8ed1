"""In the other process: requests of the service are answered by the same views.

A refusal goes back as what it is and becomes a problem document where every other does.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from flask import Flask, g, request
from werkzeug.exceptions import HTTPException

from layers.keeping import OfEach
from layers.workshop import Bench, Task
from web.asking.spoken import Put, Told
from web.http.entrance import VISIT

FIGURES = "figures"
MODULE = "web.asking.process"
TODAY = "gridmap.today"
# A map's page is waited for; an analysis that takes longer is a job, and a filter has a limit of its own.
MAP_SECONDS, FILE_SECONDS, ANALYSIS_SECONDS, FEATURES_SECONDS = 300, 600, 300, 120


def answer(bench: Bench, put: Put) -> Told:
    """Answer a request as the service would."""
    app = _APPLICATIONS(bench)
    environ: dict[str, object] = {**put.environ, "wsgi.input": io.BytesIO(put.body), TODAY: put.today, VISIT: put.visit}
    with app.request_context(environ):
        g.request_id = put.request_id
        try:
            response = app.make_response(app.dispatch_request())
        except HTTPException as error:
            response = app.make_response(app.handle_user_exception(error))
        headers = tuple(response.headers.items())
        if response.direct_passthrough and put.target is not None:
            with response, Path(put.target).open("wb") as file:
                file.writelines(response.iter_encoded())
            return Told(response.status_code, headers, None, True)
        response.direct_passthrough = False
        return Told(
            response.status_code,
            headers,
            response.get_data(),
            response.automatically_set_content_length,
            g.get("nonce"),
        )


TASKS = {
    "map": Task("map", MAP_SECONDS, answer),
    "map-file": Task("map", FILE_SECONDS, answer),
    "analysis": Task("analysis", ANALYSIS_SECONDS, answer),
    # Another process would read the whole city for what the maps' one has at hand.
    FIGURES: Task("analysis", ANALYSIS_SECONDS, answer, beside="map"),
    "features": Task("features", FEATURES_SECONDS, answer),
}


def _application(bench: Bench) -> Flask:
    from web import init_app, new_app

    app = new_app()
    init_app(app, bench.store, bench.settings, _today)
    return app


def _today() -> dt.date:
    """Return the day of the service that asks."""
    today = request.environ[TODAY]
    assert isinstance(today, dt.date)
    return today


_APPLICATIONS: OfEach[Bench, Flask] = OfEach(_application)
