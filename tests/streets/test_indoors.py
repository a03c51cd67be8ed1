"""A passage inside a mall at street level, nearer to the house than the street is.

y 60    5 ═════════════ 6      indoors, level 0; joined to the street by 6 ─ 2 outside
        ▫ h (x 20)      │
y 0   T 1 ───────────── 2      x 300
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from layers.store import open_store
from tests import town
from tests.streets.conftest import Place
from tests.town import box, line, point


@pytest.mark.parametrize(
    ("inside", "minutes"),
    [
        ({"indoor": True}, 40 * 0.015 + 20 * 0.015),  # 40 m down to the street, 20 m along it
        ({}, (15 + 280 + 60 + 300) * 0.015),  # a path outside: the nearest way counts
        ({"covered": True}, (15 + 280 + 60 + 300) * 0.015),  # and so does an arcade
    ],
)
def test_who_begins_where(place: Place, inside: dict[str, bool], minutes: float) -> None:
    with closing(open_store(place.path, create=True)) as store:
        town.add(store, "roads", "street", line((0, 0), (300, 0)), **{"class": "residential"})
        town.add(store, "roads", "mall", line((5, 60), (300, 60)), **{"class": "path", "level": 0, **inside})
        town.add(store, "roads", "link", line((300, 60), (300, 0)), **{"class": "path"})
        town.add(store, "buildings", "h", box(19, 41, 2, 2), households=10)
        town.add(store, "stations", "T", point(0, 0), kind="canteen")
    assert place.minutes(minutes=[60])["h"] == pytest.approx(minutes, abs=0.1)


def test_the_import_says_what_is_indoors(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mall.osm").write_text(
        '<osm version="0.6"><node id="1" version="1" lon="120" lat="36"/>'
        '<node id="2" version="1" lon="120.001" lat="36"/>'
        '<way id="1" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="corridor"/><tag k="covered" v="yes"/></way>'
        "</osm>",
        "utf-8",
    )
    place.take("import-osm", str(tmp_path / "mall.osm"))
    with closing(open_store(place.path)) as store:
        found = store.get("roads", "osm-w1-1").properties
    assert (found["indoor"], found["covered"], found["level"]) == (True, True, 0)
