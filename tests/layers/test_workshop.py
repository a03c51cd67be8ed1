"""Heavy tasks in processes of their own: real processes, with tasks that do nothing useful."""

from __future__ import annotations

import io
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.errors import GridmapError, ImportRejected, Overloaded, StoreUnusable
from layers.settings import Settings
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.imports.memory import Remembered
from layers.workshop import Bench, Died, Failed, Here, Room, Task, TooLate, Workshop, memory, wire, worker
from layers.workshop.process import Ended, Left, WorkerProcess
from layers.workshop.task import Places
from tests import town, workshop_hands, workshop_leavers

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


@pytest.fixture
def settings(small_town: Store) -> Settings:
    return Settings(workspace=small_town.url)


@pytest.fixture
def workshop(settings: Settings) -> Iterator[Workshop]:
    """A workshop over the small town."""
    opened = Workshop(workshop_hands.TASKS, workshop_hands.MODULE, settings)
    yield opened
    opened.close()
    assert opened.pids() == []


@pytest.fixture(params=("in processes", "here"))
def room(request: pytest.FixtureRequest, settings: Settings, small_town: Store) -> Iterator[Room]:
    """The same tasks both ways."""
    if request.param == "here":
        yield Here(workshop_hands.TASKS, Bench(small_town, settings, Remembered()))
    else:
        yield request.getfixturevalue("workshop")


def wait_for(path: Path) -> list[int]:
    end = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.02)
    return [int(each) for each in path.read_text().split()]


def is_gone(pid: int) -> bool:
    """Say whether a process has ended, be it that nobody took note yet."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            stat = Path(f"/proc/{pid}/stat")
            if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


class TestEitherWay:
    def test_what_a_task_returns(self, room: Room, small_town: Store) -> None:
        assert room.run("revision") == small_town.revision()

    def test_what_others_wrote_meanwhile_is_seen(self, room: Room, small_town: Store) -> None:
        before = room.run("revision")
        town.amend(small_town, "buildings", "b01", households=11)
        assert room.run("revision") == before + 1

    def test_a_refusal_comes_whole(self, room: Room) -> None:
        with pytest.raises(ImportRejected) as refused:
            room.run("refuse")
        (row, file) = refused.value.faults
        assert row.text == Text("imports.code-twice", code="a", other=Text("where.row", value=3))
        assert row.where == {"row": 4, "sheet": "一"}
        assert file.say("zh") == Text("imports.no-file").say("zh")

    def test_what_was_kept_is_there_for_the_next(self, room: Room) -> None:
        assert room.run("remember", "a", 1, near="a") is None
        assert room.run("remember", "a", 2, near="a") == 1


class TestProcesses:
    def test_a_process_stays_for_the_next_task_and_is_not_this_one(self, workshop: Workshop) -> None:
        first = workshop.run("pid")
        assert first != os.getpid()
        assert workshop.run("pid") == first
        assert workshop.pids() == [first]

    def test_one_can_be_made_ready(self, workshop: Workshop) -> None:
        workshop.prepare("pid")
        end = time.monotonic() + SECONDS
        while not workshop.pids():
            assert time.monotonic() < end
            time.sleep(0.02)
        (ready,) = workshop.pids()
        workshop.prepare("pid")
        assert workshop.pids() == [ready]

    def test_one_that_others_ended_says_so(self, settings: Settings) -> None:
        """The service closes while a thread has a worker in its hands and has not asked it yet."""
        one = WorkerProcess(workshop_hands.MODULE, settings)
        one.kill()
        with pytest.raises(Ended):
            one.ask(wire.Order("pid", ()), SECONDS)

    def test_none_is_started_before_it_is_needed(self, workshop: Workshop) -> None:
        assert workshop.pids() == []

    @pytest.mark.skipif(not hasattr(os, "nice"), reason="POSIX")
    def test_whoever_looks_at_a_map_goes_first(self, workshop: Workshop) -> None:
        assert workshop.run("niceness") == min(19, os.nice(0) + worker.NICENESS)

    def test_a_failure_says_where(self, workshop: Workshop) -> None:
        with pytest.raises(Failed, match="not subscriptable"):
            workshop.run("stumble")
        with pytest.raises(Failed, match="pickle"):
            workshop.run("unspeakable")
        assert len(workshop.pids()) == 1

    def test_the_next_task_after_a_death_gets_a_new_process(self, workshop: Workshop) -> None:
        before = workshop.run("pid")
        with pytest.raises(Died) as died:
            workshop.run("die", 7)
        assert died.value.status == 500 and "memory" in died.value.say("en")
        after = workshop.run("pid")
        assert before != after and workshop.pids() == [after]

    @pytest.mark.deep  # what takes too long is waited for
    @pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")
    def test_one_that_takes_too_long_is_ended_with_what_it_started(self, workshop: Workshop, tmp_path: Path) -> None:
        workshop.run("pid")  # so that the time is not spent on starting
        with pytest.raises(TooLate) as late:
            workshop.run("brief", tmp_path / "said")
        assert late.value.status == 503 and late.value.slug == "too-costly"
        assert all(map(is_gone, wait_for(tmp_path / "said")))

    def test_who_knows_something_about_it_is_asked_again(self, workshop: Workshop, tmp_path: Path) -> None:
        known = workshop.run("pid", near="a")
        other = threading.Thread(target=_until_ended, args=(workshop, "dawdle", tmp_path / "one"))
        other.start()  # keeps the first process busy, so that there is a second
        wait_for(tmp_path / "one")
        second = workshop.run("pid", near="b")
        assert second != known
        assert workshop.run("pid", near="b") == workshop.run("pid") == second
        workshop.close()
        other.join(SECONDS)

    def test_closing_ends_whoever_is_at_work(self, workshop: Workshop, tmp_path: Path) -> None:
        busy = threading.Thread(target=_until_ended, args=(workshop, "dawdle", tmp_path / "said"))
        busy.start()
        pids = wait_for(tmp_path / "said")
        workshop.close()
        busy.join(SECONDS)
        assert not busy.is_alive() and is_gone(pids[0])
        with pytest.raises(Overloaded):
            workshop.run("pid")

    @pytest.mark.deep
    def test_one_that_went_home_is_replaced_unseen(self, settings: Settings) -> None:
        workshop = Workshop(workshop_hands.TASKS, workshop_leavers.MODULE, settings)
        try:
            first = workshop.run("pid")
            assert is_gone(first)
            assert workshop.run("pid") != first
        finally:
            workshop.close()

    def test_one_that_goes_home_while_it_is_asked_did_not_begin(self) -> None:
        """The task is given to another one, as often as it takes."""
        asked: list[str] = []

        class Leaving:
            pid, about = 0, ()

            def ask(self, order: wire.Order, seconds: float) -> wire.Answer:
                asked.append(order.task)
                if len(asked) < 3:
                    raise Left
                return wire.Answer("done")

            def is_alive(self) -> bool:
                return False

        away = Workshop(workshop_hands.TASKS, "", Settings(), start=lambda *_: Leaving())
        assert away.run("pid") == "done" and asked == ["pid"] * 3

    @pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
    def test_it_ends_with_the_service(self, settings: Settings, tmp_path: Path) -> None:
        service = f"""
from pathlib import Path
from layers.settings import Settings
from layers.workshop import Workshop
from tests.workshop_hands import MODULE, TASKS
Workshop(TASKS, MODULE, Settings(workspace={settings.workspace!r})).run("dawdle", Path({str(tmp_path / "said")!r}))
"""
        process = subprocess.Popen([sys.executable, "-c", service], cwd=ROOT)
        pids = wait_for(tmp_path / "said")
        process.kill()
        process.wait()
        assert is_gone(pids[0])
        os.kill(pids[1], signal.SIGKILL)  # a sleeper that no reading process is like


def _until_ended(workshop: Workshop, task: str, *arguments: object) -> None:
    with pytest.raises(GridmapError):
        workshop.run(task, *arguments)


class TestPlaces:
    def test_one_kind_leaves_room_for_the_other(self) -> None:
        places = Places(most=3, of_a_kind=2, patience_seconds=0.01)
        with places.taken("import"), places.taken("import"):
            with pytest.raises(Overloaded) as busy, places.taken("import"):
                pass
            assert busy.value.faults[0].text == Text("workshop.import-busy")
            with places.taken("export"), pytest.raises(Overloaded), places.taken("export"):
                pass
        with places.taken("import"):
            pass

    def test_whoever_waits_gets_the_place_that_becomes_free(self) -> None:
        places, held, let_go = Places(1, 1, patience_seconds=SECONDS), threading.Event(), threading.Event()

        def hold() -> None:
            with places.taken("import"):
                held.set()
                let_go.wait(SECONDS)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(SECONDS)
        threading.Timer(0.05, let_go.set).start()
        with places.taken("export"):
            assert let_go.is_set()
        holder.join()


class TestLeaving:
    """When a worker makes way for a fresh one."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The process of the tests, which works here itself, may be large by now."""
        monkeypatch.setattr(worker, "resident_bytes", lambda: 1 << 20)

    def work(self, settings: Settings, task: Task, **bounds: int) -> int:
        """Return how many of five tasks a worker does before it goes."""
        orders: queue.SimpleQueue = queue.SimpleQueue()
        for _ in range(5):
            orders.put(wire.Order("task", ()))
        said = io.BytesIO()
        hand = worker.Worker({"task": task}, settings, idle_seconds=0.01, **bounds)
        hand.work(orders, said)
        hand.close()
        said.seek(0)
        answers = 0
        with pytest.raises(wire.Closed):
            while wire.hear(said, wire.Answer):
                answers += 1
        return answers

    def test_it_stays_while_there_is_something_to_do(self, settings: Settings) -> None:
        assert self.work(settings, workshop_hands.TASKS["pid"]) == 5

    def test_after_so_many_tasks(self, settings: Settings) -> None:
        assert self.work(settings, workshop_hands.TASKS["pid"], most=3) == 3

    def test_when_it_has_grown_large(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        assert 1 << 20 < memory.resident_bytes() < 64 << 30
        monkeypatch.setattr(worker, "resident_bytes", lambda: worker.MOST_BYTES + 1)
        assert self.work(settings, workshop_hands.TASKS["pid"]) == 1

    def test_when_the_workspace_was_lost(self, settings: Settings) -> None:
        def lost(_: Bench) -> None:
            raise StoreUnusable(Text("store.no-postgis"))

        assert self.work(settings, Task("import", 60, lost)) == 1
