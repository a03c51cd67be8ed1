"""A job: an analysis that runs beside the service, and where it has got to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

# The words of OGC API – Processes.
ACCEPTED, RUNNING, SUCCESSFUL, FAILED, DISMISSED = STATUSES = (
    "accepted",
    "running",
    "successful",
    "failed",
    "dismissed",
)
DOCUMENT, RAW = RESPONSES = ("document", "raw")
# A worker that was killed gets another chance; what kills two workers would kill the third.
MOST_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, and how the answer is to look.

    Parameters
    ----------
    process : str
        The id of an analysis.
    inputs : mapping
        Every input as plain JSON, with the defaults of the day of the order, so that a later run is the same.
    outputs : tuple of str
        The outputs wanted, in the analysis' order.
    response : str
        ``"document"``: one JSON object of outputs; ``"raw"``: an output as it is.
    language : str
        The language of the words in the answer.
    """

    process: str
    inputs: Mapping[str, object]  # JSON: every analysis knows its own
    outputs: tuple[str, ...]
    response: str = DOCUMENT
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, as far as a service without sign-in knows: where the question came from.

    Parameters
    ----------
    address : str
        A network address.
    here : bool
        Whether that is this computer itself.
    """

    address: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """An order as it came in.

    Parameters
    ----------
    key : str or None
        The same key is the same job, however often it is handed in.
    fingerprint : str
        Tells whether two requests with one key ask the same.
    client : Client or None
        Who handed it in; None for a program that works on the workspace itself.
    """

    order: Order
    key: str | None = None
    fingerprint: str = ""
    client: Client | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """An order and its state.

    Parameters
    ----------
    number : int
        Counts the workspace's jobs; later jobs have larger ones.
    progress : int
        Per cent.
    stage : str or None
        What is being done: a word that ``jobs.stage-…`` puts into words, and what they are to hold:
        ``proof|objective=1234|gap=12``.
    attempts : int
        How often it was begun.
    holder : str or None
        Who runs it: a word of its own for every attempt, so that an attempt that was given up cannot interfere.
    lease_until : datetime or None
        When the holder loses it, unless the lease is renewed.
    revision : int or None
        The workspace's revision when the last attempt began.
    problem : str or None
        Why it failed, as JSON.
    submitted_by : str or None
        The address from which it was handed in; None where that is not known.
    """

    id: str
    number: int
    order: Order
    status: str
    created: dt.datetime
    updated: dt.datetime
    started: dt.datetime | None = None
    finished: dt.datetime | None = None
    progress: int = 0
    stage: str | None = None
    attempts: int = 0
    holder: str | None = None
    lease_until: dt.datetime | None = None
    revision: int | None = None
    problem: str | None = None
    submitted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job or an execution answered: `body` is of the media type `media`, and in gzip where a job keeps it.

    `words` are kept beside the answer of a job, for who reads the other language: see `layers.jobs.retelling`.
    """

    media: str
    body: bytes
    words: bytes | None = None
