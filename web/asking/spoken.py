"""What the service and the processes that answer its questions say to each other: a request, and its answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from web.http.doors import Visit


@dataclass(frozen=True, slots=True)
class Put:
    """A request that the doors have let in.

    Parameters
    ----------
    environ : mapping
        What of its WSGI environment answers depend on.
    body : bytes
    today : date
        The service's day: midnight may pass before it is read.
    visit : Visit
        Who asks, as far as the doors believe it.
    request_id : str
    target : str or None
        Where the answer is to be written if it is a file; it lies in a room of the service.
    """

    environ: Mapping[str, str]
    body: bytes
    today: dt.date
    visit: Visit
    request_id: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer.

    Parameters
    ----------
    body : bytes or None
        None where it was written as a file.
    sized : bool
        Whether the length of the body is to be told; of a file that was not made it is not known.
    nonce : str or None
        The word that a page has for its own scripts and styles.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    sized: bool
    nonce: str | None = None
