"""What every test may ask for."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

import app
from layers.formats import sandbox
from layers.store import open_store, workspace
from layers.store.protocol import Store
from tests import town
from tests.bench.nursery import Nurseries
from tests.full_disk import disk, full_temporary  # noqa: F401 - fixtures of every test
from tests.ready_made import ReadyMade
from tests.suite import (  # noqa: F401 - how the suite runs
    at_depth,
    pytest_addoption,
    pytest_collection,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_xdist_auto_num_workers,
)

# Whose files are read by forks, however deep the run is.
READ_BY_FORKS = (
    "tests/layers/",
    "tests/ledger/",
    "tests/web/",
    "tests/formats/test_osm",
    "tests/formats/test_reading",
    "tests/formats/test_round",
    "tests/formats/test_shared",
    "tests/formats/test_writing",
)
# Where reading processes are looked at themselves, and every file has one that is started, however quick the run is.
READ_AS_EVER = (
    "tests/formats/test_hostile_files",
    "tests/formats/test_sandbox",
    "tests/formats/test_waiting",
    "tests/test_full_disk",
    "tests/test_killed",
    "tests/test_scratch",
)
# Where making and opening workspaces is looked at itself, and each is made from nothing, however quick the run is.
MADE_AS_EVER = (
    "tests/store/test_concurrency",
    "tests/store/test_geopackage",
    "tests/store/test_kill",
    "tests/store/test_opening",
    "tests/test_full_disk",
    "tests/test_killed",
    "tests/test_start_up",
)
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real city data, which is never part of the repository; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the shared city data are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def streets_data(shared_data: Path) -> Path:
    """Streets drawn by hand: a folder for each case; `expected.json` beside them has the minutes."""
    return shared_data / "streets"


@pytest.fixture(scope="session", autouse=True)
def temporary_files_of_this_run() -> Iterator[None]:
    """Another run beside this one, or another process of it, makes and sweeps temporary files elsewhere."""
    with (
        tempfile.TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", folder)
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, folder)
        yield


class Compiled(BytecodeCache):
    """Templates that any service of this process has compiled."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Route(Rule):
    """A route whose address any service of this process has taken apart: that takes most of making a service."""

    kept: ClassVar[dict[tuple, dict[str, object]]] = {}

    def compile(self) -> None:
        # All that `compile` of werkzeug reads, and all that the functions read which it makes.
        key = (
            self.rule, self.subdomain, self.host, self.is_leaf, self.merge_slashes, self.websocket, self.redirect_to,
            repr(self.defaults), repr(self.map.converters), self.map.host_matching, self.map.merge_slashes,
        )  # fmt: skip
        if key not in self.kept:
            before = dict(self.__dict__)
            super().compile()
            # `arguments` is filled there, but was made before.
            self.kept[key] = {
                name: made for name, made in self.__dict__.items()
                if name == "arguments" or name not in before or made is not before[name]
            }  # fmt: skip
        self.__dict__.update(self.kept[key])


@pytest.fixture(scope="session", autouse=True)
def templates_and_routes_are_compiled_once() -> None:
    """A test makes a service of its own, which need not compile every template and every route again."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    Flask.url_rule_class = Route


@pytest.fixture(scope="session")
def nurseries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nurseries]:
    """Processes that are warm, and fork to read a file."""
    with closing(Nurseries(tmp_path_factory.mktemp("nurseries"), 600)) as made:
        yield made


@pytest.fixture(autouse=True)
def files_are_read_by_forks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a reading process takes longer than reading what tests read: fork it, bound as ever.

    Not where reading itself is looked at; and with `--deep` at the desk, in the streets, in the browser and for most
    formats every file has a process that is started.
    """
    name = request.node.nodeid
    forked = name.startswith(READ_BY_FORKS) or not request.config.getoption("deep")
    if forked and not name.startswith(READ_AS_EVER) and sys.platform == "linux":
        monkeypatch.setattr(sandbox, "_ask", request.getfixturevalue("nurseries").ask)


@pytest.fixture(scope="session")
def ready_made(tmp_path_factory: pytest.TempPathFactory) -> ReadyMade:
    """What hands out copies of a new workspace."""
    return ReadyMade(tmp_path_factory.mktemp("ready-made"))


@pytest.fixture(autouse=True)
def new_workspaces_are_copies(
    request: pytest.FixtureRequest, ready_made: ReadyMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making a workspace takes longer than what most tests do in it; with `--deep` each is made all the same."""
    if not request.config.getoption("deep") and not request.node.nodeid.startswith(MADE_AS_EVER):
        monkeypatch.setattr(workspace, "prepare", ready_made.prepare)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces made once: every test gets copies, since making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("prepared")
    open_store(folder / "empty.gpkg").close()
    shutil.copy(folder / "empty.gpkg", folder / "town.gpkg")
    store = open_store(folder / "town.gpkg")
    town.build(store).close()
    return folder


@pytest.fixture
def empty(prepared: Path, tmp_path: Path) -> Iterator[Store]:
    """A workspace that was never written to."""
    store = open_store(shutil.copy(prepared / "empty.gpkg", tmp_path / "workspace.gpkg"))
    yield store
    store.close()


@pytest.fixture
def small_town(prepared: Path, tmp_path: Path) -> Iterator[Store]:
    """The hand-made small town of `tests/town.py`."""
    store = open_store(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg"))
    yield store
    store.close()


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run commands in an empty folder; returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDMAP_WORKSPACE", str(tmp_path / "w.gpkg"))
    monkeypatch.setenv("GRIDMAP_LANGUAGE", "en")

    def run(*words: str) -> tuple[int, str, str]:
        code = app.main(list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def at_town(cli: Command, prepared: Path, tmp_path: Path) -> Command:
    """The same in the small town."""
    (tmp_path / "w.gpkg").write_bytes((prepared / "town.gpkg").read_bytes())
    return cli
