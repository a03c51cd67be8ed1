"""Proposed bundles become managed areas of kind bundle that name their buildings, as one changeset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.proposals.bundles import READ
from layers.proposals.kinds import Accepted, Beside, Kind, Members, Taken, Told
from layers.proposals.membership import by_codes, figures_of
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
        fields = {"name": _called(each.id, told).say("zh"), "kind": "bundle",
                  "building_codes": told["building_codes"], "valid_from": today,
                  "balance_yuan_month": told["balance_yuan_month"]}  # fmt: skip
        records.append(Record(each.id, fields, each.geometry))
    return record(store, taken, records, writer)


def _called(part: str, told: Mapping[str, Any]) -> Text:
    """Return what a bundle is called: by its community, and its number there."""
    place = str(told["community_name"] or told["community_code"])
    return Text("bundles.area-name", community=place, number=part.rpartition(".b")[2])


FIGURES = ("buildings", "households", "elderly_60", "missing_households", "floor_area_m2", "widest_gap_m",
           "balance_yuan_month", "break_even_fee_yuan_m2_month")  # fmt: skip


def members(store: Store, told: Told) -> Members:
    """Return the buildings of each bundle, and those that are in none."""
    part_of: dict[str, str | None] = {
        str(each["properties"]["code"]): None for each in told.outputs.get("leftovers", {}).get("features", ())
    }
    for part, each in told.parts.items():
        part_of |= dict.fromkeys(map(str, each.properties["building_codes"]), part)
    called = {part: _called(part, each.properties) for part, each in told.parts.items()}
    return Members("buildings", by_codes(store, told, part_of), called, figures_of(told, FIGURES), {})


KIND = Kind(
    id="bundle-buildings",
    rests_on=READ,
    accept=accept,
    beside=Beside(
        members,
        figures=FIGURES,
        totals=("buildings", "bundles", "bundled", "left", "households", "floor_area_m2", "links_m", "viable"),
    ),
    into=(AREAS,),
)
