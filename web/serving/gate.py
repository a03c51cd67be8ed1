"""Who gets in: decided by a request's headers alone, before its body and before a thread is spent on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.errors import Fault, GridmapError, Overloaded
from layers.text import Text
from web.serving.parser import Admission

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web.serving.parser import Parser

REFUSAL = "gridmap.refusal"
BODILESS = ("GET", "HEAD", "OPTIONS", "DELETE")
MOST_BODILESS_BYTES = 1 << 16
MOST_LARGE_BODIES = 6


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked of every request's headers.

    Parameters
    ----------
    body_bytes : int
        The largest body of an ordinary write.
    larger : mapping
        Path → the largest body there, where it may be larger.
    enter : function
        Given a request and the address at the other end: why it is not served, or None; and the client to whose share
        it counts, or None.
    """

    body_bytes: int
    larger: Mapping[str, int]
    enter: Callable[[Parser, str], tuple[GridmapError | None, str | None]]

    def admission(self, request: Parser, peer: str, large_bodies: int) -> Admission:
        """Say whether a request gets in, and how much of it.

        Parameters
        ----------
        large_bodies : int
            How many large bodies are coming in already.
        """
        refusal, client = self.enter(request, peer)
        if refusal is None and request.large and large_bodies >= MOST_LARGE_BODIES:
            refusal = Overloaded(Fault(Text("web.lane-full", kind=Text("web.lane-import"))))
        return Admission(self._most_bytes(request), client, refusal)

    def _most_bytes(self, request: Parser) -> int:
        if request.command in BODILESS:
            return MOST_BODILESS_BYTES
        return self.larger.get(request.path, self.body_bytes)

    @property
    def most_bytes(self) -> int:
        """The largest body that is taken anywhere."""
        return max(self.body_bytes, *self.larger.values())
