"""KMZ: a zip in which KML documents lie beside their pictures, which nobody unpacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from layers.errors import Fault, UnsupportedMedia
from layers.formats import kinds
from layers.formats.archive import Archive
from layers.formats.readers import kml
from layers.formats.sink import Job, Sink
from layers.text import Text

MAIN = "doc.kml"


def read(job: Job, sink: Sink) -> None:
    """Unpack the documents under names of our own, and read them as one, or the one that was asked for."""
    found, wanted = _documents(job, sink), job.options.layer
    meant = [name for name in found if wanted in (name, PurePosixPath(name).stem)]
    if len(found) > 1 and len(meant) == 1:
        whole, job = found[meant[0]], job.of(options=replace(job.options, layer=None))
    else:
        whole = kml.together(list(found.values()))
    kml.send(whole, kml.chosen(whole, job), sink)


def _documents(job: Job, sink: Sink) -> dict[str, kml.Map]:
    """Return name → document, the main one first; links between them lead nowhere else."""
    with Archive(job.path, job.limits) as archive:
        inside = [name for name in archive.names if PurePosixPath(name).suffix.lower() == ".kml"]
        if not inside:
            raise UnsupportedMedia(Fault(Text("formats.kmz-nothing"), {"file": job.file}))
        inside.sort(key=lambda name: (PurePosixPath(name).name.lower() != MAIN, len(PurePosixPath(name).parts)))
        found = {}
        for place, name in enumerate(inside):
            path = archive.unpack(name, job.path.with_name(f"unpacked{place}.kml"))
            kinds.kind_of(path)
            called = PurePosixPath(name).stem if len(inside) > 1 else job.name
            found[name] = kml.document(job.of(path=path, kind="kml", name=called), sink)
            if len(inside) > 1:
                for table in found[name].folders:
                    table.name = called if len(found[name].folders) == 1 else f"{called}/{table.name}"
    files = {PurePosixPath(name).name for name in inside}
    for each in found.values():
        each.links = [link for link in each.links if PurePosixPath(link).name not in files]
    return found
