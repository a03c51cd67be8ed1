"""Several files at once: what each of them is, and the order in which each finds what it refers to.

An order is that of the catalogue, which goes down from districts: a ledger comes after the buildings that it lists, and
a whole map, which belongs to nobody, at the end. Files of one layer stay as they were given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.catalogue import catalogue
from layers.errors import Fault, GridmapError, InvalidParameter
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.imports.committing import ImportReport
from layers.usecases.imports.kinds import Handed, Kind, kind_of
from layers.usecases.imports.memory import Remembered
from layers.usecases.imports.previewing import chosen, guessed, label_of
from layers.usecases.imports.ranking import LEDGER, is_clear
from layers.usecases.imports.tables import ImportOptions
from layers.usecases.imports.uploads import Choices, Upload

AFTER_LEDGER = "managed-areas"  # the first of the layers that a ledger makes
SHOWN = 3


class OnDisk:
    """A file that lies where its owner keeps it, in the place of one that was handed in."""

    def __init__(self, file: Path) -> None:
        self.kept = Remembered()
        self._file = file

    def path(self, upload: Upload) -> Path:
        """Return where the file is."""
        return self._file


@dataclass(frozen=True)
class InTurn:
    """A file whose turn comes: what it is of, and how it is read."""

    file: Path
    layer: str
    kind: Kind
    handed: Handed

    def label(self) -> object:
        """Return what the layer is called, or a kind that fills several."""
        return label_of(self.layer)

    def run(self, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
        """Import the file as one changeset or none; errors as `import_file`."""
        return self.kind.run(self.handed, self.layer, options, author, now)


def in_order(
    store: Store, files: Sequence[Path], options: ImportOptions, now: dt.datetime, layer: str | None = None
) -> list[InTurn]:
    """Say of each file what it is, and put them in order; nothing is written.

    Parameters
    ----------
    layer : str, optional
        What all of them are; else found out of each.

    Raises
    ------
    InvalidParameter
        Of every file of which nobody can tell what it is.
    """
    found, unclear = [], []
    for file in files:
        try:
            found.append(_known(store, file, options, now, layer))
        except GridmapError as error:
            unclear += [Fault(each.text, {"file": file.name, **each.where}) for each in error.faults]
    if unclear:
        raise InvalidParameter(*unclear)
    places = {layer: place for place, layer in enumerate(catalogue().ids())}
    places[LEDGER] = places[AFTER_LEDGER]
    return sorted(found, key=lambda each: (places.get(each.layer, len(places)), each.layer != LEDGER))


def _known(store: Store, file: Path, options: ImportOptions, now: dt.datetime, layer: str | None) -> InTurn:
    choices = Choices(layer=layer, encoding=options.read.encoding, crs=options.crs, keep_demo=options.keep_demo)
    upload = Upload(id=file.name, label=file.name, main=file.name.lower(), created=now, choices=choices)
    handed = Handed(store, OnDisk(file), upload, options.limits)
    guesses, sights = guessed(handed)
    if layer is None and not is_clear(guesses):
        likely = [label_of(guess.layer) for guess in guesses[:SHOWN]]
        raise InvalidParameter(Fault(Text("imports.file-unclear", likely=likely), {"file": file.name}))
    found = choices.layer = layer or guesses[0].layer
    able = kind_of(upload, found)
    if able is None or able.id not in sights:
        raise InvalidParameter(Fault(Text("imports.file-is-none", layer=label_of(found)), {"file": file.name}))
    kind, _ = chosen(handed, found, sights)
    return InTurn(file, found, kind, handed)
