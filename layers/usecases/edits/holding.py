"""From which day on something holds, as somebody says it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from layers.errors import Fault, InvalidParameter
from layers.text import Text

CORRECTION: Literal["correction"] = "correction"
Effective = dt.date | Literal["correction"]


def effective_day(given: str | None, today: dt.date) -> Effective | None:
    """Read what somebody says of the day from which something holds: a day up to today, or ``correction``.

    Raises
    ------
    InvalidParameter
        It is neither, or the day is to come.
    """
    if not given or given == CORRECTION:
        return CORRECTION if given else None
    where = {"parameter": "effective", "value": given[:40]}
    try:
        day = dt.date.fromisoformat(given)
    except ValueError:
        raise InvalidParameter(Fault(Text("imports.effective-not-read"), where)) from None
    if day > today:
        raise InvalidParameter(Fault(Text("imports.effective-to-come", today=today), where))
    return day
