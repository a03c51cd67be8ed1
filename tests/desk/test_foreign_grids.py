"""Grids drawn elsewhere with gaps, overlaps and thin pieces: no building changes its grid without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.store import open_store
from layers.usecases.plans.looking import history
from layers.usecases.plans.state import plans_of
from tests.conftest import Command

COMMUNITY = "990101001001"
WEST, EAST = f"{COMMUNITY}001", f"{COMMUNITY}002"
PLAN = f"{COMMUNITY}-service-1"
Homes = dict[str, str | None]


@pytest.fixture
def case(desk_data: Path) -> Path:
    """A community of four buildings; grid A with a thin piece within grid B, in which building b3 stands."""
    return desk_data / "F06-foreign-grids-repaired"


@pytest.fixture
def office(cli: Command, case: Path) -> Command:
    """Commands in a workspace with that community and its buildings."""
    for layer, name in (("communities", "kc"), ("buildings", "kb")):
        assert cli("import", layer, str(case / f"{name}.geojson"))[0] == 0
    return cli


@pytest.fixture
def drawn(case: Path, tmp_path: Path) -> Callable[..., str]:
    """Write the two grids with other shapes, each a function of the shapes of both."""

    def write(west: Callable, east: Callable) -> str:
        found = json.loads((case / "kg.geojson").read_text("utf-8"))
        shapes = [shapely.from_geojson(json.dumps(each["geometry"])) for each in found["features"]]
        for each, made, code in zip(found["features"], (west, east), (WEST, EAST), strict=True):
            each["geometry"] = json.loads(shapely.to_geojson(made(*shapes)))
            each["properties"] = {"code": code, "name": each["properties"]["name"], "community_code": COMMUNITY}
        path = tmp_path / "drawn.geojson"
        path.write_text(json.dumps(found), "utf-8")
        return str(path)

    return write


def homes(workspace: Path, plan: str = PLAN) -> Homes:
    """Return building → grid of a plan."""
    with closing(open_store(workspace)) as store:
        cells = plans_of(store).current(plan).cells.values()
        found = [(code, each.properties.get("grid")) for each in cells for code in each.properties.get("buildings", ())]
        return dict(sorted(found))


def repaired(office: Command, file: str) -> str:
    code, said, errors = office("--lang", "en", "plan-from", file, "--community", COMMUNITY, "--repair")
    assert (code, errors) == (0, "")
    return said


def pieces(shape: shapely.Geometry) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return the main part of a grid, and its thin piece."""
    main, thin = sorted(shapely.get_parts(shape), key=shapely.area)[::-1]
    return main, thin


def test_a_thin_piece_in_which_somebody_lives_stays_and_is_named(office: Command, case: Path, tmp_path: Path) -> None:
    said = repaired(office, str(case / "kg.geojson"))
    assert homes(tmp_path / "w.gpkg") == {"b1": "g1-1", "b2": "g1-2", "b3": "g1-1", "b4": "g1-2"}
    assert "grid A格 keeps a thin piece of 1,280 m²" in said and "b3" in said
    assert (
        "A格 is in 2 pieces"
        in office("--lang", "en", "plan-from", str(case / "kg.geojson"), "--community", COMMUNITY)[1]
    )


def test_one_in_which_nobody_lives_goes_and_is_told(office: Command, drawn: Callable, tmp_path: Path) -> None:
    def above(shape: shapely.Geometry) -> shapely.Geometry:
        west, _, east, north = shape.bounds
        return shapely.box(west, 36.1322, (west + east) / 2, north)  # north of every building

    said = repaired(office, drawn(
        lambda one, other: pieces(one)[0] | above(pieces(one)[1]),
        lambda one, other: (other | pieces(one)[1]) - above(pieces(one)[1]),
    ))  # fmt: skip
    assert "a thin piece of" in said and "of g1-1 was given away" in said
    assert homes(tmp_path / "w.gpkg")["b3"] == "g1-2"


def test_a_building_that_two_grids_claim_is_told_with_its_households(
    office: Command, drawn: Callable, tmp_path: Path
) -> None:
    said = repaired(office, drawn(lambda one, other: one, lambda one, other: other | pieces(one)[1]))
    assert homes(tmp_path / "w.gpkg")["b3"] == "g1-2"
    assert "building b3 (30 households) was drawn in A格, B格 alike and is in B格 now" in said
    assert "grid A格: 40 households as drawn, 10 after the repair" in said


def test_a_building_in_a_gap_is_told_and_stands_in_the_history(
    office: Command, drawn: Callable, tmp_path: Path
) -> None:
    said = repaired(office, drawn(lambda one, other: pieces(one)[0], lambda one, other: other))
    assert "building b3 (30 households) was drawn in no grid and is in B格 now" in said
    assert "grid B格: 60 households as drawn, 90 after the repair" in said
    with closing(open_store(tmp_path / "w.gpkg")) as store:
        steps = history(store, PLAN, 10).steps
    assert [(each.entry.op, each.moved) for each in steps] == [("repair", [("b3", None, "g1-2")]), ("open", [])]


def test_what_changes_against_the_grids_on_record_is_told(
    office: Command, drawn: Callable, case: Path, tmp_path: Path
) -> None:
    before = drawn(lambda one, other: pieces(one)[0], lambda one, other: other | pieces(one)[1])
    assert office("import", "grids", before)[0] == 0

    def strip(one: shapely.Geometry) -> shapely.Geometry:
        _, south, east, north = pieces(one)[0].bounds
        return shapely.box(east - 1e-5, south, east + 40e-5, north)  # 36 m on, with b2

    after = drawn(
        lambda one, other: pieces(one)[0] | (strip(one) & (one | other)),
        lambda one, other: (other | pieces(one)[1]) - strip(one),
    )
    said = repaired(office, after)
    assert f"building b2 (20 households): {EAST} on record, {WEST} in this draft" in said
    assert f"grid {WEST}: 10 households on record, 30 in this draft" in said
    assert "b3" not in said and "b1" not in said


def test_grids_of_another_place_are_refused_with_words(office: Command, drawn: Callable) -> None:
    def away(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, lambda xy: xy + np.array([0.5, 0]))

    file = drawn(lambda one, other: away(one), lambda one, other: away(other))
    for more in ((), ("--repair",)):
        code, _, said = office("--lang", "en", "plan-from", file, "--community", COMMUNITY, *more)
        assert code == 1 and "not one of the 2 grids lies in the community" in said


def test_a_grid_without_an_area_is_named(office: Command, case: Path, tmp_path: Path) -> None:
    found = json.loads((case / "kg.geojson").read_text("utf-8"))
    found["features"][0]["geometry"] = None
    (tmp_path / "g.geojson").write_text(json.dumps(found), "utf-8")
    said = repaired(office, str(tmp_path / "g.geojson"))
    assert "1 row has no area that can be used and is no grid of the draft, rows 1" in said


def test_a_grid_in_a_corner_that_the_community_leaves_out_is_refused_with_words(cli: Command, tmp_path: Path) -> None:
    def written(name: str, code: str, shape: shapely.Geometry) -> str:
        geometry = json.loads(shapely.to_geojson(shape))
        feature = {"type": "Feature", "properties": {"code": code, "name": "甲"}, "geometry": geometry}
        (tmp_path / name).write_text(json.dumps(feature), "utf-8")
        return str(tmp_path / name)

    half = shapely.Polygon([(120, 36), (120.01, 36), (120, 36.01)])
    assert cli("import", "communities", written("c.geojson", COMMUNITY, half))[0] == 0
    file = written("g.geojson", WEST, shapely.box(120.008, 36.008, 120.009, 36.009))
    code, _, said = cli("--lang", "en", "plan-from", file, "--community", COMMUNITY, "--repair")
    assert code == 2 and "cannot be brought to fit" in said
