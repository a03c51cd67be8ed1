"""Proposed joint units become features of their layer: those that were picked, as one changeset."""

from __future__ import annotations

import datetime as dt

import numpy as np

from layers.proposals.kinds import Accepted, Beside, Kind, Members, Taken, Told
from layers.proposals.membership import PEOPLE, figures_of, framed
from layers.proposals.recording import Record, record
from layers.proposals.units import READ, villages_within
from layers.store.protocol import Store
from layers.usecases.plans.writing import Writer


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write a joint unit for each part."""
    wish = {name: taken.summary[name] for name in ("limit_minutes", "size_min", "size_max", "mode", "ferries")}
    units = [
        Record(each.id, {"name": each.properties["name"], "centre": each.properties["centre"],
                         "members": tuple(each.properties["members"]), "valid_from": today,
                         "minutes_max": each.properties["minutes_max"], **wish}, each.geometry)
        for each in taken.parts
    ]  # fmt: skip
    return record(store, taken, units, writer)


FIGURES = ("villages", "minutes_max", "minutes_mean", "minutes_sum", "population", "households", "elderly_60")


def members(store: Store, told: Told) -> Members:
    """Return the villages, each with its unit."""
    day = dt.date.fromisoformat(str(told.summary["as_of"]))
    villages, _, _ = villages_within(store, str(told.inputs["within"]), day)
    unit_of = {str(code): part for part, each in told.parts.items() for code in each.properties["members"]}
    part = np.array([*(unit_of.get(each.code) for each in villages), None], dtype=object)[:-1]
    people = {name: [getattr(each, name) for each in villages] for name in PEOPLE}
    shapes = np.array([*(each.shape or each.place for each in villages), None], dtype=object)[:-1]
    frame = framed([each.code for each in villages], part, [each.name for each in villages], people, shapes)
    called = {part: str(each.properties["name"]) for part, each in told.parts.items()}
    return Members("communities", frame, called, figures_of(told, FIGURES), {})


KIND = Kind(
    id="joint-units",
    rests_on=READ,
    accept=accept,
    beside=Beside(
        members,
        figures=FIGURES,
        totals=("villages", "assigned", "units", "minutes_sum", "minutes_max", "minutes_mean"),
    ),
    into=("joint-units",),
    by_part=False,
)
