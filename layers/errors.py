"""Every way in which gridmap says no.

GridmapError
├── InvalidParameter     400  a value in a request or on the command line cannot be used
├── Forbidden            403  asked under a strange name, by a strange page, or closed to changes
├── NotFound             404  no such layer, feature, process, changeset, page
├── NotAcceptable        406  a format that we do not write
├── UnsupportedMedia     415  a file that we do not read
├── RequestTimeout       408  a request that does not come to its end
├── Conflict             409  two things that cannot both be true
├── StaleRevision        412  somebody else was faster
├── TooLarge             413  over a limit that protects the service
├── TopologyDefects      422  geometry that would break a partition
├── ImportRejected       422  a file with faults; nothing was imported
├── RevisionRequired     428  a write without saying what it was based on
├── TooManyRequests      429  one client asks for more than its share at a time
├── StoreBusy            503  another writer holds the workspace
├── Overloaded           503  every place for this kind of work is taken
├── TooCostly            503  a time limit was reached; what took so long is named
├── StoreUnusable        503  the workspace cannot be opened
└── StorageFull          507  the disk is full; nothing was written

An error carries all its faults at once. A fault says what, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from layers.text import Text

_SHEETS = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    text : Text
        What is wrong and what to do about it.
    where : mapping
        The place: any of ``file, sheet, row, rows, column, value, layer, feature, parameter, pointer``.
    """

    text: Text
    where: Mapping[str, object] = field(default_factory=dict)

    def say(self, language: str) -> str:
        """Put the fault into words, its place first."""
        place = " ".join(Text(f"where.{name}", value=value).say(language) for name, value in self.where.items())
        return f"{place}: {self.text.say(language)}" if place else self.text.say(language)


def once(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults with what is wrong in the same way on several sheets said once, each sheet with its rows."""
    alike: dict[object, list[Fault]] = {}  # by what is said, in which column, of which value
    for place, each in enumerate(faults):
        on_sheet = "sheet" in each.where and "column" in each.where
        key = (each.text.say("en"), str(each.where["column"]), str(each.where.get("value"))) if on_sheet else place
        alike.setdefault(key, []).append(each)
    said = []
    for same in alike.values():
        sheets: dict[str, list[object]] = {}
        for each in same:
            rows = [each.where[name] for name in ("row", "rows") if name in each.where]
            sheets.setdefault(str(each.where.get("sheet")), []).extend(rows)
        if len(sheets) < 2:
            said += same
            continue
        listed = [Text("where.sheet-rows", sheet=sheet, rows=rows) if rows else sheet for sheet, rows in sheets.items()]
        if len(listed) > _SHEETS:
            listed = [*listed[:_SHEETS], f"… ({len(sheets)})"]
        where = {name: same[0].where[name] for name in ("column", "value") if name in same[0].where}
        said.append(Fault(same[0].text, {"sheet": listed, **where}))
    return said


class GridmapError(Exception):
    """The root of all refusals; `slug` names the problem type and `status` the HTTP status."""

    slug = "internal-error"
    status = 500

    def __init__(self, *faults: Fault | Text) -> None:
        self.faults = tuple(fault if isinstance(fault, Fault) else Fault(fault) for fault in faults)
        super().__init__(self.slug)

    def say(self, language: str) -> str:
        """Put every fault into words, one a line."""
        return "\n".join(fault.say(language) for fault in once(self.faults)) or self.title(language)

    def title(self, language: str) -> str:
        """Name the kind of problem in a few words."""
        return Text(f"problems.{self.slug}").say(language)

    def __str__(self) -> str:
        return f"{self.slug}: {self.say('en')}"


class InvalidParameter(GridmapError):
    slug, status = "invalid-parameter", 400


class Forbidden(GridmapError):
    slug, status = "forbidden", 403


class NotFound(GridmapError):
    slug, status = "not-found", 404


class NotAcceptable(GridmapError):
    slug, status = "not-acceptable", 406


class UnsupportedMedia(GridmapError):
    slug, status = "unsupported-media", 415


class RequestTimeout(GridmapError):
    slug, status = "request-timeout", 408


class Conflict(GridmapError):
    slug, status = "conflict", 409


class StaleRevision(GridmapError):
    slug, status = "stale-revision", 412


class TooLarge(GridmapError):
    slug, status = "too-large", 413


class TopologyDefects(GridmapError):
    slug, status = "topology-defects", 422


class ImportRejected(GridmapError):
    slug, status = "import-rejected", 422


class RevisionRequired(GridmapError):
    slug, status = "revision-required", 428


class TooManyRequests(GridmapError):
    slug, status = "too-many-requests", 429


class StoreBusy(GridmapError):
    slug, status = "store-busy", 503


class Overloaded(GridmapError):
    slug, status = "overloaded", 503


class TooCostly(GridmapError):
    slug, status = "too-costly", 503


class StoreUnusable(GridmapError):
    slug, status = "store-unusable", 503


class StorageFull(GridmapError):
    slug, status = "storage-full", 507
