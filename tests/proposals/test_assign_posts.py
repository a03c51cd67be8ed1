"""Posts assigned in the small town: six courtyards in a row, A 400 m long, then B, C, D, E (200 m) and F."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import InvalidParameter
from layers.store.protocol import Store
from tests import town
from tests.proposals.posts_checker import faults

HERE = f"communities:{town.COMMUNITY}"


def assign(store: Store, code: str, post: str, target: str, **more: object) -> None:
    given = {"level": "community", "type": "lead", "target_layer": "courtyards", **more}
    town.add(store, "assignments", code, None, post=post, target=target, **given)


def propose(store: Store, language: str = "en", **wishes: object) -> dict[str, Any]:
    """Ask for posts; what is answered is checked by an independent checker first."""
    given = {"within": HERE, "targets": "courtyards", **wishes}
    analysis = analyses()["assign-posts"]
    answer = outputs_json(analysis.answer(store, decode(analysis, given, town.DAY), silent), language)
    features = [{**each, "geometry": json.loads(bytes(each["geometry"]))} for each in answer["proposal"]["features"]]
    answer["proposal"]["features"] = features
    assert faults(store, answer, given) == []
    assert [each["properties"] for each in features] == answer["rows"]
    return answer


@pytest.fixture
def manned(small_town: Store) -> Store:
    """West has A and East has F; C had somebody until last year, and E will have somebody; B has two."""
    assign(small_town, "z1", "西区干部", "CA")
    assign(small_town, "z2", "东区干部", "CF")
    assign(small_town, "z3", "退休干部", "CC", valid_to=dt.date(2024, 12, 31))
    assign(small_town, "z4", "新干部", "CE", valid_from=dt.date(2025, 3, 1))
    assign(small_town, "z5", "西区干部", "CB")
    assign(small_town, "z6", "东区干部", "CB")
    return small_town


def taken(answer: dict[str, Any]) -> dict[str, str]:
    return {row["part"]: row["post"] for row in answer["rows"]}


def test_what_is_open_goes_to_who_is_near(manned: Store) -> None:
    """C is beside B, which both have; D is nearer to F than to B, and evenness gives each one."""
    answer = propose(manned)
    assert set(taken(answer)) == {"CC", "CD"} and set(taken(answer).values()) == {"西区干部", "东区干部"}
    summary = answer["summary"]
    told = {"status": "optimal", "gap": 0.0, "assigned": 2, "duplicate": 1, "expired": 1, "unassigned": 1, "to_come": 1}
    assert {name: summary[name] for name in told} == told
    assert summary["most"] == 3 and "proven" in summary["sentences"][-1]


def test_what_is_wrong_today_is_found(manned: Store) -> None:
    assign(manned, "z7", "西区干部", "nowhere")
    listed = propose(manned, most=1)["findings"]
    found = {(each["kind"], each["target"]): each for each in listed}
    assert found["duplicate", "CB"]["posts"] == ["东区干部", "西区干部"]
    assert found["expired", "CC"]["since"] == "2024-12-31"
    assert ("unassigned", "CD") in found and ("to_come", "CE") in found and ("strange", "nowhere") in found
    assert [(each["posts"], each["count"]) for each in listed if each["kind"] == "overloaded"] == [
        (["东区干部"], 2),
        (["西区干部"], 2),
    ]


def test_too_little_room_says_the_smallest_that_does(manned: Store) -> None:
    summary = propose(manned, most=2)["summary"]
    assert (summary["status"], summary["proven"], summary["proposed"], summary["left"]) == ("infeasible", True, 0, 2)
    assert "2 open, and the posts for them (2) have room for 0 more at 2 a post" in summary["binds"][0]
    (relaxed,) = summary["relaxations"]
    assert relaxed["most"] == 3
    assert propose(manned, most=3)["summary"]["status"] == "optimal"


def test_too_short_a_reach_says_who_is_too_far_and_what_would_do(manned: Store) -> None:
    summary = propose(manned, most_m=150)["summary"]
    assert summary["status"] == "infeasible" and "CD is 2" in summary["binds"][0]
    (relaxed,) = summary["relaxations"]
    assert propose(manned, most_m=relaxed["most_m"])["summary"]["status"] == "optimal"


def test_where_neither_room_nor_reach_alone_would_do_both_are_told(small_town: Store) -> None:
    """One post has A; five more lie up to 750 m east, and it may have two within 300 m."""
    assign(small_town, "z1", "西区干部", "CA")
    summary = propose(small_town, most=2, most_m=300)["summary"]
    assert (summary["status"], summary["proven"]) == ("infeasible", True)
    (relaxed,) = summary["relaxations"]
    assert relaxed["most"] == 6 and relaxed["most_m"] == pytest.approx(750, abs=3)
    met = {"most": relaxed["most"], "most_m": relaxed["most_m"]}
    assert propose(small_town, **met)["summary"]["status"] == "optimal"
    for less in ({**met, "most": 5}, {**met, "most_m": relaxed["most_m"] - 1}):
        assert propose(small_town, **less)["summary"]["status"] == "infeasible"


def test_nobody_to_assign_is_said_and_a_named_post_takes_all(small_town: Store) -> None:
    summary = propose(small_town)["summary"]
    assert summary["status"] == "infeasible" and "6 targets are open and nobody" in summary["binds"][0]
    answer = propose(small_town, posts=["新来干部"])
    assert answer["summary"]["status"] == "optimal" and set(taken(answer).values()) == {"新来干部"}
    assert len(answer["rows"]) == 6


def test_a_post_that_takes_no_more_gets_nothing(manned: Store) -> None:
    assert set(taken(propose(manned, without=["东区干部"])).values()) == {"西区干部"}


def test_with_nobody_left_a_limit_of_metres_is_no_reason(manned: Store) -> None:
    summary = propose(manned, without=["西区干部", "东区干部"], most_m=10)["summary"]
    assert summary["status"] == "infeasible" and "nobody has any there" in summary["binds"][0]
    assert "Name at least one post" in summary["relaxations"][0]["says"] and len(summary["relaxations"]) == 1


def test_what_is_a_hair_too_far_is_not_told_as_just_far_enough(small_town: Store) -> None:
    """D is 300.01 m from F's and as far as nobody else."""
    assign(small_town, "z1", "甲", "CA")
    assign(small_town, "z2", "乙", "CF")
    assert "CD is 300.1 m" in propose(small_town, most_m=300)["summary"]["binds"][1]


def test_one_target_on_record_twice_for_a_post_is_one_to_it(small_town: Store) -> None:
    assign(small_town, "z1", "书记", "CA")
    assign(small_town, "z2", "书记", "CA")
    answer = propose(small_town)
    assert (answer["rows"][0]["load_today"], answer["summary"]["most"], answer["summary"]["duplicate"]) == (1, 6, 1)


def test_what_ends_before_it_begins_never_begins(manned: Store) -> None:
    assign(manned, "z7", "新干部", "CD", valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2020, 1, 1))
    assert "CD" in taken(propose(manned))


def test_what_has_no_place_is_told_and_counts_as_the_farthest(manned: Store) -> None:
    town.amend(manned, "courtyards", "CD", name="无界院")
    town.add(manned, "courtyards", "CX", None, name="无位置院", community_code=town.COMMUNITY)
    answer = propose(manned)
    by_part = {row["part"]: row for row in answer["rows"]}
    assert by_part["CX"]["metres"] is None and answer["summary"]["unmeasured"] == 1
    shapes = {each["id"]: each["geometry"] for each in answer["proposal"]["features"]}
    assert shapes["CX"] is None and shapes["CD"]["type"] == "LineString"
    assert "one more" not in answer["summary"]["notes"] and "1 of those proposed" in answer["summary"]["notes"][0]


def test_an_assignment_of_unknown_level_is_not_called_nobody(small_town: Store) -> None:
    assign(small_town, "z1", "某干部", "CA", level=None, type="unknown")
    summary = propose(small_town)["summary"]
    assert (summary["assigned"], summary["vague"]) == (1, 1)


def test_leaders_belong_to_no_community(small_town: Store) -> None:
    """The leader of another community takes this one, too, from there."""
    town.add(small_town, "communities", "990301001002", town.box(3000, 0, 1000, 100), name="远社区", kind="urban")
    assign(small_town, "z1", "分管副职", "990301001002", level="department", target_layer="communities")
    answer = propose(small_town, targets="communities", within="districts:990301")
    assert taken(answer) == {town.COMMUNITY: "分管副职"} and answer["rows"][0]["metres"] == pytest.approx(3000, abs=60)


def test_nothing_open_is_nothing_to_do(small_town: Store) -> None:
    for number, letter in enumerate("ABCDEF"):
        assign(small_town, f"z{number}", "干部", f"C{letter}")
    answer = propose(small_town)
    assert answer["rows"] == [] and answer["summary"]["status"] == "optimal" and answer["summary"]["objective"] == 0


def test_an_area_without_targets_has_nothing_to_do_and_is_an_area(small_town: Store) -> None:
    """No grid is drawn there, and the district has no record of its own: its communities are named by its code."""
    gone = [("districts", "990301"), *(("grids", id) for id in small_town.read("grids").index)]
    for layer, id in gone:
        town.amend(small_town, layer, id, valid_to=dt.date(2024, 12, 31))
    answer = propose(small_town, targets="grids", within="districts:990301")
    assert answer["rows"] == [] and answer["summary"]["total"] == 0


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"within": "courtyards:CA"}, "an area of one of communities, streets, districts"),
        ({"within": "communities:000000000000"}, "no such area"),
        ({"posts": ["某岗"], "without": ["某岗"]}, "out of one of the two"),
        ({"posts": ["某岗"], "within": "districts:990301"}, "POST@CODE"),
        ({"posts": ["某岗@123"]}, "no community of this code"),
        ({"without": ["没有的岗位"]}, "correct “Takes no more”"),
        ({"posts": [" 某岗"], "without": ["某岗 "]}, "out of one of the two"),
        ({"posts": ["  "]}, "no name"),
        ({"posts": [f"@{town.COMMUNITY}"]}, "no name"),
    ],
)
def test_wishes_that_cannot_be_meant_are_refused(wishes: dict[str, Any], said: str, manned: Store) -> None:
    with pytest.raises(InvalidParameter) as refused:
        propose(manned, **wishes)
    assert said in refused.value.say("en")
