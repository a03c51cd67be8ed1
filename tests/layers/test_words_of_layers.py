"""Words in a layer's file that nobody knows: asked once each, answered for good, told when they were not needed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from layers.errors import ImportRejected, InvalidParameter
from layers.store import open_store
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file
from tests.formats.workbooks import xlsx

HEAD = ["编码", "名称", "类别", "经度", "纬度"]
KINDS = ["便民服务站", "便民服务站", "幸福小屋", "停车场", " 便民服务站 "]
NOW = dt.datetime(2025, 6, 30, tzinfo=dt.UTC)


def stations(folder: Path, *sheets: list[str]) -> Path:
    """Return a workbook of stations of some kinds, one sheet a list."""
    rows = [
        [HEAD, *([f"S{number}{at}", f"站{number}{at}", kind, 120.1 + at / 1000, 36.1] for at, kind in enumerate(kinds))]
        for number, kinds in enumerate(sheets)
    ]
    return xlsx(folder / "stations.xlsx", *rows)


class Office:
    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder / "w.gpkg", create=True)

    def brings(self, file: Path, **how: object) -> ImportReport:
        return import_file(self.store, "stations", file, ImportOptions(**how), "clerk", NOW)

    def kinds(self) -> dict[str, object]:
        frame = self.store.read("stations")
        return dict(zip(frame.index, frame["kind"], strict=True))


@pytest.fixture
def office(tmp_path: Path):
    office = Office(tmp_path)
    yield office
    office.store.close()


def asked(error: pytest.ExceptionInfo) -> list[tuple]:
    return [
        (each.text.key, each.where.get("sheet"), each.where.get("rows", each.where.get("row")), each.where["value"])
        for each in error.value.faults
    ]


def test_a_word_is_asked_once_with_all_its_rows(office: Office, tmp_path: Path) -> None:
    with pytest.raises(ImportRejected) as refused:
        office.brings(stations(tmp_path, KINDS))
    key = "imports.word-unknown"
    assert asked(refused) == [(key, None, (2, 3, 6), "便民服务站"), (key, None, 4, "幸福小屋")]
    with pytest.raises(ImportRejected) as refused:
        office.brings(stations(tmp_path, KINDS[:3], KINDS[1:2]))
    assert asked(refused) == [
        (key, "1", (2, 3), "便民服务站"), (key, "2", 2, "便民服务站"), (key, "1", 4, "幸福小屋")
    ]  # fmt: skip


def test_an_answer_is_taken_by_code_or_word_and_remembered(office: Office, tmp_path: Path) -> None:
    file = stations(tmp_path, KINDS)
    done = office.brings(file, values={"类别": {"便民服务站": "综合体"}, "kind": {"幸福小屋": "other", "没有": "post"}})
    assert list(office.kinds().values()) == ["complex", "complex", "other", "parking", "complex"]
    notes = {each.key.partition(".")[2]: each.params for each in done.notes}
    assert notes["answered-now"]["pairs"] == ["kind:便民服务站=complex", "kind:幸福小屋=other"]
    assert notes["answer-not-needed"]["word"] == "没有"
    again = office.brings(file)
    assert again.counts["stations"]["same"] == 5
    assert "answered-before" in {each.key.partition(".")[2] for each in again.notes}
    with pytest.raises(ImportRejected) as refused:
        office.brings(file, values={"kind": {"幸福小屋": ""}})
    assert [each[3] for each in asked(refused)] == ["幸福小屋"]


def test_rows_with_a_word_that_is_asked_are_held_back_alone(office: Office, tmp_path: Path) -> None:
    done = office.brings(stations(tmp_path, KINDS), only_sound=True)
    assert office.kinds() == {"S03": "parking"}
    assert [len(each.where.get("rows", (1,))) for each in done.faults] == [3, 1]


@pytest.mark.parametrize(("values", "key"), [
    ({"kind": {"便民服务站": "没有的"}}, "ledger.answer-not-allowed"),
    ({"name": {"站": "post"}}, "ledger.answer-no-field"),
])  # fmt: skip
def test_an_answer_that_means_nothing_is_refused(office: Office, tmp_path: Path, values: dict, key: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        office.brings(stations(tmp_path, KINDS), values=values)
    assert [each.text.key for each in refused.value.faults] == [key]
