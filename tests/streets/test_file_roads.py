"""Roads of a file whose classes are OpenStreetMap's words: as fast as there, and nobody starts from a ramp."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from layers.store import open_store
from tests import town
from tests.desk.conftest import records
from tests.streets.conftest import Place
from tests.town import line

ROADS = {
    "living_street": (15.0, None), "unclassified": (40.0, None), "motorway_link": (50.0, True),
    "trunk_link": (40.0, True), "primary_link": (40.0, None), "residential": (None, None), "footway": (None, None),
    "居住区道路": (None, None),
}  # fmt: skip


def write(path: Path, **more: object) -> str:
    features = [
        {"type": "Feature", "properties": {"code": word, "class": word, **more},
         "geometry": line((0, 100 * number), (90, 100 * number)).__geo_interface__}
        for number, word in enumerate(ROADS)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return str(path)


def said(place: Place) -> dict[str, tuple]:
    with closing(open_store(place.path)) as store:
        every = records(store, "roads")
    return {code: (each.properties.get("speed_kmh"), each.properties.get("link")) for code, each in every.items()}


def test_what_the_word_says_more_than_the_class(place: Place, tmp_path: Path) -> None:
    told = place.take("import", "roads", write(tmp_path / "a.geojson"))
    assert "5 roads have a class in OpenStreetMap’s words" in told
    assert said(place) == ROADS


def test_what_the_file_or_an_office_says_goes_before(place: Place, tmp_path: Path) -> None:
    place.take("import", "roads", write(tmp_path / "a.geojson", speed_kmh=25))
    assert {each[0] for each in said(place).values()} == {25.0}
    with closing(open_store(place.path)) as store:
        town.amend(store, "roads", "living_street", speed_kmh=10.0)
    place.take("import", "roads", write(tmp_path / "b.geojson"))
    assert said(place)["living_street"][0] == 10.0


def test_a_busway_is_for_buses_alone(place: Place, tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"code": code, "class": "busway", **more},
         "geometry": line((0, y), (90, y)).__geo_interface__}
        for y, (code, more) in enumerate({"a": {}, "b": {"walkable": True}}.items())
    ]  # fmt: skip
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert "a busway is for buses alone" in place.take("import", "roads", str(tmp_path / "a.geojson"))
    with closing(open_store(place.path)) as store:
        found = {code: each.properties for code, each in records(store, "roads").items()}
    assert {code: (each["class"], each["walkable"], each["drivable"]) for code, each in found.items()} == {
        "a": ("service", False, False), "b": ("service", True, False)}  # fmt: skip


COLUMNS = ("osm_id", "code", "fclass", "oneway", "maxspeed", "layer", "bridge")
READY_MADE = [
    ("71", 5122, "residential", "B", 0, 0, "F"),
    ("72", 5122, "residential", "F", 40, 0, "F"),
    ("73", 5115, "tertiary", "T", 0, 1, "T"),
    ("74", 5145, "track_grade3", "B", 0, 0, "F"),
]


def ready_made(path: Path, rows: list[tuple]) -> str:
    features = [
        {"type": "Feature", "properties": dict(zip(COLUMNS, row, strict=True)),
         "geometry": line((0, 100 * number), (90, 100 * number)).__geo_interface__}
        for number, row in enumerate(rows)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return str(path)


def test_ready_made_layers_of_openstreetmap(place: Place, tmp_path: Path) -> None:
    """Their `code` is the number of the class, 0 a speed that nobody knows, B F T the senses of one-ways."""
    told = place.take("import", "roads", ready_made(tmp_path / "roads.geojson", READY_MADE))
    assert "osm_id → code" in told
    assert "3 roads have a speed of 0" in told
    assert "One-way in letters (B, F, T)" in told
    with closing(open_store(place.path)) as store:
        found = {code: each.properties for code, each in records(store, "roads").items()}
    names = ("class", "oneway", "speed_kmh", "level", "bridge")
    assert {code: tuple(each.get(name) for name in names) for code, each in found.items()} == {
        "71": ("residential", "no", None, 0, False),
        "72": ("residential", "forward", 40.0, 0, False),
        "73": ("tertiary", "backward", None, 1, True),
        "74": ("track", "no", None, 0, False),
    }


def test_letters_that_may_mean_true_and_false_are_asked_for(place: Place, tmp_path: Path) -> None:
    file = ready_made(tmp_path / "roads.geojson", READY_MADE[1:3])
    code, out, err = place.command("import", "roads", file)
    assert code != 0
    assert "“T” has no known meaning here" in out + err
