"""Write what a file brings as one changeset or none, whatever others write meanwhile.

Everything is worked out while others go on. Then, as the one writer, it is seen whether anything moved that it rests
on: if so, what others wrote is taken over, the file is laid beside it again, and what follows is derived again, from
what is in memory already. So an import is never overtaken, and what it writes fits what is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from layers.errors import Fault
from layers.model.feature import Change
from layers.store.protocol import Changeset, Draft, Holding, Store
from layers.text import Text
from layers.usecases.edits.demo import make_way
from layers.usecases.edits.holding import Effective
from layers.usecases.edits.measuring import METRIC, measured_in
from layers.usecases.edits.members import follow_up
from layers.usecases.edits.pending import Pending
from layers.usecases.imports.overlapping import Overlaps, overlaps


@dataclass(frozen=True)
class ImportReport:
    """What an import did: layer → counts of new, changed, same and missing, and everything worth knowing.

    What is on record and in a row that did not come in is counted as ``held``, where there is any.
    """

    counts: Mapping[str, Mapping[str, int]]
    notes: list[Text]
    faults: list[Fault]
    changeset: Changeset | None


@dataclass(frozen=True)
class Checked:
    """What is written down of a file that changes nothing, and says so of a day on which nobody had looked yet."""

    message: str
    settings: Mapping[str, str]
    day: dt.date


@dataclass(frozen=True)
class Report:
    """What `commit` needs to say beside the changes themselves."""

    notes: list[Text]
    faults: list[Fault]
    message: str
    author: str
    now: dt.datetime
    settings: Mapping[str, str] = field(default_factory=dict)
    holding: Holding = field(default_factory=Holding)
    checked: Checked | None = None


class Terms(Protocol):
    """What `commit` reads of the options of an import; see `layers.usecases.imports.tables.ImportOptions`."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing is written."""

    @property
    def keep_demo(self) -> bool:
        """Whether the demo district stays."""

    @property
    def seen(self) -> int | None:
        """The revision at which the user saw what would come."""

    @property
    def effective(self) -> Effective | None:
        """The day from which on the file holds, or that it is a correction."""


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Coming:
    """A file laid beside what is on record, and how to lay it again.

    Parameters
    ----------
    pending : Pending
    layers : list of str
        The layers that the file itself is for.
    lay : callable
        Lays the file beside what is pending, which holds only what is on record.
    report : callable
        Says what there is to say; ImportRejected where faults refuse the whole.
    left_out : callable
        Returns the codes of rows that could only come in if the first layer had them.
    held : callable
        Returns layer → codes that the file has in rows which do not come in.
    let_go : callable
        Called before writing, which needs room; after it, `lay` and `report` must still work.
    keeping : callable
        Called by the one writer before it writes, with all that is told of the import; returns further settings.
    """

    pending: Pending
    layers: list[str]
    lay: Callable[[], None]
    report: Callable[[], Report]
    left_out: Callable[[], Collection[str]] = frozenset
    held: Callable[[], Mapping[str, Collection[str]]] = dict
    let_go: Callable[[], None] = _nothing
    keeping: Callable[[list[Text]], Mapping[str, str]] = lambda _: {}


class _NothingLeft(Exception):
    """Others wrote meanwhile all that the file says."""


def commit(store: Store, coming: Coming, terms: Terms) -> ImportReport:
    """Write what is coming, and what follows from it, as one changeset, unless it is a dry run or changes nothing.

    Raises
    ------
    ImportRejected
        The file has faults.
    StaleRevision
        Others changed since the revision `terms.seen` what the file changes otherwise; every such feature is named.
    """
    settled = _settle(store, coming, terms)
    if terms.dry_run or settled.empty:
        return settled.told(None if terms.dry_run else _noted(store, settled))
    coming.let_go()
    settings = dict(settled.settings)

    def changes() -> Iterator[Change]:  # walked as the one writer
        nonlocal settled
        moved = coming.pending.catch_up()
        if not moved and store.setting(METRIC) != settled.measured:
            coming.pending.start_again()
            moved = True
        if moved:
            coming.lay()
            settled = _settle(store, coming, terms)
            settings.clear()
            settings.update(settled.settings)
            holding.effective, holding.opening = settled.report.holding.effective, settled.report.holding.opening
            if settled.empty:
                raise _NothingLeft
        settings.update(coming.keeping(settled.notes))
        yield from coming.pending.changes()

    report = settled.report
    holding = replace(report.holding)
    draft = Draft(report.author, report.now, report.message, "import", changes(), settings=settings, holding=holding)
    try:
        done = store.commit(draft)
    except _NothingLeft:
        done = None
    return settled.told(done)


def _noted(store: Store, settled: _Settled) -> Changeset | None:
    """Leave a trace of a file that changes nothing, where it is worth one."""
    report = settled.report
    if not settled.noted or report.checked is None:
        return None
    said, holding = report.checked, replace(report.holding)
    draft = Draft(report.author, report.now, said.message, "import", (), settings=said.settings, holding=holding)
    return store.commit(draft)


@dataclass(frozen=True)
class _Settled:
    """What a file and all that follows from it come to, beside what is on record."""

    counts: Mapping[str, Mapping[str, int]]
    notes: list[Text]
    report: Report
    settings: Mapping[str, str]
    empty: bool
    noted: bool = False
    measured: str | None = None  # in which metric CRS the workspace was, when this was worked out

    def told(self, done: Changeset | None = None) -> ImportReport:
        return ImportReport(self.counts, self.notes, self.report.faults, done)


def _settle(store: Store, coming: Coming, terms: Terms) -> _Settled:
    """Derive what follows from a file that was laid; refuse what would undo others' work unseen."""
    pending, layers = coming.pending, coming.layers
    met = Overlaps() if terms.seen is None else overlaps(store, pending, terms.seen, layers[0], coming.left_out())
    met.refuse_hopeless(store)
    report = coming.report()
    notes = list(report.notes)
    alone = not terms.keep_demo and make_way(store, pending, layers)
    if alone:
        notes.append(Text("imports.demo-removed"))
    settings = dict(report.settings)
    measured = store.setting(METRIC)
    metric_crs, moved = measured_in(store, pending, afresh=alone)
    settings |= moved
    notes += follow_up(pending, metric_crs, "arrangements" not in layers, bool(moved) and measured is not None)
    met.refuse(store, pending)
    if terms.seen is not None:
        notes += met.notes(store, pending, terms.seen)
    held = coming.held()
    counts = {layer: pending.counts(layer, held.get(layer, ())) for layer in layers}
    empty, noted = next(pending.changes(), None) is None, False
    if empty:
        sound = any(counts[layer][kind] for layer in layers for kind in ("new", "changed", "same"))
        noted = sound and report.checked is not None
        if report.checked is not None and noted:
            notes.append(Text("imports.unchanged-noted", day=report.checked.day))
        else:
            notes.append(Text("imports.unchanged" if sound else "imports.nothing-sound"))
    return _Settled(counts, notes, report, settings, empty, noted, measured)
