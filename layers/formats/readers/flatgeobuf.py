"""FlatGeobuf, through GDAL."""

from __future__ import annotations

from layers.formats.readers import vector
from layers.formats.sink import Job, Sink


def read(job: Job, sink: Sink) -> None:
    """Read the file's one layer."""
    sink.table(job.name)
    sink.end(vector.read_layer(job.path, job, sink))
