"""Ours beside pygeoapi over the same buildings: the same questions find the same features.

pygeoapi lives in an environment of its own, whose Python `PYGEOAPI_PYTHON` names; see `tests/bench/peers.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.compare_pygeoapi import compared
from tests.bench.peers import exported, ours, pygeoapi, workspace

PYTHON = os.environ.get("PYGEOAPI_PYTHON")


@pytest.mark.skipif(not PYTHON, reason="PYGEOAPI_PYTHON names no Python that has pygeoapi")
def test_the_same_answers(tmp_path: Path) -> None:
    made = workspace(tmp_path, 500)
    with ours(made) as mine, pygeoapi(PYTHON, exported(made)) as other:
        found = compared(mine, other)
    assert found["paging to the end"] == (500, 500, True)
    assert [what for what, (_, _, alike) in found.items() if not alike] == []
