"""A zip that holds one Shapefile, or one other file that is read."""

from __future__ import annotations

from pathlib import PurePosixPath

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import kinds
from layers.formats.archive import Archive
from layers.formats.sink import Job, Sink, reader_of
from layers.text import Text, first_few

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".qpj", ".cpg")
# Inside a zip these are files to read; a bare .csv beside a Shapefile is its field dictionary.
SINGLE = tuple(ending for ending in kinds.READABLE if ending not in (*SHAPEFILE_PARTS, ".zip", ".txt"))
ARCHIVES = (".zip", *kinds.PACKED)
GEODATABASE = (".gdbtable", ".gdbtablx")
NAMED = 8


def read(job: Job, sink: Sink) -> None:
    """Unpack what belongs together under names of our own, and read it."""
    with Archive(job.path, job.limits) as archive:
        found = _found(list(archive.names))
        if not found:
            raise UnsupportedMedia(Fault(_why_nothing(list(archive.names)), {"file": job.file}))
        titles = _titles(found)
        chosen = _chosen(titles, job)
        others = [name for name in archive.names if _is_beside(name, found)]
        if others:
            sink.note(Text("formats.zip-others", files=first_few(others, NAMED)))
        jobs = []
        for place, name in enumerate(chosen):
            parts = _parts(name, list(archive.names))
            for part in parts:
                ending = PurePosixPath(part).suffix.lower()
                archive.unpack(part, job.path.with_name(f"unpacked{place}{ending}"))
            path = job.path.with_name(f"unpacked{place}{PurePosixPath(name).suffix.lower()}")
            jobs.append(job.of(path=path, file=name, name=titles[name], kind=kinds.kind_of(path)))
    for each in jobs:
        reader_of(each.kind)(each, sink)


def _found(names: list[str]) -> list[str]:
    """Return the names to read: Shapefiles first, else single tables, else any other file that is read."""
    for endings in ((".shp",), (".dbf",), SINGLE):
        found = [name for name in names if name.lower().endswith(endings)]
        if found:
            return found
    return []


def _why_nothing(names: list[str]) -> Text:
    """Say why a zip holds nothing to read, and what to do."""
    within = [name for name in names if name.lower().endswith(ARCHIVES)]
    if within:
        return Text("formats.zip-within", archives=first_few(within, NAMED))
    geodatabase = any(name.lower().endswith(GEODATABASE) for name in names)
    return Text("formats.zip-geodatabase" if geodatabase else "formats.zip-nothing")


def _is_beside(name: str, found: list[str]) -> bool:
    """Say whether a file would be read were it alone, and is no part or field dictionary of one that is read."""
    if name in found or not name.lower().endswith((".shp", ".dbf", *SINGLE)):
        return False
    stems = {str(PurePosixPath(each).with_suffix("")).lower() for each in found}
    return str(PurePosixPath(name).with_suffix("")).lower() not in stems


def _titles(found: list[str]) -> dict[str, str]:
    """Return name → what it is called: without folders and ending, or by its path where two are called the same."""
    stems = [PurePosixPath(name).stem for name in found]
    return {
        name: stem if stems.count(stem) == 1 else str(PurePosixPath(name).with_suffix(""))
        for name, stem in zip(found, stems, strict=True)
    }


def _chosen(titles: dict[str, str], job: Job) -> list[str]:
    found, wanted = list(titles), job.options.layer
    if wanted is not None and len(found) > 1:
        meant = [name for name in found if wanted in (titles[name], name, str(PurePosixPath(name).with_suffix("")))]
        if len(meant) != 1:
            where = {"parameter": "layer", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.layer-unknown", layers=list(titles.values())), where))
        return meant
    if job.want == "table" and len(found) > 1:
        text = Text("formats.layer-ambiguous", layers=list(titles.values()))
        raise InvalidParameter(Fault(text, {"parameter": "layer"}))
    return found


def _parts(name: str, names: list[str]) -> list[str]:
    path = PurePosixPath(name)
    if path.suffix.lower() not in SHAPEFILE_PARTS:
        return [name]
    own = str(path.with_suffix("")).lower()
    return [
        each
        for each in names
        if str(PurePosixPath(each).with_suffix("")).lower() == own
        and PurePosixPath(each).suffix.lower() in SHAPEFILE_PARTS
    ]
