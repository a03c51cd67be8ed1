"""A feature beside another, and a change and its inverse."""

from __future__ import annotations

import datetime as dt

import shapely

from layers.model.feature import Change, Feature
from layers.model.job import ACCEPTED, Job, Order


class TestFeatures:
    HERE, THERE = shapely.Point(1, 2), shapely.Point(1, 2.0000001)

    def test_the_same_content_whatever_the_version(self) -> None:
        one = Feature("a", self.HERE, {"name": "x", "codes": (), "note": None}, 1)
        assert one.same_content(one) and one.same_content(Feature("a", shapely.Point(1, 2), {"name": "x"}, 7))

    def test_another_place_name_or_none_is_another_content(self) -> None:
        one = Feature("a", self.HERE, {"name": "x"})
        for other in (
            Feature("a", self.THERE, {"name": "x"}),
            Feature("a", None, {"name": "x"}),
            Feature("a", self.HERE, {}),
            Feature("a", self.HERE, {"name": "x", "codes": ("1",)}),
        ):
            assert not one.same_content(other) and not other.same_content(one)
        assert Feature("a", None).same_content(Feature("a", None))

    def test_a_change_and_its_inverse(self) -> None:
        old, new = Feature("a", None), Feature("a", self.HERE)
        assert [Change("x", "a", *both).op for both in ((None, new), (old, new), (old, None))] == [
            "create",
            "update",
            "delete",
        ]
        assert Change("x", "a", old, new).inverse() == Change("x", "a", new, old)
        assert Feature("a", None).version == 0


def test_a_job_that_was_handed_in_was_never_begun() -> None:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    job = Job("j", 1, Order("coverage", {}, ()), ACCEPTED, now, now)
    assert (job.attempts, job.progress, job.started, job.holder) == (0, 0, None, None)
