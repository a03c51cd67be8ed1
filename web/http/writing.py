"""What every write over HTTP has in common: who writes, what it rests on, and its body."""

from __future__ import annotations

import re
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec
import numpy as np
from flask import request

from layers.errors import Fault, InvalidParameter, RevisionRequired, TooLarge, UnsupportedMedia
from layers.text import Text
from web.http.misfits import misfits

LARGEST_BODY = 8 << 20
DEEPEST = 40
LONGEST_AUTHOR, LONGEST_KEY = 80, 200
UNNAMED = "web"
T = TypeVar("T")
ANYTHING: msgspec.json.Decoder[object] = msgspec.json.Decoder(object)
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
OPENING, CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)


def author() -> str:
    """Return who writes: the header `Gridmap-Author`, percent-encoded UTF-8; ``web`` when nobody says."""
    name = unquote(request.headers.get("Gridmap-Author", "")).strip()
    if len(name) > LONGEST_AUTHOR or not name.isprintable():
        where = {"parameter": "Gridmap-Author", "value": name[:80]}
        raise InvalidParameter(Fault(Text("web.author", most=LONGEST_AUTHOR), where))
    return name or UNNAMED


def if_match() -> int:
    """Return the version that a write is based on.

    Raises
    ------
    RevisionRequired
        The header is missing, or ``*``: any version would do, and somebody's work would be lost.
    InvalidParameter
        It is no version of ours.
    """
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        raise RevisionRequired(Fault(Text("web.if-match-missing"), {"parameter": "If-Match"}))
    number = text.strip().removeprefix("W/").strip('"')
    digits = number.removeprefix("-")  # what another program edited in the file has a version below zero
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise InvalidParameter(Fault(Text("web.if-match-odd"), {"parameter": "If-Match", "value": text[:80]}))
    return int(number)


def idempotency_key() -> str | None:
    """Return the header `Idempotency-Key`: the same key twice is the same write once."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        where = {"parameter": "Idempotency-Key", "value": key[:80]}
        raise InvalidParameter(Fault(Text("web.idempotency-key", most=LONGEST_KEY), where))
    return key


def json_body(accepted: tuple[str, ...] = ("application/json",), largest: int = LARGEST_BODY) -> object:  # JSON
    """Read the body as JSON: of a JSON type, not too large, not too deep, every number finite.

    Raises
    ------
    UnsupportedMedia, TooLarge, InvalidParameter
    """
    return decoded_body(ANYTHING, accepted, largest)


def decoded_body(
    decoder: msgspec.json.Decoder[T], accepted: tuple[str, ...], largest: int = LARGEST_BODY, silence: bytes = b""
) -> T:
    """Read the body with a decoder of msgspec's; see `json_body`.

    Parameters
    ----------
    silence : bytes
        What an empty body stands for.
    """
    if not request.mimetype and "" not in accepted:
        where = {"parameter": "Content-Type"}
        raise InvalidParameter(Fault(Text("web.no-content-type", accepted=list(accepted)), where))
    if request.mimetype not in accepted:
        raise UnsupportedMedia(Fault(Text("web.not-one-of", accepted=list(accepted)), {"value": request.mimetype[:80]}))
    if (request.content_length or 0) > largest:
        raise TooLarge(Fault(Text("web.body-too-large", most=largest)))
    body = request.stream.read(largest + 1)
    if len(body) > largest:
        raise TooLarge(Fault(Text("web.body-too-large", most=largest)))
    if _depth(body) > DEEPEST:
        raise InvalidParameter(Fault(Text("web.too-deep", most=DEEPEST)))
    try:
        return decoder.decode(body or silence)
    except msgspec.ValidationError as error:
        raise unfit(decoder.type, _read(body or silence), error) from None
    except (msgspec.DecodeError, RecursionError):
        raise InvalidParameter(Fault(Text("web.bad-json"))) from None


def _read(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:  # a number that no computer has room for fits no type at all
        raise InvalidParameter(Fault(Text("web.bad-json"))) from None


def unfit(kind: Any, sent: object, error: msgspec.ValidationError) -> InvalidParameter:  # kind: as msgspec takes types
    """Return the refusal of a body that is not of a type of msgspec's."""
    # What a type's own code refuses, no description of the type tells.
    return InvalidParameter(*misfits(kind, sent) or [Fault(Text("web.invalid-body", detail=str(error)[:300]))])


def _depth(body: bytes) -> int:
    """Return how deep arrays and objects nest."""
    bytes_ = np.frombuffer(STRINGS.sub(b"", body), np.uint8)
    steps = np.isin(bytes_, OPENING).astype(np.int32) - np.isin(bytes_, CLOSING)
    return int(np.cumsum(steps).max(initial=0))
