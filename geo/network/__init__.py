"""A network of lines: nodes and edges in arrays, points joined to it, and what is near in time over it."""

from __future__ import annotations

from geo.network.attachment import Attached, attach, reattach
from geo.network.edit import edit_network
from geo.network.gates import cut_at, with_gates
from geo.network.graph import Mode, Network, Restricted, build_network
from geo.network.parts import ENDS, OPEN, RESTRICTED, SHUT
from geo.network.reach_area import nearest_areas, reach_areas
from geo.network.search import Reach, Travel, reach, reasons

__all__ = [
    "ENDS",
    "OPEN",
    "RESTRICTED",
    "SHUT",
    "Attached",
    "Mode",
    "Network",
    "Reach",
    "Restricted",
    "Travel",
    "attach",
    "build_network",
    "cut_at",
    "edit_network",
    "nearest_areas",
    "reach",
    "reach_areas",
    "reasons",
    "reattach",
    "with_gates",
]
