"""Write the example files of the tutorial: ``python -m docs.examples.make``.

An invented corner of a town (codes from 990901), as a sub-district office would keep it: boundaries and footprints as
GeoJSON, the everyday ledger as a workbook, stations as CSV. The answers, as of 2025-02-06:

    courtyard            buildings  households  who manages it
    和平花园  (closed)        6         288     professional until 2027-12-31
    铁路宿舍  (open)          4         120     professional until 2024-12-31: ended, lapsed
    和平里8号院 (open)         3          72     nobody
    新民苑    (closed)        5         200     soe trusteeship, no end date
    纺织宿舍  (open)          4         120     community fallback, trial, until 2025-05-31
    新民巷12号 (open)         1          16     nobody
    not in the ledger        2          60     one building not surveyed, one school out of scope

So 15 of 23 surveyed buildings are managed (65.2 %), 8 are not, 1 is unknown, 1 is out of scope.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
WEST, SOUTH = 120.4, 36.2
EAST_M, NORTH_M = 1 / 89_930.0, 1 / 110_965.0  # degrees a metre at 36.2°N
PEACE, PEOPLE = "990901001001", "990901001002"
# community, first number, how many, households each, west m, south m; rows of slabs 50 m × 12 m
ROWS = (
    (PEACE, 1, 3, 48, 20, 220), (PEACE, 4, 3, 48, 20, 180), (PEACE, 7, 4, 30, 20, 110), (PEACE, 11, 3, 24, 20, 40),
    (PEACE, 14, 1, 60, 300, 40), (PEOPLE, 1, 5, 40, 420, 220), (PEOPLE, 6, 4, 30, 420, 165),
    (PEOPLE, 10, 1, 16, 420, 60), (PEOPLE, 11, 1, 0, 560, 40),
)  # fmt: skip
# community, courtyard, kind, open?, first and last building, households; manager, mode, from, until, remark
LEDGER = (
    ("和平社区", "和平花园", "成规模小区", "否", (PEACE, 1, 6), 288,
     "诚信物业", "专业化", "2023-01-01", "2027-12-31", ""),
    ("和平社区", "铁路宿舍", "楼院", "是", (PEACE, 7, 10), 120,
     "诚信物业", "专业化", "2022年1月", "2024年12月", ""),
    ("和平社区", "和平里8号院", "楼院", "√", (PEACE, 11, 13), "72户", "", "", "", "", ""),
    ("新民社区", "新民苑", "成规模小区", "否", (PEOPLE, 1, 5), 200,
     "城投托管公司", "国企托管", "2024-06-01", "长期", ""),
    ("新民社区", "纺织宿舍", "楼院", "是", (PEOPLE, 6, 9), "１２０",
     "新民社区居委会", "社区兜底", "2024.12", "2025.5", "过渡期"),
    ("新民社区", "新民巷12号", "独栋散楼", "是", (PEOPLE, 10, 10), 16, "", "", "", "", ""),
)  # fmt: skip
HEADER = (
    ("序号", "社区", "小区（楼院）名称", "楼院编码", "类型", "是否开放式", "楼栋编码", "", "户数",
     "物业管理", "", "", "", "备注"),
    ("", "", "", "", "", "", "起", "止", "", "管理单位", "管理模式", "合同起始", "合同截止", ""),
)  # fmt: skip
STATIONS = (
    ("F1", "和平社区党群服务中心", "党群服务中心", 330, 150),
    ("F2", "新民长者食堂", "长者食堂", 700, 60),
)


def main() -> None:
    """Write the four files."""
    write_json("communities.geojson", [
        feature(box(400 * place, 0, 400, 280), {"社区编码": code, "社区名称": name})
        for place, (code, name) in enumerate(((PEACE, "和平社区"), (PEOPLE, "新民社区")))
    ])  # fmt: skip
    write_json("buildings.geojson", list(buildings()))
    write_ledger(HERE / "ledger.xlsx")
    with (HERE / "stations.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["编码", "名称", "类型", "经度", "纬度"])
        for code, name, kind, x_m, y_m in STATIONS:
            table.writerow([code, name, kind, f"{WEST + x_m * EAST_M:.6f}", f"{SOUTH + y_m * NORTH_M:.6f}"])


def buildings() -> list[dict]:
    """Return the footprints, row by row."""
    made = []
    for community, first, count, households, x_m, y_m in ROWS:
        for place in range(count):
            number = first + place
            school = households == 0
            properties = {
                "楼栋编码": f"{community}{number:05}",
                "楼号": f"{number}号楼",
                "用途": "公共" if school else "住宅",
                "层数": 3 if school else 6,
                "户数": None if school else households,
            }
            made.append(feature(box(x_m + 62 * place, y_m, 50, 12), properties))
    return made


def write_ledger(path: Path) -> None:
    """Write the ledger as an office lays it out: a title, a header of two rows, a 合计 row and a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2025年台账"
    sheet.append(["新民街道住宅小区（楼院）物业管理情况台账"])
    sheet.append(["截至：2025年2月6日"])
    for line in HEADER:
        sheet.append(line)
    for number, entry in enumerate(LEDGER, start=1):
        community, name, form, is_open, (prefix, first, last), households, *terms = entry
        ends = [f"{prefix}{each:05}" for each in (first, last)]
        sheet.append([number, community, name, f"{prefix}{number:04}", form, is_open, *ends, households, *terms])
    sheet.append(["合计", "", "6个", "", "", "", "", "", 816])
    sheet.append(["注：空白为无物业管理；“过渡期”指先体验后付费三个月。"])
    for merged in ("A1:N1", "G3:H3", "J3:M3", *(f"{column}3:{column}4" for column in "ABCDEFIN")):
        sheet.merge_cells(merged)
    book.save(path)


def box(x_m: float, y_m: float, width_m: float, height_m: float) -> list:
    """Return a rectangle's ring; metres east and north of the south-west corner."""
    corners = ((0, 0), (width_m, 0), (width_m, height_m), (0, height_m), (0, 0))
    return [[round(WEST + (x_m + x) * EAST_M, 7), round(SOUTH + (y_m + y) * NORTH_M, 7)] for x, y in corners]


def feature(ring: list, properties: dict) -> dict:
    """Return a polygon as a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def write_json(name: str, features: list[dict]) -> None:
    """Write a FeatureCollection, one feature a line."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in features)
    (HERE / name).write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', "utf-8", newline="\n")


if __name__ == "__main__":
    main()
