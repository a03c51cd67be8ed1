"""Several files at once: what each of them is, and the order in which each finds what it refers to.

An order is that of the catalogue, which goes down from districts: a ledger comes after the buildings that it lists, and
a whole map, which belongs to nobody, at the end. Files of one layer stay as they were given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.catalogue import Label, catalogue
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

    def label(self) -> Label | Text:
        """Return what the layer is called, or a kind that fills several."""
        return label_of(self.layer)

    def run(self, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
        """Import the file as one changeset or none; errors as `import_file`."""
        return self.kind.run(self.handed, self.layer, options, author, now)


def in_order(
    store: Store,
    files: Sequence[Path],
    options: ImportOptions,
    now: dt.datetime,
    layer: str | None = None,
    told: Mapping[str, str] | None = None,
) -> list[InTurn]:
    """Say of each file what it is, and put them in order; nothing is written.

    Parameters
    ----------
    layer : str, optional
        What all of them are; else found out of each.
    told : mapping, optional
        What some of them are: name of the file → layer, or a kind that fills several.

    Raises
    ------
    InvalidParameter
        Of every file of which nobody can tell what it is, and of what is told of a file that is not among them.
    """
    told = dict(told or {})
    found, unclear = [], []
    names = [file.name for file in files]
    for name in (name for name in told if name not in names):
        unclear.append(Fault(Text("imports.no-such-file", known=names), {"parameter": "as", "value": name[:80]}))
    for file in files:
        try:
            found.append(_known(store, file, options, now, told.get(file.name, layer)))
        except GridmapError as error:
            unclear += [Fault(each.text, {"file": file.name, **each.where}) for each in error.faults]
    if unclear:
        raise InvalidParameter(*unclear)
    return sorted(found, key=lambda each: turn_of(each.layer))


def turn_of(layer: str) -> int:
    """Return where what is in a layer, or of a kind that fills several, has its turn: a smaller number comes first."""
    places = {each: 2 * place for place, each in enumerate(catalogue().ids())}
    return places[AFTER_LEDGER] - 1 if layer == LEDGER else places.get(layer, 2 * len(places))


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
