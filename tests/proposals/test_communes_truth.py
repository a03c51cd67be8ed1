"""Communes on their roads: units, and the smallest changes of wishes that cannot be met, beside all ways there are.

networkx drives along the raw roads; every way to divide eleven communes is looked at. Nothing of ours is asked but
where along a road a commune begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.store.protocol import Query, Store
from tests import town
from tests.proposals.raw_ways import RawRoads

COMMUNES = ("Balzers", "Eschen", "Gamprin", "Mauren", "Planken", "Ruggell", "Schaan", "Schellenberg", "Triesen",
            "Triesenberg", "Vaduz")  # fmt: skip
DISTRICT = "990301"
CLOSE = 0.02  # minutes: ours are rounded to a twentieth of a second, and up to a hundredth of a minute where told
WISHES = ((6, 8, 30.0), (5, 6, 3.0), (3, 4, 4.0), (2, 3, 5.0), (4, 5, 6.0), (2, 2, 20.0))
"""Sizes from, to, and minutes; none of them can be met."""


@pytest.fixture
def communes(empty: Store, shared_data: Path) -> Store:
    """A workspace with the roads, and the communes as villages of one street."""
    import app

    areas = gpd.read_file(shared_data / "cities" / "liechtenstein_2013.gpkg", layer="areas")
    level = areas[(areas["boundary"] == "administrative") & (areas["admin_level"] == "8")]
    found = level[level["name"].isin(COMMUNES)].drop_duplicates("name")  # the neighbours' stand there, too
    assert len(found) == len(COMMUNES)
    extract = shared_data / "raw" / "liechtenstein-2013-08-03.osm.pbf"
    assert app.main(["-w", empty.url, "import-osm", str(extract)]) == 0
    for at, row in enumerate(found.itertuples(), start=1):
        town.add(empty, "communities", f"{DISTRICT}009{at:03}", row.geometry, name=row.name, kind="village")
    return empty


def asked(store: Store, low: int, high: int, limit: float) -> Mapping[str, Any]:
    analysis = analyses()["joint-units"]
    wish = {"within": f"districts:{DISTRICT}", "seconds": 20, "max_access_m": 5_000, "limit_minutes": limit,
            "size_min": low, "size_max": high}  # fmt: skip
    return outputs_json(analysis.answer(store, decode(analysis, wish, town.DAY), silent), "en")


class Truth:
    """Every way to divide the communes, by minutes that networkx finds along the raw roads."""

    def __init__(self, store: Store) -> None:
        whole = asked(store, len(COMMUNES), len(COMMUNES), 240.0)
        lines = gpd.GeoSeries([shapely.geometry.shape(row["route"]) for row in whole["rows"]], crs=4326).to_crs(32632)
        ways = [(row, line) for row, line in zip(whole["rows"], lines, strict=True) if not row["is_centre"]]
        place = {row["member"]: line.coords[0] for row, line in ways}
        place[ways[0][0]["centre"]] = ways[0][1].coords[-1]
        self.codes = sorted(place)
        roads = store.read("roads", Query()).to_crs(32632)
        driven = roads[roads["drivable"].eq(True) & roads["speed_kmh"].notna() & roads["class"].ne("ferry")]
        self.minutes = RawRoads(driven).between([place[each] for each in self.codes])
        self.reach = {each: self._reach(each) for each in range(1, 1 << len(self.codes))}

    def _reach(self, group: int) -> float:
        """Give the least limit at which a group of communes, as bits, can be a unit around one of them."""
        mine = [at for at in range(len(self.codes)) if group >> at & 1]
        return min(max(self.minutes[each, centre] for each in mine) for centre in mine)

    def least(self, low: int, high: int) -> float:
        """Give the least limit at which all communes can be in units of these sizes; inf where they never can."""

        @cache
        def of(left: int) -> float:
            if not left:
                return 0.0
            first = (left & -left).bit_length() - 1
            rest = [at for at in range(len(self.codes)) if left >> at & 1 and at != first]
            found = np.inf
            for size in range(low, min(high, len(rest) + 1) + 1):
                for others in combinations(rest, size - 1):
                    group = sum(1 << at for at in others) | 1 << first
                    if self.reach[group] < found:
                        found = min(found, max(self.reach[group], of(left & ~group)))
            return found

        return of((1 << len(self.codes)) - 1)

    def sizes(self, low: int, high: int, limit: float) -> tuple[int, int]:
        """Give the sizes nearest to those asked that suffice within a limit: few steps, then the least size kept."""
        most = len(self.codes)
        steps = ((by, less) for by in range(2 * most) for less in range(min(by, low - 1) + 1))
        return next((low - less, high + by - less) for by, less in steps
                    if self.least(low - less, min(high + by - less, most)) <= limit)  # fmt: skip

    def causes(self, low: int, limit: float) -> dict[str, float]:
        """Give the communes that no unit of the least size can have within a limit, and what each needs."""
        found = {}
        for at, code in enumerate(self.codes):
            needs = min(reach for group, reach in self.reach.items() if group >> at & 1 and group.bit_count() == low)
            if needs > limit:
                found[code] = needs
        return found


@pytest.mark.deep
def test_smallest_changes_are_those_of_all_ways_to_divide_the_communes(communes: Store) -> None:
    truth = Truth(communes)
    for low, high, limit in WISHES:
        told, least = asked(communes, low, high, limit)["summary"], truth.least(low, high)
        assert least > limit + CLOSE, "a wish that cannot be met"
        assert (told["status"], told["proven"], told["villages"]) == ("infeasible", True, len(COMMUNES))
        minutes, sizes = (way(told, each) for each in ("minutes", "sizes"))
        assert minutes["proven"] and sizes["proven"]
        assert (minutes["limit_minutes"] or np.inf) == pytest.approx(least, abs=CLOSE)
        assert (sizes["size_min"], sizes["size_max"]) == truth.sizes(low, high, limit)
        needed = truth.causes(low, limit)
        assert {each["code"] for each in told["causes"]} == set(needed)
        for each in told["causes"]:
            if each["reason"] == "few_near":
                assert each["minutes"] == pytest.approx(needed[each["code"]], abs=CLOSE)
        for changed in met(minutes, sizes):
            assert_met(communes, truth, {"low": low, "high": high, "limit": limit, **changed})


def met(minutes: Mapping[str, Any], sizes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what is asked again, of the changes that are told."""
    if minutes["limit_minutes"] is not None:
        yield {"limit": minutes["limit_minutes"]}
    yield {"low": sizes["size_min"], "high": sizes["size_max"]}


def assert_met(store: Store, truth: Truth, wish: Mapping[str, Any]) -> None:
    """A changed wish is met, and every way takes as long as networkx says."""
    answer = asked(store, wish["low"], wish["high"], wish["limit"])
    assert answer["summary"]["status"] == "optimal"
    units = Counter(row["part"] for row in answer["rows"]).values()
    assert sum(units) == len(COMMUNES) and all(wish["low"] <= each <= wish["high"] for each in units)
    for row in answer["rows"]:
        one, other = truth.codes.index(row["member"]), truth.codes.index(row["centre"])
        assert row["minutes"] == pytest.approx(truth.minutes[one, other], abs=CLOSE)
        assert row["minutes"] <= wish["limit"]
        if not row["is_centre"]:
            (line,) = gpd.GeoSeries([shapely.geometry.shape(row["route"])], crs=4326).to_crs(32632)
            assert line.length == pytest.approx(row["metres"], rel=1e-3)


def way(summary: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next(each for each in summary["relaxations"] if each["way"] == name)
