"""What the reading process says to the process that asked: length-prefixed MessagePack frames.

MessagePack and not pickle, because the reading process has touched a stranger's file and is not trusted: a frame
can hold plain values only. Dates travel as extension types, messages as key and parameters.
"""

from __future__ import annotations

import datetime as dt
from typing import IO, TYPE_CHECKING, Any

import msgspec

from layers.errors import Fault
from layers.model.values import REASONS, From1904, Number1904, Shared, Unreadable, Whole1904, shared
from layers.text import Text, words

if TYPE_CHECKING:
    from layers.model.feature import Raw

# What a reading process is told at its start that is to wait for its file.
WARM = "warm"
DATE, MOMENT, UNREADABLE, SINCE_1904, SHARED = 1, 2, 3, 4, 5
PLAIN = frozenset({str, int, float, bool, type(None), bytes})
SIZE_BYTES = 8
KEY_PREFIXES = ("formats.", "shapes.")
WIDEST_INTEGER = 1 << 63


class BrokenFrame(ValueError):
    """The reading process said something that is not part of the protocol."""


class TooMuch(BrokenFrame):
    """The reading process wants to hand back more than it may."""


def pack_cell(value: Raw) -> Raw:
    """Return `value` as something a frame can carry, with the same meaning."""
    kind = type(value)
    if type(value) is int and not -WIDEST_INTEGER <= value < WIDEST_INTEGER:
        return str(value)
    if kind in PLAIN:
        return value
    if isinstance(value, dt.datetime):
        return msgspec.msgpack.Ext(MOMENT, value.isoformat().encode())
    if isinstance(value, dt.date):
        return msgspec.msgpack.Ext(DATE, value.isoformat().encode())
    if isinstance(value, Unreadable):
        return msgspec.msgpack.Ext(UNREADABLE, f"{value.why}:{value.shown}".encode())
    if isinstance(value, (From1904, Shared)):
        return msgspec.msgpack.Ext(SINCE_1904 if isinstance(value, From1904) else SHARED, value.digits.encode())
    return str(value)


def pack_text(text: Text) -> dict[str, Any]:
    """Return a message as key and parameters."""
    return {"key": text.key, "params": {name: _pack_param(value) for name, value in text.params.items()}}


def pack_fault(fault: Fault) -> dict[str, Any]:
    """Return a fault as plain values."""
    where = {name: _pack_param(value) for name, value in fault.where.items()}
    return {"text": pack_text(fault.text), "where": where}


def unpack_text(packed: dict[str, Any]) -> Text:
    """Return the message; BrokenFrame unless it is one of ours."""
    key = packed["key"]
    if not isinstance(key, str) or not key.startswith(KEY_PREFIXES) or key not in words():
        raise BrokenFrame(f"no such message: {key!r}")
    return Text(key, **{name: _unpack_param(value) for name, value in packed["params"].items()})


def unpack_fault(packed: dict[str, Any]) -> Fault:
    """Return the fault; BrokenFrame unless its message is one of ours."""
    return Fault(unpack_text(packed["text"]), dict(packed["where"]))


def write_frame(stream: IO[bytes], frame: dict[str, Any]) -> None:
    """Append one frame to `stream`."""
    payload = msgspec.msgpack.encode(frame)
    stream.write(len(payload).to_bytes(SIZE_BYTES, "little"))
    stream.write(payload)


def read_frame(stream: IO[bytes], at_most: int) -> tuple[dict[str, Any] | None, int]:
    """Return the next frame and its size in bytes; None at a clean end.

    Raises
    ------
    BrokenFrame
        The frame is cut off or not MessagePack; `TooMuch` when it is longer than `at_most` bytes.
    """
    head = stream.read(SIZE_BYTES)
    if not head:
        return None, 0
    size = int.from_bytes(head, "little")
    if len(head) < SIZE_BYTES:
        raise BrokenFrame("a frame is cut off")
    if size > at_most:
        raise TooMuch("a frame is too long")
    payload = stream.read(size)
    if len(payload) < size:
        raise BrokenFrame("a frame is cut off")
    try:
        frame = msgspec.msgpack.decode(payload, ext_hook=_extension)
    except (msgspec.DecodeError, ValueError) as error:
        raise BrokenFrame(str(error)) from error
    if not isinstance(frame, dict):
        raise BrokenFrame("a frame is not a map")
    return frame, size + SIZE_BYTES


def _extension(code: int, data: memoryview) -> object:
    text = bytes(data).decode()
    if code == UNREADABLE:
        why, _, shown = text.partition(":")
        if why not in REASONS:
            raise BrokenFrame(f"unknown reason {why!r}")
        return Unreadable(shown, why)
    if code in (SINCE_1904, SHARED):
        number = int(text) if text.lstrip("-").isdecimal() else float(text)
        if code == SHARED:
            return shared(number)
        return Whole1904(number) if isinstance(number, int) else Number1904(number)
    if code == DATE:
        return dt.date.fromisoformat(text)
    if code == MOMENT:
        return dt.datetime.fromisoformat(text)
    raise BrokenFrame(f"unknown extension {code}")


def _pack_param(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_pack_param(item) for item in value]
    return pack_text(value) if isinstance(value, Text) else pack_cell(value)


def _unpack_param(value: object) -> object:
    return unpack_text(value) if isinstance(value, dict) else value
