"""A round trip is silence: what was exported, in any format, is the same when it is imported again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import shapely

from layers.errors import InvalidParameter
from layers.store.protocol import Store
from layers.usecases.exports.exporting import ENDINGS, ExportOptions, export_layer
from layers.usecases.imports.ranking import layers_to_import
from layers.usecases.imports.tables import ImportOptions, import_file
from tests import town
from tests.suite import quickly

NOW = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
DAY = dt.date(2025, 2, 6)
# Rings that run and begin otherwise than some formats want; nothing in every second field.
HOLED = shapely.Polygon(
    [(120.1, 36.1), (120.2, 36.1), (120.2, 36.2), (120.1, 36.2)],
    [[(120.14, 36.14), (120.16, 36.14), (120.16, 36.16), (120.14, 36.16)]],
)
PARTS = shapely.MultiPolygon([HOLED, shapely.box(120.3, 36.1, 120.4, 36.2)])


def furnish(store: Store) -> Store:
    """Give every layer something, with a value of each kind and with kinds of nothing."""
    town.lay_street(store)
    town.add(store, "districts", "990399", HOLED, name="=1+1 区")
    town.add(store, "streets", "990399001", PARTS.reverse(), name="甲街道")
    town.add(store, "grids", "990301001001099", HOLED.reverse(), name="1", community_code=town.COMMUNITY, households=0)
    town.add(store, "joint-units", "J1", None, name="共同体", members=(town.COMMUNITY, "990301001002"))
    town.add(store, "assignments", "A1", None, level="grid", target="990301001001001", post="包联")
    town.add(store, "inspections", "I1", None, target="A1", date=DAY, score=0)
    town.add(store, "appeals", "P1", shapely.Point(120.1, 36.1), category="漏水", closed_on=None)
    return store


@pytest.mark.parametrize(
    ("ending", "language"),
    [
        case
        for turn, each in enumerate(ENDINGS.values())
        for case in quickly([(each, "zh"), (each, "en")], *(() if turn % 3 else (turn % 2,)))
    ],
)
def test_every_layer(small_town: Store, tmp_path: Path, ending: str, language: str) -> None:
    furnish(small_town)
    seen, changed = set(), {}
    for layer in layers_to_import():
        path = tmp_path / f"{layer.id}{ending}"
        try:
            written = export_layer(small_town, layer.id, path, ExportOptions(language=language))
        except InvalidParameter as refused:
            assert ending == ".fgb" and "needs geometry" in refused.say("en")
            continue
        if not written:
            continue
        seen.add(layer.id)
        report = import_file(small_town, layer.id, path, ImportOptions(), "tests", NOW)
        if report.changeset is not None:
            changed[layer.id] = report.counts[layer.id], [each.say("en") for each in report.notes]
    assert not changed
    assert {"buildings", "grids", "streets", "courtyards", "stations", "roads"} <= seen
    assert ending == ".fgb" or len(seen) >= 14
