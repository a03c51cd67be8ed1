"""Vector tiles, cut from a layer's arrays."""

from __future__ import annotations

from geo.tiles.layout import ragged
from geo.tiles.tiles import (
    BUFFER,
    DEEPEST,
    EXTENT,
    Attributes,
    TileSource,
    attributes,
    changed,
    encode_tile,
    retold,
    tile_box,
    tile_source,
)

__all__ = [
    "BUFFER",
    "DEEPEST",
    "EXTENT",
    "Attributes",
    "TileSource",
    "attributes",
    "changed",
    "encode_tile",
    "ragged",
    "retold",
    "tile_box",
    "tile_source",
]
