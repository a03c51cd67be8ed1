"""Put the district on the register: codes, names and counts of areas, courtyards, buildings and roads."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from data.demo import names
from data.demo.areas import Community
from data.demo.buildings import Building, Fabric
from data.demo.streets import SPEED_KMH, Road, Street
from data.demo.villages import Country

AS_OF = dt.date(2026, 6, 30)
"""The day that the data describe."""

OLD_BEFORE = 2000
ESTATE_FROM_HOUSEHOLDS = 170


@dataclass(slots=True)
class Row:
    """A feature in the making: geometry in metres, properties by catalogue field."""

    geometry: BaseGeometry | None
    properties: dict


@dataclass(slots=True)
class Register:
    """All rows by layer id, and who lives where."""

    layers: dict[str, list[Row]] = field(default_factory=dict)
    building_rows: list[Row] = field(default_factory=list)
    yard_rows: list[Row] = field(default_factory=list)
    community_of_lot: dict[int, Community] = field(default_factory=dict)

    def add(self, layer: str, geometry: BaseGeometry | None, **properties: object) -> Row:
        """Add a row; properties that are None are left out."""
        row = Row(geometry, {name: value for name, value in properties.items() if value is not None})
        self.layers.setdefault(layer, []).append(row)
        return row


def day(rng: np.random.Generator, first: str, last: str) -> dt.date:
    """Draw a day between two, both included."""
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return start + dt.timedelta(days=int(rng.integers(0, (end - start).days + 1)))


def enter_areas(
    register: Register,
    communities: list[Community],
    fabric: Fabric,
    country: Country,
    rng: np.random.Generator,
) -> None:
    """Enter district, streets, communities and grids, with the counts that an office would have on paper."""
    register.community_of_lot = {cell: each for each in communities for cell in each.cells}
    grid_of_lot = {cell: grid.code for each in communities for grid in each.grids for cell in grid.cells}
    villages = [each for each in communities if each.kind == "village"]
    people: dict[str, Counter] = {}
    for building in fabric.buildings:
        for code in (register.community_of_lot[building.lot].code, grid_of_lot[building.lot]):
            _count(people.setdefault(code, Counter()), building)
    for building, home in zip(country.houses, country.home, strict=True):
        for code in (villages[home].code, villages[home].grids[0].code):
            _count(people.setdefault(code, Counter()), building)
    _enter_levels(register, communities)
    for community in communities:
        _enter_community(register, community, people, rng)


def _count(tally: Counter, building: Building) -> None:
    tally["households"] += building.households
    tally["population"] += building.population
    tally["elderly_60"] += building.elderly_60


def _enter_levels(register: Register, communities: list[Community]) -> None:
    district = shapely.coverage_union_all([each.polygon for each in communities])
    code, name = names.DISTRICT
    register.add("districts", district, code=code, name=name)
    for code, name in names.STREETS:
        members = [each.polygon for each in communities if each.code.startswith(code)]
        if members:
            register.add("streets", shapely.coverage_union_all(members), code=code, name=name)


def _enter_community(
    register: Register, community: Community, people: dict[str, Counter], rng: np.random.Generator
) -> None:
    known = people.get(community.code, Counter())
    drawn = str(rng.choice(["done", "drafting", "none"], p=[0.6, 0.25, 0.15]))
    register.add(
        "communities",
        community.polygon,
        code=community.code,
        name=community.name,
        kind=community.kind,
        population=_entered(known["population"], rng),
        households=_entered(known["households"], rng),
        elderly_60=known["elderly_60"],
        elderly_65=int(known["elderly_60"] * 0.71),
        map_status=drawn,
        map_date=day(rng, "2025-03-01", "2026-05-31") if drawn == "done" else None,
    )
    urban = community.kind == "urban"
    for number, grid in enumerate(community.grids, 1):
        inside = people.get(grid.code, Counter())
        full = max(round(inside["households"] / 420), 1) if urban else int(rng.random() < 0.4)
        register.add(
            "grids",
            grid.polygon,
            code=grid.code,
            grid_system="service",
            community_code=community.code,
            name=f"第{names.numeral(number)}网格" if urban else f"{community.name[:-1]}网格",
            kind="basic" if urban else "rural",
            state="active",
            households=_entered(inside["households"], rng),
            population=_entered(inside["population"], rng),
            workers_full=full,
            workers_part=int(rng.integers(1, 4)),
            party_org=f"{community.name[:-2] if urban else community.name}第{names.numeral(number)}网格党支部"
            if rng.random() < 0.8
            else None,
        )


def _entered(count: int, rng: np.random.Generator) -> int:
    """Return the count as an office has it: off by a percent or two from the sum over buildings."""
    return max(round(count * float(rng.normal(1.0, 0.012))), 0)


def enter_buildings(
    register: Register,
    fabric: Fabric,
    country: Country,
    communities: list[Community],
    roads: list[Road],
    rng: np.random.Generator,
) -> None:
    """Enter courtyards and buildings with codes and names; some counts are missing, as they always are."""
    named = [each for each in roads if each.street.name and each.street.road_class not in ("path", "track")]
    tree = shapely.STRtree([each.line for each in named])

    def nearest(shape: BaseGeometry) -> str:
        return named[int(tree.query_nearest(shape, all_matches=False)[0])].street.name

    _enter_yards(register, fabric, nearest, rng)
    sequence, doors = Counter(), Counter()
    for building in fabric.buildings:
        community = register.community_of_lot[building.lot]
        sequence[community.code] += 1
        code = f"{community.code}{sequence[community.code]:05d}"
        yard = None if building.yard is None else register.yard_rows[building.yard]
        if yard is None:
            street = nearest(building.polygon)
            doors[street] += 1
            name = f"{street}{doors[street] * 2 - doors[street] % 2}号"
        else:
            doors[yard.properties["code"]] += 1
            name = f"{doors[yard.properties['code']]}号楼"
        row = _enter_building(register, building, code, name, rng)
        if yard is not None:
            row.properties["courtyard_code"] = yard.properties["code"]
        register.building_rows.append(row)
    villages = [each for each in communities if each.kind == "village"]
    for building, home in zip(country.houses, country.home, strict=True):
        code = villages[home].code
        sequence[code] += 1
        row = _enter_building(register, building, f"{code}{sequence[code]:05d}", f"{sequence[code]}排", rng)
        row.properties["in_scope"] = False


def _enter_building(
    register: Register, building: Building, code: str, name: str, rng: np.random.Generator
) -> Row:
    lived_in = building.households > 0
    missing = lived_in and building.lot >= 0 and rng.random() < 0.03
    measured = rng.random() < 0.93
    counts = (
        {}
        if missing or not lived_in
        else {
            "households": building.households,
            "population": building.population,
            "elderly_60": building.elderly_60,
        }
    )
    return register.add(
        "buildings",
        building.polygon,
        code=code,
        name=name,
        use=building.use,
        floors=building.floors,
        units=building.units,
        lifts=building.lifts if building.lifts else None,
        build_year=building.year,
        floor_area_m2=round(building.polygon.area * building.floors * 0.985, 1) if measured else None,
        **counts,
    )


def _enter_yards(
    register: Register, fabric: Fabric, nearest: Callable[[BaseGeometry], str], rng: np.random.Generator
) -> None:
    enclosure = _enclosures(fabric, rng)
    sequence, named = Counter(), Counter()
    for number, yard in enumerate(fabric.yards):
        community = register.community_of_lot[yard.lot]
        sequence[community.code] += 1
        members = [fabric.buildings[each] for each in yard.buildings]
        total: Counter = Counter()
        for each in members:
            _count(total, each)
        name = _name(yard.year, nearest(yard.polygon), named, rng)
        estate = total["households"] >= ESTATE_FROM_HOUSEHOLDS
        area_m2 = sum(each.polygon.area * each.floors for each in members)
        register.yard_rows.append(
            register.add(
                "courtyards",
                yard.polygon,
                code=f"{community.code}C{sequence[community.code]:03d}",
                name=name,
                community_code=community.code,
                build_year=yard.year,
                enclosure=enclosure[number],
                form="standalone" if yard.standalone else "estate" if estate else "courtyard",
                is_old=yard.year < OLD_BEFORE,
                households=total["households"],
                population=total["population"],
                elderly_60=total["elderly_60"],
                floor_area_m2=round(area_m2, 0) if rng.random() < 0.9 else None,
                **_upkeep(yard.year, yard.standalone, rng),
            )
        )


def _name(year: int, street: str, named: Counter, rng: np.random.Generator) -> str:
    turn = int(rng.integers(0, 90))
    kind = names.courtyard_kind(year, turn)
    counter = street if kind == "street" else kind
    named[counter] += 1
    return names.courtyard_name(kind, street, named[counter] - 1, turn)


def _enclosures(fabric: Fabric, rng: np.random.Generator) -> list[str]:
    """Four in five compounds are open; the newest are closed."""
    count = len(fabric.yards)
    age = np.array([yard.year - 25 * yard.standalone for yard in fabric.yards]) + rng.normal(0, 6, count)
    rank = np.argsort(np.argsort(-age, kind="stable"), kind="stable") / count
    kinds = np.where(rank < 0.10, "closed", np.where(rank < 0.20, "semi", "open")).astype(object)
    kinds[rng.choice(count, max(count // 40, 1), replace=False)] = "unknown"
    return [str(each) for each in kinds]


def _upkeep(year: int, standalone: bool, rng: np.random.Generator) -> dict:
    kinds = ["none", "preparing", "established", "expired", "property_committee"]
    shares = [0.82, 0.04, 0.05, 0.03, 0.06] if year < OLD_BEFORE else [0.34, 0.14, 0.36, 0.10, 0.06]
    committee = "none" if standalone else str(rng.choice(kinds, p=shares))
    ends = {"established": ("2026-08-01", "2030-06-30"), "expired": ("2023-05-01", "2026-05-31")}.get(
        committee
    )
    works = ["none", "planned", "doing", "done"]
    return {
        "owners_committee": committee,
        "oc_term_end": day(rng, *ends) if ends else None,
        "renovation": str(rng.choice(works, p=[0.38, 0.16, 0.10, 0.36])) if year < OLD_BEFORE else "none",
        "survey_status": "surveyed",
        "survey_date": day(rng, "2025-02-10", "2026-04-30"),
    }


def enter_roads(register: Register, roads: list[Road]) -> None:
    """Enter the noded roads."""
    for number, road in enumerate(roads, 1):
        street: Street = road.street
        drivable = street.road_class not in ("path", "pedestrian")
        line: LineString = road.line
        register.add(
            "roads",
            line,
            code=f"990201R{number:05d}",
            name=street.name,
            walkable=True,
            drivable=drivable,
            oneway=street.oneway,
            bridge=road.bridge,
            tunnel=road.tunnel,
            level=road.level,
            speed_kmh=street.speed_kmh or SPEED_KMH.get(street.road_class),
            **{"class": street.road_class},
        )
