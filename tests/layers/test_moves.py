"""What changed between two looks at a layer, and what is kept where nothing did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.situation.moves import rows_among, with_rows

IDS = pd.Index(["甲", "乙", "丙", "丁"], dtype="str")


def test_where_ids_stand_among_others():
    assert rows_among(pd.Index(["丙", "戊", "甲"], dtype="str"), IDS).tolist() == [2, -1, 0]
    assert rows_among(IDS[:0], IDS).tolist() == []
    assert rows_among(IDS[1:3], IDS[:0]).tolist() == [-1, -1]


def test_rows_are_replaced_in_a_copy_and_nothing_is_copied_where_they_are_the_same():
    words = np.array(["a", None, "c"], dtype=object)
    changed = with_rows(words, np.array([1]), np.array(["b"], dtype=object))
    assert (changed.tolist(), words.tolist()) == (["a", "b", "c"], ["a", None, "c"])
    assert with_rows(words, np.array([1, 2]), np.array([None, "c"], dtype=object)) is words
    numbers = np.array([1.0, np.nan])
    assert with_rows(numbers, np.array([1]), np.array([np.nan])) is numbers
    assert with_rows(numbers, np.array([0]), np.array([np.nan])) is not numbers
