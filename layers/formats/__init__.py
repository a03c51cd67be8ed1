"""The formats: files in, files out, and no meaning given to either.

Reading happens in a process of its own (`sandbox`, `worker`), because a file comes from anyone. What comes back is
a table as it stands in the file, its faults and notes beside it. Writing happens here, beside the target, and the
target is replaced when the file is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layers.catalogue import Layer
from layers.errors import Fault
from layers.formats.limits import Limits
from layers.formats.reading import read_osm, read_sheets, read_table, read_tables
from layers.formats.sandbox import parts_of
from layers.formats.table import RawSheet, RawTable, ReadOptions
from layers.formats.writing import ABOUT, SummaryTable, WriteOptions, writable_endings, write
from layers.text import Text


def write_report(faults: Sequence[Fault], target: Path, language: str = "zh") -> list[Text]:
    """Write faults as an XLSX table; see `layers.formats.writers.report`."""
    from layers.formats.writers.report import write_report as write_faults

    return write_faults(faults, target, language)


def write_beside(layer: Layer, target: Path, options: WriteOptions) -> Path | None:
    """Describe a CSV file in a file beside it; see `layers.formats.writers.beside`."""
    from layers.formats.writers.beside import write_beside as describe

    return describe(layer, target, options)


def write_marked(
    faults: Sequence[Fault],
    original: Path,
    target: Path,
    language: str,
    options: ReadOptions,
    limits: Limits,
) -> list[Text]:
    """Write a workbook again with its faults where they are; see `layers.formats.marking`."""
    from layers.formats.marking import write_marked as write_again

    return write_again(faults, original, target, language, options, limits)


__all__ = [
    "ABOUT",
    "Limits",
    "RawSheet",
    "RawTable",
    "ReadOptions",
    "SummaryTable",
    "WriteOptions",
    "encodings",
    "export",
    "formulas",
    "kinds",
    "parts_of",
    "read_osm",
    "read_sheets",
    "read_table",
    "read_tables",
    "short_names",
    "table",
    "waiting",
    "writable_endings",
    "write",
    "write_beside",
    "write_marked",
    "write_report",
    "writing",
]
