"""Costly questions in processes of their own: real processes, with questions that ask nothing useful."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers.errors import GridmapError, ImportRejected, InvalidParameter, Overloaded, StoreUnusable, TooCostly
from layers.settings import Settings
from layers.store.protocol import Store
from layers.text import Text
from layers.workshop import Asking, Died, Failed, NoProcess, TooLate
from layers.workshop.answerer import Answerer
from tests import asking_hands, town
from tests.layers.test_workshop import ROOT, SECONDS, is_gone

PLACES = {"analysis": 3, "map": 2, "features": 2}
IDLE_SECONDS = dict.fromkeys(PLACES, 300.0)


@pytest.fixture
def settings(small_town: Store) -> Settings:
    return Settings(workspace=small_town.url)


@pytest.fixture
def asking(settings: Settings) -> Iterator[Asking]:
    """Two processes over the small town: one for maps, one for analyses and features."""
    opened = asked_of(settings)
    yield opened
    opened.close()
    assert opened.pids() == []


def asked_of(settings: Settings, module: str = asking_hands.MODULE, **more: object) -> Asking:
    given = {"places": PLACES, "idle_seconds": IDLE_SECONDS, "most": 2} | more
    return Asking(asking_hands.TASKS, module, settings, **given)


def began(path: Path, often: int = 1) -> list[int]:
    """Wait until a question has been begun so often, and return in which processes."""
    end = time.monotonic() + SECONDS
    while not path.exists() or path.read_text().count("\n") < often:
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.01)
    return [int(each) for each in path.read_text().split()]


class Asked(threading.Thread):
    """A question asked in a thread: its answer, or its refusal."""

    def __init__(self, ask: Callable[..., object], *arguments: object, **named: object) -> None:
        super().__init__(daemon=True)
        self._ask = lambda: ask(*arguments, **named)
        self.answer: object = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self._ask()
        except (GridmapError, NoProcess, Failed) as refusal:
            self.answer = refusal

    def told(self) -> object:
        self.join(SECONDS)
        assert not self.is_alive()
        return self.answer


class TestAnswers:
    def test_a_process_stays_for_the_next_question_and_is_not_this_one(self, asking: Asking) -> None:
        assert asking.pids() == []  # none is started before it is needed
        first = asking.ask("pid")
        assert first != os.getpid()
        assert asking.ask("pid") == first
        assert asking.pids() == [first]

    def test_each_kind_of_question_finds_its_own_process(self, asking: Asking) -> None:
        assert asking.ask("map-pid") != asking.ask("pid")
        assert len(asking.pids()) == 2

    def test_one_process_answers_every_kind_where_there_may_be_no_more(self, settings: Settings) -> None:
        alone = asked_of(settings, most=1)
        try:
            assert alone.ask("map-pid") == alone.ask("pid")
        finally:
            alone.close()

    def test_what_others_wrote_meanwhile_is_seen(self, asking: Asking, small_town: Store) -> None:
        before = asking.ask("revision")
        town.amend(small_town, "buildings", "b01", households=11)
        assert before + 1 == asking.ask("revision") == small_town.revision()

    def test_nothing_can_be_written_there(self, asking: Asking, small_town: Store) -> None:
        before = small_town.revision()
        with pytest.raises(StoreUnusable):
            asking.ask("write")
        assert small_town.revision() == before

    def test_a_refusal_comes_whole(self, asking: Asking) -> None:
        with pytest.raises(ImportRejected) as refused:
            asking.ask("refuse")
        (row, file) = refused.value.faults
        assert row.text == Text("imports.code-twice", code="a", other=Text("where.row", value=3))
        assert row.where == {"row": 4, "sheet": "一"}
        assert file.say("zh") == Text("imports.no-file").say("zh")

    @pytest.mark.deep  # the memory is taken
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process has made its own")
    def test_one_that_takes_too_much_memory_is_refused_and_its_process_stays(self, asking: Asking) -> None:
        resource = pytest.importorskip("resource")
        there = asking.ask("pid")
        _, hard = resource.prlimit(there, resource.RLIMIT_DATA)
        resource.prlimit(there, resource.RLIMIT_DATA, (1 << 30, hard))  # as on a small computer
        with pytest.raises(TooCostly, match="more memory than the computer can spare"):
            asking.ask("grow")
        assert asking.ask("pid") == there

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process has made its own")
    def test_a_process_may_take_a_part_of_the_memory_there_is(self, asking: Asking) -> None:
        resource = pytest.importorskip("resource")
        most, _ = resource.prlimit(asking.ask("pid"), resource.RLIMIT_DATA)
        assert most == max(2 << 30, int(0.6 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))

    def test_a_failure_says_where(self, asking: Asking) -> None:
        with pytest.raises(Failed, match="not subscriptable"):
            asking.ask("stumble")
        with pytest.raises(Failed, match="pickle"):
            asking.ask("unspeakable")
        assert len(asking.pids()) == 1


class TestTogether:
    def test_a_quick_question_passes_a_slow_one_in_the_same_process(self, asking: Asking, tmp_path: Path) -> None:
        slow = Asked(asking.ask, "wait", tmp_path / "begun", tmp_path / "go")
        (busy,) = began(tmp_path / "begun")
        assert asking.ask("pid") == busy
        (tmp_path / "go").touch()
        assert slow.told() == busy

    def test_identical_questions_are_computed_once(self, asking: Asking, tmp_path: Path) -> None:
        begun, go = tmp_path / "begun", tmp_path / "go"
        first = Asked(asking.ask, "wait", begun, go, key=("a", 1))
        began(begun)
        others = [Asked(asking.ask, "wait", begun, go, key=("a", 1)) for _ in range(5)]  # more than there are places
        other = Asked(asking.ask, "wait", begun, go, key=("a", 2))
        began(begun, 2)
        go.touch()
        assert {each.told() for each in (first, *others)} == {first.told()} == {other.told()}
        assert len(began(begun)) == 2
        asking.ask("wait", begun, go, key=("a", 1))  # later it is another question: the records may have changed
        assert len(began(begun)) == 3

    def test_all_who_ask_the_same_are_refused_alike(self, asking: Asking, tmp_path: Path) -> None:
        begun, go = tmp_path / "begun", tmp_path / "go"
        first = Asked(asking.ask, "refuse_later", begun, go, key="k")
        began(begun)
        second = Asked(asking.ask, "refuse_later", begun, go, key="k")
        time.sleep(0.05)
        go.touch()
        assert isinstance(first.told(), InvalidParameter) and isinstance(second.told(), InvalidParameter)

    def test_who_rests_on_what_maps_rest_on_is_answered_by_their_process(self, asking: Asking) -> None:
        assert asking.ask("beside-map-pid") == asking.ask("map-pid") != asking.ask("pid")

    def test_who_finds_no_place_is_told_so_at_once(self, asking: Asking, tmp_path: Path) -> None:
        begun, go = tmp_path / "begun", tmp_path / "go"
        working = [Asked(asking.ask, "features-wait", begun, go) for _ in range(2)]
        began(begun, 2)
        with pytest.raises(Overloaded) as full:
            asking.ask("features-wait", begun, go)
        assert full.value.faults[0].text == Text("workshop.features-busy")
        assert asking.ask("pid") == began(begun)[0]  # another kind has its own places
        go.touch()
        assert {each.told() for each in working} == set(began(begun))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
class TestDeath:
    @pytest.mark.deep
    def test_a_question_whose_process_is_killed_is_asked_again(self, asking: Asking, tmp_path: Path) -> None:
        asked = Asked(asking.ask, "never_at_first", tmp_path / "said")
        (killed,) = began(tmp_path / "said")
        os.kill(killed, signal.SIGKILL)
        answered = asked.told()
        assert answered != killed and asking.pids() == [answered]

    @pytest.mark.deep  # processes are started and killed
    def test_one_that_kills_every_process_is_given_up(self, asking: Asking) -> None:
        before = asking.ask("pid")
        with pytest.raises(Died) as died:
            asking.ask("die", 7)
        assert died.value.status == 500 and "Nothing is lost" in died.value.say("en")
        assert asking.ask("pid") != before

    @pytest.mark.deep  # what takes too long is waited for
    def test_one_that_takes_too_long_is_given_up_and_others_in_its_process_are_not(
        self, asking: Asking, tmp_path: Path
    ) -> None:
        asking.ask("pid")  # so that the time is not spent on starting
        late = Asked(asking.ask, "brief", tmp_path / "late", tmp_path / "never")
        (pid,) = began(tmp_path / "late")
        other = Asked(asking.ask, "wait", tmp_path / "other", tmp_path / "go")
        assert began(tmp_path / "other") == [pid]
        refusal = late.told()
        assert isinstance(refusal, TooLate) and refusal.status == 503 and "3 s" in refusal.say("en")
        assert is_gone(pid)
        (tmp_path / "go").touch()
        assert other.told() not in (None, pid)

    def test_closing_ends_whoever_is_at_work(self, asking: Asking, tmp_path: Path) -> None:
        asked = Asked(asking.ask, "wait", tmp_path / "begun", tmp_path / "never")
        (pid,) = began(tmp_path / "begun")
        asking.close()
        assert isinstance(asked.told(), Overloaded) and is_gone(pid)

    def test_it_ends_with_the_service(self, settings: Settings, tmp_path: Path) -> None:
        service = f"""
from pathlib import Path
from layers.settings import Settings
from layers.workshop import Asking
from tests.asking_hands import MODULE, TASKS
kinds = ("analysis", "map", "features")
asking = Asking(TASKS, MODULE, Settings(workspace={settings.workspace!r}),
                dict.fromkeys(kinds, 2), dict.fromkeys(kinds, 300.0), 2)
asking.ask("wait", Path({str(tmp_path / "begun")!r}), Path({str(tmp_path / "never")!r}))
"""
        process = subprocess.Popen([sys.executable, "-c", service], cwd=ROOT)
        (pid,) = began(tmp_path / "begun")
        process.kill()
        process.wait()
        assert is_gone(pid)


class TestComingAndGoing:
    @pytest.mark.deep
    def test_who_was_asked_nothing_for_a_while_goes_home_and_is_replaced_unseen(self, settings: Settings) -> None:
        hasty = asked_of(settings, idle_seconds=dict.fromkeys(PLACES, 0.2))
        try:
            first = hasty.ask("pid")
            assert is_gone(first)
            assert hasty.ask("pid") != first
        finally:
            hasty.close()

    def test_a_process_that_cannot_load_what_it_needs_is_none(self, settings: Settings) -> None:
        asking = asked_of(settings, module="tests.no_such_module")
        with pytest.raises(NoProcess):
            asking.ask("pid")
        assert asking.pids() == []

    def test_where_none_can_be_started_that_is_not_tried_for_every_question(self, settings: Settings) -> None:
        tried = []

        def start(module: str, settings: Settings, idle_seconds: float | None) -> Answerer:
            tried.append(module)
            raise OSError("no more processes")

        asking = asked_of(settings, start=start)
        for _ in range(3):
            with pytest.raises(NoProcess):
                asking.ask("pid")
        assert tried == [asking_hands.MODULE]
