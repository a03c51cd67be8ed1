"""Proposed joint units become features of their layer: those that were picked, as one changeset."""

from __future__ import annotations

import datetime as dt

from layers.proposals.kinds import Accepted, Kind, Taken
from layers.proposals.recording import Record, record
from layers.proposals.units import READ
from layers.store.protocol import Store
from layers.usecases.plans.writing import Writer


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write a joint unit for each part."""
    wish = {name: taken.summary[name] for name in ("limit_minutes", "size_min", "size_max")}
    units = [
        Record(each.id, {"name": each.properties["name"], "centre": each.properties["centre"],
                         "members": tuple(each.properties["members"]), "valid_from": today, **wish}, each.geometry)
        for each in taken.parts
    ]  # fmt: skip
    return record(store, taken, units, writer)


KIND = Kind(id="joint-units", rests_on=READ, accept=accept, into=("joint-units",), by_part=False)
