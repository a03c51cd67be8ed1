"""A boundary cut into the cells that a partition is made of: blocks between lines, divided among footprints."""

from __future__ import annotations

from geo.tessellation.renewal import Ground, Renewal, bordered, renewed
from geo.tessellation.tessellation import tessellate

__all__ = [
    "Ground",
    "Renewal",
    "bordered",
    "renewed",
    "tessellate",
]
