"""A planner over the small town, who always names the revision that she looks at."""

from __future__ import annotations

import json
from collections.abc import Mapping

import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import town

ONE, TWO = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"


def geojson(shape: shapely.Geometry) -> dict:
    """Return a shape as GeoJSON."""
    return json.loads(shapely.to_geojson(shape))


class Planner:
    """One draft and the revision that this planner has seen."""

    def __init__(self, client: FlaskClient, author: str = "planner", **given: object) -> None:
        self.client, self.author = client, author
        body = {"community": town.COMMUNITY, "grid_system": "service", **given}
        answer = client.post("/api/plans", json=body, headers=self._headers())
        assert answer.status_code == 201, answer.get_data(as_text=True)
        self.opened = json.loads(answer.data)
        self.path, self.revision = answer.headers["Location"], int(answer.headers["ETag"].strip('"'))

    def look(self, query: str = "") -> dict:
        """Return the plan."""
        answer = self.client.get(self.path + query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return json.loads(answer.data)

    def get(self, path: str) -> dict:
        """Return what stands beside the plan, such as ``/history``."""
        answer = self.client.get(self.path + path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return json.loads(answer.data)

    def send(self, path: str, body: Mapping, revision: int | None = None, **headers: str) -> TestResponse:
        """Send a write based on the revision that was seen, or on another."""
        based_on = self.revision if revision is None else revision
        given = {"If-Match": f'"{based_on}"', **self._headers(), **headers}
        return self.client.post(self.path + path, json=body, headers=given)

    def done(self, path: str, body: Mapping, **headers: str) -> dict:
        """Do a write that is accepted, and see its revision."""
        answer = self.send(path, body, **headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.revision = int(answer.headers["ETag"].strip('"'))
        return json.loads(answer.data)

    def edit(self, op: str, **given: object) -> dict:
        """Do an edit that is accepted."""
        return self.done("/edits", {"op": op, **given})

    def refused(self, status: int, op: str, **given: object) -> dict:
        """Do an edit that is refused, and see that the plan is as it was."""
        before = self.look()
        answer = self.send("/edits", {"op": op, **given})
        assert answer.status_code == status, answer.get_data(as_text=True)
        assert answer.mimetype == "application/problem+json"
        assert self.look() == before
        return json.loads(answer.data)

    def undo(self) -> dict:
        """Take back what "undo" would."""
        return self.done("/revert", {"changeset": self.get("/history")["undo"]})

    def redo(self) -> dict:
        """Do again what "redo" would."""
        return self.done("/revert", {"changeset": self.get("/history")["redo"]})

    def cell(self, building: str) -> str:
        """Return the cell that a building is in."""
        found = [each for each in self.look()["cells"]["features"] if building in each["properties"]["buildings"]]
        assert len(found) == 1
        return found[0]["id"]

    def homes(self) -> dict[str, str | None]:
        """Return building → grid."""
        cells = [each["properties"] for each in self.look()["cells"]["features"]]
        return {code: cell["grid"] for cell in cells for code in cell["buildings"]}

    def _headers(self) -> dict[str, str]:
        return {"Gridmap-Author": self.author}


def shapes_of(collection: dict) -> list[shapely.Geometry]:
    """Return the geometries of a feature collection."""
    return [shapely.from_geojson(json.dumps(each["geometry"])) for each in collection["features"]]
