"""Records corrected by hand in the small town: what is refused, what is asked, and who takes over what since when."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import Conflict, GridmapError, InvalidParameter, NotFound, StaleRevision
from layers.store.protocol import Store
from layers.usecases import chronicle, history
from layers.usecases.edits import byhand, contracts
from layers.usecases.edits.byhand import Step
from layers.usecases.edits.features import KEEP, Given, Writer
from layers.usecases.edits.handover import HandOver, hand_over, standing
from tests import town

TODAY = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
HERE = shapely.Point(town.WEST + 0.001, town.SOUTH + 0.0005)


def writer(store: Store, author: str = "wang") -> Writer:
    return Writer(store, author, TODAY)


def step(
    layer: str, id: str | None = None, version: int | None = None, geometry: object = KEEP, **values: object
) -> Step:
    return Step(catalogue().layer(layer), id, version, Given(values, geometry))


def change(store: Store, *steps: Step, sure: tuple[str, ...] = ()) -> int | None:
    changeset, _ = byhand.save(writer(store), steps, sure)
    return None if changeset is None else changeset.revision


def asked(error: GridmapError) -> list[object]:
    return [fault.where["value"] for fault in error.faults if fault.where.get("parameter") == "sure"]


class TestCorrecting:
    def test_values_are_read_as_people_write_them(self, small_town: Store) -> None:
        change(small_town, step("buildings", "b01", 1, floors="１２层", in_scope="是", survey_date="2025年5月6日"))
        after = small_town.get("buildings", "b01").properties
        assert (after["floors"], after["in_scope"], after["survey_date"]) == (12, True, dt.date(2025, 5, 6))

    def test_every_fault_stands_at_its_field(self, small_town: Store) -> None:
        with pytest.raises(InvalidParameter) as refused:
            change(small_town, step("buildings", "b01", 1, floors="many", survey_date="2025.5", name="x" * 400))
        pointers = {fault.where["pointer"] for fault in refused.value.faults}
        assert pointers == {"/properties/floors", "/properties/survey_date", "/properties/name"}
        assert small_town.revision() == 1

    def test_nothing_new_is_no_changeset(self, small_town: Store) -> None:
        assert change(small_town, step("buildings", "b01", 1, households="10")) is None
        assert small_town.revision() == 1

    def test_several_rows_are_one_changeset(self, small_town: Store) -> None:
        assert change(small_town, *(step("buildings", f"b0{n}", 1, floors=8) for n in (1, 2, 3))) == 2
        assert [small_town.get("buildings", f"b0{n}").properties["floors"] for n in (1, 2, 3)] == [8, 8, 8]

    def test_rows_may_rest_on_a_revision_instead_of_versions(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b02", floors=9)
        rows = [step("buildings", "b01", floors=8), step("buildings", "b02", floors=8)]
        with pytest.raises(StaleRevision):
            byhand.save(writer(small_town), rows, (), 1)
        byhand.save(writer(small_town), rows, (), 2)
        assert small_town.get("buildings", "b02").properties["floors"] == 8

    def test_a_code_is_made_for_a_new_record(self, small_town: Store) -> None:
        change(small_town, step("stations", geometry=HERE, name="卫生站", kind="clinic"))
        (made,) = small_town.read("stations").index
        assert small_town.get("stations", made).properties["code"] == made

    def test_a_place_nowhere_near_is_asked_about(self, small_town: Store) -> None:
        sea = step("stations", geometry=shapely.Point(125, 33), name="站", kind="post")
        with pytest.raises(Conflict) as refused:
            change(small_town, sea)
        assert asked(refused.value) == ["far-away"]
        assert change(small_town, sea, sure=("far-away",)) == 2

    def test_markup_is_asked_about_and_kept_as_text(self, small_town: Store) -> None:
        marked = step("buildings", "b01", 1, name="<b>1号楼</b>")
        with pytest.raises(Conflict) as refused:
            change(small_town, marked)
        assert asked(refused.value) == ["markup"]
        change(small_town, marked, sure=("markup",))
        assert small_town.get("buildings", "b01").properties["name"] == "<b>1号楼</b>"

    def test_an_arrangement_does_not_end_before_it_starts(self, small_town: Store) -> None:
        (contract,) = contracts.of_area(small_town, "AA")
        with pytest.raises(InvalidParameter) as refused:
            change(small_town, step("arrangements", contract.id, 1, end_date="2020-01-01"))
        assert [fault.where["pointer"] for fault in refused.value.faults] == ["/properties/end_date"]

    def test_a_second_arrangement_at_the_same_time_is_asked_about(self, small_town: Store) -> None:
        twice = step("arrangements", managed_area="AA", manager="M1", mode="soe", start_date="2025-01-01")
        with pytest.raises(Conflict) as refused:
            change(small_town, twice)
        assert asked(refused.value) == ["beside"]

    def test_a_mobile_number_is_not_made_public_without_a_word(self, small_town: Store) -> None:
        with pytest.raises(InvalidParameter) as refused:
            change(small_town, step("managers", "M1", 1, public_phone="13812345678"))
        assert refused.value.faults[0].where["pointer"] == "/properties/public_phone"


class TestDeletedAndRestored:
    def station(self, store: Store) -> str:
        change(store, step("stations", geometry=HERE, code="S1", name="站", kind="post"))
        byhand.save(writer(store), [Step(catalogue().layer("stations"), "S1", 1, delete=True)])
        return "S1"

    def test_it_comes_back_under_its_own_id(self, small_town: Store) -> None:
        id = self.station(small_town)
        byhand.restore(writer(small_town), catalogue().layer("stations"), id)
        assert small_town.get("stations", id).properties["name"] == "站"
        assert [each.op for _, each in small_town.feature_history("stations", id)] == ["create", "delete", "create"]

    def test_who_writes_to_it_meanwhile_hears_who_deleted_it(self, small_town: Store) -> None:
        id = self.station(small_town)
        with pytest.raises(StaleRevision, match="wang"):
            change(small_town, step("stations", id, 1, name="新"))

    def test_what_is_there_or_never_was_is_not_restored(self, small_town: Store) -> None:
        layer = catalogue().layer("buildings")
        with pytest.raises(Conflict):
            byhand.restore(writer(small_town), layer, "b01")
        with pytest.raises(NotFound):
            byhand.restore(writer(small_town), layer, "b99")


class TestHandingOver:
    def order(self, **given: object) -> HandOver:
        usual = {"courtyard": "CA", "manager_name": "新物业", "mode": "professional", "start": dt.date(2025, 3, 1)}
        return HandOver(**usual | given)

    def terms(self, store: Store, area: str) -> dict[str, dict]:
        return {str(each.properties["manager"]): dict(each.properties) for each in contracts.of_area(store, area)}

    def test_a_running_contract_ends_early_only_if_somebody_says_so(self, small_town: Store) -> None:
        with pytest.raises(Conflict) as refused:
            hand_over(writer(small_town), self.order())
        assert asked(refused.value) == ["ends-early"]
        done = hand_over(writer(small_town), self.order(), ("ends-early",))
        terms = self.terms(small_town, "AA")
        assert terms["新物业"]["start_date"] == dt.date(2025, 3, 1)
        assert terms["M1"]["terminated_on"] == dt.date(2025, 3, 1)
        assert terms["M1"]["end_date"] == dt.date(2026, 12, 31)
        assert done.changeset.effective == dt.date(2025, 3, 1)

    def test_an_open_one_ends_the_day_before_and_is_not_asked_about(self, small_town: Store) -> None:
        hand_over(writer(small_town), self.order(courtyard="CB"))
        assert self.terms(small_town, "AB")["M1"]["end_date"] == dt.date(2025, 2, 28)

    def test_it_is_one_changeset_and_undone_as_one(self, small_town: Store) -> None:
        done = hand_over(writer(small_town), self.order(courtyard="CB"))
        history.revert(small_town, done.changeset.revision, "wang", TODAY)
        assert list(self.terms(small_town, "AB")) == ["M1"]
        assert "end_date" not in self.terms(small_town, "AB")["M1"]
        assert small_town.get("managers", "新物业") is None

    def test_a_courtyard_that_nobody_managed_gets_its_area(self, small_town: Store) -> None:
        hand_over(writer(small_town), self.order(courtyard="CE"))
        (area,) = contracts.areas_listing(small_town, "CE")
        assert list(self.terms(small_town, str(area.properties["code"]))) == ["新物业"]

    def test_a_known_name_is_that_manager(self, small_town: Store) -> None:
        before = small_town.count("managers")
        name = str(small_town.get("managers", "M1").properties["name"])
        hand_over(writer(small_town), self.order(courtyard="CE", manager_name=f" {name} "))
        assert small_town.count("managers") == before

    def test_a_courtyard_leaves_its_bundle_from_that_day_on(self, small_town: Store) -> None:
        town.amend(small_town, "managed-areas", "AA", kind="bundle", courtyard_codes=("CA", "CE"))
        with pytest.raises(InvalidParameter) as refused:
            hand_over(writer(small_town), self.order(courtyard="CE"))
        assert [fault.where["pointer"] for fault in refused.value.faults] == ["/whole"]
        hand_over(writer(small_town), self.order(courtyard="CE", whole=False))
        assert small_town.get("managed-areas", "AA").properties["courtyard_codes"] == ("CA",)
        earlier = small_town.get("managed-areas", "AA", on_day=dt.date(2025, 2, 6))
        assert earlier.properties["courtyard_codes"] == ("CA", "CE")
        assert "terminated_on" not in self.terms(small_town, "AA")["M1"]

    def test_every_fault_stands_at_its_field(self, small_town: Store) -> None:
        order = self.order(courtyard="CE", manager_name="", mode=None, end=dt.date(2024, 1, 1))
        with pytest.raises(InvalidParameter) as refused:
            hand_over(writer(small_town), order)
        assert {fault.where["pointer"] for fault in refused.value.faults} == {"/manager", "/mode", "/end"}

    def test_what_others_wrote_since_the_form_was_opened_is_told(self, small_town: Store) -> None:
        seen = small_town.revision()
        hand_over(writer(small_town, "li"), self.order(courtyard="CB"))
        with pytest.raises(StaleRevision, match="li"):
            hand_over(writer(small_town), self.order(courtyard="CB", manager_name="另一家", based_on=seen))

    def test_it_is_known_who_manages_before(self, small_town: Store) -> None:
        told = standing(small_town, courtyard="CA")
        assert told.own.properties["code"] == "AA"
        assert [contracts.in_force(each, town.DAY) for each in told.contracts] == [True]


class TestHistory:
    def test_an_undo_is_refused_by_name_with_what_changed(self, small_town: Store) -> None:
        done = change(small_town, *(step("buildings", f"b0{n}", 1, floors=8) for n in (1, 2)))
        change(small_town, step("buildings", "b01", 2, floors=7, units=3))
        with pytest.raises(Conflict) as refused:
            history.revert(small_town, done, "li", TODAY)
        said = refused.value.say("en")
        assert "wang" in said and "1号楼: Floors, Entrances changed" in said

    def test_the_rest_is_undone_where_that_is_wanted(self, small_town: Store) -> None:
        done = change(small_town, *(step("buildings", f"b0{n}", 1, floors=8) for n in (1, 2)))
        change(small_town, step("buildings", "b01", 2, floors=7))
        history.revert(small_town, done, "li", TODAY, sparing=True)
        assert small_town.get("buildings", "b01").properties["floors"] == 7
        assert small_town.get("buildings", "b02").properties["floors"] == 6

    def test_nothing_left_to_undo_is_refused(self, small_town: Store) -> None:
        done = change(small_town, step("buildings", "b01", 1, floors=8))
        change(small_town, step("buildings", "b01", 2, floors=7))
        with pytest.raises(Conflict):
            history.revert(small_town, done, "li", TODAY, sparing=True)

    def test_it_is_found_by_person_layer_and_day(self, small_town: Store) -> None:
        change(small_town, step("buildings", "b01", 1, floors=8))
        change(small_town, step("managers", "M1", 1, name="改名物业"))

        def found(**wanted: object) -> list[int]:
            lines, following = chronicle.entries(small_town, chronicle.Wanted(**wanted), None, 10)
            assert following is None
            return [each.newest.revision for each in lines]

        assert found() == [3, 2, 1]
        assert found(author="WANG") == [3, 2]
        assert found(layer="managers") == [3, 1]
        assert found(until=dt.date(2025, 2, 6)) == [1]
        assert found(since=TODAY.date(), layer="buildings") == [2]

    def test_pages_follow_one_another(self, small_town: Store) -> None:
        for version in range(1, 5):
            change(small_town, step("buildings", "b01", version, floors=10 + version))
        lines, following = chronicle.entries(small_town, chronicle.Wanted(), None, 3)
        further, end = chronicle.entries(small_town, chronicle.Wanted(), following, 3)
        assert [each.newest.revision for each in (*lines, *further)] == [5, 4, 3, 2, 1]
        assert end is None

    def test_strokes_at_a_plan_are_one_line_a_session(self) -> None:
        from layers.store.protocol import Changeset

        def stroke(number: int, minute: int, author: str = "wang", **counts: dict) -> Changeset:
            time = TODAY + dt.timedelta(minutes=minute)
            return Changeset(number, author, time, "m", "plan", counts or {"plans": {"update": 1}})

        strokes = [stroke(9, 80), stroke(8, 70), stroke(7, 30, "li"), stroke(6, 20), stroke(5, 10),
                   stroke(4, 5, buildings={"update": 1}), stroke(3, 0)]  # fmt: skip
        lines = chronicle.folded(strokes)
        assert [[each.revision for each in line.changesets] for line in lines] == [[9, 8], [7], [6, 5], [4], [3]]

    @pytest.mark.parametrize(
        ("undone", "standing"),
        [
            ({}, [3, 2, 1]),
            ({4: 3}, [2, 1]),  # the last stroke was undone: neither it nor its undoing stands
            ({4: 3, 5: 4}, [5, 2, 1]),  # and its undoing undone: the stroke stands again, by the last of them
            ({4: 3, 5: 2, 6: 1}, []),
            ({4: 0}, [4, 3, 2, 1]),  # what is undone is older than this session: that stands too
        ],
    )
    def test_what_a_session_comes_to_is_undone_and_nothing_done_once_more(
        self, undone: dict[int, int], standing: list[int]
    ) -> None:
        from layers.store.protocol import Changeset

        by = {of: number for number, of in undone.items()}
        strokes = [
            Changeset(number, "wang", TODAY + dt.timedelta(minutes=number), "m", "plan", {"plans": {"update": 1}},
                      undone.get(number), by.get(number))
            for number in (1, 2, 3, *undone)
        ]  # fmt: skip
        (line,) = chronicle.folded(reversed(strokes))
        assert line.standing() == standing
