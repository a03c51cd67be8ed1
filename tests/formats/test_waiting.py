"""A reading process that waits for its file: used once, in its own folder, and never left behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from layers.errors import TooLarge
from layers.formats import Limits, read_table, sandbox, waiting, write
from layers.formats.gdal import SKIPPED
from tests.formats.examples import HOUSES, TWO, frame
from tests.suite import quickly


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list]:
    """Every reading process that was started, as it happens; one waits from the beginning."""
    processes: list = []
    real = waiting._start
    monkeypatch.setattr(waiting, "_start", lambda *given: processes.append(real(*given)) or processes[-1])
    waiting.keep()
    yield processes
    waiting.dismiss()
    assert all(process.poll() is not None for process in processes)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("code,name\na,b\n", "utf-8")
    return path


def test_a_file_gets_the_process_that_waits_and_another_one_waits_then(started: list, table: Path) -> None:
    (first,) = started
    assert read_table(table).columns == {"code": ["a"], "name": ["b"]}
    assert first.poll() == 0
    (_, second) = started
    assert read_table(table).columns == {"code": ["a"], "name": ["b"]}
    assert second.poll() == 0 and len(started) == 3


def test_where_none_is_kept_every_file_starts_its_own(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list = []
    real = waiting._start
    monkeypatch.setattr(waiting, "_start", lambda *given: processes.append(real(*given)) or processes[-1])
    read_table(table)
    (process,) = processes
    assert process.poll() == 0 and process.args == waiting.COMMAND


def test_one_that_died_while_it_waited_is_replaced(started: list, table: Path) -> None:
    started[0].kill()
    started[0].wait()
    assert read_table(table).columns["name"] == ["b"]


def test_one_whose_folder_was_cleaned_away_is_replaced(started: list, table: Path) -> None:
    folder = waiting._waiting._next.folder
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    assert read_table(table).columns["name"] == ["b"]


def test_its_folder_goes_with_it(started: list, table: Path) -> None:
    folder = waiting._waiting._next.folder
    assert folder.is_dir()
    read_table(table)
    assert not folder.exists()
    last = waiting._waiting._next.folder
    waiting.dismiss()
    assert not last.exists()


def test_one_that_is_never_asked_is_not_left(started: list, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_private_copy", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "broken disk")))
    with pytest.raises(OSError, match="broken disk"):
        read_table(table)
    assert started[0].poll() is not None


def test_without_room_for_the_next_one_the_file_is_still_read(
    started: list, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.scratch, "make_folder", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    assert read_table(table).columns["name"] == ["b"]
    assert len(started) == 1


def test_the_limits_of_the_file_bind_it(started: list, tmp_path: Path) -> None:
    table = tmp_path / "many.csv"
    table.write_text("code\n" + "a\n" * 50, "utf-8")
    with pytest.raises(TooLarge):
        read_table(table, limits=Limits(rows=10))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_it_is_started_with_what_any_reading_process_sees(started: list) -> None:
    folder = waiting._waiting._next.folder
    seen = dict(
        each.split("=", 1) for each in Path(f"/proc/{started[0].pid}/environ").read_text().split("\0") if "=" in each
    )
    assert seen == waiting.environment(folder, SKIPPED)
    assert seen["GDAL_SKIP"] and seen["TMPDIR"] == seen["HOME"] == str(folder)
    assert Path(os.readlink(f"/proc/{started[0].pid}/cwd")) == folder


@pytest.mark.parametrize(
    "ending", quickly([".geojson", ".gpkg", ".zip", ".fgb", ".kml", ".parquet", ".xlsx", ".csv"], 1, 6)
)
def test_it_reads_every_format(started: list, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"file{ending}"
    write(HOUSES, frame(TWO, [shapely.box(120.1, 36.0, 120.2, 36.1)] * 2), path)
    assert len(read_table(path)) == 2
