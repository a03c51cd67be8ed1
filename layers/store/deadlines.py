"""How long SQLite may work on one question.

A statement is looked at after every so many steps of SQLite's machine. One step may be a call of a function of ours, so
those that can be slow look at the same deadline themselves. Only the time inside SQLite counts: while a caller writes
down what it was given, the clock stands.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import shapely
from sqlalchemy import exc

from layers.errors import Fault, InvalidParameter, TooCostly
from layers.store.protocol import Query
from layers.text import Text

STEPS = 20_000  # about a millisecond of plain comparisons; looking costs the interpreter lock
ROWS_A_SECOND = 50_000  # what is handed over, as in an export, earns its own time
_TOO_DEEP = ("parser stack overflow", "Expression tree is too large")


class Deadline:
    """Until when one connection may work; `missed` says that it was stopped.

    `prepared` is what its functions keep from row to row of one question. Each connection has its own, as GEOS dies
    when two threads ask one prepared shape. `asked` is whose time is running.
    """

    def __init__(self) -> None:
        self.at, self.missed = math.inf, False
        self.asked: Allowance | None = None
        self.prepared: dict[bytes, shapely.Geometry] = {}

    def passed(self) -> bool:
        """Say whether the time is over, which then is remembered; to SQLite yes means stop."""
        self.missed = self.missed or time.monotonic() >= self.at
        return self.missed

    def keep(self) -> None:
        """Raise TimeoutError once the time is over: for functions that SQLite calls."""
        if self.passed():
            raise TimeoutError("the time for this question is over")


class Allowance:
    """The time that one question has; what it took is gone for its next statement.

    Parameters
    ----------
    seconds : float or None
        None lets it take as long as it takes.
    layer : str
        Of which features are asked.
    query : Query, optional
        What is asked, to be named when the time is over.
    """

    def __init__(self, seconds: float | None, layer: str, query: Query | None = None) -> None:
        self.seconds, self.left = seconds, seconds
        self.layer, self.query = layer, query

    @contextmanager
    def spent(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Count the time of this block, and stop what SQLite does in it when there is none left.

        Raises
        ------
        TooCostly
            The time was over; the connection can be used again.
        InvalidParameter
            A condition is nested deeper than SQLite reads.
        """
        deadline = _deadline_of(connection)
        started = time.monotonic()
        deadline.missed, deadline.asked = False, self
        if self.left is not None:
            deadline.at = started + self.left
            connection.set_progress_handler(deadline.passed, STEPS)
        try:
            with told(connection):
                yield
        finally:
            deadline.asked = None
            deadline.prepared.clear()
            if self.left is not None:
                connection.set_progress_handler(None, 0)
                deadline.at = math.inf
                self.left -= time.monotonic() - started

    def earn(self, rows: int) -> None:
        """Add the time that is due for rows which were handed over."""
        if self.left is not None:
            self.left += rows / ROWS_A_SECOND

    def too_costly(self) -> TooCostly:
        """Return the refusal of what took longer than it may."""
        text = Text("store.too-costly", what=what_takes_long(self.query), seconds=f"{self.seconds:g}")
        return TooCostly(Fault(text, {"layer": self.layer}))


@contextmanager
def told(connection: sqlite3.Connection) -> Iterator[None]:
    """Tell what stops a statement in this block by what was asked, while it is known whose time was over.

    What is computed once for all who ask it at the same time fails for all of them, and their own time may not be over.

    Raises
    ------
    TooCostly, InvalidParameter
        As `Allowance.spent`.
    """
    deadline = _deadline_of(connection)
    try:
        yield
    except (sqlite3.OperationalError, exc.OperationalError) as error:
        if deadline.missed and deadline.asked is not None:
            raise deadline.asked.too_costly() from error
        if any(each in str(error) for each in _TOO_DEEP):
            raise InvalidParameter(Fault(Text("filters.too-deep-to-ask"), {"parameter": "filter"})) from error
        raise


def _deadline_of(connection: sqlite3.Connection) -> Deadline:
    deadline = getattr(connection, "deadline", None)
    assert isinstance(deadline, Deadline)  # every connection of a store has its own
    return deadline


def what_takes_long(query: Query | None) -> list[Text]:
    """Name what of a question SQLite may have to work for; reading alone if there is nothing else."""
    if query is None:
        return [Text("store.costly-reading")]
    asked = {
        "filter": query.filter is not None,
        "order": bool(query.sort),
        "box": query.bbox is not None,
        "days": query.during is not None or query.as_of is not None,
    }
    return [Text(f"store.costly-{name}") for name, there in asked.items() if there] or [Text("store.costly-reading")]
