"""Run tests on mutants in forks of a process that has everything imported and collected.

A mutant of a function takes the place of that function's code in the fork. What runs at import, and what cannot be
swapped, is tested in a fork of a process that has imported no module of the house yet.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import hypothesis
import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.watching import noted_from_now, noting

SURVIVED, KILLED, NO_SWAP = 0, 1, 2
LONGEST_WAIT = 12  # times its share of one core: the machine may have other work
EXAMPLES = 25  # of a property, at most: a wrong change that so many examples do not show is worth an example of its own
LIBRARIES = ("alembic", "flask", "folium", "geopandas", "msgspec", "numba", "openpyxl", "osmium", "pyarrow", "pyogrio",
             "python_calamine", "scipy.sparse.csgraph", "sqlalchemy", "xlsxwriter")  # fmt: skip


@dataclass
class Seen:
    """What a test does without a mutant: whether it passes, how long it takes, and the functions it calls."""

    passed: bool
    seconds: float
    calls: dict[str, list[int]] = field(default_factory=dict)

    def enters(self, mutant: Mutant) -> bool:
        """Say whether the test runs the function that a mutant changes, or for one at import anything of its file."""
        first, last = mutant.span
        lines = self.calls.get(mutant.file, [])
        return any(first <= line <= last for line in lines) if mutant.function else bool(lines)


def import_libraries() -> None:
    """Import what is slow to import and is never changed."""
    for name in LIBRARIES:
        importlib.import_module(name)


def fork(work: Callable[[], int], cpu_seconds: float) -> int:
    """Run `work` in a fork and return what it returned; KILLED if it broke off or used more time than it may."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        limit = int(cpu_seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        code = KILLED
        with suppress(BaseException):  # whatever breaks off has noticed the mutant
            code = work()
        os._exit(code)
    ends, parent = time.monotonic() + LONGEST_WAIT * cpu_seconds, os.getppid()
    while time.monotonic() < ends and os.getppid() == parent:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else KILLED
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if os.getppid() != parent:  # whoever started the run has ended it
        os._exit(1)
    return KILLED


class Warm:
    """A plugin of pytest that runs, in place of the tests, what is asked of it in forks.

    Parameters
    ----------
    root : Path
    files : sequence of str
        The modules whose mutants will come.
    work : callable
        Gets this when the tests are collected.
    """

    def __init__(self, root: Path, files: Sequence[str], work: Callable[[Warm], None]) -> None:
        self.root, self.files, self.work = root, files, work
        self.items: dict[str, pytest.Item] = {}
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = {}
        self._caches: list[functools._lru_cache_wrapper] = []
        self._own_caches: list[functools._lru_cache_wrapper] = []

    def pytest_sessionstart(self) -> None:
        calm()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        few_examples(session.items)
        for file in self.files:  # some are imported where they are called
            importlib.import_module(_module(file))
        here = {str(self.root / file) for file in self.files}
        gc.unfreeze()  # what was collected meanwhile is out of sight else, and nothing could be swapped
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in here:
                code = each.__code__
                key = (code.co_filename, code.co_qualname, code.co_firstlineno)
                self._functions.setdefault(key, []).append(each)
            elif isinstance(each, functools._lru_cache_wrapper):
                self._caches.append(each)
        self._own_caches = [each for each in self._caches if _file_of(each.__wrapped__) in here]
        gc.collect()
        gc.freeze()
        self.work(self)
        return True

    def seen(self, scratch: Path) -> dict[str, Seen]:
        """Run every test once as the code is, and say what it did."""
        told = scratch / "seen.json"

        def work() -> int:
            for file in self.files:
                self._install(file, noting(file, self.root))
            found = {name: self._watched(item) for name, item in self.items.items()}
            told.write_text(json.dumps({name: vars(each) for name, each in found.items()}))
            return SURVIVED

        fork(work, 1800)
        return {name: Seen(**each) for name, each in json.loads(told.read_text()).items()}

    def _install(self, file: str, code: CodeType) -> None:
        """Let all functions of a module run the code that they have in another version of it."""
        for made in _codes(code):
            for each in self._functions.get((str(self.root / file), made.co_qualname, made.co_firstlineno), []):
                if each.__code__.co_freevars == made.co_freevars:
                    each.__code__ = made

    def _watched(self, item: pytest.Item) -> Seen:
        for cache in self._own_caches:  # what is kept is not called again
            cache.cache_clear()
        called = noted_from_now()
        start = time.process_time()
        passed = self._passes(item)
        seconds = time.process_time() - start
        calls: dict[str, list[int]] = {}
        for file, line in sorted(called):
            calls.setdefault(file, []).append(line)
        return Seen(passed, seconds, calls)

    def try_on(self, mutant: Mutant, tests: Sequence[str], cpu_seconds: float) -> int:
        """Say whether some tests notice a mutant: KILLED, SURVIVED, or NO_SWAP if it needs a fresh import."""

        def work() -> int:
            if not self._swap(mutant):
                return NO_SWAP
            for cache in self._caches:
                cache.cache_clear()
            return SURVIVED if all(self._passes(self.items[name]) for name in tests) else KILLED

        return fork(work, cpu_seconds)

    def _passes(self, item: pytest.Item) -> bool:
        before = self.session.testsfailed
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self.session.testsfailed == before

    def _swap(self, mutant: Mutant) -> bool:
        path = str(self.root / mutant.file)
        wanted = (mutant.function, mutant.span[0])
        made = {(each.co_qualname, each.co_firstlineno): each for each in _codes(mutant.code(self.root / mutant.file))}
        code = made.get(wanted)
        found = self._functions.get((path, *wanted), [])
        if code is None or not found or any(each.__code__.co_freevars != code.co_freevars for each in found):
            return False
        for each in found:
            each.__code__ = code
        return True


def try_at_import(mutant: Mutant, root: Path, tests: Sequence[str], cpu_seconds: float, options: list[str]) -> int:
    """Say whether some tests notice a mutant when everything is imported anew."""

    def work() -> int:
        silence()
        sys.meta_path.insert(0, _Changed(mutant, root))
        return SURVIVED if pytest.main([*options, "-x", *tests], plugins=[_Calm()]) == 0 else KILLED

    return fork(work, cpu_seconds)


class _Calm:
    def pytest_sessionstart(self) -> None:
        calm()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        few_examples(items)


class _Changed(MetaPathFinder):
    """Finds one module with its change."""

    def __init__(self, mutant: Mutant, root: Path) -> None:
        self.path, self.code = str(root / mutant.file), mutant.code(root / mutant.file)
        self.name = _module(mutant.file)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        spec = PathFinder.find_spec(fullname, path)
        spec.loader = _ChangedLoader(fullname, self.path, self.code)
        return spec


class _ChangedLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _file_of(function: Callable[..., object]) -> str | None:
    code = getattr(function, "__code__", None)
    return None if code is None else code.co_filename


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def calm() -> None:
    """Let Hypothesis draw the same examples every time, and keep none."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutation", derandomize=True, database=None, deadline=None, phases=phases,
                                         suppress_health_check=list(hypothesis.HealthCheck))  # fmt: skip
    hypothesis.settings.load_profile("mutation")


def few_examples(items: Sequence[pytest.Item]) -> None:
    """Bound the examples of tests that ask for many: Hypothesis has no door for it but the mark it leaves."""
    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            few = hypothesis.settings(hypothesis.settings.get_profile("mutation"),
                                      max_examples=min(own.max_examples, EXAMPLES))  # fmt: skip
            getattr(test, "__func__", test)._hypothesis_internal_use_settings = few


def silence(log: Path = Path(os.devnull)) -> None:
    """Send output to a file, or nowhere: thousands of failures are what is hoped for."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
