"""What every view has at hand: the workspace, the settings, today's date, and this response's nonce."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, g

from layers.settings import Settings

if TYPE_CHECKING:
    from layers.store.protocol import Store
    from layers.workshop import Room

WORKSHOP = "gridmap-workshop"


@dataclass(frozen=True)
class Service:
    """What every view has at hand: the workspace, the settings and today's date."""

    store: Store
    settings: Settings
    today: Callable[[], dt.date]


def service() -> Service:
    """Return the service that the running application serves."""
    return current_app.extensions["gridmap"]


def workshop() -> Room:
    """Return where the running application has its heavy work done."""
    return current_app.extensions[WORKSHOP]


def nonce() -> str:
    """Return this response's nonce for its own scripts and styles."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return g.nonce
