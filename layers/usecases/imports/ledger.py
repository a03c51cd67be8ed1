"""Import the everyday ledger: one sheet becomes courtyards, managed areas, managers, arrangements and memberships."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from layers import clock
from layers.catalogue import catalogue
from layers.errors import Fault, ImportRejected, InvalidParameter
from layers.formats import read_sheets
from layers.formats.table import RawSheet
from layers.ledger import (
    FATAL,
    Answers,
    Entry,
    Ledger,
    LedgerFeatures,
    Surroundings,
    in_order,
    ledger_features,
    merged,
    read_ledger,
    role_called,
    roles,
    rows_of,
    settled,
    wrong_answers,
)
from layers.model.feature import Value
from layers.model.values import fold
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.demo import SOURCE
from layers.usecases.edits.pending import Pending
from layers.usecases.imports import doubts as doubting
from layers.usecases.imports.absurd import absurdities
from layers.usecases.imports.answering import answers_told, keeping_answers, kept_answers
from layers.usecases.imports.committing import Checked, Coming, ImportReport, Report, commit
from layers.usecases.imports.holding_back import held_by_ledger, long_names
from layers.usecases.imports.kinds import Prepared
from layers.usecases.imports.ranking import LEDGER
from layers.usecases.imports.statements import (
    Statement,
    contracts_of,
    courtyard_stated,
    nobody,
    of_ledger,
    only_what_is_missing,
    open_questions,
    outlived,
)
from layers.usecases.imports.tables import ImportOptions
from layers.usecases.imports.understanding import remembered, remembering
from layers.usecases.workspace import CHECKED, named_by

LAYERS = ("courtyards", "managed-areas", "managers", "arrangements")
SHOWN = 10


@dataclass(frozen=True)
class Understood:
    """A ledger, and what its columns were taken for because somebody said so: role → ``"told"`` or ``"remembered"``.

    `remembered` is role → heading, as somebody set them for an earlier ledger with the same headings; `notes` say
    which words were read as somebody answered.
    """

    ledger: Ledger
    sources: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


@dataclass
class PreparedLedger(Prepared):
    """A ledger laid beside what is on record; nothing is written yet.

    Attributes
    ----------
    read : Understood
        As its sheets say; `understood` is the same with what only the records can tell.
    made : LedgerFeatures
        What the sound rows come to.
    held : list of Entry
        The rows with a fault, and those that share a courtyard with one.
    faults : list of Fault
        Everything that is wrong with its rows, the causes first.
    """

    read: Understood
    pending: Pending
    file: str
    statement: Statement = field(default_factory=Statement)
    day: dt.date | None = None
    left_out: list[str] = field(init=False)
    understood: Understood = field(init=False)
    made: LedgerFeatures = field(init=False)
    held: list[Entry] = field(init=False)
    faults: list[Fault] = field(init=False)
    doubts: Sequence[doubting.Doubt] = field(init=False, default=())

    def __post_init__(self) -> None:
        self.day = self.read.ledger.as_of
        self.lay()

    @property
    def remembered(self) -> Mapping[str, str]:
        """Role → heading of an earlier ledger with the same headings."""
        return self.read.remembered

    @property
    def elsewhere(self) -> Sequence[Text]:
        """What is asked."""
        return [each.text for each in self.doubts]

    def held_codes(self) -> Mapping[str, set[str]]:
        """Return layer → codes in the rows held back."""
        return held_by_ledger(self.pending, self.held, self.made)

    def hold(self, statement: Statement, day: dt.date) -> None:
        """Say from which day on it holds, and on which day it is looked at; it is laid again where that matters."""
        laid, self.statement, self.day = (self.statement.newer, self.day), statement, day
        if laid != (statement.newer, day):
            self.pending.start_again()
            self.lay()

    def lay(self) -> None:
        """Lay the sound rows of the ledger beside what is on record."""
        pending, self.left_out = self.pending, []
        communities = _communities(pending)
        around = Surroundings(
            communities,
            {code: each.properties for code, each in pending.layer("buildings").items()},
            {code: each.properties for code, each in pending.layer("courtyards").items()},
        )
        ledger = settled(self.read.ledger, around)
        self.understood = replace(self.read, ledger=ledger)
        made = ledger_features(ledger, communities, around.codes)
        self.faults = in_order([*ledger.faults, *made.faults, *long_names(pending, ledger)])
        self.held = _held(ledger, self.faults)
        self.made = _sound(made, ledger, self.held, communities, around) if self.held else made
        _put(self)
        self.doubts = absurdities(pending, ledger, self.made, self.held)


def import_ledger(store: Store, path: Path, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
    """Import a ledger workbook, as one changeset or none.

    The 合计 row is checked against the ledger's own sum. A ledger with faults is refused whole, since a sum over some
    of its rows would be a wrong number; `only_sound` holds the rows with faults back, whole, and names them.

    Raises
    ------
    ImportRejected
        With every fault, the causes first; the workspace is unchanged.
    InvalidParameter
        `options.columns` (role → heading) or `options.values` (role → word → meaning) name what is not there.
    """
    sheets = read_sheets(path, options.read, options.limits)
    understood = understand_ledger(store, sheets, options.read.sheet, options.columns, values=options.values)
    return finish_ledger(store, prepare_ledger(store, understood, path.name), options, author, now)


def understand_ledger(
    store: Store,
    sheets: Sequence[RawSheet],
    sheet: str | None,
    told: Mapping[str, str],
    kept: Mapping[str, str] | None = None,
    values: Answers | None = None,
) -> Understood:
    """Read sheets as a ledger, its columns and words as somebody says now or said of an earlier one.

    Parameters
    ----------
    told : mapping
        Role → heading; an empty heading says that no column means the role.
    kept : mapping, optional
        The same as it was said of an earlier ledger; by default as it is remembered now.
    values : mapping, optional
        Role → word → what it stands for; an empty answer forgets an earlier one.

    Raises
    ------
    InvalidParameter
        `told` or `values` name a role, a heading or an answer that does not exist.
    """
    told = {role_called(name) or name: heading for name, heading in told.items()}
    now = answers_told(values or {})
    if wrong := wrong_answers(now):
        raise InvalidParameter(*wrong)
    before = kept_answers(store)
    answers = merged(before, now)
    guessed = read_ledger(sheets, sheet, None, answers)
    _require_there(guessed, told)
    taken = {heading for heading in told.values() if heading}
    kept = remembered(store, LEDGER, guessed.columns) if kept is None else kept
    earlier = {
        role: heading
        for role, heading in kept.items()
        if role not in told and heading not in taken and (not heading or heading in guessed.columns)
    }
    settings = keeping_answers(before, answers) if now else {}
    ledger, sources = guessed, {}
    if told or earlier:
        every = {**earlier, **told}
        sources = dict.fromkeys(earlier, "remembered") | dict.fromkeys(told, "told")
        settings |= remembering(LEDGER, guessed.columns, every) if told else {}
        ledger = read_ledger(sheets, sheet, every, answers)
    return Understood(ledger, sources, settings, kept, tuple(_of_answers(ledger, now)))


def prepare_ledger(store: Store, understood: Understood, file: str) -> PreparedLedger:
    """Lay a ledger beside what is on record; `file` is what the user calls it."""
    return PreparedLedger(understood, Pending(store), file)


def finish_ledger(
    store: Store, prepared: PreparedLedger, options: ImportOptions, author: str, now: dt.datetime
) -> ImportReport:
    """Write what was prepared as one changeset, or say what it would be; errors as `import_ledger`."""

    def hold() -> None:
        ledger = prepared.understood.ledger
        said = of_ledger(store, prepared.pending, ledger, options.effective, now)
        prepared.hold(said, said.day or ledger.as_of or clock.day_of(now))

    def lay() -> None:
        prepared.lay()
        hold()  # others may have brought a ledger meanwhile

    hold()
    report = partial(_report, store, prepared, options, author, now)
    coming = Coming(prepared.pending, list(LAYERS), lay, report, held=prepared.held_codes)
    return commit(store, coming, options)


def _report(store: Store, prepared: PreparedLedger, options: ImportOptions, author: str, now: dt.datetime) -> Report:
    ledger, made, faults = prepared.understood.ledger, prepared.made, prepared.faults
    _refuse(prepared, options)
    notes = [*(each.text for each in prepared.doubts), *prepared.understood.notes, *ledger.notes, *made.notes]
    if prepared.held:
        rows = [Text("ledger.held-back-row", row=each.row, name=each.name or each.code or "") for each in prepared.held]
        notes.insert(0, Text("ledger.held-back", count=len(rows), all=len(ledger.entries), which=rows))
    agreed = [f"{each.column} {each.stated:,.0f}" for each in ledger.totals if each.agrees and not each.part]
    if agreed:
        notes.append(Text("imports.totals-agree", columns=agreed))
    if made.building_updates:
        notes.append(Text("imports.members-filled", count=len(made.building_updates)))
    for layer, features in (("courtyards", made.courtyards), ("arrangements", made.arrangements)):
        codes = [str(each.properties["code"]) for each in features]
        notes += doubting.emptied(prepared.pending, catalogue().layer(layer), codes)
    notes += prepared.statement.notes
    if left := prepared.left_out:
        last = prepared.statement.newer
        notes.append(Text("imports.older-contracts", count=len(left), which=left[:SHOWN], last=last))
    day = prepared.day or clock.day_of(now)
    notes += open_questions(prepared.pending, _codes(made), nobody(ledger), day)
    message = Text("imports.ledger-message", file=prepared.file).in_both()
    said = prepared.statement
    settings = {**named_by(store, ledger.unit), **prepared.understood.settings}
    checked = None
    if said.confirms and said.day is not None and not faults:
        text = Text("imports.ledger-checked", file=prepared.file, day=said.day)
        checked = Checked(text.in_both(), {**settings, CHECKED: said.day.isoformat()}, said.day)
    return Report(notes, faults, message, author, now, settings, said.holding, checked)


def _refuse(prepared: PreparedLedger, options: ImportOptions) -> None:
    """Refuse a ledger with faults, unless its sound rows alone are asked for; and what would be absurd."""
    faults, entries = prepared.faults, prepared.understood.ledger.entries
    asked = doubting.asked(prepared.doubts, options.allowed)
    fatal = any(each.text.key in FATAL for each in faults)
    if faults and (not options.only_sound or (fatal and not options.dry_run)):
        raise ImportRejected(*(asked if options.only_sound else []), *in_order(faults))
    if options.dry_run:
        return  # a look at what would be
    if faults and len(prepared.held) == len(entries):
        raise ImportRejected(Fault(Text("ledger.nothing-left")), *faults)
    if asked:
        raise ImportRejected(*asked, *faults)


def _held(ledger: Ledger, faults: Sequence[Fault]) -> list[Entry]:
    """Return the courtyards of which a row has a fault, and those that share a code with one."""
    wrong = {(fault.where.get("sheet"), row) for fault in faults for row in rows_of(fault)}
    if not wrong:
        return []
    bad = {id(each) for each in ledger.entries if any(place in wrong for place in each.places)}
    codes = {each.code for each in ledger.entries if id(each) in bad and each.code}
    return [each for each in ledger.entries if id(each) in bad or each.code in codes]


def _sound(
    made: LedgerFeatures, ledger: Ledger, held: Sequence[Entry], communities: Mapping[str, str], around: Surroundings
) -> LedgerFeatures:
    """Return what the rows that are not held back come to; a building that a row held back claims too is nobody's."""
    left_out = {id(each) for each in held}
    entries = tuple(each for each in ledger.entries if id(each) not in left_out)
    codes = {each.code for each in entries}
    sound = ledger_features(replace(ledger, entries=entries), communities, around.codes)
    updates = {building: courtyard for building, courtyard in made.building_updates.items() if courtyard in codes}
    return replace(sound, building_updates=updates, notes=made.notes)


def _of_answers(ledger: Ledger, now: Answers) -> list[Text]:
    """Say which words were read as somebody answered, now or before, and which answers were not needed."""
    said: dict[bool, list[str | Text]] = {True: [], False: []}
    used: set[tuple[str, str]] = set()
    for role, words in ledger.answered.items():
        told = {fold(word): word for word in now.get(role, {})}
        for word, answer in words.items():
            fresh = fold(word) in told
            used |= {(role, told[fold(word)])} if fresh else set()
            said[fresh].append(f"{role}:{word}={answer}")
    notes = [
        Text(slug, pairs=said[fresh])
        for fresh, slug in ((True, "ledger.answered-now"), (False, "ledger.answered-before"))
        if said[fresh]
    ]
    idle = [(role, word) for role, words in now.items() for word, answer in words.items() if answer]
    return notes + [Text("ledger.answer-not-needed", word=word) for role, word in idle if (role, word) not in used]


def _require_there(ledger: Ledger, told: Mapping[str, str]) -> None:
    faults = []
    for role, heading in told.items():
        where = {"parameter": "map", "value": f"{role}={heading}"[:120]}
        if role not in roles():
            faults.append(Fault(Text("imports.map-no-field", known=roles()), where))
        elif heading and heading not in ledger.columns:
            faults.append(Fault(Text("imports.map-no-column", known=list(ledger.columns)), where))
    if faults:
        raise InvalidParameter(*faults)


def _communities(pending: Pending) -> Mapping[str, str]:
    """Return name → code of the real communities; a name that two of them share decides nothing."""
    real = [each for each in pending.layer("communities").values() if each.properties.get("source") != SOURCE]
    counts = Counter(each.properties.get("name") for each in real)
    return {
        str(each.properties["name"]): str(each.properties["code"])
        for each in real
        if each.properties.get("name") and counts[each.properties["name"]] == 1
    }


def _put(prepared: PreparedLedger) -> None:
    """Put what a ledger says of the present communities and buildings."""
    pending, made, newer = prepared.pending, prepared.made, prepared.statement.newer
    stated = nobody(prepared.understood.ledger)
    there = contracts_of(pending, prepared.day) if prepared.day else {}
    for courtyard in made.courtyards:
        code = str(courtyard.properties["code"])
        old = pending.layer("courtyards").get(code)
        said = courtyard_stated(old, courtyard.properties, prepared.day, code in stated, there.get(code, ()))
        _put_one(prepared, "courtyards", said)
    if newer is not None:
        prepared.left_out = outlived(pending, made.arrangements, newer)
    for layer, features in (
        ("managed-areas", made.managed_areas),
        ("managers", made.managers),
        ("arrangements", made.arrangements),
    ):
        pending.layer(layer)  # also where the ledger has nothing for it: no manager in the whole district
        for feature in features:
            _put_one(prepared, layer, feature.properties)
    for building, claimed_by in made.building_updates.items():
        if newer is None or not pending.layer("buildings")[building].properties.get("courtyard_code"):
            pending.amend("buildings", building, {"courtyard_code": claimed_by})


def _put_one(prepared: PreparedLedger, layer: str, said: Mapping[str, Value]) -> None:
    pending, newer, properties = prepared.pending, prepared.statement.newer, dict(said)
    code = str(properties["code"])
    old = pending.layer(layer).get(code)
    if old is None:
        if layer == "arrangements" and code in prepared.left_out:
            return
        defaults = {each.name: each.default for each in catalogue().layer(layer).fields if each.default is not None}
        properties = {"source": prepared.file, **defaults, **properties}
    elif newer is not None:
        properties = only_what_is_missing(old, properties, layer)
    pending.put(layer, code, properties)


def _codes(made: LedgerFeatures) -> set[str]:
    return {str(each.properties["code"]) for each in made.courtyards}
