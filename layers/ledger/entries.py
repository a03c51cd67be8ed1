"""What a ledger says, once understood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.errors import Fault
from layers.ledger.houses import House
from layers.model.feature import Value, number_of, text_of
from layers.model.values import CodeRange
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Contract:
    """A further contract of a courtyard, where its rows tell of several: manager, terms, and the row."""

    row: int
    manager: Mapping[str, Value]
    arrangement: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Question:
    """A word without a meaning: in which column, how many rows have it, and what may be answered.

    Parameters
    ----------
    role : str
        What the column means.
    word : str
        As it stands in the cells; empty where the cell is blank or there is no such column.
    sheet : str
    column : str or None
        The heading; None where there is no such column.
    rows : tuple of int
        The rows that have it.
    """

    role: str
    word: str
    sheet: str
    column: str | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One courtyard of the ledger.

    Parameters
    ----------
    sheet, row : str, int
        Where it stands; the row as a user counts.
    community : str or None
        The community's name, filled down where the sheet leaves it blank below.
    community_code : str or None
        The community's code, where the ledger has a column for it.
    courtyard, manager, arrangement : mapping
        Field name → value, for fields of the catalogue's layers. A blank cell is None; a field for which the ledger
        has no column, or whose cell could not be read, is absent: nothing is known of it. `manager` and
        `arrangement` are empty for a courtyard without management.
    buildings : tuple of CodeRange
        The codes and ranges of codes of its buildings.
    cells : mapping
        Heading → what stands there, in the first row of the courtyard.
    rows : tuple of int
        Every row of the courtyard in its sheet, where it has one for each building or contract.
    elsewhere : tuple of (str, int)
        Sheet and row of what other sheets tell of it.
    further : tuple of Contract
        What its further rows tell of other contracts.
    houses : tuple of House
        House numbers, where the ledger names no codes of buildings; `said` is the cell.
    repeated : mapping
        Field name → the number on each of its rows: of a building, or of the whole courtyard, which is not decided.
    shared : bool
        Several of its rows name one building among others, so that their numbers cannot be added up.
    """

    sheet: str
    row: int
    community: str | None
    community_code: str | None
    courtyard: Mapping[str, Value]
    manager: Mapping[str, Value]
    arrangement: Mapping[str, Value]
    buildings: tuple[CodeRange, ...]
    cells: Mapping[str, object] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    elsewhere: tuple[tuple[str, int], ...] = ()
    further: tuple[Contract, ...] = ()
    houses: tuple[House, ...] = ()
    said: tuple[str | None, str] = (None, "")
    repeated: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    shared: bool = False

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Sheet and row of everything that tells of the courtyard; a fault there is a fault of the whole."""
        return (*((self.sheet, row) for row in self.rows or (self.row,)), *self.elsewhere)

    @property
    def code(self) -> str | None:
        """The courtyard's code; None only where the row has a fault."""
        return text_of(self.courtyard, "code")

    @property
    def name(self) -> str | None:
        """The courtyard's name."""
        return text_of(self.courtyard, "name")

    @property
    def households(self) -> int | None:
        """The courtyard's households as entered."""
        households = number_of(self.courtyard, "households")
        return None if households is None else int(households)

    def meant(self, role: str) -> Value:
        """Return what a column of this role says of the courtyard, None where it is not kept."""
        group, _, name = role.partition(".")
        if group in ("courtyard", "manager", "arrangement"):
            return getattr(self, group).get(name)
        if role == "buildings.last":
            return self.buildings[-1].last if self.buildings else None
        if group == "buildings":
            return tuple(map(str, self.buildings)) or None
        if role == "period":
            ends = (self.arrangement.get("start_date"), self.arrangement.get("end_date"))
            return None if ends == (None, None) else tuple(str(each or "…") for each in ends)
        if role == "remark":
            return self.courtyard.get("remark")
        return {"community": self.community, "community_code": self.community_code}.get(role)

    @property
    def managed(self) -> bool:
        """Say whether the row names a manager or a mode, on whatever dates."""
        return bool(self.arrangement or self.manager)


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of a 合计, 总计 or 小计 row beside the sum of the rows that it stands for."""

    sheet: str
    row: int
    column: str
    stated: float
    counted: float
    agrees: bool
    part: bool = False
    blank: int = 0  # rows without a figure, where the sum cannot be checked for them


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as read: entries in the order of the sheet, and everything that was found wrong or assumed.

    Parameters
    ----------
    title, unit : str or None
        The title row, and the unit that filled the ledger in (填报单位).
    as_of : date or None
        The day up to which the ledger holds (截至).
    columns : mapping
        Heading as it stands (``楼栋编码/起``) → what it was taken for (``buildings.first``), None if not understood.
    totals : tuple of Total
        Every figure of the rows 合计, 总计, 小计.
    notes : tuple of Text
        What was assumed, guessed or passed over, each said once.
    faults : tuple of Fault
        Everything that is wrong, with sheet, row, column and value.
    questions : tuple of Question
        The words without a meaning among it, each once.
    answered : mapping
        Role → word → answer, as far as the cells needed it.
    """

    title: str | None = None
    unit: str | None = None
    as_of: dt.date | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    totals: tuple[Total, ...] = ()
    notes: tuple[Text, ...] = ()
    faults: tuple[Fault, ...] = ()
    questions: tuple[Question, ...] = ()
    answered: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def households(self) -> int:
        """The sum of the entries' households, those left blank not counted."""
        return sum(entry.households or 0 for entry in self.entries)
