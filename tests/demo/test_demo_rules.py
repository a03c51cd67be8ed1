"""The demo district against the catalogue, and what it has to show."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.catalogue import catalogue

AS_OF = dt.date(2026, 6, 30)
# What users make with gridmap, plans and scenarios, no office has beforehand; nor has the demo walls, gates and turns.
WORK = {"plans", "plan-grids", "plan-cells", "scenario-measures", "gates", "barriers", "turns"}
KEPT = [layer for layer in catalogue() if layer.id not in WORK]
LAYERS = [layer.id for layer in KEPT]
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TYPES = {
    "text": str,
    "enum": str,
    "date": str,
    "list": list,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@pytest.mark.parametrize("layer", KEPT, ids=LAYERS)
def test_every_value_is_legal(district, layer):
    frame = district[layer.id]
    assert frame["code"].is_unique and frame["code"].is_monotonic_increasing
    for _, row in frame.drop(columns="geometry").iterrows():
        values = {name: value for name, value in row.items() if isinstance(value, list) or not pd.isna(value)}
        assert set(values) <= {field.name for field in layer.own_fields()}
        assert {field.name for field in layer.fields if field.required} <= set(values)
        for name, value in values.items():
            _assert_legal(layer.field(name), value)


def _assert_legal(field, value):
    where = f"{field.name} = {value!r}"
    assert isinstance(value, TYPES[field.type]), where
    assert field.type != "enum" or field.choice(value) is not None, where
    assert field.type != "date" or DAY.fullmatch(value), where
    assert field.length is None or len(value) == field.length, where
    assert field.minimum is None or value >= field.minimum, where
    assert field.maximum is None or value <= field.maximum, where


@pytest.mark.parametrize("layer", KEPT, ids=LAYERS)
def test_shapes_are_of_the_layers_kind(district, layer):
    shapes = district[layer.id].geometry
    kinds = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
    if layer.spatial:
        assert shapes.is_valid.all() and set(shapes.geom_type) == {kinds[layer.geometry]}
    else:
        assert shapes.isna().all()


def test_codes_begin_with_their_parents(district):
    assert set(district["districts"]["code"]) == {"990201"}
    for child, parent, length in (
        ("streets", "districts", 6),
        ("communities", "streets", 9),
        ("grids", "communities", 12),
        ("buildings", "communities", 12),
        ("courtyards", "communities", 12),
    ):
        assert set(district[child]["code"].str[:length]) <= set(district[parent]["code"])


def test_references_resolve_but_for_the_deliberate_error(district):
    lost = []
    for layer in KEPT:
        for field in layer.fields:
            if field.refers_to and field.name in district[layer.id]:
                known = set(district[field.refers_to]["code"])
                lost += [each for each in district[layer.id][field.name].dropna() if each not in known]
    listed = [code for codes in district["managed-areas"]["courtyard_codes"].dropna() for code in codes]
    lost += [code for code in listed if code not in set(district["courtyards"]["code"])]
    lost += [code for code in _listed_buildings(district) if code not in set(district["buildings"]["code"])]
    for layer in ("assignments", "inspections"):
        lost += [
            t
            for kind, t in zip(district[layer]["target_layer"], district[layer]["target"], strict=True)
            if t not in set(district[kind]["code"])
        ]
    assert len(lost) == 1 and lost[0].endswith("C999")


def _listed_buildings(district) -> dict[str, list[str]]:
    """Building code → areas that list it; a range counts every code between its ends."""
    found: dict[str, list[str]] = {}
    codes = list(district["buildings"]["code"])
    for area, listed in district["managed-areas"]["building_codes"].dropna().items():
        for each in listed:
            first, _, last = each.partition("~")
            for code in [c for c in codes if first <= c <= last] if last else [each]:
                found.setdefault(code, []).append(area)
    return found


def test_it_has_the_shape_of_a_district(district):
    kinds = Counter(district["communities"]["kind"])
    assert kinds["urban"] == 12 and 14 <= kinds["village"] <= 16
    assert 1_400 <= len(district["buildings"]) <= 1_600
    assert 150 <= len(district["courtyards"]) <= 240
    grids = district["grids"]
    urban = grids[grids["kind"] == "basic"]
    assert urban.groupby("community_code").size().between(3, 6).all()
    inside = urban["households"].astype(int).between(300, 500)
    assert 0.7 < inside.mean() < 1.0
    assert set(district["courtyards"]["form"]) == {"estate", "courtyard", "standalone"}
    assert set(district["stations"]["kind"]) == {
        choice.code
        for choice in catalogue().layer("stations").field("kind").values
        if choice.code != "unknown"
    }


def test_four_in_five_courtyards_are_open(district):
    known = district["courtyards"]["enclosure"].loc[lambda each: each != "unknown"]
    assert 0.76 <= (known == "open").mean() <= 0.84
    assert set(known) == {"open", "semi", "closed"}


def test_older_houses_have_older_people(district):
    homes = district["buildings"].dropna(subset=["population"])
    homes = homes[homes["in_scope"].isna()]
    share = homes.groupby(homes["build_year"].astype(int) < 1985)[["elderly_60", "population"]].sum()
    share = share["elderly_60"] / share["population"]
    assert share[True] > 1.5 * share[False]


def test_every_mode_and_stage_is_in_force_on_the_day(district):
    active = district["arrangements"][_effective(district["arrangements"])]
    assert set(active["mode"]) == {"professional", "soe", "joint", "autonomous", "fallback"}
    assert set(active["stage"]) == {"formal", "trial", "emergency"}
    assert active["end_date"].isna().any() and active["accepted_on"].notna().any()
    assert (active["continued_service"] == True).any()  # noqa: E712
    everything = district["arrangements"]
    assert everything["terminated_on"].notna().any()
    assert (everything["start_date"] > AS_OF.isoformat()).any()


def test_shares_on_the_day_are_those_of_a_real_district(district):
    status = _status(district)
    homes = district["buildings"].loc[status.index, "households"].fillna(0).astype(int)
    share = homes.groupby(status).sum() / homes.sum()
    managed = share["managed"] / (1 - share["unknown"])
    assert 0.60 <= managed <= 0.70
    assert 0.05 <= share["unknown"] <= 0.08
    assert share["lapsed"] > 0.02 and share["unmanaged"] > 0.15


def test_the_deliberate_errors_are_there(district):
    professional = district["arrangements"][_effective(district["arrangements"])]
    professional = set(professional["managed_area"][professional["mode"] == "professional"])
    twice = [
        code for code, areas in _listed_buildings(district).items() if len(set(areas) & professional) > 1
    ]
    assert len(twice) == 1


def _effective(arrangements: pd.DataFrame) -> pd.Series:
    day = AS_OF.isoformat()
    ends = arrangements["end_date"]
    lasts = ends.isna() | (ends >= day) | (arrangements["continued_service"] == True)  # noqa: E712
    return (arrangements["start_date"] <= day) & ~(arrangements["terminated_on"] <= day) & lasts


def _status(district) -> pd.Series:
    """Decide each status a second time (docs/explanation/management-status.md), by another way than the product's."""
    arrangements = district["arrangements"]
    active = set(arrangements["managed_area"][_effective(arrangements)])
    before = set(arrangements["managed_area"][arrangements["start_date"] <= AS_OF.isoformat()])
    buildings = district["buildings"]
    buildings = buildings[buildings["use"].isin(["residential", "mixed"]) & buildings["in_scope"].isna()]
    areas = _areas_of(district, buildings)
    surveyed = set(district["courtyards"]["code"][district["courtyards"]["survey_status"] == "surveyed"])
    found = {}
    for code, row in buildings.iterrows():
        mine = areas.get(code, set())
        known = row["courtyard_code"] in surveyed or row["survey_status"] == "surveyed"
        found[code] = (
            "managed" if mine & active else "lapsed" if mine & before else "unmanaged" if known else "unknown"
        )
    return pd.Series(found)


def _areas_of(district, buildings: gpd.GeoDataFrame) -> dict[str, set[str]]:
    areas = district["managed-areas"]
    by_yard: dict[str, set[str]] = {}
    for area, codes in areas["courtyard_codes"].dropna().items():
        for code in codes:
            by_yard.setdefault(code, set()).add(area)
    shapes = areas.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(buildings.geometry.to_numpy(), "intersects")
    half = shapely.area(shapely.intersection(buildings.geometry.to_numpy()[one], shapes[other]))
    by_place: dict[str, set[str]] = {}
    for at, area, shared in zip(one, other, half, strict=True):
        if shared >= 0.5 * buildings.geometry.iloc[at].area:
            by_place.setdefault(buildings.index[at], set()).add(areas.index[area])
    listed = _listed_buildings(district)
    return {
        code: set(listed.get(code, ())) or by_yard.get(yard, set()) or by_place.get(code, set())
        for code, yard in buildings["courtyard_code"].items()
    }


def test_the_readme_names_the_deliberate_errors_and_the_overlapping_pair(district, folder):
    readme = (folder.parent / "README.md").read_text("utf-8")
    areas = district["managed-areas"]
    wrong = areas.index[areas["remark"].notna()]
    assert len(wrong) == 3 and all(code in readme for code in wrong)
    one, other = areas.geometry["990201A0167"], areas.geometry["990201A0168"]
    assert "990201A0167" in readme and one.intersection(other).area > 1_000
