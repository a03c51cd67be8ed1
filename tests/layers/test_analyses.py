"""The registered analyses, in the small town, with the answers worked out by hand."""

from __future__ import annotations

import datetime as dt

import msgspec
import pandas as pd
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, schema, silent
from layers.errors import InvalidParameter
from layers.model.management import indicators
from layers.store.protocol import Store
from tests import town

DAY = town.DAY.isoformat()


def run(store: Store, id: str, **inputs: object) -> dict:
    """Run an analysis as it is run over HTTP."""
    analysis = analyses()[id]
    if "as_of" in {each.encode_name for each in msgspec.structs.fields(analysis.Inputs)}:
        inputs.setdefault("as_of", DAY)
    outputs = analysis.run(store, decode(analysis, inputs, town.DAY), silent)
    assert list(outputs) == [output.name for output in analysis.outputs]
    return msgspec.json.decode(msgspec.json.encode(outputs_json(outputs, "en")))


class TestCoverage:
    def test_the_worked_example(self, small_town: Store) -> None:
        """Ten buildings = 4 professional formal, 1 soe trial, 1 fallback, 1 lapsed, 2 unmanaged, 1 unknown."""
        summary = run(small_town, "coverage")["summary"]
        assert (summary["managed"], summary["known"], summary["total"]) == (6, 9, 10)
        assert summary["coverage"] == pytest.approx(6 / 9)
        assert summary["known_share"] == pytest.approx(0.9)
        assert (summary["lower"], summary["upper"]) == (pytest.approx(0.6), pytest.approx(0.7))

    def test_the_strict_basis(self, small_town: Store) -> None:
        summary = run(small_town, "coverage", basis="strict")["summary"]
        assert (summary["managed"], summary["known"]) == (4, 9)
        assert summary["coverage"] == pytest.approx(4 / 9)

    def test_rows_add_up_to_the_summary(self, small_town: Store) -> None:
        for by, count in (("grids", 2), ("courtyards", 6), ("communities", 1), ("streets", 1), ("districts", 1)):
            found = run(small_town, "coverage", by=by)
            assert len(found["rows"]) == count
            for name in ("managed", "known", "total", "buildings"):
                assert sum(row[name] for row in found["rows"]) == found["summary"][name]

    def test_by_grid(self, small_town: Store) -> None:
        west, east = run(small_town, "coverage", by="grids")["rows"]
        assert (west["name"], west["managed"], west["known"], west["total"]) == ("第1网格", 5, 5, 5)
        assert (east["managed"], east["known"], east["total"], east["coverage"]) == (1, 4, 5, 0.25)

    def test_a_missing_weight_is_counted_and_in_no_sum(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b01", households=None)
        summary = run(small_town, "coverage", weight="households")["summary"]
        assert (summary["managed"], summary["known"], summary["missing_weight"]) == (50, 80, 1)

    def test_nothing_known_has_no_coverage(self, small_town: Store) -> None:
        rows = run(small_town, "coverage", by="courtyards")["rows"]
        unknown = next(row for row in rows if row["code"] == "CF")
        assert (unknown["known"], unknown["coverage"], unknown["lower"], unknown["upper"]) == (0, None, 0, 1)

    def test_buildings_in_no_community_have_a_row_of_their_own(self, small_town: Store) -> None:
        town.add(small_town, "buildings", "far", town.box(5000, 0, 10, 10), use="residential")
        rows = run(small_town, "coverage")["rows"]
        assert [(row["code"], row["total"]) for row in rows] == [(town.COMMUNITY, 10), (None, 1)]

    def test_an_empty_area_has_a_row_too(self, small_town: Store) -> None:
        town.add(small_town, "communities", "990301001002", town.box(2000, 0, 10, 10), name="空社区")
        assert [row["total"] for row in run(small_town, "coverage")["rows"]] == [10, 0]

    def test_the_indicators_beside_it(self, small_town: Store) -> None:
        summary = run(small_town, "coverage")["summary"]
        share = summary["open_share"]
        assert (share["open"], share["known"], share["unknown"]) == (5, 6, 0)
        assert summary["mode_mix_households"] == {"fallback": 10, "professional": 40, "soe": 10}
        assert summary["by_class"] == {
            "fallback": 1, "lapsed": 1, "professional": 4, "soe-trial": 1, "unknown": 1, "unmanaged": 2,
        }  # fmt: skip


def test_an_empty_workspace_has_no_rows_and_no_division(empty: Store) -> None:
    found = run(empty, "coverage")
    assert found["rows"] == []
    assert (found["summary"]["total"], found["summary"]["coverage"]) == (0, None)
    assert run(empty, "unmanaged-buildings")["buildings"]["features"] == []
    assert run(empty, "data-quality")["defects"]["features"] == []


class TestUnmanagedBuildings:
    def codes(self, found: dict) -> list[str]:
        return [feature["properties"]["code"] for feature in found["buildings"]["features"]]

    def test_each_has_its_reason(self, small_town: Store) -> None:
        found = run(small_town, "unmanaged-buildings")
        reasons = {each["id"]: each["properties"]["reason"] for each in found["buildings"]["features"]}
        assert reasons == {"b07": "ended", "b08": "no_arrangement", "b09": "no_arrangement"}
        assert found["buildings"]["features"][0]["properties"]["reason_text"] == "arrangement ended on 2024-12-31"
        assert found["summary"]["households"] == 30

    def test_unknown_is_never_in_the_list(self, small_town: Store) -> None:
        assert "b10" not in self.codes(run(small_town, "unmanaged-buildings", basis="strict"))
        assert run(small_town, "unmanaged-buildings")["summary"]["unknown"] == 1

    def test_it_is_what_coverage_counts(self, small_town: Store) -> None:
        for basis in ("broad", "strict", "accepted"):
            listed = len(self.codes(run(small_town, "unmanaged-buildings", basis=basis)))
            summary = run(small_town, "coverage", basis=basis)["summary"]
            assert listed == summary["known"] - summary["managed"]

    def test_filters(self, small_town: Store) -> None:
        assert self.codes(run(small_town, "unmanaged-buildings", within="courtyards:CE")) == ["b08", "b09"]
        assert self.codes(run(small_town, "unmanaged-buildings", within=f"grids:{town.COMMUNITY}001")) == []
        assert self.codes(run(small_town, "unmanaged-buildings", min_households=11)) == []
        assert self.codes(run(small_town, "unmanaged-buildings", enclosure="closed")) == []
        assert self.codes(run(small_town, "unmanaged-buildings", enclosure="open")) == ["b07", "b08", "b09"]

    def test_a_building_without_households_is_left_out_of_a_filter_by_households_and_counted(
        self, small_town: Store
    ) -> None:
        town.amend(small_town, "buildings", "b08", households=None)
        found = run(small_town, "unmanaged-buildings", min_households=1)
        assert self.codes(found) == ["b07", "b09"]
        assert found["summary"]["left_out_without_households"] == 1


class TestCompareDates:
    def test_what_was_gained_and_lost(self, small_town: Store) -> None:
        found = run(small_town, "compare-dates", **{"from": "2024-06-01", "to": DAY})
        changes = {each["id"]: each["properties"]["change"] for each in found["buildings"]["features"]}
        assert changes == {"b05": "newly_managed", "b07": "newly_unmanaged"}
        (row,) = found["rows"]
        assert (row["newly_managed"], row["newly_unmanaged"], row["managed_from"], row["managed_to"]) == (1, 1, 6, 6)

    def test_a_survey_is_not_a_loss(self, small_town: Store) -> None:
        town.amend(small_town, "courtyards", "CE", survey_date=dt.date(2025, 1, 1))
        found = run(small_town, "compare-dates", **{"from": "2024-12-31", "to": DAY})
        assert "b08" not in {each["id"] for each in found["buildings"]["features"]}

    def test_the_earlier_day_comes_first(self, small_town: Store) -> None:
        with pytest.raises(InvalidParameter) as refused:
            run(small_town, "compare-dates", **{"from": "2025-03-01", "to": "2025-02-01"})
        assert "swap" in refused.value.say("en")


class TestDataQuality:
    def defects(self, store: Store, **inputs: object) -> list[tuple[str, str]]:
        found = run(store, "data-quality", **inputs)["defects"]["features"]
        return [(each["properties"]["kind"], each["properties"]["feature"]) for each in found]

    def test_a_sound_town_lacks_only_the_boundaries_of_its_managed_areas(self, small_town: Store) -> None:
        assert self.defects(small_town) == [("no-geometry", f"A{letter}") for letter in "ABCD"]

    @pytest.mark.parametrize(
        ("layer", "id", "amended", "expected"),
        [
            ("buildings", "b01", {"courtyard_code": "CX"}, ("orphan-code", "b01")),
            ("courtyards", "CA", {"community_code": "990301001002"}, ("orphan-code", "CA")),
            ("communities", town.COMMUNITY, {"code": "990302001001"}, ("orphan-code", "990302001001")),
            ("managed-areas", "AA", {"courtyard_codes": ("CA", "CX")}, ("orphan-code", "AA")),
            ("arrangements", "RA", {"manager": "M2"}, ("orphan-code", "RA")),
            ("grids", f"{town.COMMUNITY}001", {"code": "990301001002001"}, ("wrong-prefix", "990301001002001")),
            ("arrangements", "RA", {"end_date": dt.date(2023, 1, 1)}, ("dates-reversed", "RA")),
            ("courtyards", "CA", {"households": 60}, ("households-differ", "CA")),
            ("buildings", "b01", {"households": None}, ("no-households", "b01")),
            ("buildings", "b01", {"use": None}, ("use-unknown", "b01")),
            ("managed-areas", "AD", {"courtyard_codes": ()}, ("empty-area", "AD")),
        ],
    )
    def test_a_fault_is_found_and_named(
        self, small_town: Store, layer: str, id: str, amended: dict, expected: tuple
    ) -> None:
        town.amend(small_town, layer, id, **amended)
        assert expected in self.defects(small_town)

    def test_lists_and_map_are_reconciled(self, small_town: Store) -> None:
        # area X lists b01 but its boundary holds only b02, which courtyard A's area lists
        town.add(small_town, "managed-areas", "X", town.box(100, 0, 100, 100), building_codes=("b01",))
        found = self.defects(small_town)
        assert ("listed-outside", "b01") in found
        assert ("inside-listed-elsewhere", "b02") in found

    def test_grids_that_overlap_and_gape_are_located(self, small_town: Store) -> None:
        before = small_town.get("grids", f"{town.COMMUNITY}001")
        town.amend(small_town, "grids", before.id, valid_to=dt.date(2024, 1, 1))
        town.add(small_town, "grids", f"{town.COMMUNITY}003", town.box(0, 0, 400, 100), community_code=town.COMMUNITY,
                 grid_system="service", state="active")  # fmt: skip
        kinds = {kind for kind, _ in self.defects(small_town)}
        assert "grid-gap" in kinds  # 400 m to 500 m is in no grid
        assert "in-no-grid" in kinds  # and so is the house b05 that stands there

    def test_within_keeps_what_belongs_to_the_area(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b01", households=None)
        town.amend(small_town, "buildings", "b08", households=None)
        assert ("no-households", "b08") in self.defects(small_town, within="courtyards:CE")
        assert ("no-households", "b01") not in self.defects(small_town, within="courtyards:CE")


    def test_a_building_inside_a_drawn_courtyard_belongs_to_it_or_is_listed(self, small_town: Store) -> None:
        """b10 stands within courtyard F and b09 within E, whatever their records say."""
        town.amend(small_town, "buildings", "b10", courtyard_code=None)
        town.amend(small_town, "buildings", "b09", courtyard_code="CF")
        found = run(small_town, "data-quality")["defects"]["features"]
        said = {each["properties"]["feature"]: each["properties"] for each in found}
        assert (said["b10"]["kind"], "CF" in said["b10"]["detail"]) == ("inside-courtyard", True)
        assert (said["b09"]["kind"], "CE" in said["b09"]["detail"]) == ("inside-other-courtyard", True)
        town.amend(small_town, "buildings", "b10", courtyard_code="CF")
        assert "b10" not in {feature for _, feature in self.defects(small_town)}

    def test_a_boundary_that_nobody_drew_claims_no_building(self, small_town: Store) -> None:
        """Derived from buildings, it says nothing that its buildings do not say themselves."""
        town.amend(small_town, "buildings", "b10", courtyard_code=None)
        town.amend(small_town, "courtyards", "CF", geometry_derived=True)
        assert "inside-courtyard" not in {kind for kind, _ in self.defects(small_town)}

    @pytest.mark.parametrize("out", [{"use": "commercial"}, {"in_scope": False}])
    def test_buildings_out_of_scope_need_no_courtyard(self, small_town: Store, out: dict) -> None:
        town.amend(small_town, "buildings", "b10", courtyard_code=None, **out)
        assert "inside-courtyard" not in {kind for kind, _ in self.defects(small_town)}


class TestInputs:
    @pytest.mark.parametrize(
        ("id", "inputs", "named"),
        [
            ("coverage", {"basis": "lax"}, "basis"),
            ("coverage", {"as_of": "6.2.2025"}, "as_of"),
            ("coverage", {"colour": "red"}, "colour"),
            ("coverage", {"within": "communities"}, "within"),
            ("coverage", {"within": "communities:000000000000"}, "within"),
            ("unmanaged-buildings", {"min_households": -1}, "min_households"),
            ("unmanaged-buildings", {"min_households": 2.5}, "min_households"),
            ("compare-dates", {"to": DAY}, "from"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, small_town: Store, id: str, inputs: dict, named: str) -> None:
        with pytest.raises(InvalidParameter) as refused:
            run(small_town, id, **inputs)
        assert named in {fault.where.get("parameter") for fault in refused.value.faults}

    def test_all_faults_at_once(self, small_town: Store) -> None:
        with pytest.raises(InvalidParameter) as refused:
            run(small_town, "coverage", basis="lax", by="planets", as_of="never")
        assert {fault.where["parameter"] for fault in refused.value.faults} == {"basis", "by", "as_of"}

    @pytest.mark.parametrize("id", analyses())
    def test_every_analysis_describes_itself(self, id: str) -> None:
        analysis = analyses()[id]
        assert set(schema(analysis)["properties"]) <= set(analysis.labels)
        assert all(label.zh and label.en for output in analysis.outputs for label in output.columns.values())

    def test_a_day_that_is_not_given_is_today(self) -> None:
        assert decode(analyses()["coverage"], {}, town.DAY).as_of == town.DAY


def test_coverage_of_a_plain_frame() -> None:
    """The formula without a store: two of three known are managed, one of four is unknown."""
    frame = pd.DataFrame({"managed": pd.array([True, True, False, None], dtype="boolean"), "households": [1, 2, 3, 4]})
    row = indicators.coverage(frame, "households").iloc[0]
    assert (row["managed"], row["known"], row["total"]) == (3, 6, 10)
    assert (row["coverage"], row["known_share"], row["lower"], row["upper"]) == (0.5, 0.6, 0.3, 0.7)
