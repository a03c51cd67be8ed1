"""A network of lines: nodes and edges in arrays, points joined to it, and what is near in time over it."""

from __future__ import annotations

from geo.network.around import Around
from geo.network.attachment import Attached, attach
from geo.network.edit import edit_network
from geo.network.gates import GATE_M, REACH_M, cut_at, meets, with_gates
from geo.network.graph import SNAP_M, Mode, Network, Restricted, build_network
from geo.network.legs import attach_clear, parts_of, put_together, reattach_clear
from geo.network.met import ByEdge
from geo.network.parts import ENDS, OPEN, RESTRICTED, SHUT
from geo.network.reach_area import nearest_areas, reach_areas
from geo.network.route import route
from geo.network.search import MAX_MINUTES, Reach, Reasons, Times, Travel, reach, reasons
from geo.network.straight import CLEAR, NONE, OTHER_LEVEL, THROUGH_BARRIER, THROUGH_BUILDING, Legs
from geo.network.turns import dead_stops, with_turns

__all__ = [
    "CLEAR",
    "ENDS",
    "GATE_M",
    "MAX_MINUTES",
    "NONE",
    "OPEN",
    "OTHER_LEVEL",
    "REACH_M",
    "RESTRICTED",
    "SHUT",
    "SNAP_M",
    "THROUGH_BARRIER",
    "THROUGH_BUILDING",
    "Around",
    "Attached",
    "ByEdge",
    "Legs",
    "Mode",
    "Network",
    "Reach",
    "Reasons",
    "Restricted",
    "Times",
    "Travel",
    "attach",
    "attach_clear",
    "build_network",
    "cut_at",
    "dead_stops",
    "edit_network",
    "meets",
    "nearest_areas",
    "parts_of",
    "put_together",
    "reach",
    "reach_areas",
    "reasons",
    "reattach_clear",
    "route",
    "with_gates",
    "with_turns",
]
