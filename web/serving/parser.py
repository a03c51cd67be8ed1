"""A request as it comes in: what will be refused anyway is refused when its headers are there, before its body."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waitress.parser import HTTPRequestParser

from layers import disks
from layers.errors import Fault, GridmapError, InvalidParameter, StorageFull, TooLarge
from layers.text import Text

if TYPE_CHECKING:
    from waitress.adjustments import Adjustments
    from waitress.utilities import Error


@dataclass(frozen=True, slots=True)
class Admission:
    """What the gate says of a request: how large its body may be, who is counted, and why it is refused, if it is."""

    most_bytes: int
    client: str | None
    refusal: GridmapError | None


class Parser(HTTPRequestParser):
    """Waitress's parser, which also asks whether the request will be served.

    Parameters
    ----------
    admit : function
        Given the parser with its headers, what the gate says.
    now : float
        When the first byte came.
    """

    # what an answer to a request that could not be read is made from
    command, path, query, request_uri, url_scheme = "GET", "/", "", "/", "http"
    proxy_scheme = proxy_netloc = fragment = ""
    refusal: GridmapError | None = None
    client: str | None = None
    adj: Adjustments
    error: Error | None

    def __init__(self, adj: Adjustments, admit: Callable[[Parser], Admission], now: float) -> None:
        super().__init__(adj)
        self._admit, self.begun, self._asked, self._broken = admit, now, False, False

    @property
    def whole(self) -> bool:
        """Whether all of it was read, so that what follows is another request."""
        return not self._broken and (self.body_rcv is None or bool(self.body_rcv.completed))

    @property
    def large(self) -> bool:
        """Whether its body may be large enough to be counted."""
        return self.chunked or self.content_length > self.adj.inbuf_overflow

    def received(self, data: bytes) -> int:
        """Take some bytes in and say how many; see waitress."""
        try:
            taken = super().received(data)
        except OSError as error:
            if not disks.is_full(error):
                raise
            self._broken, taken = True, 0
            self.refuse(StorageFull(Text("web.no-room-for-body")))
        if self.error is not None:
            self._broken = True
            self.refuse(_ours(self.error.code, self.adj.max_request_body_size))
            self.error = None
        elif self.headers_finished and not self.empty and not self._asked:
            self._ask()
        return taken if self.refusal is None or self.whole else len(data)

    def refuse(self, refusal: GridmapError) -> None:
        """Let the request be answered by a refusal, whatever of it is still to come."""
        self.refusal, self.completed, self.expect_continue = refusal, True, False

    def _ask(self) -> None:
        self._asked = True
        self.path = "/" + self.path.lstrip("/")  # as the application will see it: gate and lanes go by the same
        admission = self._admit(self)
        self.client = admission.client
        if admission.refusal is not None:
            self.refuse(admission.refusal)
        elif self.content_length > admission.most_bytes:
            self.refuse(too_large(admission.most_bytes))
        else:
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = admission.most_bytes + 1


def too_large(most_bytes: int) -> TooLarge:
    """Return the refusal of a body over its limit."""
    return TooLarge(Fault(Text("web.body-too-large", most=most_bytes)))


def _ours(status: int, most_bytes: int) -> GridmapError:
    """Say in our words what waitress says of a request that it cannot read."""
    if status == 413:
        return too_large(most_bytes - 1)
    if status == 431:
        return TooLarge(Fault(Text("web.headers-too-large")))
    return InvalidParameter(Fault(Text("web.no-http")))
