"""Pictures that float over the sheets of an XLS, which xlrd passes over.

Their places stand in Escher records ([MS-ODRAW]) that are spread over the drawing records of a sheet ([MS-XLS]).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

BEGIN, END, CONTINUE, DRAWING = 0x0809, 0x000A, 0x003C, 0x00EC
CONTAINER, SHAPE, ANCHOR, GROUP = 0xF, 0xF00A, 0xF010, 0xF004
PICTURE_FRAME = 75
HEAD, ANCHOR_BYTES = 8, 10


def pictures(stream: bytes, start: int) -> list[tuple[int, int]]:
    """Return (row, column) of the cells at which pictures of a sheet begin.

    Parameters
    ----------
    stream : bytes
        The records of the workbook.
    start : int
        Where the sheet's records begin.
    """
    return list(_anchored(b"".join(_drawings(stream, start))))


def _drawings(stream: bytes, at: int) -> Iterator[bytes]:
    """Yield the pieces of a sheet's drawing, none of the charts within it."""
    depth, last = 0, BEGIN
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth == 0:
            return
        last = last if kind == CONTINUE else kind
        if last == DRAWING and depth == 1:
            yield bytes(stream[at + 4 : at + 4 + length])
        at += 4 + length


def _anchored(drawing: bytes) -> Iterator[tuple[int, int]]:
    at, is_picture = 0, False
    while at + HEAD <= len(drawing):
        said, kind, length = struct.unpack_from("<HHI", drawing, at)
        at += HEAD
        if kind == GROUP:
            is_picture = False
        elif kind == SHAPE:
            is_picture = said >> 4 == PICTURE_FRAME
        elif kind == ANCHOR and is_picture and length >= ANCHOR_BYTES and at + ANCHOR_BYTES <= len(drawing):
            _, column, _, row, _ = struct.unpack_from("<5H", drawing, at)
            yield row, column
        at += 0 if said & 0xF == CONTAINER else length
