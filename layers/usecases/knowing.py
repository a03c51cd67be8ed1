"""What was known when: the workspace as of a changeset or a time that somebody names."""

from __future__ import annotations

import datetime as dt
from typing import cast

from layers import clock
from layers.errors import Fault, InvalidParameter
from layers.store.believed import BelievedStore, believed
from layers.store.protocol import Store
from layers.text import Text

LONGEST = 40


def known(store: Store, known_at: str | None) -> Store:
    """Return the workspace as it was known then; the workspace itself where no moment is named.

    Parameters
    ----------
    known_at : str or None
        The number of a changeset, a time as ISO 8601 writes it (without a zone: of this machine), or a day, which means
        its end.

    Raises
    ------
    InvalidParameter
        It is neither, or a changeset that there is not.
    """
    if not known_at:
        return store
    if isinstance(store, BelievedStore):
        raise TypeError("what was known is asked of the workspace itself")
    return cast(Store, believed(store, revision_known(store, known_at)))


def revision_known(store: Store, known_at: str) -> int:
    """Return the last revision that was there at a moment; errors as `known`."""
    text, last = known_at.strip(), store.revision()
    where = {"parameter": "known_at", "value": text[:LONGEST]}
    if text.isascii() and text.isdigit() and len(text) <= 18:
        if int(text) > last:
            raise InvalidParameter(Fault(Text("history.no-such-changeset", revision=int(text), last=last), where))
        return int(text)
    moment = _moment(text)
    if moment is None:
        raise InvalidParameter(Fault(Text("history.no-moment"), where))
    return store.revision_at(moment)


def _moment(text: str) -> dt.datetime | None:
    try:
        if len(text) == len("2025-02-06"):
            moment = dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max)  # a day ends here at midnight
        else:
            # a plus sign comes as a space out of an address
            moment = dt.datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=clock.zone())).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
