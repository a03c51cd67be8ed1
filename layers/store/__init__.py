"""Where features are kept: `open_store` chooses the backend by the workspace's URL."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from layers.errors import Fault, InvalidParameter, StoreUnusable
from layers.text import Text

if TYPE_CHECKING:
    from layers.store.protocol import Store


def open_store(
    url: str | Path, *, create: bool = True, query_seconds: float | None = None, writable: bool = True
) -> Store:
    """Open a workspace, making it if it is not there.

    Parameters
    ----------
    url : str or Path
        The path of a ``.gpkg`` file, or a ``postgresql://`` URL.
    create : bool
        Whether a workspace that is not there is made.
    query_seconds : float, optional
        How long the workspace may work on one question of somebody who is not trusted; by default as long as it takes.
    writable : bool
        Whether anything may be written into a workspace that is up to date; else nothing can be.

    Raises
    ------
    InvalidParameter
        `url` is neither.
    StoreUnusable
        The workspace cannot be used; the text says why and what to do.
    """
    text = str(url)
    if text.startswith(("postgresql:", "postgres:")):
        raise StoreUnusable(Text("store.no-postgis"))
    if "://" in text or not text.lower().endswith(".gpkg"):
        raise InvalidParameter(Fault(Text("store.no-backend"), {"parameter": "workspace", "value": text}))
    from layers.store.embedded import EmbeddedStore

    return EmbeddedStore(Path(url), create=create, query_seconds=query_seconds, writable=writable)


def restore(source: Path, target: Path) -> None:
    """Make a workspace at the new file `target` from the backup `source`; see `layers.store.copies.restore`."""
    from layers.store import copies

    copies.restore(source, target)


def rescued(url: str) -> list[Path]:
    """Return the copies beside a workspace that were saved when its journal was taken away."""
    from layers.store import journal

    return journal.rescued(Path(url))


def damage_faults(layers: Collection[str]) -> tuple[Fault, ...]:
    """Say of layers that they are damaged, and what to do."""
    from layers.store import soundness

    return soundness.refusal(layers).faults


__all__ = [
    "believed",
    "damage_faults",
    "frames",
    "job_protocol",
    "kept_files",
    "open_store",
    "protocol",
    "rescued",
    "restore",
]
