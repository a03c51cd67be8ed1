"""Shapes made to keep GEOS busy, in every format that is read: a fault of their row; the rows beside them come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.formats import read_table
from layers.formats.table import RawTable
from tests.formats.hostile import geopackage, geopackage_blob, read_here
from tests.geo.hostile_shapes import HONEST, HOSTILE, coast, near, nested_rings, star

SOUND = shapely.box(120.41, 36.2, 120.42, 36.21)
DEAR = near(nested_rings(1_200))


def geojson(path: Path, shapes: list[shapely.Geometry]) -> Path:
    features = [
        {"type": "Feature", "properties": {"name": str(at)}, "geometry": json.loads(shapely.to_geojson(shape))}
        for at, shape in enumerate(shapes)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def csv(path: Path, shapes: list[shapely.Geometry]) -> Path:
    lines = [f'{at},"{shapely.to_wkt(shape)}"' for at, shape in enumerate(shapes)]
    path.write_text("\n".join(["name,wkt", *lines]))
    return path


def gpkg(path: Path, shapes: list[shapely.Geometry]) -> Path:
    return geopackage(path, [geopackage_blob(shapely.to_wkb(shape)) for shape in shapes])


def kml(path: Path, shapes: list[shapely.Geometry]) -> Path:
    def ring(of: shapely.LinearRing) -> str:
        text = " ".join(f"{x},{y}" for x, y in of.coords)
        return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"

    marks = "".join(
        f"<Placemark><name>{at}</name><Polygon><outerBoundaryIs>{ring(shape.exterior)}</outerBoundaryIs>"
        + "".join(f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs>" for hole in shape.interiors)
        + "</Polygon></Placemark>"
        for at, shape in enumerate(shapes)
    )
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>{marks}</Document></kml>')
    return path


def by_gdal(path: Path, shapes: list[shapely.Geometry]) -> Path:
    import pyogrio

    kind = "MultiPolygon" if path.suffix == ".fgb" else "Polygon"
    shapes = [shapely.multipolygons([each]) if kind == "MultiPolygon" else each for each in shapes]
    names = np.array([str(at) for at in range(len(shapes))], dtype=object)
    options = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes, dtype=object)), [names], ["name"], geometry_type=kind, crs="EPSG:4326",
        **options,
    )  # fmt: skip
    return path


def parquet(path: Path, shapes: list[shapely.Geometry]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    writer.write_table(pyarrow.table({"geometry": [shapely.to_wkb(shape) for shape in shapes]}), path)
    return path


WRITERS: dict[str, Callable[[Path, list[shapely.Geometry]], Path]] = {
    "a.geojson": geojson, "a.csv": csv, "a.gpkg": gpkg, "a.kml": kml, "a.shp": by_gdal, "a.fgb": by_gdal,
    "a.parquet": parquet,
}  # fmt: skip


def told(table: RawTable) -> list[tuple[str, object]]:
    return [(fault.text.key, fault.where["row"]) for fault in table.faults]


@pytest.mark.parametrize("name", WRITERS)
def test_in_every_format(tmp_path: Path, name: str) -> None:
    table = read_table(WRITERS[name](tmp_path / name, [SOUND, DEAR, SOUND]))
    assert [shape is None for shape in table.geometry] == [False, True, False]
    first = table.rows[0]
    assert [key for key, _ in told(table)] == ["shapes.costly-cost"]
    assert told(table)[0][1] == first + 1
    assert "split it into several features" in table.faults[0].say("en")


@pytest.mark.parametrize("name", HOSTILE)
def test_every_shape_is_refused_unseen(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    is_valid = shapely.is_valid
    monkeypatch.setattr(shapely, "is_valid", lambda given: seen.append(size(given)) or is_valid(given))
    monkeypatch.setattr(shapely, "make_valid", None)
    table = read_here(gpkg(tmp_path / "a.gpkg", [near(HOSTILE[name]), SOUND]))
    assert [shape is None for shape in table.geometry] == [True, False]
    assert [key for key, _ in told(table)] == ["shapes.costly-cost"]
    assert sum(seen) == size(SOUND)


def size(shapes: object) -> int:
    return int(np.sum(shapely.get_num_coordinates(shapes)))


@pytest.mark.parametrize(("shape", "key"), [(coast(250_001), "vertices"), (None, "rings")])
def test_there_are_bounds_on_numbers_too(tmp_path: Path, shape: shapely.Geometry | None, key: str) -> None:
    if shape is None:
        x, y = np.divmod(np.arange(50_001), 230)
        squares = np.array([[0, 0], [0.3, 0], [0.3, 0.3], [0, 0]]) + np.column_stack([x, y])[:, None]
        shape = shapely.MultiPolygon([shapely.Polygon(each) for each in squares])
    table = read_here(gpkg(tmp_path / "a.gpkg", [near(shape)]))
    assert told(table) == [(f"shapes.costly-{key}", 1)]


@pytest.mark.parametrize("name", HONEST)
def test_honest_shapes_come_in(tmp_path: Path, name: str) -> None:
    table = read_here(gpkg(tmp_path / "a.gpkg", [near(HONEST[name])]))
    assert not table.faults and not table.repaired and table.sound
    assert table.geometry[0].equals_exact(near(HONEST[name]), 0)


def test_what_can_be_repaired_is_repaired_where_it_is_read(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(120.4, 36.2), (120.5, 36.3), (120.5, 36.2), (120.4, 36.3)])
    table = read_table(geojson(tmp_path / "a.geojson", [SOUND, bow_tie]))
    assert table.repaired == [2] and table.sound
    assert table.geometry[1].is_valid and table.geometry[1].geom_type == "MultiPolygon"


def test_what_crosses_itself_too_often_is_not_repaired(tmp_path: Path) -> None:
    table = read_table(geojson(tmp_path / "a.geojson", [near(star(1_001)), SOUND]))
    assert told(table) == [("formats.geometry-beyond-repair", 1)]
    assert "crosses itself" in table.faults[0].say("en")


def test_a_bomb_of_201_vertices_is_only_a_shape(tmp_path: Path) -> None:
    """GEOS's linework method took a minute for it, the structure method takes half a second, in another process."""
    table = read_table(geojson(tmp_path / "a.geojson", [near(star(201))]))
    assert table.repaired == [1] and table.geometry[0].is_valid
