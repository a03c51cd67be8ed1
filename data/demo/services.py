"""Stations, posts, inspections, appeals and joint units."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely
from shapely import Point

from data.demo import names
from data.demo.areas import Community
from data.demo.buildings import Fabric
from data.demo.register import Register, day
from data.demo.villages import Country

STATIONS = (
    ("elder_canteen", 4, "长者食堂", ("助餐", "送餐"), 80),
    ("day_care", 3, "日间照料中心", ("日托", "康复", "助浴"), 40),
    ("child_home", 2, "儿童之家", ("课后托管",), 50),
    ("clinic", 3, "卫生服务站", ("门诊", "慢病随访"), 120),
    ("complex", 2, "民生综合体", ("便民超市", "助餐", "维修"), 300),
    ("police", 2, "警务室", ("户籍", "调解"), None),
    ("parking", 2, "公共停车场", ("停车",), 160),
    ("post", 2, "便民驿站", ("休息", "充电"), 30),
    ("other", 1, "社区图书室", ("阅览",), 40),
)
VILLAGE_STATIONS = 4
CATEGORIES = (
    "物业管理",
    "停车秩序",
    "环境卫生",
    "噪声扰民",
    "管网渗漏",
    "电梯故障",
    "违章搭建",
    "路灯照明",
    "绿化养护",
    "消防通道",
)
ITEMS = ("gatehouse", "cctv", "cleaning", "repairs", "greening", "security", "parking")


def serve(
    register: Register,
    fabric: Fabric,
    country: Country,
    communities: list[Community],
    rng: np.random.Generator,
) -> None:
    """Enter all that serves and watches over the district."""
    urban = [each for each in communities if each.kind == "urban"]
    villages = [each for each in communities if each.kind == "village"]
    _stations(register, fabric, urban, rng)
    _village_stations(register, country, villages)
    _joint_units(register, villages)
    _assignments(register, urban, rng)
    _inspections(register, rng)
    _appeals(register, fabric, rng)


def _stations(register: Register, fabric: Fabric, urban: list[Community], rng: np.random.Generator) -> None:
    """A party-service station in nearly every community, the others spread with gaps."""
    doors = [each for each in fabric.buildings if each.use in ("public", "commercial", "mixed")]
    where = np.array([register.community_of_lot[each.lot].code for each in doors])
    for number, community in enumerate(urban):
        if number % 6 != 4:
            middle = community.polygon.representative_point()
            spot = min(
                (d for d, c in zip(doors, where, strict=True) if c == community.code),
                key=lambda each: each.polygon.distance(middle),
            )
            _station(
                register,
                f"{community.name}党群服务中心",
                "party_service",
                spot.polygon.centroid,
                services=("党务", "政务代办", "议事"),
                capacity=100,
                status="open",
                open_from=day(rng, "2018-01-01", "2024-12-31"),
            )
    count = 0
    for kind, many, word, services, capacity in STATIONS:
        for _ in range(many):
            spot = doors[int(rng.integers(len(doors)))]
            community = register.community_of_lot[spot.lot].name[:-2]
            dates = _opening(count, rng)
            _station(
                register,
                f"{community}{word}",
                kind,
                spot.polygon.centroid,
                services=services,
                capacity=None if capacity is None else int(capacity * rng.uniform(0.6, 1.3)),
                **dates,
            )
            count += 1


def _opening(count: int, rng: np.random.Generator) -> dict:
    """One in eight is planned, one in twelve closed."""
    if count % 8 == 5:
        return {"status": "planned", "open_from": day(rng, "2026-09-01", "2027-06-30")}
    if count % 12 == 8:
        return {
            "status": "closed",
            "open_from": dt.date(2016, 5, 1),
            "open_to": day(rng, "2024-06-30", "2026-03-31"),
        }
    return {"status": "open", "open_from": day(rng, "2012-01-01", "2026-05-31")}


def _station(register: Register, name: str, kind: str, spot: Point, **properties: object) -> None:
    number = len(register.layers.get("stations", ())) + 1
    register.add("stations", spot, code=f"990201Z{number:03d}", name=name, kind=kind, **properties)


def _village_stations(register: Register, country: Country, villages: list[Community]) -> None:
    """Village centres with a station, at the crossing in the middle of the village."""
    for number in range(0, len(villages), max(len(villages) // VILLAGE_STATIONS, 1)):
        x, y = country.centres[number]
        _station(
            register,
            f"{villages[number].name}党群服务中心",
            "party_service",
            Point(x + 9.0, y + 9.0),
            services=("党务", "政务代办"),
            capacity=40,
            status="open",
            open_from=dt.date(2021, 7, 1),
        )


def _joint_units(register: Register, villages: list[Community]) -> None:
    """Two units as they stand today; a few villages belong to none."""
    for number, members in enumerate((villages[:6], villages[10:16]), 1):
        if members:
            register.add(
                "joint-units",
                shapely.coverage_union_all([each.polygon for each in members]),
                code=f"990201U{number:02d}",
                name=f"{members[0].name[:-1]}共建单元",
                centre=members[0].code,
                members=tuple(each.code for each in members),
                limit_minutes=15.0,
                size_min=6,
                size_max=8,
            )


def _assignments(register: Register, urban: list[Community], rng: np.random.Generator) -> None:
    posts = ("区住建局物业科科长", "区民政局养老科科长", "区城管局市容科科长", "区委政法委基层科科长")
    for number, community in enumerate(urban):
        _assignment(register, "department", "lead", posts[number % len(posts)], "communities", community.code)
        _assignment(register, "community", "direct", "社区党委书记", "communities", community.code)
        for grid in community.grids[:3]:
            _assignment(register, "grid", "lead", "专职网格员", "grids", grid.code)
    for code, _ in names.STREETS[:3]:
        _assignment(register, "district", "lead", "区政府分管副职", "streets", code)
        _assignment(register, "street", "pair", "街道物业管理办公室主任", "streets", code)
    for at in sorted(int(each) for each in rng.choice(len(register.yard_rows), 12, replace=False)):
        code = register.yard_rows[at].properties["code"]
        _assignment(register, "butler", "steward", "楼长", "courtyards", code)


def _assignment(register: Register, level: str, kind: str, post: str, layer: str, target: str) -> None:
    number = len(register.layers.get("assignments", ())) + 1
    register.add(
        "assignments",
        None,
        code=f"990201B{number:04d}",
        level=level,
        type=kind,
        post=post,
        target_layer=layer,
        target=target,
        valid_from=dt.date(2026, 1, 1),
    )


def _inspections(register: Register, rng: np.random.Generator) -> None:
    chosen = sorted(int(each) for each in rng.choice(len(register.yard_rows), 45, replace=False))
    for number, at in enumerate(chosen, 1):
        yard = register.yard_rows[at].properties
        closed = yard["enclosure"] in ("closed", "semi")
        date = day(rng, "2026-01-05", "2026-06-25")
        answers = {item: _answer(item, closed, rng) for item in ITEMS}
        score = round(
            52.0 + 6.5 * sum(each == "yes" for each in answers.values()) + float(rng.normal(0, 2)), 1
        )
        poor = score < 75.0
        register.add(
            "inspections",
            None,
            code=f"990201J{number:04d}",
            target_layer="courtyards",
            target=yard["code"],
            date=date,
            kind=str(rng.choice(["checklist", "monthly", "quarterly", "spot"], p=[0.5, 0.2, 0.2, 0.1])),
            score=min(score, 100.0),
            rectify_due=date + dt.timedelta(days=30) if poor else None,
            rectified_on=date + dt.timedelta(days=int(rng.integers(10, 40)))
            if poor and date.month < 5
            else None,
            **answers,
        )


def _answer(item: str, closed: bool, rng: np.random.Generator) -> str:
    if item == "gatehouse" and not closed:
        return str(rng.choice(["no", "na"], p=[0.7, 0.3]))
    return str(rng.choice(["yes", "no", "unknown"], p=[0.82, 0.15, 0.03] if closed else [0.52, 0.42, 0.06]))


def _appeals(register: Register, fabric: Fabric, rng: np.random.Generator) -> None:
    """Points beside buildings: where and about what, nothing else."""
    homes = np.array([each.households for each in fabric.buildings], dtype=float)
    for number in range(1, 151):
        building = fabric.buildings[int(rng.choice(len(homes), p=homes / homes.sum()))]
        middle = building.polygon.centroid
        spot = Point(middle.x + rng.normal(0, 14), middle.y + rng.normal(0, 14))
        received = day(rng, "2026-01-01", "2026-06-30")
        done = received + dt.timedelta(days=int(rng.integers(1, 25)))
        closed = done <= dt.date(2026, 6, 30) and rng.random() < 0.9
        register.add(
            "appeals",
            spot,
            code=f"SQ2026{number:05d}",
            category=str(rng.choice(CATEGORIES)),
            received_on=received,
            origin=str(rng.choice(["hotline", "grid", "other"], p=[0.62, 0.33, 0.05])),
            state="closed" if closed else "open",
            closed_on=done if closed else None,
        )
