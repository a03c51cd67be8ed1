"""Lines: where they meet, cut there, stretches along them, and their order in memory."""

from __future__ import annotations

from geo.lines.contacts import SAME_M
from geo.lines.hilbert import hilbert_order
from geo.lines.linework import Interval, divided, running_along, with_vertices
from geo.lines.noding import Noded, node_lines
from geo.lines.straight import runs, segments

__all__ = [
    "SAME_M",
    "Interval",
    "Noded",
    "divided",
    "hilbert_order",
    "node_lines",
    "running_along",
    "runs",
    "segments",
    "with_vertices",
]
