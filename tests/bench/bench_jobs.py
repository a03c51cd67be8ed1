"""Jobs under fire: forty of them, four workers killed; and what a job costs beyond what it computes.

python -m pytest tests/bench/bench_jobs.py -s
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from layers.store.protocol import Store
from tests.test_killed_jobs import Dispatcher, gate, handed_in, many, until  # noqa: F401

JOBS, KILLS = 40, 4


def test_forty_jobs_and_four_kills(small_town: Store, gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("JOB_ECHO", "1")
    started = time.perf_counter()
    many(small_town, gate, JOBS, KILLS)
    print(f"\n{JOBS} jobs, {KILLS} kills, none lost: {time.perf_counter() - started:.1f} s, two at a time")


def test_what_a_job_costs(small_town: Store) -> None:
    dispatcher = Dispatcher(small_town)
    dispatcher.open()
    started = time.perf_counter()
    handed_in(small_town, "j")
    dispatcher.wake()
    until(lambda: small_town.jobs().waiting() == 0, "the end")
    print(f"\ncoverage of ten buildings as a job: {time.perf_counter() - started:.2f} s")
    dispatcher.close()
    started = time.perf_counter()
    for _ in range(100):
        dispatcher.turn()
    print(f"a turn of an idle dispatcher: {(time.perf_counter() - started) * 10:.2f} ms")
