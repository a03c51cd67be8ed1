"""What is kept on disk is what was put there, or it is not taken."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from layers import scratch
from layers.store.kept_files import KeptFiles

KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
ARRAYS = {"one": np.arange(1000.0).reshape(10, 100), "two": np.array([True, False])}


@pytest.fixture
def files(tmp_path: Path) -> KeptFiles:
    return KeptFiles(str(tmp_path / "workspace.gpkg"))


def only_file(files: KeptFiles) -> Path:
    (path,) = files.folder.iterdir()
    return path


def assert_loads(files: KeptFiles, key: str = KEY) -> None:
    found = files.load("streets", key)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)


def test_what_is_kept_is_there_for_the_next_process(files: KeptFiles, tmp_path: Path) -> None:
    assert files.load("streets", KEY) is None
    files.save("streets", KEY, ARRAYS)
    assert_loads(KeptFiles(str(tmp_path / "workspace.gpkg")))
    assert files.load("streets", OTHER) is None
    assert files.folder == tmp_path / "workspace.gpkg.cache"


@pytest.mark.parametrize("harm", ["cut", "bit", "foreign", "empty"])
def test_a_damaged_or_foreign_file_is_reported_and_made_anew(
    files: KeptFiles, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    files.save("streets", KEY, ARRAYS)
    path = only_file(files)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes({"cut": raw[:-100], "bit": raw, "foreign": b"PK\x03\x04 something else", "empty": b""}[harm])
    assert files.load("streets", KEY) is None
    assert "made anew" in caplog.text
    assert not path.exists()
    files.save("streets", KEY, ARRAYS)
    assert_loads(files)


def test_the_one_unused_longest_goes(files: KeptFiles) -> None:
    keys = [f"{number:016x}" for number in range(6)]
    for hour, key in enumerate(keys[:4]):
        files.save("streets", key, ARRAYS)
        moment = 1_700_000_000 + 3600 * hour
        os.utime(files.folder / f"streets-{key}.npz", (moment, moment))
    files.load("streets", keys[0])  # used just now
    files.save("streets", keys[4], ARRAYS)
    files.save("other", keys[5], ARRAYS)
    left = {path.name for path in files.folder.iterdir()}
    assert left == {*(f"streets-{keys[number]}.npz" for number in (0, 2, 3, 4)), f"other-{keys[5]}.npz"}


def test_a_draft_that_nobody_finishes_goes_and_another_process_keeps_its_own(files: KeptFiles) -> None:
    files.folder.mkdir()
    with scratch.beside(files.folder / "other.npz") as room:
        left = Path(shutil.copytree(room, files.folder / f"{scratch.PREFIX}killed"))  # a copy is locked by nobody
        left.chmod(0o700)
        files.save("streets", KEY, ARRAYS)
        assert not left.exists()
        assert room.exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "workspace.gpkg.cache").write_text("a file where the folder should be")
    files = KeptFiles(str(tmp_path / "workspace.gpkg"))
    files.save("streets", KEY, ARRAYS)
    assert files.load("streets", KEY) is None
    assert "could not be kept" in caplog.text


def test_a_workspace_that_is_no_file_keeps_nothing(tmp_path: Path) -> None:
    files = KeptFiles("postgresql://host/db")
    files.save("streets", KEY, ARRAYS)
    assert files.load("streets", KEY) is None


def test_two_at_once_both_read_what_is_whole(files: KeptFiles) -> None:
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                files.save("streets", KEY, ARRAYS)
                assert_loads(files)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert only_file(files).suffix == ".npz"


@pytest.mark.parametrize(("name", "key"), [("../streets", KEY), ("streets", "../../etc/passwd"), ("streets", "")])
def test_a_name_is_no_way_out_of_the_folder(files: KeptFiles, name: str, key: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        files.load(name, key)
