"""KML, through GDAL; a document type is refused, so no entity can grow or fetch."""

from __future__ import annotations

import re

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import gdal
from layers.formats.readers import vector
from layers.formats.sink import Job, Sink
from layers.text import Text

ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?(?:\s|<!--.*?-->)*<(?:kml|Document)\b", re.DOTALL)
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Columns that GDAL adds to every layer whether the file has them or not.
OF_THE_DRIVER = (
    "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon",
)  # fmt: skip
PLAIN_NAMES = {"Name": "name"}


def read(job: Job, sink: Sink) -> None:
    """Read the folder that was asked for, or every folder (``want="tables"``)."""
    data = job.path.read_bytes()
    if not ROOT.match(data) or DOCTYPE.search(data):
        raise UnsupportedMedia(Fault(Text("formats.kml-broken"), {"file": job.file}))
    pyogrio = gdal.lean_pyogrio()
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(job.path)]
    except pyogrio.errors.DataSourceError as error:
        raise UnsupportedMedia(Fault(Text("formats.kml-broken"), {"file": job.file})) from error
    for name in _chosen(names, job):
        sink.table(name)
        sink.choices["layer"] = name
        view = vector.View(layer=name, without=OF_THE_DRIVER, renamed=PLAIN_NAMES)
        sink.end(vector.read_layer(job.path, job, sink, view))


def _chosen(names: list[str], job: Job) -> list[str]:
    wanted = job.options.layer
    if wanted is not None:
        if wanted not in names:
            where = {"parameter": "layer", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.layer-unknown", layers=names), where))
        return [wanted]
    if not names:
        raise UnsupportedMedia(Fault(Text("formats.no-features"), {"file": job.file}))
    if job.want == "table" and len(names) > 1:
        raise InvalidParameter(Fault(Text("formats.layer-ambiguous", layers=names), {"parameter": "layer"}))
    return names
