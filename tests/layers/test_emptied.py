"""What a ledger's blank cells empty is told, since a later ledger may leave out what an earlier one said."""

from __future__ import annotations

from pathlib import Path

from layers.store.protocol import Store
from layers.usecases.imports.tables import ImportReport
from tests.layers.test_held_back import ledger

KEPT = ("和平社区", "乙院", "CB", "b05", 40, "诚信物业", "专业化", "2024-01-01")
HOW = {"confirmed": True, "columns": {"courtyard.households": "总套数"}}


def emptied(report: ImportReport) -> list[str]:
    return [each.say("en") for each in report.notes if each.key == "doubts.emptied"]


def test_a_number_that_a_later_ledger_leaves_blank_is_told(small_town: Store, tmp_path: Path) -> None:
    ledger(small_town, tmp_path / "a.xlsx", KEPT, **HOW)
    again = ledger(small_town, tmp_path / "a.xlsx", KEPT, **HOW)
    blank = ledger(small_town, tmp_path / "a.xlsx", (*KEPT[:4], None, *KEPT[5:]), **HOW)
    assert emptied(again) == [] and len(emptied(blank)) == 1 and "Households 1" in emptied(blank)[0]
    kept = small_town.get("courtyards", "CB")
    assert kept is not None and kept.properties.get("households") is None


def test_who_manages_again_empties_nothing(small_town: Store, tmp_path: Path) -> None:
    nobody = (*KEPT[:5], None, None, None)
    ledger(small_town, tmp_path / "a.xlsx", nobody, **HOW)
    assert emptied(ledger(small_town, tmp_path / "a.xlsx", KEPT, **HOW)) == []
