"""`backup`, `doctor`, `check` and `adopt-outside` when somebody else had their hands in the workspace's file."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.outsider import outsider
from tests.store.test_damage import overwrite_pages


def elsewhere(*statements: str) -> None:
    """Write into the workspace as another program does."""
    with outsider("w.gpkg") as theirs:
        for statement in statements:
            theirs.execute(statement)


def test_edits_outside_are_told_and_adopted(at_town) -> None:
    assert at_town("adopt-outside") == (0, "No other program edited the records\n", "")
    elsewhere("UPDATE buildings SET households = 99 WHERE id = 'b01'", "DELETE FROM buildings WHERE id = 'b10'")
    code, out, _ = at_town("check")
    assert (code, "Buildings: another program added 0, changed 1 and removed 1 since 20" in out) == (1, True)
    assert "     2  outside-edit  (buildings)" in out
    code, out, _ = at_town("doctor")
    assert (code, "adopt-outside --discard" in out) == (1, True)
    code, out, _ = at_town("adopt-outside", "--author", "王工")
    assert (code, "2 edits adopted as changeset 2" in out) == (0, True)
    assert "王工" in at_town("history")[1]
    assert at_town("doctor")[0] == 0
    assert at_town("revert", "2")[0] == 0


def test_what_cannot_be_adopted_is_named_and_discarded(at_town) -> None:
    elsewhere("UPDATE buildings SET households = 'many' WHERE id = 'b01'")
    code, _, err = at_town("adopt-outside")
    assert (code, "b01" in err, "--discard" in err) == (1, True, True)
    assert at_town("adopt-outside", "--discard", "stations")[1] == "No other program edited the records\n"
    assert at_town("adopt-outside", "--discard", "buildings", "b01")[1].startswith("1 edit discarded")
    assert at_town("doctor")[0] == 0


def test_what_is_damaged_is_not_backed_up(at_town) -> None:
    overwrite_pages(Path("w.gpkg"), "buildings", 1)
    code, _, err = at_town("backup", "copy.gpkg")
    assert (code, "buildings" in err, ".recover" in err) == (2, True, True)
    assert not Path("copy.gpkg").exists()
    code, out, _ = at_town("doctor")
    assert (code, "layer buildings: The workspace is damaged here" in out) == (1, True)
    code, _, err = at_town("check")
    assert (code, "buildings" in err) == (2, True)
    assert at_town("export", "stations", "stations.geojson")[0] == 0


def test_a_rescued_copy_is_named(at_town) -> None:
    shutil.copy("w.gpkg", "w.rescued.gpkg")
    code, out, _ = at_town("doctor")
    assert (code, "w.rescued.gpkg" in out) == (1, True)
    Path("w.gpkg").write_bytes(b"nothing that could be opened")
    code, out, _ = at_town("doctor")
    assert (code, "w.rescued.gpkg" in out) == (2, True)
