"""What a workspace is called, and the day up to which its newest ledger tells."""

from __future__ import annotations

import datetime as dt

from layers.errors import Fault, InvalidParameter
from layers.store.protocol import Changeset, Draft, Store
from layers.text import Text

NAME = "name"
CHECKED = "ledger-checked"  # the setting that holds the day of the latest ledger that changed nothing
LONGEST = 80
# A map opens on the newest ledger's day where today is later than it by more than this.
MONTH_DAYS = 31


def name_of(store: Store) -> str | None:
    """Return what somebody called the workspace, or its first ledger did: None where nobody did."""
    return store.setting(NAME) or None


def data_day(store: Store) -> dt.date | None:
    """Return the day up to which the newest ledger tells, also one that changed nothing; None where none names one."""
    changed, checked = store.last_effective("arrangements", "courtyards"), store.setting(CHECKED)
    days = [changed, dt.date.fromisoformat(checked) if checked else None]
    return max((day for day in days if day is not None), default=None)


def usual_day(store: Store, today: dt.date) -> dt.date:
    """Return the day that a map opens on: today, or the newest ledger's where that is over a month ago."""
    told = data_day(store)
    return told if told is not None and (today - told).days > MONTH_DAYS else today


def rename(store: Store, name: str, author: str, now: dt.datetime) -> Changeset | None:
    """Call the workspace otherwise, as a changeset; without a name it is called by its district again.

    Returns
    -------
    Changeset or None
        None where it is called so already.

    Raises
    ------
    InvalidParameter
        The name is too long, or holds what cannot be printed.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST or not name.isprintable():
        raise InvalidParameter(
            Fault(Text("web.workspace-name", most=LONGEST), {"parameter": "name", "value": name[:80]})
        )
    if name == (store.setting(NAME) or ""):
        return None
    message = Text("web.workspace-renamed", name=name or "—").in_both()
    return store.commit(Draft(author, now, message, "edit", (), settings={NAME: name}))


def named_by(store: Store, unit: str | None) -> dict[str, str]:
    """Return the setting that a ledger brings: who filled it in names a workspace that has no name yet."""
    unit = " ".join((unit or "").split())
    if store.setting(NAME) is not None or not unit or len(unit) > LONGEST or not unit.isprintable():
        return {}
    return {NAME: unit}
