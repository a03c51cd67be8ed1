"""How long a client may take: to send a request, to read an answer, to say nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How patient the server is with one connection.

    Parameters
    ----------
    first_byte_seconds : float
        From connecting to the first byte of a request; browsers connect ahead of need.
    header_seconds : float
        From the first byte to the end of the headers.
    idle_seconds : float
        Between an answer and the next request.
    window_seconds, bytes_per_second : float
        A body that comes in, or an answer that is read, slower than this over a whole window is given up.
    drain_seconds : float
        How long what a refused client still sends is thrown away, so that it gets to read why.
    """

    first_byte_seconds: float = 20.0
    header_seconds: float = 10.0
    idle_seconds: float = 120.0
    window_seconds: float = 20.0
    bytes_per_second: float = 8192.0
    drain_seconds: float = 2.0


@dataclass(slots=True)
class Flow:
    """How much has passed since when; a new window begins where the last one was passed."""

    since: float | None = None
    amount: int = 0

    def stalls(self, now: float, amount: int, limits: Deadlines) -> bool:
        """Say whether less passed in the last window than the slowest client that is waited for would pass."""
        if self.since is None:
            self.since, self.amount = now, amount
        elapsed = now - self.since
        if elapsed < limits.window_seconds:
            return False
        if amount - self.amount < limits.bytes_per_second * elapsed:
            return True
        self.since, self.amount = now, amount
        return False

    def stop(self) -> None:
        """Nothing is under way."""
        self.since = None
