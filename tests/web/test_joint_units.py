"""Joint units over HTTP: proposed as a job, taken over in part, shown on their map, taken back."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient

from layers.jobs import worker
from layers.store.protocol import Query
from tests import town
from tests.proposals.test_joint_units import DISTRICT, code, every, islands, lay


def test_accepted_over_http_and_shown_on_its_map(client: FlaskClient, service: Flask) -> None:
    store = service.extensions["gridmap"].store
    lay(store, every(14))
    page = client.get("/maps/joint-units?as_of=2025-02-06&lang=en").text
    assert "No joint units are recorded on that day" in page
    inputs = {"as_of": "2025-02-06", "within": f"districts:{DISTRICT}", "seconds": 3}
    headers = {"Prefer": "respond-async"}
    asked = client.post("/api/processes/joint-units/execution", json={"inputs": inputs}, headers=headers)
    job = asked.json["jobID"]
    store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
    assert worker.run(store, job, "A", lambda: town.NOON) == worker.ENDED
    before = store.revision()
    done = client.post("/api/plans?lang=en", json={"proposal": job, "parts": [code(4)]})
    assert done.status_code == 201, done.text
    assert store.revision() == before + 1
    (unit,) = store.read("joint-units", Query()).itertuples()
    assert (unit.centre, sorted(unit.members)) == (code(4), [code(n) for n in range(1, 8)])
    assert (unit.limit_minutes, unit.size_min, unit.size_max) == (15, 6, 8)
    assert (unit.mode, unit.ferries) == ("drive", False) and 0 < unit.minutes_max <= 15
    day = unit.valid_from.date().isoformat()
    page = client.get(f"/maps/joint-units?as_of={day}&lang=en")
    assert page.status_code == 200 and "7 villages are in no unit" in page.text
    assert client.get(f"/maps/joint-units/download?as_of={day}&lang=zh").status_code == 200
    undone = client.post(f"/api/changesets/{done.json['changeset']}/revert")
    assert undone.status_code in (200, 201) and store.count("joint-units") == 0


def test_its_map_takes_a_ferry_where_it_is_asked_for(client: FlaskClient, service: Flask) -> None:
    """Two villages on either side of a bay are one unit; five kilometres of ferry in ten minutes part them."""
    store = service.extensions["gridmap"].store
    islands(store)
    town.add(store, "joint-units", "U1", town.box(-50, 20_000, 9_000, 100), centre=code(1), limit_minutes=20,
             members=[code(1), code(2), code(3)])  # fmt: skip
    address = "/maps/joint-units?as_of=2025-02-06&lang=en"
    assert "2 of 3 villages are centres of a joint unit or reach theirs" in client.get(address).text
    with_it = client.get(f"{address}&ferries=1").text
    assert "3 of 3 villages are centres of a joint unit or reach theirs" in with_it
    assert 'name="ferries" value="1" checked' in with_it


def test_its_map_takes_the_ferry_that_a_unit_was_adopted_with(client: FlaskClient, service: Flask) -> None:
    store = service.extensions["gridmap"].store
    islands(store)
    for number, (ferries, mode) in enumerate(((True, "drive"), (False, "drive"), (True, "walk")), start=1):
        with_it = {"ferries": ferries, "mode": mode, "limit_minutes": 20}
        town.add(store, "joint-units", f"U{number}", town.box(-50, 20_000, 9_000, 100), centre=code(1),
                 members=[code(1), code(2), code(3)], **with_it)  # fmt: skip
        said = client.get("/maps/joint-units?as_of=2025-02-06&lang=en").text
        within = {1: 3, 2: 2, 3: 1}[number]
        assert f"{within} of 3 villages are centres of a joint unit or reach theirs" in said
        town.amend(store, "joint-units", f"U{number}", valid_to=dt.date(2020, 1, 1))


def test_its_map_where_there_are_no_communities(client: FlaskClient, service: Flask) -> None:
    town.add(service.extensions["gridmap"].store, "buildings", "h", town.box(0, 0, 10, 10), use="residential")
    page = client.get("/maps/joint-units?as_of=2025-02-06&lang=en")
    assert page.status_code == 200
    assert "No joint units are recorded on that day" in page.text
