"""KMZ: a zip in which a KML document lies beside its pictures, which nobody unpacks."""

from __future__ import annotations

from pathlib import PurePosixPath

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import kinds
from layers.formats.archive import Archive
from layers.formats.readers import kml
from layers.formats.sink import Job, Sink
from layers.text import Text

MAIN = "doc.kml"


def read(job: Job, sink: Sink) -> None:
    """Unpack the main document under a name of our own, and read it."""
    with Archive(job.path, job.limits) as archive:
        inside = [name for name in archive.names if PurePosixPath(name).suffix.lower() == ".kml"]
        if not inside:
            raise UnsupportedMedia(Fault(Text("formats.kmz-nothing"), {"file": job.file}))
        main = [name for name in inside if name.lower() == MAIN] or inside
        if len(main) > 1:
            text = Text("formats.layer-ambiguous", layers=main)
            raise InvalidParameter(Fault(text, {"parameter": "layer", "file": job.file}))
        path = archive.unpack(main[0], job.path.with_name("unpacked.kml"))
    kinds.kind_of(path)
    kml.read(job.of(path=path, kind="kml"), sink)
