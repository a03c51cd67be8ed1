"""How the suite runs: how deep, in which order, and on how many cores."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What comes first and what comes last; everything else is between. A name stands for all that begin with it. Of the
# browser tests the longest files begin, so that no core works alone at the end.
FIRST = ("tests/test_lint", "tests/test_architecture", "tests/test_messages", "tests/geo/", "tests/ledger/")
LAST = (
    "tests/formats/", "tests/store/", "tests/web/", "tests/test_docs", "tests/test_command_line", "tests/demo/",
    "tests/test_shared", "tests/test_full_disk", "tests/test_oapif_clients", "tests/test_qgis", "tests/test_killed",
    "tests/e2e/test_plan_editor", "tests/e2e/test_records", "tests/e2e/test_import_wizard", "tests/e2e/test_large_map",
    "tests/e2e/test_stories", "tests/e2e/",
)  # fmt: skip

# A machine that is busy makes nothing wrong: no property has a deadline. The examples are the same every time, so that
# a failure is the fault of a change; `explore` draws others, to find what nobody has thought of.
_UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", max_examples=20, derandomize=True, **_UNHURRIED)
settings.register_profile("deep", max_examples=100, derandomize=True, **_UNHURRIED)
settings.register_profile("explore", max_examples=100, print_blob=True, **_UNHURRIED)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="every example, every kill and every size: what .ci/run does")
    parser.addoption("--explore", action="store_true", help="with other examples of every property than the usual ones")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "deep: takes long and is run with --deep alone")
    keep_bytecode()
    chosen = [name for name in ("explore", "deep") if config.getoption(name)]
    settings.load_profile([*chosen, "quick"][0])
    if int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 2:
        config.pluginmanager.register(FromTheEnd())


def keep_bytecode() -> None:
    """Let this process and all that it starts write bytecode, even where the environment says that Python should not.

    A run starts more than a hundred processes. Each would read the whole product's text again, and each worker take
    apart the asserts of all tests.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run whatever is named down to its file in this process; folders and the whole suite on every core."""
    named = [Path(each.partition("::")[0]) for each in config.args]
    if not any(each.is_dir() for each in named):
        return 0
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> object:
    """Collect without looking for garbage, never look again at what was made meanwhile, and seldom from then on.

    All three take long: compiling a kernel makes a thousand times as many objects as would let Python look for garbage.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000, 50, 50)


class Backwards(pytest.Dir):
    """A folder that is gone through from its end."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        return reversed(list(super().collect()))


class FromTheEnd:
    """Lets a process collect from the other end than the first does.

    In a new checkout pytest makes bytecode of every file of tests, with its asserts taken apart, which takes most of
    collecting. What another process has made already is read.
    """

    @staticmethod
    def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector:
        return Backwards.from_parent(parent, path=path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring what is quick and says most to the front, what starts programs and browsers to the end."""
    # From whichever end they were collected; within a file they stay as they stand in it.
    items.sort(key=lambda item: (_turn(item), item.path.parts))
    if not config.getoption("deep"):
        for item in items:
            if item.get_closest_marker("deep"):
                item.add_marker(pytest.mark.skip(reason="takes long: run with --deep"))


def _turn(item: pytest.Item) -> int:
    for turns, names in ((-len(FIRST), FIRST), (1, LAST)):
        for turn, name in enumerate(names, turns):
            if item.nodeid.startswith(name):
                return turn
    return 0


def examples(deep: int, quick: int | None = None) -> int:
    """Return how many examples a property has: so many in the deep profile, else a fifth of them, five at least.

    One whose single example is costly says how few it may have in a quick run.
    """
    if quick is not None and settings.default.max_examples < 100:
        return quick
    return max(deep * settings.default.max_examples // 100, 5)


def quickly(cases: Sequence[object], *quick: int) -> list[object]:
    """Return the cases of a test of which only some, by their places, are for the quick run; the others are deep."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else [case]), marks=() if place in quick else pytest.mark.deep)
        for place, case in enumerate(cases)
    ]


@pytest.fixture(scope="session")
def at_depth(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """Choose between few and many: rounds, kills, rows; the second with `--deep`."""
    return lambda quick, deep: deep if pytestconfig.getoption("deep") else quick
