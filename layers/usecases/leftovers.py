"""What killed processes left behind: removed when the service starts, since nobody else will."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from layers import scratch
from layers.store.kept_files import SUFFIX as CACHE
from layers.usecases.imports.uploads import KEPT, Uploads


def sweep_leftovers(url: str, now: dt.datetime) -> None:
    """Remove the half-written files of processes that have ended: among temporary files and beside a workspace.

    What a process that still runs is writing stays, be it of this service or of another one.

    Parameters
    ----------
    url : str
        The workspace's.
    """
    scratch.sweep_temporary()
    if "://" not in url:
        scratch.sweep(Path(url).absolute().parent)
        scratch.sweep(Path(url + CACHE))
    uploads = Uploads(url, most_bytes=0)
    uploads.sweep(now, KEPT)
    uploads.sweep_unseen(now)
