"""The contract of jobs: claimed once, held while the lease is renewed, tried twice, dismissed at any time."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from layers.errors import Conflict
from layers.model.job import ACCEPTED, DISMISSED, FAILED, RUNNING, SUCCESSFUL, Answer, Client, Job, Order, Request
from layers.store import open_store, restore
from layers.store.job_protocol import Jobs
from layers.store.protocol import Store
from layers.text import Text

NOON = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
ORDER = Order("coverage", {"as_of": "2025-02-06", "within": None}, ("rows", "summary"), "document", "en")
ANSWER = Answer("application/json", b"\x1f\x8b...")
WHY = '{"slug": "internal-error"}'


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


@pytest.fixture
def jobs(store: Store) -> Jobs:
    return store.jobs()


def handed_in(jobs: Jobs, id: str = "j1", key: str | None = None, fingerprint: str = "") -> Job:
    return jobs.add(id, Request(ORDER, key, fingerprint), NOON)[0]


def begun(jobs: Jobs, holder: str = "A", at: float = 0, lease: float = 30) -> Job | None:
    return jobs.claim(holder, after(at), after(at + lease))


def test_a_new_workspace_has_no_jobs(jobs):
    assert jobs.page(10) == []
    assert (jobs.waiting(), begun(jobs), jobs.get("j1"), jobs.answer("j1")) == (0, None, None, None)
    assert jobs.dismiss("j1", NOON) is None


def test_an_order_is_kept_as_it_was_given(jobs, open_again: Callable[[], Store]):
    job = handed_in(jobs)
    assert (job.order, job.status, job.created, job.attempts, job.progress) == (ORDER, ACCEPTED, NOON, 0, 0)
    assert open_again().jobs().get("j1") == job


def test_the_oldest_is_begun_first_and_each_once(jobs):
    for id in ("j2", "j1", "j3"):
        handed_in(jobs, id)
    assert [begun(jobs, holder).id for holder in "ABC"] == ["j2", "j1", "j3"]
    assert begun(jobs, "D") is None
    job = jobs.get("j1")
    assert (job.status, job.attempts, job.holder, job.started, job.lease_until) == (RUNNING, 1, "B", NOON, after(30))


def test_two_services_never_begin_one_job(jobs, open_again: Callable[[], Store]):
    for number in range(12):
        handed_in(jobs, f"j{number}")
    services = [open_again().jobs() for _ in range(4)]

    def take_all(place: int) -> list[str]:
        taken = []
        while (job := services[place].claim(f"{place}-{len(taken)}", NOON, after(30))) is not None:
            taken.append(job.id)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [id for each in pool.map(take_all, range(4)) for id in each]
    assert sorted(taken) == sorted(f"j{number}" for number in range(12))


def test_progress_is_the_holders_to_tell(jobs):
    handed_in(jobs)
    begun(jobs, "A")
    assert jobs.report("j1", "A", after(1), 40, "areas", revision=7)
    assert not jobs.report("j1", "B", after(2), 90, "gaps")
    job = jobs.get("j1")
    assert (job.progress, job.stage, job.updated, job.revision) == (40, "areas", after(1), 7)


def test_a_lease_that_is_renewed_is_not_taken(jobs):
    handed_in(jobs)
    begun(jobs, "A", lease=30)
    assert jobs.beat("j1", "A", after(50))
    assert jobs.expire(after(45), WHY) == 0
    assert jobs.get("j1").holder == "A"


def test_a_lease_that_is_over_is_taken_and_the_old_holder_changes_nothing(jobs):
    handed_in(jobs)
    begun(jobs, "A")
    jobs.report("j1", "A", after(1), 40, "areas")
    assert jobs.expire(after(31), WHY) == 1
    job = jobs.get("j1")
    assert (job.status, job.attempts, job.progress, job.stage, job.holder) == (ACCEPTED, 1, 0, None, None)
    assert begun(jobs, "B", at=31).attempts == 2
    assert not jobs.beat("j1", "A", after(90))
    assert not jobs.report("j1", "A", after(32), 99, "areas")
    assert not jobs.succeed("j1", "A", after(32), ANSWER)
    assert not jobs.fail("j1", "A", after(32), WHY, again=True)
    assert not jobs.release("j1", "A", after(32))
    assert (jobs.get("j1").holder, jobs.answer("j1")) == ("B", None)


def test_two_attempts_and_no_third(jobs):
    handed_in(jobs)
    begun(jobs, "A")
    assert jobs.fail("j1", "A", after(1), WHY, again=True)
    assert jobs.get("j1").status == ACCEPTED
    begun(jobs, "B", at=2)
    assert jobs.expire(after(40), WHY) == 1
    job = jobs.get("j1")
    assert (job.status, job.attempts, job.problem, job.finished) == (FAILED, 2, WHY, after(40))
    assert begun(jobs, "C", at=41) is None


def test_what_cannot_succeed_is_not_tried_again(jobs):
    handed_in(jobs)
    begun(jobs, "A")
    assert jobs.fail("j1", "A", after(1), WHY, again=False)
    assert (jobs.get("j1").status, jobs.get("j1").attempts) == (FAILED, 1)


def test_an_attempt_that_was_called_off_does_not_count(jobs):
    handed_in(jobs)
    for turn in range(3):
        begun(jobs, f"A{turn}")
        assert jobs.release("j1", f"A{turn}", after(1))
    assert (jobs.get("j1").status, jobs.get("j1").attempts) == (ACCEPTED, 0)


def test_an_answer_and_success_come_together(jobs, open_again: Callable[[], Store]):
    handed_in(jobs)
    begun(jobs, "A")
    assert jobs.succeed("j1", "A", after(5), ANSWER)
    again = open_again().jobs()
    job = again.get("j1")
    assert (job.status, job.progress, job.finished, job.holder) == (SUCCESSFUL, 100, after(5), None)
    assert again.answer("j1") == ANSWER
    assert not jobs.succeed("j1", "A", after(6), ANSWER)


@pytest.mark.parametrize("state", ["queued", "running", "successful", "failed", "dismissed"])
def test_dismissal_at_any_time(jobs, state):
    handed_in(jobs)
    if state != "queued":
        begun(jobs, "A")
    if state == "successful":
        jobs.succeed("j1", "A", after(1), ANSWER)
    if state == "failed":
        jobs.fail("j1", "A", after(1), WHY, again=False)
    if state == "dismissed":
        jobs.dismiss("j1", after(1))
    job = jobs.dismiss("j1", after(2))
    assert (job.status, job.holder, job.problem) == (DISMISSED, None, None)
    assert job.finished == after(2 if state in ("queued", "running") else 1)
    assert jobs.answer("j1") is None
    assert not jobs.beat("j1", "A", after(60))
    assert not jobs.succeed("j1", "A", after(3), ANSWER)
    assert begun(jobs, "B", at=3) is None


def test_a_key_is_a_job(jobs):
    first = handed_in(jobs, "j1", key="k", fingerprint="f")
    assert jobs.add("j2", Request(ORDER, "k", "f"), after(9)) == (first, True)
    assert jobs.add("j3", Request(ORDER, "k", "other"), after(9)) == (first, False)
    assert [job.id for job in jobs.page(10)] == ["j1"]


def test_one_key_at_once_is_one_job(jobs, open_again: Callable[[], Store]):
    services = [open_again().jobs() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda place: services[place].add(f"j{place}", Request(ORDER, "k", "f"), NOON)[0].id, range(4))
        )
    assert len(set(found)) == 1
    assert len(jobs.page(10)) == 1


def test_pages_lead_back(jobs):
    for number in range(5):
        handed_in(jobs, f"j{number}")
    begun(jobs, "A")
    newest = jobs.page(2)
    assert [job.id for job in newest] == ["j4", "j3"]
    assert [job.id for job in jobs.page(9, before=newest[-1].number)] == ["j2", "j1", "j0"]
    assert [job.id for job in jobs.page(9, status=RUNNING)] == ["j0"]
    assert jobs.page(9, process="service-area") == []
    assert jobs.waiting() == 5


def test_what_is_old_or_does_not_fit_is_forgotten(jobs):
    for number in range(4):
        handed_in(jobs, f"j{number}")
        begun(jobs, f"A{number}")
    for number in range(3):
        jobs.succeed(f"j{number}", f"A{number}", after(number), Answer("application/json", b"x" * 1000))
    # j0 ended before the moment; of j1 and j2 only the newer one fits into 1500 bytes; j3 still runs
    assert jobs.sweep(after(0.5), most_bytes=1500) == 2
    assert [job.id for job in jobs.page(9)] == ["j3", "j2"]
    assert jobs.answer("j1") is None
    assert jobs.sweep(after(1), most_bytes=1500) == 0


def test_numbers_never_come_back(jobs):
    handed_in(jobs, "j1")
    jobs.dismiss("j1", NOON)
    jobs.sweep(after(1), most_bytes=1)
    assert handed_in(jobs, "j2").number == 2


def test_jobs_are_no_changes(jobs, store):
    handed_in(jobs)
    begun(jobs)
    assert (store.revision(), store.changesets()) == (0, [])


def test_nobody_runs_a_job_in_a_copy(workspace: Store, tmp_path: Path):
    jobs = workspace.jobs()
    for id in ("done", "running", "queued"):
        handed_in(jobs, id)
    begun(jobs, "A")
    jobs.succeed("done", "A", after(1), ANSWER)
    begun(jobs, "B")
    workspace.backup(tmp_path / "backup.gpkg")
    restore(tmp_path / "backup.gpkg", tmp_path / "again.gpkg")
    with closing(open_store(tmp_path / "again.gpkg")) as again:
        copied = again.jobs()
        states = {job.id: (job.status, job.attempts, job.holder) for job in copied.page(9)}
        assert states == {"done": (SUCCESSFUL, 1, None), "running": (ACCEPTED, 0, None), "queued": (ACCEPTED, 0, None)}
        assert copied.answer("done") == ANSWER
        assert not copied.succeed("running", "B", after(2), ANSWER)
    assert jobs.get("running").holder == "B"


def test_the_tables_are_declared_to_readers_of_geopackages(workspace: Store):
    with closing(sqlite3.connect(workspace.url)) as file:
        declared = file.execute("SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gridmap_jobs'")
        assert {name for (name,) in declared} == {"gridmap_jobs", "gridmap_job_results"}


def test_who_is_let_in_is_asked_inside_the_transaction(jobs):
    here, there = Client("127.0.0.1", here=True), Client("10.1.1.1")
    asked: list[tuple[int, int]] = []
    for id, client in (("j1", there), ("j2", here), ("j3", there)):
        jobs.add(id, Request(ORDER, client=client), NOON, lambda *counts: asked.append(counts))
    assert asked == [(0, 0), (1, 0), (2, 1)]
    assert [jobs.get(id).submitted_by for id in ("j1", "j2")] == ["10.1.1.1", "127.0.0.1"]

    def refuse(*_: int) -> None:
        raise Conflict(Text("jobs.failed"))

    with pytest.raises(Conflict):
        jobs.add("j4", Request(ORDER), NOON, refuse)
    assert (jobs.get("j4"), jobs.waiting()) == (None, 3)


def ended(jobs: Jobs, id: str, second: float, size: int, most_bytes: int | None = None) -> None:
    handed_in(jobs, id)
    begun(jobs, "A", at=second)
    assert jobs.succeed(id, "A", after(second), Answer("application/json", b"x" * size), most_bytes)


def test_answers_together_never_take_more_than_their_room(jobs):
    """Before, an hour's answers of 256 MB each were kept until the hourly sweep."""
    for number in range(6):
        ended(jobs, f"j{number}", number, 40, most_bytes=100)
    assert [job.id for job in jobs.page(10)] == ["j5", "j4"]
    ended(jobs, "large", 9, 300, most_bytes=100)  # one alone is bounded where it is made
    assert [job.id for job in jobs.page(10)] == ["large"]


def test_jobs_that_have_ended_are_thinned_out_the_dismissed_ones_first(jobs):
    for number in range(4):
        ended(jobs, f"j{number}", number, 4)
    handed_in(jobs, "waiting")
    jobs.dismiss("j2", after(9))
    assert jobs.thin_out(4) == 0
    assert jobs.thin_out(2) == 2
    assert [job.id for job in jobs.page(10)] == ["waiting", "j3", "j1"]
    assert (jobs.answer("j0"), jobs.answer("j1") is not None) == (None, True)


def test_a_workspace_without_submitters_opens_and_keeps_its_jobs(jobs, store: Store, open_again: Callable[[], Store]):
    ended(jobs, "done", 1, 4)
    handed_in(jobs, "waiting", key="k", fingerprint="f")
    with closing(sqlite3.connect(store.url)) as other, other:
        other.execute("DROP INDEX gridmap_jobs_submitted_by")
        other.execute("ALTER TABLE gridmap_jobs DROP COLUMN submitted_by")
        other.execute("DROP INDEX gridmap_changesets_effective")
        for later in ("effective", "opening"):
            other.execute(f"ALTER TABLE gridmap_changesets DROP COLUMN {later}")
        other.execute("ALTER TABLE gridmap_job_results DROP COLUMN words")
        other.execute("UPDATE gridmap_migrations SET version_num = '0004'")
    again = open_again().jobs()
    assert [(job.id, job.status, job.submitted_by) for job in again.page(10)] == [
        ("waiting", ACCEPTED, None), ("done", SUCCESSFUL, None),
    ]  # fmt: skip
    assert again.answer("done").body == b"xxxx" and not again.in_both_languages("done")
    assert again.add("more", Request(ORDER, "k", "f"), after(9))[0].id == "waiting"
    assert begun(again).id == "waiting"
