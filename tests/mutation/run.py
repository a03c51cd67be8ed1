"""A mutation run: which mutants, which tests, what became of each, and what to tell."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.warm import NO_SWAP, SURVIVED, Seen, Warm, import_libraries, silence, try_at_import

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
KINDS = ("same", "speed", "limit")
# Beside what its tests took without it, a mutant may use this much time before it counts as endless.
SPARE_SECONDS = 10
TIMES_LONGER = 4
LONGEST_LOG = 4000
OPTIONS = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
LONGEST_TEST_SECONDS = 2.0
MOST_SECONDS = 10.0  # of tests for one mutant: one that many quick tests let pass is worth an example of its own

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Room:
    """Modules, and the tests nearest to them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: whether a test failed, how many ran, and what `survivors.toml` says of it."""

    file: str
    line: int
    key: Key
    killed: bool
    tests: int
    kind: str | None

    @property
    def surprising(self) -> bool:
        """Say whether it survived and is not listed."""
        return not self.killed and self.kind is None


def rooms(root: Path = ROOT) -> list[Room]:
    """Read which tests are nearest to which modules; every pattern must find something."""
    found: list[Room] = []
    taken: set[str] = set()
    for each in tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))["room"]:
        modules, tests = (_matching(each[name], root) for name in ("modules", "tests"))
        found.append(Room(tuple(file for file in modules if file not in taken), tuple(tests)))
        taken.update(modules)
    return found


def _matching(patterns: Sequence[str], root: Path) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        files = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
        if not files:
            raise ValueError(f"tests/mutation/rooms.toml: nothing is called {pattern}")
        found += [file for file in files if file not in found]
    return found


def modules_named(names: Sequence[str], root: Path = ROOT) -> list[str]:
    """Return the files that names, folders or patterns mean, of those in a room; all without names."""
    files = [file for room in rooms(root) for file in room.modules]
    if not names:
        return files
    patterns = [name.removesuffix("/") for name in names]
    found = [file for file in files if any(fnmatch(file, each) or file.startswith(f"{each}/") for each in patterns)]
    if not found:
        raise SystemExit(f"no room of tests/mutation/rooms.toml has {', '.join(names)}")
    return found


@lru_cache(maxsize=1)
def listed() -> dict[Key, str]:
    """Read the survivors that are known, with the kind of their reason."""
    entries = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8")).get("survivor", [])
    return {(each["file"], each["in"], each["change"], each.get("number", 1)): each["kind"] for each in entries}


def run(files: Sequence[str], sample: int | None, seed: int, tell: Callable[[str], None]) -> list[Verdict]:
    """Try the mutants of some modules, or a sample of them, and say what became of each."""
    mutants = [mutant for file in files for mutant in mutants_of(file, ROOT)]
    mutants = sampled(mutants, sample, seed)
    known = listed()
    import_libraries()
    verdicts: list[Verdict] = []
    for room in rooms():
        mine = [mutant for mutant in mutants if mutant.file in room.modules]
        if mine:
            results = _try_all(room, mine, tell)
            verdicts += [Verdict(each.file, each.line, each.key, killed, tests, known.get(each.key))
                         for each, (killed, tests) in zip(mine, results, strict=True)]  # fmt: skip
    return sorted(verdicts, key=lambda each: (each.file, each.line))


def sampled(mutants: Sequence[Mutant], sample: int | None, seed: int) -> list[Mutant]:
    """Draw some mutants, all without a number; their own keys decide, so that a change elsewhere draws no others."""

    def lot(mutant: Mutant) -> bytes:
        return hashlib.sha256(repr((seed, mutant.key)).encode()).digest()

    drawn = set(sorted(map(lot, mutants))[:sample])
    return [each for each in mutants if lot(each) in drawn]


def _try_all(room: Room, mutants: list[Mutant], tell: Callable[[str], None]) -> list[tuple[bool, int]]:
    """Try mutants of a room: those of functions in one warm process, then the others one import each."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        scratch = Path(folder)
        options = [*OPTIONS, "--rootdir", str(ROOT), "--basetemp", str(scratch / "tests")]
        seen, found = _in_warm_process(room, mutants, scratch, options, tell)
        results = []
        for number, mutant in enumerate(mutants):
            tests = nearest(mutant, seen)
            code = found.get(number, NO_SWAP)
            if code == NO_SWAP:
                seconds = _patience(tests, seen) + SPARE_SECONDS
                code = try_at_import(mutant, ROOT, tests, seconds, options) if tests else SURVIVED
            results.append((code != SURVIVED, len(tests)))
            if code == SURVIVED and number not in found:
                _tell_survivor(mutant, tests, tell)
        return results


def _in_warm_process(
    room: Room, mutants: list[Mutant], scratch: Path, options: list[str], tell: Callable[[str], None]
) -> tuple[dict[str, Seen], dict[int, int]]:
    """Return what every test does, and the exit of the tests of each mutant that is within a function."""
    told = scratch / "told.pickle"

    def work(warm: Warm) -> None:
        seen = warm.seen(scratch)
        found = {}
        for number, mutant in enumerate(mutants):
            tests = nearest(mutant, seen)
            if mutant.function:
                found[number] = warm.try_on(mutant, tests, _patience(tests, seen)) if tests else SURVIVED
                if found[number] == SURVIVED:
                    _tell_survivor(mutant, tests, tell)
        told.write_bytes(pickle.dumps((seen, found)))

    log = scratch / "log.txt"
    pid = os.fork()
    if pid == 0:
        try:
            silence(log)
            pytest.main([*options, *room.tests], plugins=[Warm(ROOT, room.modules, work)])
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)
    os.waitpid(pid, 0)
    if not told.exists():
        raise RuntimeError(f"the tests could not be run:\n{log.read_text(errors='replace')[-LONGEST_LOG:]}")
    seen, found = pickle.loads(told.read_bytes())
    failed = [name for name, each in seen.items() if not each.passed]
    if failed:
        tell("these fail without any mutant, and are left aside: " + ", ".join(failed))
    return seen, found


def nearest(mutant: Mutant, seen: dict[str, Seen]) -> list[str]:
    """Return the tests that run a mutant, the quickest first; none that take long, nor more than take long together."""
    quick = {name: each for name, each in seen.items() if each.passed and each.seconds <= LONGEST_TEST_SECONDS}
    mine = {name for name, each in quick.items() if each.enters(mutant)}
    if not mutant.function:  # a table may be read without any call: all tests beside those that call something
        beside = {name.partition("::")[0] for name in mine}
        mine = {name for name in quick if name.partition("::")[0] in beside}
    mine = sorted(mine, key=lambda name: seen[name].seconds)
    together = accumulate(seen[name].seconds for name in mine)
    return [name for name, seconds in zip(mine, together, strict=True) if seconds <= MOST_SECONDS]


def _tell_survivor(mutant: Mutant, tests: Sequence[str], tell: Callable[[str], None]) -> None:
    """Say at once what survived and is not listed: a long run may be ended early."""
    if mutant.key not in listed():
        number = f" ({mutant.number})" if mutant.number > 1 else ""
        tell(f"{mutant.file}:{mutant.line} {mutant.function or 'at import'}: {mutant.change}{number}"
             f" survived {len(tests)} tests")  # fmt: skip


def _patience(tests: Sequence[str], seen: dict[str, Seen]) -> float:
    return SPARE_SECONDS + TIMES_LONGER * sum(seen[name].seconds for name in tests)


def report(verdicts: Sequence[Verdict]) -> str:
    """Say per module how many were killed of how many, and what of `survivors.toml` is not true any more."""
    lines = []
    for file in dict.fromkeys(each.file for each in verdicts):
        lines.append(_figures(file, [each for each in verdicts if each.file == file]))
    lines.append(_figures("all", verdicts))
    lines += [f"listed, but killed: {each.file}:{each.line}: {each.key[2]}"
              for each in verdicts if each.killed and each.kind]  # fmt: skip
    lines += [f"listed, but not there: {file} in {function}: {change}" for file, function, change, _ in vanished()]
    return "\n".join(lines)


def vanished() -> list[Key]:
    """Return the listed survivors that are mutants of no module any more."""
    there = {mutant.key for file in {key[0] for key in listed()} if (ROOT / file).is_file()
             for mutant in mutants_of(file, ROOT)}  # fmt: skip
    return [key for key in listed() if key not in there]


def killed_share(verdicts: Sequence[Verdict]) -> float:
    """Return the share killed of those that are not listed as survivors."""
    counted = [each for each in verdicts if each.killed or each.kind is None]
    return sum(each.killed for each in counted) / len(counted)


def _figures(name: str, verdicts: Sequence[Verdict]) -> str:
    killed = sum(each.killed for each in verdicts)
    excused = sum(not each.killed and each.kind is not None for each in verdicts)
    share = f"{killed_share(verdicts):.0%}" if killed or excused < len(verdicts) else "all listed"
    return f"{name:<34} {killed:>5} of {len(verdicts):>5} killed, {excused:>4} listed: {share}"
