"""Who may use a road, how fast and on which level, by its record or its class."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.model.roads.passage import use_of


class TestStreets:
    def road(self, **given: object) -> dict[str, object]:
        columns = ("class", "walkable", "drivable", "oneway", "speed_kmh", "level", "bridge", "tunnel", "barrier")
        frame = pd.DataFrame({name: pd.Series([given.get(name)], dtype=object) for name in columns})
        return {name: values[0].item() for name, values in use_of(frame).items()}

    def test_by_its_class_where_the_record_does_not_say(self) -> None:
        path, street = self.road(**{"class": "footway"}), self.road(**{"class": "residential"})
        assert (path["walkable"], path["drivable"], street["walkable"], street["drivable"]) == (True, False, True, True)
        assert path["assumed"] and street["assumed"]

    def test_the_record_goes_before(self) -> None:
        said = self.road(**{"class": "residential"}, walkable=False, drivable=True, speed_kmh=5.0)
        assert (said["walkable"], said["drivable"], said["speed_kmh"], said["assumed"]) == (False, True, 5.0, False)
        assert self.road(walkable=True, drivable=True)["assumed"]  # of the speed nothing is said
        assert not self.road(walkable=True, drivable=False)["assumed"]  # which matters only to cars

    def test_a_fence_stops_feet_and_any_barrier_cars(self) -> None:
        for barrier, walk in (("fence", False), ("围墙", False), ("bollard", True)):
            found = self.road(**{"class": "residential"}, barrier=barrier)
            assert (found["walkable"], found["drivable"]) == (walk, False)

    @pytest.mark.parametrize(
        ("given", "level"),
        [
            ({}, 0),
            ({"bridge": True}, 1),
            ({"tunnel": True}, -1),
            ({"bridge": True, "level": 3}, 3),
            ({"tunnel": True, "level": 0}, 0),
            ({"bridge": True, "tunnel": True}, 1),
            ({"bridge": False}, 0),
        ],
    )
    def test_on_which_level(self, given: dict, level: int) -> None:
        assert self.road(**given)["level"] == level

    def test_which_way(self) -> None:
        assert [self.road(oneway=each)["oneway"] for each in ("forward", "backward", "no", None)] == [1, -1, 0, 0]
