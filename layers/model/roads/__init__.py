"""Roads, and scenarios over them: who may pass, what is closed, cut, added and joined."""

from __future__ import annotations

from layers.model.roads.overlay import Overlay, Place, lay
from layers.model.roads.passage import use_of
from layers.model.roads.stations import open_on

__all__ = [
    "Overlay",
    "Place",
    "lay",
    "open_on",
    "use_of",
]
