"""Proposed sites become planned stations, or measures of a scenario."""

from __future__ import annotations

import datetime as dt

from layers.proposals.kinds import Accepted, Kind, Taken
from layers.proposals.recording import Record, record, refused
from layers.proposals.sites import READ
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.writing import Writer

STATIONS, MEASURES = "stations", "scenario-measures"


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write the picked sites as planned stations, or as new stations of a scenario.

    Raises
    ------
    InvalidParameter
        A part is a station that is there today.
    """
    there = [each.id for each in taken.parts if each.properties["today"]]
    if there:
        raise refused((part, Text("proposals.sites-station-is-there")) for part in there)
    records = []
    for each in taken.parts:
        kind = str(each.properties["kind"])
        size = each.properties.get("capacity")
        capacity = {} if size is None else {"capacity": round(size)}
        name = Text("proposals.sites-site-called", rank=each.properties["rank"]).say("zh")
        given = {"name": each.properties.get("name") or name, "kind": kind}
        if taken.into == STATIONS:
            records.append(Record(each.id, {**given, "status": "planned", **capacity}, each.geometry))
        else:
            scenario = taken.name or Text("proposals.sites-scenario-called", job=taken.job[:8]).say("zh")
            records.append(Record(each.id, {**given, "scenario": scenario, "action": "add_station"}, each.geometry))
    return record(store, taken, records, writer)


KIND = Kind(id="site-stations", rests_on=READ, accept=accept, into=(STATIONS, MEASURES), named=(MEASURES,))
