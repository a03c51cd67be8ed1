"""A layer's extent, which grows by arithmetic and is measured again only when it may have shrunk."""

from __future__ import annotations

import pytest

from layers.model.feature import Change, Feature
from layers.store.protocol import Draft, Store
from tests import town


def put(store: Store, *outlines: tuple[str, object]) -> None:
    """Give buildings other outlines in one changeset."""
    olds = {id: store.get("buildings", id) for id, _ in outlines}
    changes = [
        Change("buildings", id, olds[id], Feature(id, shape, olds[id].properties, olds[id].version))
        for id, shape in outlines
    ]
    store.commit(Draft("tests", town.NOON, "move", "edit", changes))


def east_and_west(store: Store) -> tuple[float, float]:
    west, _, east, _ = store.extent("buildings").bbox
    return (west - town.WEST) / town.EAST_M, (east - town.WEST) / town.EAST_M


def test_it_follows_what_stands_at_its_border(small_town: Store) -> None:
    assert east_and_west(small_town) == pytest.approx((45, 955))
    put(small_town, ("b01", town.box(45, 45, 30, 10)))  # reaches as far west as before
    assert east_and_west(small_town) == pytest.approx((45, 955))
    put(small_town, ("b01", town.box(60, 45, 10, 10)))  # no longer
    assert east_and_west(small_town) == pytest.approx((60, 955))
    put(small_town, ("b10", town.box(800, 45, 10, 10)), ("b02", town.box(60, 20, 10, 10)))
    assert east_and_west(small_town) == pytest.approx((60, 855))  # b09
