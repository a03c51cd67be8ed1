"""Proposed bundles become managed areas of kind bundle that name their buildings, as one changeset."""

from __future__ import annotations

import datetime as dt

from layers.proposals.bundles import READ
from layers.proposals.kinds import Accepted, Kind, Taken
from layers.proposals.recording import Record, record
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.writing import Writer

AREAS = "managed-areas"


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write the picked bundles as managed areas that begin today; who manages them is recorded when it is known."""
    records = []
    for each in taken.parts:
        told = each.properties
        place = str(told["community_name"] or told["community_code"])
        name = Text("bundles.area-name", community=place, number=each.id.rpartition(".b")[2]).say("zh")
        fields = {"name": name, "kind": "bundle", "building_codes": told["building_codes"], "valid_from": today}
        records.append(Record(each.id, fields, each.geometry))
    return record(store, taken, records, writer)


KIND = Kind(id="bundle-buildings", rests_on=READ, accept=accept, into=(AREAS,))
