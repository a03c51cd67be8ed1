"""Jobs over HTTP, as OGC API – Processes has them: their list, their state, their results, their dismissal."""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, current_app, jsonify, request

from layers import clock
from layers.errors import NotFound
from layers.jobs.retelling import retold, unpacked
from layers.model.job import FAILED, STATUSES, SUCCESSFUL, Job, Request
from layers.store.job_protocol import Jobs
from layers.text import LANGUAGES
from layers.usecases import jobs as usecase
from web.http.clients import client
from web.http.parameters import no_others, one_of, whole_number
from web.http.problems import TYPE, problem, reader_language
from web.http.sending import send_pieces
from web.service import service

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs")
PAGE, MOST_LISTED = 50, 200
DISPATCHER = "gridmap-jobs"
CHUNK = 1 << 18
OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
# What the standard calls our refusals.
EXCEPTIONS = {
    "analyses.no-such-analysis": "no-such-process",
    "jobs.no-such-job": "no-such-job",
    "jobs.not-ready": "result-not-ready",
}


@blueprint.get("")
def listing() -> Response:
    """List the jobs, newest first; `before` asks for older ones."""
    no_others("limit", "before", "status", "processID", "lang")
    limit = whole_number("limit", PAGE, 1, MOST_LISTED)
    asked = {name: request.args[name] for name in ("status", "processID") if request.args.get(name)}
    status = one_of("status", STATUSES, STATUSES[0]) if "status" in asked else None
    found = _jobs().page(limit, whole_number("before", None, 1), status, asked.get("processID"))
    links = [link("self", request.url)]
    if len(found) == limit and found[-1].number > 1:
        older = urlencode({"limit": limit, "before": found[-1].number, **asked})
        links.append(link("next", f"{request.base_url}?{older}"))
    language = reader_language()
    return jsonify(jobs=[_status(each, language) for each in found], links=links)


@blueprint.get("/<id>")
def one(id: str) -> Response:
    """Say how a job is, and what was asked."""
    no_others("lang")
    job = usecase.found(_jobs(), id)
    told = _status(job, reader_language()) | {"inputs": job.order.inputs}
    if job.status == FAILED:
        told["exception"] = _failure(job).json
    return jsonify(told)


@blueprint.get("/<id>/results")
def results(id: str) -> Response:
    """Answer what the same execution would have answered at once; of a job that failed, why.

    With `words` (``zh`` or ``en``) it is told in that language, whichever it was asked in; of old answers, and of
    several outputs apart, only the words of then are known.
    """
    no_others("lang", "words")
    asked_in = usecase.found(_jobs(), id).order.language
    language = one_of("words", LANGUAGES, asked_in)
    answer = usecase.answer(_jobs(), id)
    if answer.words and language != asked_in:
        whole = msgspec.json.decode(zlib.decompress(answer.body, wbits=31))
        return Response(msgspec.json.encode(retold(whole, unpacked(answer.words))), content_type=answer.media)
    # Kept compressed, and sent so wherever it is understood.
    if request.accept_encodings["gzip"] > 0:
        response = Response(answer.body, content_type=answer.media, headers={"Content-Encoding": "gzip"})
    else:
        response = send_pieces(lambda: _unpacked(answer.body), answer.media)
    response.vary.add("Accept-Encoding")
    return response


@blueprint.delete("/<id>")
def dismiss(id: str) -> Response:
    """Stop a job, or drop the results of one that has ended."""
    no_others("lang")
    job = usecase.dismiss(_jobs(), id, client(), clock.now())
    _wake()
    return jsonify(_status(job, reader_language()))


def accepted(asked: Request) -> Response:
    """Take an order in and say where its job is."""
    job = usecase.submit(_jobs(), asked, uuid.uuid4().hex, clock.now())
    _wake()
    response = jsonify(_status(job, reader_language()))
    response.status_code = 201
    response.headers["Location"] = _address(job)
    return response


@blueprint.errorhandler(NotFound)
def not_found(error: NotFound) -> Response:
    """Answer our problem, with the standard's name for it beside ours."""
    response = problem(error.slug, error.status, error.faults)
    name = EXCEPTIONS.get(error.faults[0].text.key)
    if name and response.mimetype == TYPE:
        response.data = msgspec.json.encode({**response.get_json(), "exception": OGC + name})
    return response


def _status(job: Job, language: str) -> dict[str, object]:
    links = [link("self", _address(job))]
    if job.status in (SUCCESSFUL, FAILED):
        kind = "results" if job.status == SUCCESSFUL else "exceptions"
        links.append(link(RELATION + kind, f"{_address(job)}/results"))
    told: dict[str, object] = {
        "processID": job.order.process,
        "type": "process",
        "jobID": job.id,
        "status": job.status,
        "message": usecase.message(job).say(language),
        "progress": job.progress,
        "stage": job.stage,
        "attempts": job.attempts,
        "created": _moment(job.created),
        "updated": _moment(job.updated),
        "links": links,
    }
    later = {"started": job.started, "finished": job.finished}
    told |= {name: _moment(moment) for name, moment in later.items() if moment is not None}
    return told if job.revision is None else told | {"revision": job.revision}


def _failure(job: Job) -> Response:
    failure = usecase.failure(job)
    return problem(failure.slug, failure.status, failure.faults)


def _unpacked(body: bytes) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(wbits=31)
    view = memoryview(body)
    for start in range(0, len(body), CHUNK):
        yield unpacking.decompress(view[start : start + CHUNK])
    yield unpacking.flush()


def _address(job: Job) -> str:
    return f"{request.url_root}api/jobs/{job.id}"


def link(relation: str, href: str) -> dict[str, str]:
    """Return a link to JSON."""
    return {"rel": relation, "type": "application/json", "href": href}


def _moment(time: dt.datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _jobs() -> Jobs:
    return service().store.jobs()


def _wake() -> None:
    """Tell this process' dispatcher, where there is one; another one looks by itself within a second."""
    dispatcher = current_app.extensions.get(DISPATCHER)
    if dispatcher is not None:
        dispatcher.wake()
