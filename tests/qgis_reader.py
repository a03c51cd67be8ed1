"""What QGIS makes of us, told as JSON. Runs under the Python that has `qgis`, and imports nothing of ours.

python3 tests/qgis_reader.py TASK ARGUMENT…
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsGeometry,
    QgsMapLayer,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorDataProvider,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPainter

SIDE = 600
BLUE = QColor("#0b6e99")
WRITING = (QgsVectorDataProvider.AddFeatures, QgsVectorDataProvider.ChangeAttributeValues)


def features(url: str, layer: str, box: str = "") -> dict[str, object]:
    """Read a collection, once whole and once within a box (west,south,east,north)."""
    source = f"pagingEnabled='true' pageSize='4' restrictToRequestBBOX='1' typename='{layer}' url='{url}'"
    opened = QgsVectorLayer(source, layer, "OAPIF")
    names = opened.fields().names()
    found = [dict(zip(names, each.attributes())) for each in opened.getFeatures()]
    request = QgsFeatureRequest()
    if box:
        request.setFilterRect(QgsRectangle(*map(float, box.split(","))))
    within = [each["code"] for each in opened.getFeatures(request)]
    can = opened.dataProvider().capabilities()
    return {
        "valid": opened.isValid(),
        "count": opened.featureCount(),
        "crs": opened.crs().authid(),
        "features": sorted(({name: _plain(value) for name, value in each.items()} for each in found), key=_code),
        "shapes": sorted(each.geometry().asWkt(7) for each in opened.getFeatures()),
        "within": sorted(within),
        "writes": [bool(can & each) for each in WRITING],
    }


def tiles(url: str, box: str, zoom: str, points: str, picture: str) -> dict[str, object]:
    """Draw vector tiles of a template ``…/{z}/{y}/{x}`` into a picture, in blue without outlines."""
    opened = QgsVectorTileLayer(f"type=xyz&url={url}&zmin=0&zmax={zoom}", "tiles")
    fill = QgsVectorTileBasicRenderer.simpleStyle(BLUE, BLUE, 0, BLUE, 0, BLUE, BLUE, 0)
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([each for each in fill if each.geometryType() == QgsWkbTypes.PolygonGeometry])
    opened.setRenderer(renderer)
    return {"valid": opened.isValid(), "colours": _draw(opened, box, points, picture)}


def style(file: str, layer: str, points: str, picture: str) -> dict[str, object]:
    """Open a GeoPackage with the style that lies in it, and draw it."""
    opened = QgsVectorLayer(f"{file}|layername={layer}", layer, "ogr")
    _, loaded = opened.loadDefaultStyle()
    renderer, box = opened.renderer(), opened.extent()
    edges = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    return {
        "valid": opened.isValid(),
        "count": opened.featureCount(),
        "loaded": loaded,
        "renderer": renderer.type(),
        "by": renderer.classAttribute(),
        "classes": {each.value(): [each.label(), each.symbol().color().name()] for each in renderer.categories()},
        "aliases": {field.name(): opened.attributeAlias(at) for at, field in enumerate(opened.fields())},
        "colours": _draw(opened, ",".join(map(str, edges)), points, picture),
    }


def edit(file: str, layer: str, code: str, field: str, value: str, east: str) -> dict[str, object]:
    """Edit a file as people do: a value, and the shape moved `east` degrees."""
    opened = QgsVectorLayer(f"{file}|layername={layer}", layer, "ogr")
    (found,) = opened.getFeatures(QgsFeatureRequest().setFilterExpression(f"\"code\" = '{code}'"))
    shape = QgsGeometry(found.geometry())
    shape.translate(float(east), 0)
    opened.startEditing()
    opened.changeAttributeValue(found.id(), opened.fields().indexOf(field), value)
    opened.changeGeometry(found.id(), shape)
    return {"saved": opened.commitChanges(), "errors": opened.commitErrors()}


def _draw(layer: QgsMapLayer, box: str, points: str, picture: str) -> list[str]:
    """Draw a layer within a box, and return its colours at points (longitude,latitude;…)."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    lonlat = QgsCoordinateReferenceSystem("EPSG:4326")
    turn = QgsCoordinateTransform(lonlat, settings.destinationCrs(), QgsProject.instance())
    settings.setExtent(turn.transformBoundingBox(QgsRectangle(*map(float, box.split(",")))))
    image = QImage(SIDE, SIDE, QImage.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    # In this thread: one that waits for another would leave nobody to fetch the tiles.
    QgsMapRendererCustomPainterJob(settings, painter).renderSynchronously()
    painter.end()
    image.save(picture)
    places = (turn.transform(*map(float, each.split(","))) for each in points.split(";"))
    pixels = (settings.mapToPixel().transform(place) for place in places)
    return [image.pixelColor(int(each.x()), int(each.y())).name() for each in pixels]


def _code(feature: dict[str, object]) -> str:
    return str(feature["code"])


def _plain(value: object) -> object:
    """Return a value as JSON has it; what QGIS knows as null or as a time is null or text."""
    if value is None or isinstance(value, str | int | float | bool | list):
        return value
    return value.toString(Qt.ISODate) if hasattr(value, "toString") else None


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    task, *arguments = sys.argv[1:]
    told = {each.__name__: each for each in (features, tiles, style, edit)}[task](*arguments)
    print(json.dumps(told, default=str))
    sys.stdout.flush()
    application.exitQgis()
