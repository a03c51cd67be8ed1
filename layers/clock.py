"""In which time zone days begin: today, the day of a changeset, and of a cell that names a moment with its zone.

A process has one time zone, as it has one locale: whoever starts it says which, from the setting ``GRIDMAP_TIME_ZONE``.
Nothing here knows what time it is; that is an argument everywhere.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# China, whose clocks have been eight hours ahead, without summer time, for every date that offices write.
USUAL = "+08:00"
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MOST_HOURS = 14
_HERE = {"zone": USUAL}


@lru_cache(maxsize=8)
def zone_called(name: str) -> dt.tzinfo:
    """Return a time zone by an offset such as ``+08:00`` or a name such as ``Asia/Shanghai``.

    Raises
    ------
    ValueError
        It is neither.
    """
    if found := _OFFSET.fullmatch(name.strip()):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > _MOST_HOURS or minutes > 59:
            raise ValueError(name)
        ahead = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-ahead if found[1] == "-" else ahead)
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(name) from error


def use_zone(name: str) -> None:
    """Let days of this process begin as they do in a time zone; errors as `zone_called`."""
    zone_called(name)
    _HERE["zone"] = name


def zone_name() -> str:
    """Return what the time zone of this process is called, for the processes that it starts."""
    return _HERE["zone"]


def zone() -> dt.tzinfo:
    """Return the time zone of this process."""
    return zone_called(_HERE["zone"])


def local(moment: dt.datetime) -> dt.datetime:
    """Return a moment as clocks here show it."""
    return moment.astimezone(zone())


def shown(moment: dt.datetime) -> str:
    """Return a moment as it is shown here, to the minute."""
    return local(moment).strftime("%Y-%m-%d %H:%M")


def day_of(moment: dt.datetime) -> dt.date:
    """Return the day here of a moment."""
    return local(moment).date()


def today() -> dt.date:
    """Return the day here at this moment; for those who start a process, everybody else is told."""
    return dt.datetime.now(zone()).date()


def now() -> dt.datetime:
    """Return this moment; for those who start something, everybody else is told."""
    return dt.datetime.now(dt.UTC)
