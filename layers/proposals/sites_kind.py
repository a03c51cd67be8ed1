"""Proposed sites become planned stations, or measures of a scenario."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely

from layers.proposals.kinds import Accepted, Beside, Kind, Members, Taken, Told
from layers.proposals.membership import PEOPLE, figures_of, framed
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


FIGURES = ("rank", "gain", "reached", "buildings", "served", "capacity", "cost")
REACHED = "reached"
DECIMALS = 5  # of degrees: what lies within a metre is one place


def members(store: Store, told: Told) -> Members:
    """Return the buildings that are left out; all others are reached. Sites are the same where they lie."""
    left = told.outputs.get("residual", {}).get("features", [])
    rows = [each["properties"] for each in left]
    people = {name: [each.get(name) for each in rows] for name in PEOPLE}
    shapes = np.array([*(shapely.geometry.shape(each["geometry"]) for each in left), None], dtype=object)[:-1]
    nothing = np.full(len(rows), None, dtype=object)
    frame = framed([each["code"] for each in rows], nothing, [each["name"] for each in rows], people, shapes)
    called: dict[str, str | Text] = {REACHED: Text("proposals.beside-reached")}
    keys = {}
    for part, each in told.parts.items():
        x, y = shapely.get_coordinates(each.geometry)[0].round(DECIMALS).tolist()
        keys[part] = f"{x:.{DECIMALS}f},{y:.{DECIMALS}f}"
        called[part] = each.properties["name"] or Text("proposals.sites-site-called", rank=each.properties["rank"])
    return Members("buildings", frame, called, figures_of(told, FIGURES), keys, keyed=True, others=REACHED)


KIND = Kind(
    id="site-stations",
    rests_on=READ,
    accept=accept,
    beside=Beside(
        members,
        figures=FIGURES,
        totals=("sites", "cost", "total", "reached_before", "reached", "mean_minutes", "farthest_minutes"),
    ),
    into=(STATIONS, MEASURES),
    named=(MEASURES,),
)
