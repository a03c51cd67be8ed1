"""A table for one layer, as a kind of import."""

from __future__ import annotations

from layers.errors import InvalidParameter
from layers.formats.kinds import READABLE
from layers.formats.table import RawTable
from layers.usecases.imports.content import tables_of
from layers.usecases.imports.kinds import Handed, Kind, Sight
from layers.usecases.imports.ranking import Guess, layers_to_import, rank
from layers.usecases.imports.tables import ImportOptions, Prepared, finish, layer_called, prepare
from layers.usecases.imports.uploads import Upload


def _look(handed: Handed) -> Sight:
    """Rank the layers for the table that was chosen, or for the one that fits a layer best."""
    upload = handed.upload
    try:
        tables = tables_of(handed.uploads, upload, handed.limits)
    except InvalidParameter as error:
        if upload.choices.sheet is not None and not upload.inside:
            raise
        return Sight([], blocking=error.faults)
    if not upload.inside:
        upload.inside = [part for each in tables for part in _parts(each)]
    ranked = {each.name: rank(each, upload.label) for each in tables}
    table = _chosen(tables, upload) or max(tables, key=lambda each: _fitness(ranked[each.name], each))
    return Sight(list(ranked[table.name]), table)


def _parts(table: RawTable) -> list[tuple[str, int | None]]:
    """Return what may be chosen of a table: itself, and each sheet alone where it stands on several."""
    alone = [name for name, _ in table.sheets] if len(table.sheets) > 1 else []
    return [(table.name, len(table)), *((name, None) for name in alone)]


def _fitness(guesses: list[Guess], table: RawTable) -> tuple[float, int]:
    return guesses[0].score * (len(table) > 0), len(table)


def _chosen(tables: list[RawTable], upload: Upload) -> RawTable | None:
    return next((table for table in tables if table.name == upload.choices.sheet), None)


def _prepare(handed: Handed, layer: str, options: ImportOptions) -> Prepared:
    """Understand the table that was chosen, and lay it beside what is on record."""
    upload = handed.upload
    tables = tables_of(handed.uploads, upload, handed.limits)
    prepared = prepare(handed.store, layer_called(layer), _chosen(tables, upload) or tables[0], options, upload.label)
    prepared.room = lambda: handed.uploads.kept.forget(upload.id)
    return prepared


KIND = Kind(
    id="table",
    endings=tuple(READABLE),
    layers=lambda: [layer.id for layer in layers_to_import()],
    look=_look,
    prepare=_prepare,
    finish=finish,
)
