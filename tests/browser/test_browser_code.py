"""The browser's code, as its own tools see it: types, form, and unit tests in Node's runner.

Where Node is absent, or `npm ci` was not run in this folder, these are skipped; with GRIDMAP_REQUIRE_NODE=1 they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def npm() -> str:
    """The command that runs what package.json names."""
    found = shutil.which("npm")
    if found is None:
        missing("there is no npm on this machine")
    if not (HERE / "node_modules/typescript").is_dir():
        missing("the browser's tools are not here: run `npm ci` in tests/browser")
    return found


def missing(reason: str) -> None:
    if os.environ.get("GRIDMAP_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("check", ["types", "form", "test"])
def test_the_browsers_code_passes(npm: str, check: str) -> None:
    done = subprocess.run([npm, "run", "--silent", check], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
