"""The front door of the API."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from web.parameters import no_others

blueprint = Blueprint("api", __name__, url_prefix="/api")

CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
]


@blueprint.get("/")
def landing() -> Response:
    """Say where everything is."""
    no_others("lang")
    root = request.url_root
    links = [("self", "api/"), ("conformance", "api/conformance"), ("data", "api/collections"),
             ("http://www.opengis.net/def/rel/ogc/1.0/processes", "api/processes"),
             ("version-history", "api/changesets"), ("status", "health/ready")]  # fmt: skip
    return jsonify(
        title="gridmap",
        description="网格治理地图 / grid governance on a map",
        links=[{"rel": rel, "type": "application/json", "href": root + path} for rel, path in links],
    )


@blueprint.get("/conformance")
def conformance() -> Response:
    """Name the conformance classes."""
    no_others("lang")
    return jsonify(conformsTo=CONFORMS_TO)
