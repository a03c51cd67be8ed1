"""The front door of the API: what it is, what it conforms to, and its description as OpenAPI."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from layers.text import Text
from web.http.negotiation import MEDIA, shown, told
from web.http.parameters import no_others
from web.http.problems import reader_language
from web.openapi.document import described

blueprint = Blueprint("api", __name__, url_prefix="/api")

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SPEC = "http://www.opengis.net/spec"
# Named as the standards name them: 19-072, 20-024, 17-069r4, 18-058r1, 19-079r2, 20-002r1, 23-058r2, 21-065r2, 20-057,
# 17-083r4. Not claimed is Processes (18-062r2): its default is another form of response, its list of jobs asks more.
CONFORMS_TO = [
    f"{SPEC}/{part}/conf/{name}"
    for part, names in {
        "ogcapi-common-1/1.0": ("core", "landing-page", "json", "html", "oas30"),
        "ogcapi-common-2/1.0": ("collections",),
        "ogcapi-features-1/1.0": ("core", "geojson", "html", "oas30"),
        "ogcapi-features-2/1.0": ("crs",),
        "ogcapi-features-3/1.0": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
        "ogcapi-features-4/1.0": ("create-replace-delete", "update", "optimistic-locking-etags", "features"),
        "ogcapi-common-3/1.0": ("schemas", "advanced-property-roles", "references", "returnables-and-receivables",
                                "queryables", "sortables"),
        # what Common 3 was called until it was approved; programs such as QGIS look for it
        "ogcapi-features-5/1.0": ("schemas", "core-roles-features", "feature-references", "returnables-and-receivables",
                                  "queryables", "sortables"),
        "cql2/1.0": ("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
                     "case-insensitive-comparison", "accent-insensitive-comparison", "basic-spatial-functions",
                     "basic-spatial-functions-plus", "spatial-functions", "temporal-functions", "array-functions"),
        "ogcapi-tiles-1/1.0": ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt"),
        "tms/2.0": ("tilematrixset", "json-tilematrixset"),
    }.items()
    for name in names
]  # fmt: skip


@blueprint.get("/")
def landing() -> Response:
    """Say where everything is."""
    no_others("f", "lang")
    root = request.url_root
    links = [("self", "api/"), ("conformance", "api/conformance"), ("data", "api/collections"),
             ("http://www.opengis.net/def/rel/ogc/1.0/conformance", "api/conformance"),
             ("http://www.opengis.net/def/rel/ogc/1.0/data", "api/collections"),
             ("http://www.opengis.net/def/rel/ogc/1.0/processes", "api/processes"),
             ("version-history", "api/changesets"), ("status", "health/ready")]  # fmt: skip
    body: dict[str, Any] = {
        "title": "gridmap",
        "description": "网格治理地图 / grid governance on a map",
        "links": [
            *({"rel": rel, "type": MEDIA["json"], "href": root + path} for rel, path in links),
            {"rel": "alternate", "type": MEDIA["html"], "href": f"{root}api/?f=html"},
            {"rel": "service-desc", "type": OPENAPI, "href": f"{root}api/openapi.json"},
            {"rel": "service-doc", "type": MEDIA["html"], "href": f"{root}api/openapi.html"},
        ],
    }
    once = {each["href"]: each for each in reversed(body["links"])}  # some have two names for the same
    language = reader_language()
    # A reader is told in words where each leads; this page itself is none of it.
    named = [
        each | {"title": Text(f"features.link-{each['rel'].rpartition('/')[2]}").say(language)}
        for each in reversed(once.values())
        if each["rel"] not in ("self", "alternate")
    ]
    return told(body, {"title": "gridmap API", "about": Text("features.what-this-is").say(language), "links": named})


@blueprint.get("/conformance")
def conformance() -> Response:
    """Name the conformance classes."""
    no_others("f", "lang")
    page = {
        "title": Text("features.conformance").say(reader_language()),
        "tables": [{"columns": ["URI"], "rows": [[each] for each in CONFORMS_TO]}],
    }
    return told({"conformsTo": CONFORMS_TO}, page)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe every route as one self-contained OpenAPI 3.0 document."""
    no_others("lang")
    response = jsonify(described(current_app, request.url_root.rstrip("/"), reader_language()))
    response.headers["Content-Type"] = OPENAPI
    return response


@blueprint.get("/openapi.html")
def openapi_page() -> Response:
    """Show every route on a page."""
    no_others("lang")
    language = reader_language()
    document = described(current_app, request.url_root.rstrip("/"), language)
    columns = [Text(f"features.{each}").say(language) for each in ("method", "path", "about", "parameters", "answers")]
    rows = [
        [
            method.upper(),
            path,
            operation["summary"],
            ", ".join(each["name"] for each in operation.get("parameters", [])),
            ", ".join(operation["responses"]),
        ]
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    links = [{"rel": "service-desc", "type": OPENAPI, "href": f"{request.url_root}api/openapi.json"}]
    return shown(title="gridmap API", tables=[{"columns": columns, "rows": rows}], links=links)
