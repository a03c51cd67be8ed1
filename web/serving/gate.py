"""Who gets in: decided by a request's headers alone, before its body and before a thread is spent on it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.errors import Fault, GridmapError, Overloaded
from layers.text import Text
from web.serving.parser import Admission

if TYPE_CHECKING:
    from collections.abc import Callable

    from web.serving.parser import Parser

REFUSAL = "gridmap.refusal"
BODILESS = ("GET", "HEAD", "OPTIONS", "DELETE")
MOST_BODILESS_BYTES = 1 << 16
MOST_LARGE_BODIES = 6
UPLOADS = "/api/imports"


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked of every request's headers.

    Parameters
    ----------
    body_bytes, upload_bytes : int
        The largest body of an ordinary write, and of a file that is handed in.
    refusal : function
        Given method, path, headers as WSGI names them, and the peer's address: why it is not served, or None.
    client : function
        Given headers and the peer's address: the client's address.
    """

    body_bytes: int
    upload_bytes: int
    refusal: Callable[[str, str, dict[str, str], str], GridmapError | None]
    client: Callable[[dict[str, str], str], str]

    def admission(self, request: Parser, peer: str, large_bodies: int) -> Admission:
        """Say whether a request gets in, and how much of it.

        Parameters
        ----------
        large_bodies : int
            How many large bodies are coming in already.
        """
        client = self.client(request.headers, peer)
        refusal = self.refusal(request.command, request.path, request.headers, peer)
        if refusal is None and request.large and large_bodies >= MOST_LARGE_BODIES:
            refusal = Overloaded(Fault(Text("web.lane-full", kind=Text("web.lane-import"))))
        return Admission(self._most_bytes(request), None if _is_here(client) else client, refusal)

    def _most_bytes(self, request: Parser) -> int:
        if request.command in BODILESS:
            return MOST_BODILESS_BYTES
        return self.upload_bytes if request.path == UPLOADS else self.body_bytes


def _is_here(client: str) -> bool:
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
