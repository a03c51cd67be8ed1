"""What the routes and docstrings cannot say of the API: types of parameters, bodies, headers, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.model.job import STATUSES
from layers.usecases.imports.doubts import KINDS as DOUBTS
from web.features.query import PARAMETERS as ITEM_PARAMETERS

JSON, GEOJSON, HTML, CSV = "application/json", "application/geo+json", "text/html", "text/csv"
SCHEMA, MERGE, OPENAPI = "application/schema+json", "application/merge-patch+json", "application/vnd.oai.openapi+json"
READ, FOUND = (400, 406, 503), (400, 404, 406, 503)
WRITTEN = (400, 403, 404, 409, 412, 413, 415, 422, 503, 507)


@dataclass(frozen=True)
class Operation:
    """What is declared of one view: all of it optional.

    Parameters
    ----------
    parameters, headers : tuple of str
        Names in `PARAMETERS`; what a view itself names in its call of `no_others` is known without.
    body : mapping
        Media type → schema of what is sent.
    body_needed : bool
        Whether there must be a body.
    answers : mapping
        Status → media types.
    schema : mapping
        Of an answer in JSON.
    refusals : tuple of int
        Statuses that are answered as problems.
    """

    parameters: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    body: Mapping[str, object] = field(default_factory=dict)
    body_needed: bool = True
    answers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "object"})
    refusals: tuple[int, ...] = ()


def ref(name: str) -> dict[str, str]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _text(about: str, **schema: object) -> dict[str, object]:
    return {"description": about, "schema": {"type": "string", **schema}}


PARAMETERS: dict[str, dict[str, object]] = {
    "lang": _text("language of the answer", enum=["zh", "en"]),
    "words": _text("language of what a kept answer says", enum=["zh", "en"]),
    "f": _text("form of the answer; otherwise the Accept header decides"),
    "limit": {"description": "at most so many; an over-large number is clamped",
              "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}},
    "bbox": {"description": "west, south, east, north, in the order of the axes of bbox-crs; with heights six numbers; "
                            "west > east goes over the antimeridian",
             "style": "form", "explode": False,
             "schema": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}},
    "bbox-crs": _text("URI of the coordinate system of bbox; CRS84 by default", format="uri"),
    "crs": _text("URI of the coordinate system of the answer; CRS84 by default", format="uri"),
    "datetime": _text("an instant or an interval with .. for an open end: features valid at any time in it"),
    "cursor": _text("where a page begins; only a link `next` makes one"),
    "filter": _text("a condition in CQL2"),
    "filter-lang": _text("of the filter", enum=["cql2-text", "cql2-json"], default="cql2-text"),
    "filter-crs": _text("URI of the coordinate system of geometries in the filter; CRS84 by default", format="uri"),
    "properties": {"description": "the fields to answer", "style": "form", "explode": False,
                   "schema": {"type": "array", "items": {"type": "string"}}},
    "sortby": {"description": "fields, each with + (smallest first) or - before it", "style": "form", "explode": False,
               "schema": {"type": "array", "items": {"type": "string", "pattern": "[+-]?[a-z_]+"}}},
    "fields": {"description": "any field of the layer by its name: features that have this value", "style": "form",
               "explode": True, "schema": {"type": "object", "additionalProperties": {"type": "string"}}},
    "as_of": _text("only what is valid on this day, as it was on it", format="date"),
    "known_at": _text("as it was known then: the number of a changeset, or a time (a day means its end)"),
    "effective": _text("from which day on it holds, or correction: for all days", default="correction"),
    "public": _text("answer from what is public alone", enum=["true", "false", "1", "0"]),
    "profile": _text("of GeoJSON", enum=["rfc7946", "legacy"]),
    "before": {"description": "older ones", "schema": {"type": "integer", "minimum": 1}},
    "If-Match": {**_text("the ETag of the version that the change is based on"), "required": True},
    "Content-Crs": _text("URI in angle brackets of the coordinate system of the body; CRS84 by default"),
    "Gridmap-Author": _text("who writes, percent-encoded UTF-8"),
    "Idempotency-Key": _text("the same key twice is the same write once", pattern="[!-~]{1,200}"),
    "Prefer": _text("respond-async: take the execution in as a job"),
    "offset": {"description": "leave out so many", "schema": {"type": "integer", "minimum": 0}},
    "revision": {"description": "as it was after this revision", "schema": {"type": "integer", "minimum": 1}},
    "status": _text("jobs in this state", enum=[*STATUSES]),
    "processID": _text("jobs of this analysis"),
    "community": _text("plans of this community"),
    "grid_system": _text("plans of this grid system", enum=["service", "unit"]),
    "state": _text("plans in this state", enum=["draft", "submitted", "approved", "active", "retired", "any"]),
    "cells": _text("whether cells come along", enum=["true", "false", "1", "0"]),
    "against": _text("the plan to compare with; what the plan was opened from by default"),
}  # fmt: skip

_WRITE_HEADERS = ("Content-Crs", "Gridmap-Author")
_FEATURE = {GEOJSON: ref("feature"), JSON: ref("feature")}
_LISTED = (JSON, HTML)
_EXPORTED = (GEOJSON, CSV, "application/geopackage+sqlite3", "application/vnd.google-earth.kml+xml", "application/zip",
             "application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
             "application/x-zip-compressed", "application/vnd.apache.parquet")  # fmt: skip

_MVT = "application/vnd.mapbox-vector-tile"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ANYTHING, _NOTHING = {"type": "object"}, {"type": "object", "additionalProperties": False}
_STRING, _BOOLEAN = {"type": "string"}, {"type": "boolean"}
_TOLD = Operation(answers={200: (JSON,)}, refusals=(400, 404, 503))
_STEP_HEADERS = ("If-Match", "Idempotency-Key", "Gridmap-Author")
_STEP_REFUSALS = (*WRITTEN, 428)


def _members(required: tuple[str, ...] = (), /, **properties: object) -> dict[str, object]:
    """Return the schema of an object that has these members and no other."""
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _step(body: Mapping[str, object]) -> Operation:
    """Return a write that rests on a plan's revision."""
    return Operation(headers=_STEP_HEADERS, body={JSON: body}, answers={200: (JSON,)}, refusals=_STEP_REFUSALS)


_ALLOWED = {"type": "array", "items": {**_STRING, "enum": [*DOUBTS]}}
_EXECUTION = _members(inputs=_ANYTHING, outputs=_ANYTHING, response={"type": "string", "enum": ["document", "raw"]})
_OPENING = _members(
    (),
    community={**_STRING, "minLength": 1, "maxLength": 40, "nullable": True},
    grid_system={**_STRING, "enum": ["service", "unit"], "nullable": True},
    proposal={**_STRING, "minLength": 1, "maxLength": 80, "nullable": True},
    parts={"type": "array", "minItems": 1, "items": _STRING, "nullable": True},
    anyway={"type": "boolean"},
    into={**_STRING, "minLength": 1, "maxLength": 80, "nullable": True},
    name={**_STRING, "nullable": True},
    **{"from": {**_STRING, "enum": ["active", "none"]}},
    grids={"allOf": [ref("featureCollection")], "nullable": True},
)
_EDIT = {"type": "object", "required": ["op"], "properties": {"op": _STRING}}  # see docs/howto/plans.md
_GUESSES = {name: {**_STRING, "nullable": True} for name in ("layer", "sheet", "encoding", "crs", "effective")}
_UPLOAD = _members(
    ("file",),
    file={**_STRING, "format": "binary"},
    **dict.fromkeys((*_GUESSES, "mapping", "values", "bbox", "joins", "split_parts", "keep_demo"), _STRING),
)
_CORRECTION = _members(
    **_GUESSES,
    mapping={"type": "object", "additionalProperties": {**_STRING, "nullable": True}, "nullable": True},
    values={
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": {**_STRING, "nullable": True}},
        "nullable": True,
    },
    bbox={"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4, "nullable": True},
    joins={**_STRING, "enum": ["nodes", "lines", None], "nullable": True},
    split_parts=_BOOLEAN,
    keep_demo=_BOOLEAN,
)

_SURE = {"type": "array", "items": _STRING}
_EDITS = _members(
    ("changes",),
    changes={"type": "array", "minItems": 1, "maxItems": 1000, "items": _members(
        ("layer",), layer=_STRING, id={**_STRING, "nullable": True}, version={"type": "integer", "nullable": True},
        properties=_ANYTHING, geometry=ref("geometry"), delete=_BOOLEAN, restore=_BOOLEAN)},
    effective={**_STRING, "nullable": True},
    based_on={"type": "integer", "nullable": True},
    sure=_SURE,
)  # fmt: skip
_WORDS = ("courtyard", "area", "manager", "manager_name", "mode", "stage", "end")
_HANDOVER = _members(
    ("start",),
    start=_STRING,
    **{name: {**_STRING, "nullable": True} for name in _WORDS},
    whole={**_BOOLEAN, "nullable": True},
    terms=_ANYTHING,
    based_on={"type": "integer", "nullable": True},
    sure=_SURE,
)
_WRITTEN_OR_SO = {200: (JSON,), 201: (JSON,)}

DECLARED: dict[str, Operation] = {
    "api.landing": Operation(answers={200: _LISTED}, schema=ref("linked"), refusals=READ),
    "api.conformance": Operation(answers={200: _LISTED}, schema=ref("conformance"), refusals=READ),
    "api.openapi": Operation(answers={200: (OPENAPI,)}, refusals=READ),
    "api.openapi_page": Operation(answers={200: (HTML,)}, refusals=READ),
    "collections.listing": Operation(answers={200: _LISTED}, schema=ref("collections"), refusals=READ),
    "collections.one": Operation(answers={200: _LISTED}, schema=ref("collection"), refusals=FOUND),
    "collections.schema": Operation(answers={200: (SCHEMA, HTML)}, refusals=FOUND),
    "collections.queryables": Operation(answers={200: (SCHEMA, HTML)}, refusals=FOUND),
    "collections.sortable": Operation(answers={200: (SCHEMA, HTML)}, refusals=FOUND),
    "collections.export": Operation(answers={200: _EXPORTED}, schema={}, refusals=FOUND),
    "items.listing": Operation(
        (*ITEM_PARAMETERS, "fields"),
        answers={200: (GEOJSON, CSV, HTML)},
        schema=ref("featureCollection"),
        refusals=FOUND,
    ),
    "items.one": Operation(answers={200: (GEOJSON, HTML), 304: ()}, schema=ref("feature"), refusals=FOUND),
    "items_writing.create": Operation(
        headers=_WRITE_HEADERS,
        body={media: {"oneOf": [ref("feature"), ref("featureCollection")]} for media in (GEOJSON, JSON)},
        answers={201: (JSON,)},
        schema=ref("created"),
        refusals=WRITTEN,
    ),
    "items_writing.replace": Operation(
        headers=("If-Match", *_WRITE_HEADERS),
        body=_FEATURE,
        answers={200: (GEOJSON,)},
        schema=ref("feature"),
        refusals=(*WRITTEN, 428),
    ),
    "items_writing.update": Operation(
        headers=("If-Match", *_WRITE_HEADERS),
        body={MERGE: {"type": "object"}, JSON: {"type": "object"}},
        answers={200: (GEOJSON,)},
        schema=ref("feature"),
        refusals=(*WRITTEN, 428),
    ),
    "items_writing.delete": Operation(
        headers=("If-Match", "Gridmap-Author"), answers={204: ()}, refusals=(400, 403, 404, 409, 412, 428, 503, 507)
    ),
    "changesets.listing": Operation(answers={200: (JSON,)}, refusals=(400, 503)),
    "changesets.one": Operation(answers={200: (JSON,)}, refusals=(400, 404, 503)),
    "health.live": Operation(answers={200: (JSON,)}, refusals=(503,)),
    "health.ready": Operation(answers={200: (JSON,)}, refusals=(503,)),
    "metrics.figures": Operation(answers={200: ("text/plain",)}, refusals=READ),
    "changesets.reverted": Operation(headers=("Gridmap-Author",), answers={201: (JSON,)}, refusals=WRITTEN),
    "records_editing.edits": Operation(headers=("Gridmap-Author",), body={JSON: _EDITS}, answers=_WRITTEN_OR_SO,
                                       refusals=(*WRITTEN, 428)),
    "records_editing.handovers": Operation(headers=("Gridmap-Author",), body={JSON: _HANDOVER}, answers={201: (JSON,)},
                                           refusals=(*WRITTEN, 428)),
    "records_editing.form": _TOLD,
    "records_editing.names": _TOLD,
    "workspace.told": _TOLD,
    "workspace.renamed": Operation(
        headers=("Gridmap-Author",),
        body={JSON: _members(("name",), name=_STRING)},
        answers={200: (JSON,)},
        refusals=WRITTEN,
    ),
    "processes.listing": _TOLD,
    "processes.one": _TOLD,
    "processes.execute": Operation(
        headers=("Prefer", "Idempotency-Key"),
        body={JSON: _EXECUTION},
        answers={200: (JSON, GEOJSON, "multipart/related"), 201: (JSON,)},
        schema={},
        refusals=WRITTEN,
    ),
    "jobs.listing": _TOLD,
    "jobs.one": _TOLD,
    "jobs.results": Operation(
        answers={200: (JSON, GEOJSON, "multipart/related")}, schema={}, refusals=(400, 404, 409, 422, 500, 503)
    ),
    "jobs.dismiss": Operation(answers={200: (JSON,)}, refusals=(400, 403, 404, 409, 503, 507)),
    "scenarios.listing": _TOLD,
    "scenarios.adopt": Operation(
        headers=("Gridmap-Author",), body={JSON: _NOTHING}, body_needed=False, answers={201: (JSON,)}, refusals=WRITTEN
    ),
    "tiles.matrix_sets": _TOLD,
    "tiles.matrix_set": _TOLD,
    "tiles.tilesets": _TOLD,
    "tiles.tileset": _TOLD,
    "tiles.tile": Operation(answers={200: (_MVT,), 204: (), 304: ()}, refusals=(400, 404, 503)),
    "plans.listing": _TOLD,
    "plans.one": _TOLD,
    "plans.history": _TOLD,
    "plans.diff": _TOLD,
    "plans.opened": Operation(
        headers=("Idempotency-Key", "Gridmap-Author"), body={JSON: _OPENING}, answers={201: (JSON,)}, refusals=WRITTEN
    ),
    "plans.edits": _step(_EDIT),
    "plans.revert": _step(_members(("changeset",), changeset={"type": "integer", "minimum": 1})),
    "plans.submitted": _step(_NOTHING),
    "plans.withdrawn": _step(_NOTHING),
    "plans.approved": _step(_members(valid_from={**_STRING, "format": "date", "nullable": True})),
    "imports.handed_in": Operation(
        body={"multipart/form-data": _UPLOAD}, answers={201: (JSON,)}, schema=_ANYTHING, refusals=WRITTEN
    ),
    "imports.one": _TOLD,
    "imports.corrected": Operation(body={JSON: _CORRECTION}, answers={200: (JSON,)}, refusals=WRITTEN),
    "imports.report": Operation(answers={200: (_XLSX,)}, refusals=(400, 404, 409, 413, 415, 422, 503)),
    "imports.committed": Operation(
        headers=("Idempotency-Key", "Gridmap-Author"),
        body={
            JSON: _members(
                only_sound=_BOOLEAN, confirmed=_BOOLEAN, allow=_ALLOWED, effective={**_STRING, "nullable": True}
            )
        },
        body_needed=False,
        answers={200: (JSON,), 201: (JSON,)},
        refusals=WRITTEN,
    ),
    "imports.thrown_away": Operation(answers={204: ()}, refusals=(400, 403, 404, 409, 503, 507)),
}
