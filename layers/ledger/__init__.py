"""The everyday ledger: the Excel sheet in which an office keeps its courtyards and who manages them.

`read_ledger` understands sheets (raw cells) as a `Ledger`; `ledger_features` turns that into features. Both are pure:
cells come from `layers.formats`, writing is the use case's. Nothing is dropped in silence: what cannot be read is a
fault with its row and column, what was assumed or passed over is a note.
"""

from __future__ import annotations

from layers.ledger.answers import NOBODY, Answers, merged, options, role_called, wrong_answers
from layers.ledger.entries import Entry, Ledger, Question
from layers.ledger.features import LedgerFeatures, ledger_features
from layers.ledger.managers import read_managers
from layers.ledger.order import FATAL, in_order, rows_of
from layers.ledger.reader import read_ledger
from layers.ledger.settling import WAITING, Surroundings, housed_later, settled
from layers.ledger.words import field_of, label_of, roles

__all__ = [
    "FATAL",
    "NOBODY",
    "WAITING",
    "Answers",
    "Entry",
    "Ledger",
    "LedgerFeatures",
    "Question",
    "Surroundings",
    "field_of",
    "housed_later",
    "in_order",
    "label_of",
    "ledger_features",
    "merged",
    "options",
    "read_ledger",
    "read_managers",
    "role_called",
    "roles",
    "rows_of",
    "settled",
    "words",
    "wrong_answers",
]
