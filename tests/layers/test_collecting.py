"""Garbage is looked for seldom while records are worked on, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from layers.collecting import YOUNG, seldom


def test_garbage_is_looked_for_seldom_and_then_as_before():
    before = gc.get_threshold()
    with seldom():
        assert gc.get_threshold()[0] == YOUNG > before[0]
    assert gc.get_threshold() == before


def test_what_fails_leaves_it_as_it_was():
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), seldom():
        _ = 1 / 0
    assert gc.get_threshold() == before
