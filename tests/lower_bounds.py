"""Run tests with every dependency at the lowest version that `pyproject.toml` admits, or with another Python. By hand:

    python -m tests.lower_bounds                               the suite, on this Python, at the lower bounds
    python -m tests.lower_bounds tests/geo -k crs              what comes after goes to pytest
    python -m tests.lower_bounds --newest --python python3.13  another Python, and the newest of everything

The virtual environment is made anew in `instance/bounds`, by wheels alone where gridmap itself depends on them. gridmap
is not installed into it: it is tested as it lies here.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "instance" / "bounds"
BOUND = re.compile(r"(?P<name>[\w.-]+)(?P<extra>\[[\w,-]+\])?>=(?P<version>[\d.]+)(?:,<[\d.]+)?")
# pyproj tries whether an array of one is a number; NumPy before 2.4 says yes, and that it will say no.
BETWEEN_OTHERS = "ignore:Conversion of an array with ndim:DeprecationWarning"


def bounds() -> tuple[list[str], list[str]]:
    """Return the requirements of gridmap, and those of its tests.

    Raises
    ------
    ValueError
        One has no lower bound, or more than that and an upper one.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    own, tests = project["dependencies"], project["optional-dependencies"]["test"]
    odd = [each for each in [*own, *tests] if not BOUND.fullmatch(each)]
    if odd:
        raise ValueError(f"no plain lower bound: {odd}")
    return own, tests


def lowest(requirement: str) -> str:
    """Return the requirement that only the lower bound meets: ``numpy==2.0`` for ``numpy>=2.0``."""
    named = BOUND.fullmatch(requirement)
    if named is None:
        raise ValueError(f"no plain lower bound: {requirement}")
    return f"{named['name']}{named['extra'] or ''}=={named['version']}"


def make(python: str, newest: bool) -> Path:
    """Make the environment; return its interpreter."""
    own, tests = bounds()
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run([python, "-m", "venv", FOLDER], check=True)
    interpreter = FOLDER / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [*own, *tests] if newest else [*map(lowest, own), *map(lowest, tests)]
    binary = ",".join(BOUND.fullmatch(each)["name"] for each in own)
    subprocess.run([interpreter, "-m", "pip", "install", "-q", f"--only-binary={binary}", *wanted], check=True)
    subprocess.run([interpreter, "-m", "pip", "freeze"], check=True)
    return interpreter


def main(words: list[str]) -> int:
    """Make the environment and run the tests; return pytest's exit code."""
    reader = argparse.ArgumentParser(usage=__doc__)
    reader.add_argument("--python", default=sys.executable)
    reader.add_argument("--newest", action="store_true")
    given, tests = reader.parse_known_args(words)
    interpreter = make(given.python, given.newest)
    # How many errors in types there are is counted with the newest releases: older ones have other types.
    newest = "--ignore=tests/test_types.py"
    return subprocess.run(
        [interpreter, "-m", "pytest", "-q", "-W", BETWEEN_OTHERS, newest, *tests], cwd=ROOT
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
