"""Texts that need no reading: what is known at a glance is what reading finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.model.values import ordinary_text, parse

CODE = catalogue().layer("courtyards").field("code")
MARKS = (
    "待核实", "不详", "未知", "unknown", "TBD", "null", "n/a", "err:502", "1e5", "2E+10", "①", "３", "０", "㎡",
    "\ufa11",
)  # fmt: skip
PARTS = st.one_of(st.sampled_from(MARKS), st.text("aZe09-_+.#~'= 一龥幢", max_size=4), st.text(max_size=3))


@given(st.data(), st.lists(PARTS, min_size=1, max_size=5))
def test_what_is_known_at_a_glance_is_what_reading_finds(data: st.DataObject, parts: list[str]) -> None:
    layer = data.draw(st.sampled_from(list(catalogue())))
    field = data.draw(st.sampled_from(layer.own_fields()))
    glance, raw = ordinary_text(field), "".join(parts)
    if glance is not None and glance(raw):
        parsed = parse(field, raw)
        assert (parsed.value, parsed.problem, parsed.note) == (raw, None, None)


@pytest.mark.parametrize("raw", ["370203001", "B0001", "3幢", "阳光花园2期", "A-7_b"])
def test_most_codes_and_names_are_known_at_a_glance(raw: str) -> None:
    glance = ordinary_text(CODE)
    assert glance is not None and glance(raw)


@pytest.mark.parametrize(
    "raw", ["1E5", "2e10", "3.0", "待核实", "null", "--", " 7", "7 ", "Ａ7", "'001", "#N/A", "13\n", "", "7" * 201]
)
def test_what_may_mean_something_else_is_read(raw: str) -> None:
    glance = ordinary_text(CODE)
    assert glance is not None and not glance(raw)


def test_no_glance_where_a_text_is_more_than_its_characters() -> None:
    assert ordinary_text(catalogue().layer("buildings").field("floors")) is None
    assert all(ordinary_text(each) is None for layer in catalogue() for each in layer.fields if each.length)
    phones = [each for layer in catalogue() for each in layer.fields if each.name == "public_phone"]
    assert phones and not any(map(ordinary_text, phones))
