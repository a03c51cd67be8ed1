"""What a workspace keeps of jobs. Time is always an argument; a job that is run belongs to a holder for a while.

Nothing here waits or runs anything: whoever holds a job renews its lease, and whoever finds a lease that is over may
take the job. A holder is told by False that it no longer is one, and must stop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from layers.model.job import Answer, Job, Request


class Jobs(Protocol):
    """The jobs of a workspace. A method that writes raises StoreBusy or StorageFull as `Store.commit` does."""

    def add(
        self, id: str, request: Request, now: dt.datetime, admit: Callable[[int, int], None] | None = None
    ) -> tuple[Job, bool]:
        """Put an order at the end of the queue, unless one with the same key is there.

        Parameters
        ----------
        admit : callable, optional
            Asked inside the transaction, with how many jobs are queued or running: in all, and of the same client. What
            it raises keeps the order out.

        Returns
        -------
        (Job, bool)
            The new job or the one that was there, and whether its fingerprint is the one given.
        """

    def get(self, id: str) -> Job | None:
        """Return a job, or None."""

    def waiting(self) -> int:
        """Return how many jobs are queued or running."""

    def counts(self) -> dict[str, int]:
        """Return state → how many jobs are in it; a state without jobs may be missing."""

    def page(
        self, limit: int, before: int | None = None, status: str | None = None, process: str | None = None
    ) -> list[Job]:
        """Return the latest jobs, newest first, numbered below `before`."""

    def claim(self, holder: str, now: dt.datetime, until: dt.datetime) -> Job | None:
        """Begin the oldest job of the queue, which is then `holder`'s; None when there is none."""

    def beat(self, id: str, holder: str, until: dt.datetime) -> bool:
        """Renew a lease; False when the job is no longer the holder's."""

    def report(
        self, id: str, holder: str, now: dt.datetime, progress: int, stage: str | None, revision: int | None = None
    ) -> bool:
        """Note how far a job is, and on which revision; False when the job is no longer the holder's."""

    def succeed(self, id: str, holder: str, now: dt.datetime, answer: Answer, most_bytes: int | None = None) -> bool:
        """Keep the answer and end the job, both or neither; False when the job is no longer the holder's.

        With `most_bytes` the oldest jobs that have ended are forgotten until all answers together fit.
        """

    def fail(self, id: str, holder: str, now: dt.datetime, problem: str, again: bool) -> bool:
        """End an attempt; with `again` the job is queued once more while it has attempts left."""

    def release(self, id: str, holder: str, now: dt.datetime) -> bool:
        """Put a job back into the queue through no fault of its own: the attempt does not count."""

    def expire(self, now: dt.datetime, problem: str) -> int:
        """Take the jobs whose lease is over from their holders: queued once more, or failed. Return how many."""

    def dismiss(self, id: str, now: dt.datetime) -> Job | None:
        """Stop a job that is not finished, drop the result of one that is; None when there is no such job."""

    def answer(self, id: str) -> Answer | None:
        """Return what a job answered, or None."""

    def in_both_languages(self, id: str) -> bool:
        """Say whether what a job answered can be told in either language."""

    def sweep(self, before: dt.datetime, most_bytes: int) -> int:
        """Forget jobs that ended before a moment, and the oldest that do not fit; return how many."""

    def thin_out(self, most: int) -> int:
        """Forget jobs that have ended until so many are left, dismissed ones first, then the oldest.

        Return how many.
        """
