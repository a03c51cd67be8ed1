"""An arrangement that says no mode: its buildings are managed all the same, in a class of their own."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import town


@pytest.mark.parametrize(("stage", "zh", "en"), [
    ("formal", "模式不明", "mode unknown"),
    ("trial", "模式不明·过渡试运营", "mode unknown · trial"),
])  # fmt: skip
@pytest.mark.parametrize("basis", ["broad", "strict"])
def test_the_map_shows_what_nobody_says_how_is_managed(
    service: Flask, stage: str, zh: str, en: str, basis: str
) -> None:
    town.amend(service.extensions["gridmap"].store, "arrangements", "RA", mode=None, stage=stage)
    for language, words in (("zh", zh), ("en", en)):
        shown = service.test_client().get(f"/maps/coverage?as_of={town.DAY}&basis={basis}&lang={language}")
        assert shown.status_code == 200
        assert words in shown.text
