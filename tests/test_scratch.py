"""Rooms: nobody sees into them, they go with their process however it ends, and nothing else is ever touched."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers import scratch

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and modes are POSIX")
SITTING = """
import sys, time
from pathlib import Path
from layers import scratch
folder = scratch.make_folder("answer")
(folder / "half.gpkg").write_bytes(b"half")
with scratch.beside(Path(sys.argv[1]) / "target.gpkg") as room:
    (room / "half.gpkg").write_bytes(b"half")
    print(folder, room, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, and one beside it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    (tmp_path / "beside").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    for room in [room for (_, at), room in scratch._rooms.items() if at == str(folder)]:
        scratch._forget(room)


@pytest.fixture
def sitting(temporary: Path) -> Iterator[tuple[subprocess.Popen, Path, Path]]:
    """Another process in the middle of two files: the process and its two folders."""
    process = subprocess.Popen(
        [sys.executable, "-c", SITTING, str(temporary.parent / "beside")],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "TEMP": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
    )
    first, second = map(Path, process.stdout.readline().split())
    yield process, first, second
    process.kill()
    process.wait()
    process.stdout.close()


@POSIX
def test_nobody_else_looks_into_a_room(temporary: Path) -> None:
    with scratch.folder("read") as folder, scratch.beside(temporary.parent / "x.csv") as room:
        for path in (folder, folder.parent, room):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert not folder.exists()
    assert not room.exists()


@POSIX
def test_what_a_killed_process_left_goes_and_what_a_running_one_has_stays(temporary: Path, sitting: tuple) -> None:
    process, first, second = sitting
    beside = temporary.parent / "beside"
    assert (scratch.sweep_temporary(), scratch.sweep(beside)) == (0, 0)
    assert (first / "half.gpkg").exists()
    assert (second / "half.gpkg").exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (scratch.sweep_temporary(), scratch.sweep(beside)) == (1, 1)
    assert list(temporary.iterdir()) == list(beside.iterdir()) == []


@POSIX
def test_the_next_one_who_makes_a_room_sweeps(temporary: Path, sitting: tuple) -> None:
    process, first, second = sitting
    process.kill()
    process.wait()
    with scratch.folder("read"), scratch.beside(second.parent / "again.gpkg"):
        assert not first.exists()
        assert not second.exists()


@POSIX
def test_what_is_not_a_room_of_ours_is_never_touched(temporary: Path) -> None:
    precious = temporary.parent / "precious"
    precious.mkdir()
    (precious / "records.gpkg").touch()
    (precious / scratch.MARKER).write_bytes(scratch.SIGNATURE)
    made = {name: temporary / f"{scratch.PREFIX}{name}" for name in ("file", "bare", "other", "open", "odd", "link")}
    made["file"].touch()
    made["link"].symlink_to(precious)
    for name in ("bare", "other", "open", "odd"):
        made[name].mkdir(mode=0o700)
        (made[name] / "records.gpkg").touch()
    (made["other"] / scratch.MARKER).write_bytes(b"somebody else's")
    (made["open"] / scratch.MARKER).write_bytes(scratch.SIGNATURE)
    made["open"].chmod(0o777)  # anybody may have put things there
    (made["odd"] / scratch.MARKER).symlink_to(precious / scratch.MARKER)
    unnamed = temporary / "gridmap-room-x"
    shutil.copytree(precious, unnamed)
    assert scratch.sweep_temporary() == 0
    assert sorted(each.name for each in temporary.iterdir()) == sorted(
        [unnamed.name, *(each.name for each in made.values())]
    )
    assert all((made[name] / "records.gpkg").exists() for name in ("bare", "other", "open", "odd", "link"))


@POSIX
def test_a_link_in_an_abandoned_room_is_not_followed(temporary: Path) -> None:
    precious = temporary.parent / "precious"
    precious.mkdir()
    (precious / "records.gpkg").touch()
    left = temporary / f"{scratch.PREFIX}left"
    left.mkdir(mode=0o700)
    (left / scratch.MARKER).write_bytes(scratch.SIGNATURE)
    (left / "link").symlink_to(precious)
    (left / "inner").mkdir()
    (left / "inner" / "link").symlink_to(precious)
    assert scratch.sweep_temporary() == 1
    assert list(temporary.iterdir()) == []
    assert (precious / "records.gpkg").exists()


def test_a_cleaner_of_temporary_files_does_no_harm(temporary: Path) -> None:
    first = scratch.make_folder("answer")
    shutil.rmtree(first.parent)
    second = scratch.make_folder("answer")
    assert second.is_dir()
    assert second.parent != first.parent
    scratch.remove(second)


@POSIX
def test_a_fork_leaves_its_parents_room_alone(temporary: Path) -> None:
    folder = scratch.make_folder("answer")
    process = os.fork()
    if not process:
        other = scratch.make_folder("answer")
        scratch.leave()
        os._exit(other.parent == folder.parent)
    assert os.waitpid(process, 0)[1] == 0
    assert folder.is_dir()
    assert [each.name for each in temporary.iterdir()] == [folder.parent.name]


def test_a_process_that_ends_in_good_order_leaves_nothing(temporary: Path) -> None:
    code = "from layers import scratch; (scratch.make_folder('answer') / 'x').touch()"
    environ = os.environ | {"TMPDIR": str(temporary), "TEMP": str(temporary)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, check=True)
    assert list(temporary.iterdir()) == []


def test_where_nothing_can_be_locked_nothing_is_swept(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_lock", lambda _file: False)
    with scratch.folder("read") as folder:
        assert scratch.sweep_temporary() == 0
        assert list(temporary.iterdir()) == [folder.parent]
