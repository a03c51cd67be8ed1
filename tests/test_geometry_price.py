"""The table of GEOS's calls that cost more than their shape is long is complete, so that a new one gets a thought."""

from __future__ import annotations

import re
from pathlib import Path

import shapely

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "explanation" / "geometry-price.md"
SUPERLINEAR = {
    "STRtree", "buffer", "build_area", "concave_hull", "contains", "contains_properly", "contains_xy", "convex_hull",
    "coverage_clean", "coverage_invalid_edges", "coverage_is_valid", "coverage_simplify", "coverage_union",
    "coverage_union_all", "covered_by", "covers", "crosses", "delaunay_triangles", "difference", "disjoint", "distance",
    "dwithin", "frechet_distance", "hausdorff_distance", "intersection", "intersection_all", "intersects", "is_simple",
    "is_valid", "is_valid_reason", "line_merge", "make_valid", "minimum_bounding_circle", "minimum_clearance", "node",
    "offset_curve", "overlaps", "point_on_surface", "polygonize", "polygonize_full", "prepare", "relate",
    "relate_pattern", "segmentize", "set_precision", "shared_paths", "shortest_line", "simplify", "snap",
    "symmetric_difference", "touches", "unary_union", "union", "union_all", "voronoi_polygons", "within",
}  # fmt: skip
CALLED = re.compile(
    r"\bshapely\.(\w+)\b|\.(is_valid|is_simple|convex_hull|point_on_surface|minimum_clearance)\b"
    r"|\.(buffer|contains|covers|crosses|difference|distance|intersection|intersects|overlaps|touches)\("
)
ROW = re.compile(r"^\| `([\w/]+\.py)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def called() -> dict[str, set[str]]:
    """Return for each module which of the functions it calls."""
    calls = {}
    for room in ("geo", "layers", "web"):
        for path in sorted((ROOT / room).rglob("*.py")):
            names = {name for match in CALLED.findall(path.read_text("utf-8")) for name in match} & SUPERLINEAR
            if names:
                calls[path.relative_to(ROOT).as_posix()] = names
    return calls


def test_the_table_names_every_module_and_what_it_calls() -> None:
    listed = {row[0]: set(re.findall(r"\w+", row[1])) for row in ROW.findall(PAGE.read_text("utf-8"))}
    assert listed == called()


def test_every_row_says_what_bounds_it() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert len(rows) > 40
    assert all(sees.strip() and len(bound.strip()) > 7 for _, _, sees, bound in rows)


def test_the_functions_are_shapely_s() -> None:
    assert {name for name in SUPERLINEAR if not hasattr(shapely, name)} <= {"unary_union"}


def test_make_valid_is_called_by_its_harmless_method_and_in_one_place() -> None:
    texts = {path: path.read_text("utf-8") for room in ("geo", "layers", "web") for path in (ROOT / room).rglob("*.py")}
    calls = [(path.name, call) for path, text in texts.items() for call in re.findall(r"make_valid\(.*", text)]
    assert [name for name, _ in calls] == ["validity.py"] and 'method="structure"' in calls[0][1]
