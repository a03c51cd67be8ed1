"""What happens when the reading process does not come back as it should, and what it may say."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from layers.children import HOUSE
from layers.errors import Fault, InvalidParameter, NotFound, TooLarge, UnsupportedMedia
from layers.formats import Limits, ReadOptions, frames, read_table
from layers.formats.sandbox import Answer
from layers.text import Text
from tests.formats.hostile import nested_wkb


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "站点.csv"
    path.write_text("name,lng,lat\n" + "驿站,120.38,36.06\n" * 2000, "utf-8")
    return path


def test_a_reader_that_is_slow_is_stopped(points: Path) -> None:
    with pytest.raises(TooLarge, match="was stopped"):
        read_table(points, limits=Limits(seconds=0.01))


def test_a_reader_without_memory_says_so_or_dies_alone(points: Path) -> None:
    with pytest.raises((TooLarge, UnsupportedMedia)):
        read_table(points, limits=Limits(memory_bytes=60 << 20))


def test_more_than_may_be_handed_back(points: Path) -> None:
    with pytest.raises(TooLarge, match="of data"):
        read_table(points, limits=Limits(output_bytes=10_000))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(file_bytes=100), "larger than 0 MB"),
        (Limits(rows=1999), "more than 1,999 rows"),
        (Limits(columns=2), "more than 2 columns"),
    ],
)
def test_limits_are_told(points: Path, limits: Limits, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        read_table(points, limits=limits)


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("code", "late", "error"),
    [
        (-getattr(signal, "SIGSEGV", 11), False, UnsupportedMedia),
        (-getattr(signal, "SIGABRT", 6), False, UnsupportedMedia),
        (-getattr(signal, "SIGKILL", 9), False, TooLarge),
        (-getattr(signal, "SIGKILL", 9), True, TooLarge),
        (1, False, UnsupportedMedia),
        (0, False, UnsupportedMedia),
    ],
)
def test_every_death_becomes_a_refusal(code: int, late: bool, error: type[Exception]) -> None:
    answer = Answer(Limits())
    answer.take(BytesIO())
    with pytest.raises(error, match=r"a\.zip"):
        answer.ended(code, late, "a.zip")


def _said(*said: dict) -> Answer:
    pipe = BytesIO()
    for frame in said:
        frames.write_frame(pipe, frame)
    pipe.seek(0)
    answer = Answer(Limits())
    answer.take(pipe)
    return answer


@pytest.mark.parametrize(
    "said",
    [
        {"is": "table"},
        {"is": "rows", "rows": [1], "columns": {"a": [1, 2]}, "shapes": None},
        {"is": "error", "slug": "internal-error", "faults": []},
        {
            "is": "error",
            "slug": "too-large",
            "faults": [{"text": {"key": "problems.conflict", "params": {}}, "where": {}}],
        },
        {"is": "run", "command": "x"},
        {},
    ],
)
def test_what_is_no_part_of_the_protocol_is_not_believed(said: dict) -> None:
    answer = _said({"is": "table", "name": "t"}, said, {"is": "done"})
    with pytest.raises(UnsupportedMedia):
        answer.ended(0, False, "a.csv")


@pytest.mark.parametrize("shape", [nested_wkb(100_000), b"\1\3\0\0\0\xff\xff\xff\xff", b"\1\1", b"x"])
def test_a_geometry_that_the_reader_let_through_does_not_reach_geos_unchecked(shape: bytes) -> None:
    rows = {"is": "rows", "rows": [1], "columns": {}, "shapes": [shape]}
    answer = _said({"is": "table", "name": "t"}, rows, {"is": "done"})
    with pytest.raises(UnsupportedMedia):
        answer.ended(0, False, "a.csv")


def test_values_travel_as_they_are() -> None:
    values = [None, True, 7, 2**70, 1.5, "楼", dt.date(2025, 2, 6), dt.datetime(2025, 2, 6, 8, 30)]
    pipe = BytesIO()
    frames.write_frame(pipe, {"values": [frames.pack_cell(value) for value in values]})
    pipe.seek(0)
    frame, _ = frames.read_frame(pipe, 10_000)
    assert frame["values"] == [None, True, 7, str(2**70), 1.5, *values[5:]]
    assert frames.read_frame(pipe, 10_000) == (None, 0)


def test_messages_travel_as_key_and_values() -> None:
    fault = Fault(Text("formats.ending-mismatch", ending=".shp", found=Text("formats.look-xml")), {"file": "a.shp"})
    packed = msgspec.msgpack.decode(msgspec.msgpack.encode(frames.pack_fault(fault)))
    assert frames.unpack_fault(packed).say("zh") == fault.say("zh")


@pytest.mark.parametrize("data", [b"\1", b"\5\0\0\0\0\0\0\0ab", b"\1\0\0\0\0\0\0\0\xc1", b"\1\0\0\0\0\0\0\0\1"])
def test_broken_frames(data: bytes) -> None:
    with pytest.raises(frames.BrokenFrame):
        frames.read_frame(BytesIO(data), 10_000)


def test_the_encoding_that_was_asked_for_must_exist(points: Path) -> None:
    with pytest.raises(InvalidParameter, match="no such encoding"):
        read_table(points, ReadOptions(encoding="klingon"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limits of this kind")
def test_a_process_that_computes_too_long_ends_by_the_signal_that_says_so() -> None:
    """Struck down at once it would look like one that took too much memory."""
    bound = "import resource; from layers import children; children.lower(resource.RLIMIT_CPU, 1, grace=2)"
    endless = f"{bound}\nwhile True: pass"
    assert subprocess.run([sys.executable, "-c", endless], cwd=HOUSE, check=False).returncode == -signal.SIGXCPU
