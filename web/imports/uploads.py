"""Imports over HTTP: hand a file in, look at what it is thought to be, correct that, import it, or throw it away."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import FileStorage

from layers import clock
from layers.errors import Conflict, Fault, GridmapError, InvalidParameter, Overloaded, UnsupportedMedia
from layers.store.protocol import Changeset
from layers.text import Text
from layers.usecases.edits.holding import effective_day
from layers.usecases.imports import previewing
from layers.usecases.imports.doubts import Kind
from layers.usecases.imports.osm import Joins, box_of, parse_bbox
from layers.usecases.imports.ranking import LEDGER
from layers.usecases.imports.uploads import Choices, Done, Part, Upload, Uploads
from layers.workshop import Died, TooLate
from web.features.changesets import changeset_json
from web.http.parameters import no_others
from web.http.problems import reader_language
from web.http.sending import json_answer, send_written
from web.http.writing import author, decoded_body, idempotency_key, unfit
from web.imports import preview_json
from web.imports.work import Seen, digest
from web.service import service, workshop

blueprint = Blueprint("imports", __name__, url_prefix="/api/imports")
ROOM = "gridmap-imports"
FORM = ("layer", "sheet", "encoding", "crs", "mapping", "values", "bbox", "joins", "split_parts", "keep_demo",
        "effective")  # fmt: skip
JSON = ("application/json",)
FLAGS = {"true": True, "1": True, "false": False, "0": False}  # as a form writes them
MULTIPART = "multipart/form-data"
TURN_SECONDS = 2.0  # how long one import waits for another; a thread that waits serves nobody
OVERHEAD = 1 << 20  # of a multipart body beside the file

Word = Annotated[str, msgspec.Meta(max_length=200)]
Crs = Annotated[str, msgspec.Meta(max_length=4000)]
Mapping = Annotated[dict[Word, Annotated[str, msgspec.Meta(max_length=500)] | None], msgspec.Meta(max_length=300)]

# Field → word → what it stands for; null forgets what was answered before.
Said = Annotated[dict[Annotated[str, msgspec.Meta(max_length=500)], Word | None], msgspec.Meta(max_length=500)]
Values = Annotated[dict[Word, Said], msgspec.Meta(max_length=100)]


class _Corrections(msgspec.Struct, forbid_unknown_fields=True):
    """The body that corrects guesses; what is not named stays, null guesses again."""

    layer: Word | msgspec.UnsetType | None = msgspec.UNSET
    sheet: Word | msgspec.UnsetType | None = msgspec.UNSET
    encoding: Word | msgspec.UnsetType | None = msgspec.UNSET
    crs: Crs | msgspec.UnsetType | None = msgspec.UNSET
    mapping: Mapping | msgspec.UnsetType | None = msgspec.UNSET
    values: Values | msgspec.UnsetType | None = msgspec.UNSET
    bbox: tuple[float, float, float, float] | msgspec.UnsetType | None = msgspec.UNSET
    joins: Joins | msgspec.UnsetType | None = msgspec.UNSET
    split_parts: bool | msgspec.UnsetType = msgspec.UNSET
    keep_demo: bool | msgspec.UnsetType = msgspec.UNSET
    effective: Word | msgspec.UnsetType | None = msgspec.UNSET


class _Committing(msgspec.Struct, forbid_unknown_fields=True):
    """The body that imports an upload."""

    only_sound: bool = False
    confirmed: bool = False
    allow: Annotated[tuple[Kind, ...], msgspec.Meta(max_length=8)] = ()
    effective: Word | None = None


class _Room:
    """What the views of one application share: uploads, and one import at a time."""

    def __init__(self, uploads: Uploads) -> None:
        self.uploads = uploads
        self.importing = threading.Lock()


@blueprint.post("")
def handed_in() -> Response:
    """Hand a file in; the answer is what it is thought to be, and what importing it would do."""
    no_others("lang")
    if request.mimetype != MULTIPART:
        raise UnsupportedMedia(Fault(Text("web.not-one-of", accepted=[MULTIPART]), {"value": request.mimetype[:80]}))
    request.max_content_length = (service().settings.max_upload_mb << 20) + OVERHEAD
    files = request.files.getlist("file")
    _refuse_others()
    corrections = _corrections_of_form()
    now, room = clock.now(), _room()
    upload = room.uploads.add(secrets.token_hex(16), [_part(each) for each in files], now)
    try:
        upload.choices = _corrected(upload.choices, corrections)
        seen = _seen(upload)
    except BaseException:  # a refusal, a crash or the end of the process: nobody could ask for it again
        room.uploads.remove(upload.id)
        raise
    return json_answer(msgspec.Raw(seen.answer), 201, Location=f"{request.script_root}/api/imports/{upload.id}")


@blueprint.get("/<id>")
def one(id: str) -> Response:
    """Look again at a file that was handed in, against the workspace as it is now."""
    no_others("lang")
    upload = _room().uploads.find(id, clock.now())
    return json_answer(upload.done.answer) if upload.done else _previewed(upload)


@blueprint.patch("/<id>")
def corrected(id: str) -> Response:
    """Correct guesses, and look again."""
    no_others("lang")
    corrections = decoded_body(msgspec.json.Decoder(_Corrections), JSON)
    upload = _waiting(id)
    upload.choices = _corrected(upload.choices, corrections)
    return _previewed(upload)


@blueprint.get("/<id>/report")
def report(id: str) -> Response:
    """Give everything that is wrong with a file as a workbook, to be worked off row by row."""
    no_others("lang")
    upload, now, language = _waiting(id), clock.now(), reader_language()
    return send_written(
        "gridmap-faults.xlsx",
        lambda target: workshop().run("report", upload, now, language, target, near=upload.id),
    )


@blueprint.post("/<id>/commit")
def committed(id: str) -> Response:
    """Import a file as its last preview showed it: one changeset or none. What others changed since is kept."""
    no_others("lang")
    given = request.content_length or request.mimetype
    said = decoded_body(msgspec.json.Decoder(_Committing), JSON) if given else _Committing()
    key, by, room, now = idempotency_key(), author(), _room(), clock.now()
    effective = effective_day(said.effective, service().today())
    with _turn(room):
        upload = room.uploads.find(id, now)
        if upload.done is not None:
            return _again(upload.done, key)
        order = previewing.Order(by, now, said.only_sound, said.confirmed, said.allow, effective)
        answer, changeset = _imported(upload, order)
        answer["changeset"] = None if changeset is None else changeset_json(changeset)
        revision = None if changeset is None else changeset.revision
        upload.done = Done(key=key, changeset=revision, answer=msgspec.to_builtins(answer))
        room.uploads.conclude(upload)
    return json_answer(answer, 200 if changeset is None else 201)


@blueprint.delete("/<id>")
def thrown_away(id: str) -> Response:
    """Throw a file away that was handed in; what was imported from it stays."""
    no_others("lang")
    _room().uploads.remove(_room().uploads.find(id, clock.now()).id)
    return Response(status=204)


def _again(done: Done, key: str | None) -> Response:
    """Answer a write that was done already: the same to the same key, a refusal to any other."""
    if key is not None and key == done.key:
        return json_answer(done.answer, 200 if done.changeset is None else 201)
    raise Conflict(Fault(Text("imports.committed-already", changeset=done.changeset or "—")))


def _imported(upload: Upload, order: previewing.Order) -> tuple[dict[str, object], Changeset | None]:
    """Have an upload imported; where nobody can tell any more how that ended, look whether it is on record."""
    language = reader_language()
    try:
        return workshop().run("commit", upload, order, language, near=upload.id)
    except (Died, TooLate):
        try:
            changeset = previewing.written(service().store, order)
        except GridmapError as unknown:
            where = {"value": order.now.isoformat()}
            raise GridmapError(Fault(Text("imports.outcome-unknown", author=order.author), where)) from unknown
        if changeset is None:
            raise
        return preview_json.outcome_on_record(upload, changeset, language), changeset


def _previewed(upload: Upload) -> Response:
    return json_answer(msgspec.Raw(_seen(upload).answer))


def _seen(upload: Upload) -> Seen:
    """Look at an upload, or remember what was seen with the same choices while the workspace was the same."""
    uploads, language = _room().uploads, reader_language()
    revision = service().store.revision()
    asked = digest(upload.choices)
    seen = uploads.kept.get((upload.id, language, revision, asked))
    if seen is not None:
        upload.choices, upload.inside, upload.revision = seen.choices, seen.inside, revision
        upload.remembered = seen.remembered
        uploads.keep(upload)
        return seen
    seen = workshop().run("preview", upload, clock.now(), language, near=upload.id)
    for each in {asked, digest(seen.choices)}:
        uploads.kept.put((upload.id, language, seen.revision, each), seen, len(seen.answer))
    return seen


def _waiting(id: str) -> Upload:
    """Return an upload that is not imported yet."""
    upload = _room().uploads.find(id, clock.now())
    if upload.done is not None:
        raise Conflict(Fault(Text("imports.committed-already", changeset=upload.done.changeset or "—")))
    return upload


def _corrected(choices: Choices, corrections: _Corrections) -> Choices:
    """Return the choices with the corrections: columns go with their layer and sheet, answers with their layer."""
    given = {
        name: value
        for name in corrections.__struct_fields__
        if (value := getattr(corrections, name)) is not msgspec.UNSET
    }
    if "mapping" in given:
        given["mapping"] = {name: column or "" for name, column in (given["mapping"] or {}).items()}
    elif {"layer", "sheet"} & set(given):
        given["mapping"] = {}
    if "values" in given:
        given["values"] = {
            name: {word: said or "" for word, said in words.items()} for name, words in (given["values"] or {}).items()
        }
    elif "layer" in given:
        given["values"] = {}
    if given.get("bbox") is not None:
        given["bbox"] = box_of(given["bbox"])
    effective_day(given.get("effective"), service().today())  # refused before it is kept
    if LEDGER in (given.get("layer"), choices.layer) and "layer" in given and "sheet" not in given:
        given["sheet"] = None
    return msgspec.structs.replace(choices, **given)


def _corrections_of_form() -> _Corrections:
    """Read the form's fields beside the file as what `PATCH` takes."""
    given: dict[str, object] = {name: text for name in FORM if (text := request.form.get(name))}
    for name in ("mapping", "values"):
        if name in given:
            given[name] = _json_of_form(name, str(given[name]))
    if "bbox" in given:
        given["bbox"] = parse_bbox(str(given["bbox"]))
    for name in ("split_parts", "keep_demo"):
        if name in given:
            given[name] = FLAGS.get(str(given[name]).lower(), given[name])
    try:
        return msgspec.convert(given, _Corrections)
    except msgspec.ValidationError as error:
        raise unfit(_Corrections, given, error) from None


def _json_of_form(name: str, text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidParameter(Fault(Text("web.bad-json"), {"parameter": name})) from None


def _refuse_others() -> None:
    faults = [
        Fault(Text("web.unknown-parameter", known=["file", *FORM]), {"parameter": name[:80]})
        for name in {*request.form, *request.files} - {"file", *FORM}
    ]
    twice = [name for name in FORM if len(request.form.getlist(name)) > 1]
    faults += [Fault(Text("web.given-twice"), {"parameter": name}) for name in twice]
    if faults:
        raise InvalidParameter(*faults)


def _part(file: FileStorage) -> Part:
    return Part(file.filename or "", lambda path: file.save(path))


@contextmanager
def _turn(room: _Room) -> Iterator[None]:
    """Be the one who imports; whoever would wait long is asked to come again."""
    if not room.importing.acquire(timeout=TURN_SECONDS):
        raise Overloaded(Text("imports.another-runs"))
    try:
        yield
    finally:
        room.importing.release()


def _room() -> _Room:
    house = service()
    made = _Room(Uploads(house.store.url, house.settings.max_upload_mb << 20))
    return current_app.extensions.setdefault(ROOM, made)
