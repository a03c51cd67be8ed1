"""Roads, and scenarios over them: who may pass, what is closed, cut, added and joined."""

from __future__ import annotations

from layers.model.roads.overlay import Overlay, Place, lay
from layers.model.roads.passage import STREETS, on_ground, opens, passes_of, starts_from, use_of, walls_of
from layers.model.roads.stations import open_on

__all__ = [
    "STREETS",
    "Overlay",
    "Place",
    "lay",
    "on_ground",
    "open_on",
    "opens",
    "passes_of",
    "starts_from",
    "use_of",
    "walls_of",
]
