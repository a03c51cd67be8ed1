"""The shared ledger of 114 courtyards, as an office keeps it. What is expected was read off the sheet by eye."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from layers.formats import read_sheets
from layers.ledger import Ledger, ledger_features, read_ledger


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "cities" / "shanghai_core_ledger"


@pytest.fixture(scope="module")
def ledger(folder: Path) -> Ledger:
    return read_ledger(read_sheets(folder / "ledger.xlsx"))


@pytest.fixture(scope="module")
def by_row(ledger) -> dict:
    return {entry.row: entry for entry in ledger.entries}


def test_all_courtyards_and_households_are_read(ledger):
    assert len(ledger.entries) == 114
    assert ledger.households == 53117
    assert ledger.faults == ()
    assert (ledger.title, ledger.unit) == ("滨江区住宅小区（楼院）物业管理情况统计台账", "滨江区")
    assert ledger.as_of == dt.date(2025, 2, 6)


def test_the_totals_agree_with_the_rows(ledger):
    # 合计 | 114个 | 53117, in row 119
    assert [(t.row, t.column, t.stated, t.counted, t.agrees) for t in ledger.totals] == [
        (119, "小区（楼院）名称", 114, 114, True),
        (119, "户数", 53117, 53117, True),
    ]


def test_what_was_assumed_is_said_once(ledger):
    assert [note.key for note in ledger.notes] == [
        "ledger.row-not-read",  # 注：1.空白为无物业管理…
        "values.assumed-closed",  # 是否开放式 = 否
        "values.open-end",  # 长期
        "ledger.sheet-without-table",  # 填表说明
    ]


def test_every_column_is_understood(ledger):
    assert None not in ledger.columns.values()
    assert ledger.columns["楼栋编码/起"] == "buildings.first"
    assert ledger.columns["物业管理/合同截止"] == "arrangement.end_date"


# A dozen rows read off the sheet by hand: row → households, manager, mode, stage, start, end.
# Months alone (2024.2): first day as a start, last as an end.
BY_HAND = {
    5: (6206, "社区居委会", "soe", "formal", "2021-02-27", "2024-02-27"),  # 2021年2月27日
    6: (420, None, None, None, None, None),  # blank: nobody manages
    7: (420, "滨江区城投物业", "professional", "formal", "2023-11-06", "2026-11-05"),  # 2023-11-06
    8: (420, "滨江区城投物业", "fallback", "formal", "2018-01-20", "2019-01-20"),  # a date cell
    10: (600, "邻里自管会", "soe", "formal", "2024-02-01", "2026-02-28"),  # 2024.2, 2026.2
    11: (573, "社区居委会", "joint", "formal", "2021-01-18", "2023-01-18"),  # 573户, 景社共管
    13: (169, "安居乐物业", "soe", "trial", "2018-07-11", "2021-07-10"),  # 过渡期
    15: (176, "滨江城服物业有限公司", "professional", "formal", "2019-02-12", None),  # 长期
    18: (271, "安居乐物业", "soe", "formal", "2022-09-01", "2024-09-30"),  # ２７１, 2022.9
    22: (28, "安居乐物业", "soe", "trial", "2020-02-01", "2022-02-28"),  # 2022.2, 过渡期
    26: (3, "安居乐物业", "joint", "formal", "2019-06-01", None),  # 2019.6, 长期
    98: (373, "滨江区城投物业", "soe", "formal", "2021-12-01", "2023-12-31"),  # 2021.12
    32: (1295, "安居乐物业", "autonomous", "formal", "2024-09-04", "2029-09-03"),  # １２９５
    103: (385, "滨江区城投物业", "fallback", "trial", "2023-10-03", None),  # 长期 and 过渡期
    118: (15, "社区居委会", "fallback", "formal", "2024-05-01", "2025-05-31"),  # 2024.5, 2025.5
}


@pytest.mark.parametrize("row", BY_HAND)
def test_rows_read_off_by_hand(by_row, row):
    entry = by_row[row]
    terms = entry.arrangement
    start, end = terms.get("start_date"), terms.get("end_date")
    assert (
        entry.households,
        entry.manager.get("name"),
        terms.get("mode"),
        terms.get("stage"),
        start and start.isoformat(),
        end and end.isoformat(),
    ) == BY_HAND[row]


def test_kinds_as_counted_in_the_sheet(ledger):
    # 是 64 and √ 33 are open, 否 10 closed, 7 blank: unknown, never "no".
    assert Counter(entry.courtyard.get("enclosure") for entry in ledger.entries) == {"open": 97, "closed": 10, None: 7}
    # 27 rows have blank columns of management.
    assert sum(not entry.managed for entry in ledger.entries) == 27
    assert Counter(entry.arrangement.get("stage") for entry in ledger.entries if entry.managed) == {
        "formal": 76,
        "trial": 11,
    }


def test_features_over_the_shared_buildings(ledger, folder):
    import geopandas as gpd

    communities = {
        feature["properties"]["name"]: feature["properties"]["code"]
        for feature in json.loads((folder / "communities.geojson").read_text("utf-8"))["features"]
    }
    frame = gpd.read_file(f"/vsizip/{folder / 'buildings_gbk.zip'}", encoding="GBK", ignore_geometry=True)
    made = ledger_features(ledger, communities, set(frame["楼栋编码"]))
    assert made.faults == []
    # The rows of one name in six communities each: 社区居委会 and 邻里自管会.
    assert [note.key for note in made.notes] == ["ledger.one-name-many-bodies"] * 2
    counts = [len(each) for each in (made.courtyards, made.managed_areas, made.managers, made.arrangements)]
    assert counts == [114, 87, 6, 87]
    assert all(feature.properties["community_code"] == feature.id[:12] for feature in made.courtyards)
    # Row 5: 99010100100100001 to …79 are 79 buildings, all known.
    owned = [building for building, owner in made.building_updates.items() if owner == "9901010010010001"]
    assert owned == [f"990101001001{number:05}" for number in range(1, 80)]
