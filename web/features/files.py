"""Writing files to be sent, as tasks of the workshop; the file lies in a room of whoever asked."""

from __future__ import annotations

from pathlib import Path

from layers.usecases.exports import exporting
from layers.workshop import Bench


def layer(bench: Bench, layer_id: str, target: Path, options: exporting.ExportOptions) -> None:
    """Write a layer, or what a filter leaves of it."""
    exporting.export_layer(bench.store, layer_id, target, options)


def rows(_: Bench, result: exporting.Result, target: Path, language: str) -> None:
    """Write the rows of a map's table."""
    exporting.export_result(result, target, language)
