"""Every kind of import, registered once: what looks at a file, imports it and shows it takes the kinds from here."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from layers.errors import Fault, ImportRejected
from layers.formats import Limits
from layers.formats.table import RawTable
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.imports.committing import ImportReport
from layers.usecases.imports.doubts import Doubt
from layers.usecases.imports.memory import Remembered
from layers.usecases.imports.ranking import Guess
from layers.usecases.imports.uploads import Upload

if TYPE_CHECKING:
    from layers.usecases.imports.tables import ImportOptions

# Each module holds KIND.
MODULES = {
    "table": "layers.usecases.imports.table_kind",
    "ledger": "layers.usecases.imports.ledger_kind",
    "osm": "layers.usecases.imports.osm_kind",
}


class Held(Protocol):
    """Where uploads lie, and what was read of them."""

    kept: Remembered

    def path(self, upload: Upload) -> Path:
        """Return where an upload's file is."""


@dataclass(frozen=True)
class Handed:
    """An upload, the workspace that it was handed in for, and what reading it may cost."""

    store: Store
    uploads: Held
    upload: Upload
    limits: Limits


@dataclass(frozen=True)
class Sight:
    """What a kind sees in an upload at first.

    Attributes
    ----------
    guesses : list of Guess
        What it may be, the likeliest first; empty where it is nothing of this kind.
    table : RawTable or None
        The table that they are about, where one of several had to be chosen or shows what the file holds.
    blocking : sequence of Fault
        Why nobody can tell before something is corrected.
    """

    guesses: list[Guess]
    table: RawTable | None = None
    blocking: Sequence[Fault] = ()


class Prepared:
    """An upload laid beside what is on record; nothing is written yet. Kinds say here what is not as below."""

    @property
    def remembered(self) -> Mapping[str, str]:
        """What somebody said of the columns of an earlier file with the same headings."""
        return {}

    @property
    def blocking(self) -> Sequence[Fault]:
        """Why nothing of it can come in before something is corrected."""
        return ()

    @property
    def meanwhile(self) -> Sequence[Text]:
        """What there is to know of it as long as nothing can come in."""
        return ()

    @property
    def doubts(self) -> Sequence[Doubt]:
        """What is asked before it is written; known once its report was made."""
        return ()

    @property
    def elsewhere(self) -> Sequence[Text]:
        """What its report says and a preview shows in a place of its own."""
        return ()


@dataclass(frozen=True)
class Kind:
    """A kind of import.

    Parameters
    ----------
    id : str
    endings : tuple of str
        Of the files that may be of this kind.
    layers : function
        Returns the ids that a user may choose among: layers, or the name of the kind where it fills several.
    look : function of what was handed in
        Returns what may be in it.
    prepare : function of what was handed in, one of those ids and the options
        Reads it and lays it beside what is on record; ImportRejected where there is nothing to lay.
    finish : function of the store, what was prepared, the options, the author and the time
        Writes it as one changeset, or says what it would be.
    by_box : bool
        Whether only a part of the file may be taken.
    """

    id: str
    endings: tuple[str, ...]
    layers: Callable[[], list[str]]
    look: Callable[[Handed], Sight]
    prepare: Callable[[Handed, str, ImportOptions], Prepared]
    finish: Callable[[Store, Any, ImportOptions, str, dt.datetime], ImportReport] = field(repr=False)
    by_box: bool = False

    def run(self, handed: Handed, chosen: str, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
        """Import an upload as one changeset or none; ImportRejected where it cannot come in."""
        prepared = self.prepare(handed, chosen, options)
        if prepared.blocking:
            raise ImportRejected(*prepared.blocking)
        return self.finish(handed.store, prepared, options, author, now)


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Return every kind by id."""
    return {id: importlib.import_module(module).KIND for id, module in MODULES.items()}


def kinds_of(upload: Upload) -> list[Kind]:
    """Return the kinds that an upload may be of, by the ending of its name."""
    ending = PurePosixPath(upload.main).suffix
    return [kind for kind in kinds().values() if ending in kind.endings]


def kind_of(upload: Upload, chosen: str) -> Kind | None:
    """Return the kind that something chosen belongs to, or None where the upload can't be that."""
    return next((kind for kind in kinds_of(upload) if chosen in kind.layers()), None)
