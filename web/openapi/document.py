"""The API as one self-contained OpenAPI 3.0.3 document, made from the routes: what is not served is not described.

A view says in its own words what it does (its docstring) and which parameters it takes (its call of `no_others`); what
else there is to say about it, such as bodies and what they answer, stands in `openapi_operations`.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from layers import VERSION, errors
from layers.catalogue import catalogue
from web.features.schemas import LayerSchema, layer_schema, open_schemas
from web.openapi.operations import DECLARED, PARAMETERS, Operation

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
DYNAMIC = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")
READING, WRITING = (400, 404, 406, 503), (400, 403, 404, 409, 412, 413, 415, 422, 428, 503, 507)
EVERYWHERE = 403  # whoever is not let in, whatever is asked
STATUSES = {
    each.status: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, errors.GridmapError)
}


def described(app: Flask, server: str, language: str) -> dict[str, Any]:  # JSON of the standard's form
    """Return the document.

    Parameters
    ----------
    server : str
        The address that the paths begin with.
    language : {"zh", "en"}
        In which the names of layers and fields are said.
    """
    paths: dict[str, dict[str, object]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if rule.endpoint != "static":
            for method in METHODS:
                if method in (rule.methods or ()):
                    paths.setdefault(path_of(rule), {})[method.lower()] = _operation(app, rule, method)
    layers = {f"layer-{each.id}": _for_30(layer_schema(each, language)) for each in catalogue()}
    return {
        "openapi": "3.0.3",
        "info": {"title": "gridmap", "version": VERSION, "description": "网格治理地图 / grid governance on a map"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": {**open_schemas(), **layers}},
    }


def path_of(rule: Rule) -> str:
    """Return a route as OpenAPI writes it: ``/items/{id}``."""
    return DYNAMIC.sub(r"{\2}", rule.rule)


def _operation(app: Flask, rule: Rule, method: str) -> dict[str, object]:
    view = app.view_functions[rule.endpoint]
    declared = DECLARED.get(rule.endpoint, Operation())
    summary, _, rest = (inspect.getdoc(view) or rule.endpoint).partition("\n")
    names = dict.fromkeys((*declared.parameters, *_parameters(view)))
    operation: dict[str, object] = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": summary,
        "parameters": [
            *(_in_path(kind, name) for kind, name in DYNAMIC.findall(rule.rule)),
            *({"name": name, "in": "query", **PARAMETERS.get(name, {"schema": {"type": "string"}})} for name in names),
            *({"name": name, "in": "header", **PARAMETERS[name]} for name in declared.headers),
        ],
        "responses": _responses(declared, method),
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if declared.body or method in ("POST", "PUT", "PATCH"):
        bodies = declared.body or {"application/json": {"type": "object"}}
        content = {media: {"schema": schema} for media, schema in bodies.items()}
        operation["requestBody"] = {"required": bool(declared.body) and declared.body_needed, "content": content}
    return operation


def _responses(declared: Operation, method: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for status, media in (declared.answers or {200: ("*/*",), 201: ("*/*",), 202: ("*/*",), 204: ()}).items():
        said: dict[str, object] = {"description": "answer" if status < 300 else "not modified"}
        if media:
            said["content"] = {each: {"schema": declared.schema} if _json(each) else {} for each in media}
        found[str(status)] = said
    refusals = declared.refusals or (READING if method == "GET" else WRITING)
    for status in sorted({*refusals, EVERYWHERE}):
        kind = STATUSES.get(status)
        found[str(status)] = {"description": kind.slug if kind else "refused", "content": PROBLEM}
    return found


def _json(media: str) -> bool:
    return media.endswith("json")


def _in_path(kind: str, name: str) -> dict[str, object]:
    schema: dict[str, object] = {"type": "integer" if kind.startswith("int") else "string"}
    if name == "layer_id":
        schema["enum"] = catalogue().ids()
    return {"name": name, "in": "path", "required": True, "schema": schema}


@lru_cache(maxsize=256)
def _parameters(view: Callable[..., object]) -> tuple[str, ...]:
    """Return the query parameters that a view lets pass: what it names in its call of `no_others`.

    Or what a function of its own module does that it calls.
    """
    calls, module = _calls(view), inspect.getmodule(view)
    near = (getattr(module, name, None) for name, _ in calls)
    helping = [each for each in near if inspect.isfunction(each) and inspect.getmodule(each) is module]
    every = [*calls, *(call for each in helping for call in _calls(each))]
    given = (arg for name, call in every if name == "no_others" for arg in call.args)
    named = (arg.value for arg in given if isinstance(arg, ast.Constant))
    return tuple(name for name in named if isinstance(name, str))


def _calls(function: Callable[..., object]) -> list[tuple[str, ast.Call]]:
    """Return the calls by a bare name in a function's text."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return [(each.func.id, each) for each in calls if isinstance(each.func, ast.Name)]


def _for_30(schema: LayerSchema) -> dict[str, object]:
    """Return a JSON Schema as OpenAPI 3.0 understands it, whose enumerations have no titles."""
    properties = {}
    for name, each in schema["properties"].items():
        kept = {key: value for key, value in each.items() if key != "oneOf"}
        if "enum" in kept:
            assert isinstance(kept["enum"], list)  # `field_schema` makes it one
            kept["enum"] = [*kept["enum"], None]
        if str(kept.get("format", "")).startswith("geometry-"):
            kept = {"allOf": [{"$ref": "#/components/schemas/geometry"}]}
        properties[name] = {**kept, "nullable": True}
    return {**schema, "properties": properties}
