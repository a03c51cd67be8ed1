"""How much a file may ask of the machine."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one file; whatever goes over them is refused, never cut off in silence.

    Parameters
    ----------
    file_bytes : int
        Size of the file as it was handed in.
    unpacked_bytes : int
        Size of an archive's content, and of whatever the reader may write to its private folder.
    archive_entries : int
        Number of names in an archive.
    archive_ratio : int
        Unpacked size divided by packed size, for archives that unpack to more than 64 MB.
    rows, columns, cells : int
        Size of one table.
    sheets : int
        Number of sheets in a workbook.
    nesting : int
        How deep geometry collections may lie inside each other. GEOS recurses without a bound of its own.
    seconds : float
        Time from start to end; computing time is bound by the same number.
    memory_bytes : int
        Address space of the reading process (where the operating system can limit it).
    output_bytes : int
        What the reading process may hand back.
    faults : int
        How many faults of single rows are listed; the rest are counted.
    """

    file_bytes: int = 512 * MEGABYTE
    unpacked_bytes: int = 2 * GIGABYTE
    archive_entries: int = 1000
    archive_ratio: int = 200
    rows: int = 5_000_000
    columns: int = 1000
    cells: int = 100_000_000
    sheets: int = 500
    nesting: int = 8
    seconds: float = 300.0
    memory_bytes: int = 4 * GIGABYTE
    output_bytes: int = 4 * GIGABYTE
    faults: int = 10_000
