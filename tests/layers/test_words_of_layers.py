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


def test_numbers_with_words_are_read_as_in_a_ledger_and_told_together(office: Office, tmp_path: Path) -> None:
    head = ["编码", "名称", "户数", "建筑面积（万㎡）", "封闭情况"]
    said = [("约120户", "约1.2"), ("30余户", 0.5), ("90（含商铺6）", None), ("60+80", "0.6左右"), (24, 1)]
    rows = [[f"C{at}", f"{at}院", homes, area, "无围墙"] for at, (homes, area) in enumerate(said)]
    options = ImportOptions(allow=("no-buildings",))
    done = import_file(office.store, "courtyards", xlsx(tmp_path / "c.xlsx", [head, *rows]), options, "clerk", NOW)
    frame = office.store.read("courtyards")
    assert list(frame["households"]) == [120, 30, 90, 140, 24]
    assert list(frame["floor_area_m2"].fillna(0)) == [12000, 5000, 0, 6000, 10000]
    assert set(frame["enclosure"]) == {"open"}
    (rough,) = (each for each in done.notes if each.key == "values.number-read")
    assert rough.params["example"][0] == "约120户 → 120" and rough.params["example"][-1] == "… (5)"
    with pytest.raises(ImportRejected) as refused:
        rows[0][2] = "九十来户或一百"
        import_file(office.store, "courtyards", xlsx(tmp_path / "c.xlsx", [head, *rows]), options, "clerk", NOW)
    assert [each.where["row"] for each in refused.value.faults] == [2]
