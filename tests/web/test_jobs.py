"""Jobs over HTTP. A test runs them itself, in its own process, unless it is about the process."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import web
from layers import clock
from layers.analyses.data_quality import CHECKS
from layers.errors import StoreBusy, TooLarge
from layers.jobs import worker
from layers.model.job import ACCEPTED, Order, Request
from layers.store.protocol import Store
from layers.text import Text, words
from layers.usecases import jobs as usecase
from tests import town
from tests.web.test_api import refused

DAY = {"inputs": {"as_of": "2025-02-06"}}
ASYNC = {"Prefer": "respond-async, wait=5"}
NOON = town.NOON


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


def hand_in(client: FlaskClient, process: str = "unmanaged-buildings", body: dict = DAY, **headers: str) -> object:
    return client.post(f"/api/processes/{process}/execution", json=body, headers=ASYNC | headers)


def begin(store: Store, holder: str = "A") -> str:
    return store.jobs().claim(holder, NOON, NOON + dt.timedelta(seconds=30)).id


def run_next(store: Store) -> int:
    return worker.run(store, begin(store), "A", lambda: NOON)


def test_a_job_is_taken_in_followed_and_fetched(client: FlaskClient, store: Store) -> None:
    answer = hand_in(client)
    job = answer.json
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (201, "respond-async")
    assert answer.headers["Location"] == f"http://localhost/api/jobs/{job['jobID']}"
    told = {name: job[name] for name in ("processID", "type", "status", "progress", "message", "attempts")}
    assert told == {"processID": "unmanaged-buildings", "type": "process", "status": "accepted", "progress": 0,
                    "message": "Waiting for its turn.", "attempts": 0}  # fmt: skip
    assert client.get(answer.headers["Location"]).json["inputs"]["basis"] == "broad"

    assert run_next(store) == worker.ENDED
    job = client.get(answer.headers["Location"]).json
    assert (job["status"], job["progress"], job["revision"], job["attempts"]) == ("successful", 100, 1, 1)
    assert job["started"] == job["finished"] == "2025-02-06T12:00:00Z"
    (results,) = [link["href"] for link in job["links"] if link["rel"].endswith("/results")]
    at_once = client.post("/api/processes/unmanaged-buildings/execution", json=DAY)
    fetched = client.get(results)
    assert (fetched.data, fetched.mimetype) == (at_once.data, at_once.mimetype)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("body", [{"response": "raw"}, {"response": "raw", "outputs": {"buildings": {}}}, {}])
def test_every_form_is_the_same_later(client: FlaskClient, store: Store, body: dict, language: str) -> None:
    url = f"/api/processes/unmanaged-buildings/execution?lang={language}"
    job = client.post(url, json=DAY | body, headers=ASYNC).json
    run_next(store)
    at_once, later = client.post(url, json=DAY | body), client.get(f"/api/jobs/{job['jobID']}/results?lang=en")
    assert (later.data, later.content_type) == (at_once.data, at_once.content_type)


def test_results_travel_compressed_where_that_is_understood(client: FlaskClient, store: Store) -> None:
    job = hand_in(client).json
    run_next(store)
    url = f"/api/jobs/{job['jobID']}/results"
    packed = client.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.data) == client.get(url).data
    assert "Content-Encoding" not in client.get(url, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_the_day_of_the_order_is_the_day_of_the_answer(client: FlaskClient) -> None:
    """A job that waits over midnight answers what was asked."""
    job = hand_in(client, body={}).json
    assert client.get(f"/api/jobs/{job['jobID']}").json["inputs"]["as_of"] == clock.today().isoformat()


def test_progress_is_told_in_the_readers_language(client: FlaskClient, store: Store) -> None:
    url = f"/api/jobs/{hand_in(client).json['jobID']}"
    id = begin(store)
    store.jobs().report(id, "A", NOON, 40, "areas")
    told = client.get(f"{url}?lang=zh").json
    assert (told["status"], told["progress"], told["stage"], told["message"]) == (
        "running", 40, "areas", "正在绘制范围。",
    )  # fmt: skip
    store.jobs().report(id, "A", NOON, 50, "a stage that nobody has put into words")
    assert client.get(f"{url}?lang=en").json["message"] == "Running."


def test_every_stage_that_an_analysis_names_has_words() -> None:
    sources = (Path(worker.__file__).parents[1] / "analyses").glob("*.py")
    named = {word for path in sources for word in re.findall(r'progress\([^,()]+, "([^"]+)"', path.read_text("utf-8"))}
    named |= {check.__name__ for check in CHECKS}
    assert len(named) > 12
    assert [word for word in sorted(named) if "jobs.stage-" + re.sub("[_ ]", "-", word) not in words()] == []


class TestResultsThatAreNotThere:
    def exception(self, answer: object) -> str:
        return refused(answer, 404, "not-found")["exception"].rsplit("/", 1)[1]

    def test_not_ready(self, client: FlaskClient, store: Store) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}/results"
        assert self.exception(client.get(url)) == "result-not-ready"
        begin(store)
        assert self.exception(client.get(url)) == "result-not-ready"

    @pytest.mark.parametrize("id", ["nobody", "%00", "a" * 300, "1 OR 1=1"])
    def test_no_such_job(self, client: FlaskClient, id: str) -> None:
        assert self.exception(client.get(f"/api/jobs/{id}")) == "no-such-job"
        assert self.exception(client.get(f"/api/jobs/{id}/results")) == "no-such-job"
        assert self.exception(client.delete(f"/api/jobs/{id}")) == "no-such-job"

    def test_dismissed(self, client: FlaskClient) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}"
        client.delete(url)
        assert "dismissed" in refused(client.get(f"{url}/results"), 404, "not-found")["detail"]


def test_a_refusal_is_told_as_it_would_have_been_at_once(client: FlaskClient, store: Store) -> None:
    body = {"inputs": {"within": "communities:no-such", "as_of": "2025-02-06"}}
    url = f"/api/jobs/{hand_in(client, body=body).json['jobID']}"
    assert run_next(store) == worker.ENDED
    job = client.get(url).json
    assert (job["status"], job["attempts"], job["exception"]["status"]) == ("failed", 1, 400)
    assert [link["rel"].rsplit("/")[-1] for link in job["links"]] == ["self", "exceptions"]
    for language in ("zh", "en"):
        later = client.get(f"{url}/results?lang={language}")
        at_once = client.post(f"/api/processes/unmanaged-buildings/execution?lang={language}", json=body)
        told = ("type", "title", "status", "detail", "errors")
        assert [later.json[name] for name in told] == [at_once.json[name] for name in told]
        assert later.status_code == 400
    assert client.get(url + "?lang=en").json["message"] == later.json["errors"][0]["detail"]


class TestDismissal:
    def test_of_a_queued_job(self, client: FlaskClient, store: Store) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}"
        answer = client.delete(url)
        assert (answer.status_code, answer.json["status"]) == (200, "dismissed")
        assert client.delete(url).json["status"] == "dismissed"
        assert store.jobs().claim("A", NOON, NOON) is None

    def test_of_a_running_job_ends_it_at_its_next_report(
        self, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}"

        def dismissed_meanwhile(_store: Store, _order: object, progress: object) -> None:
            client.delete(url)
            progress(0.5, "areas")
            raise AssertionError("went on")

        monkeypatch.setattr(worker, "compute", dismissed_meanwhile)
        assert run_next(store) == worker.GONE
        assert client.get(url).json["status"] == "dismissed"

    def test_of_a_finished_job_drops_its_result(self, client: FlaskClient, store: Store) -> None:
        job = hand_in(client).json
        run_next(store)
        assert client.delete(f"/api/jobs/{job['jobID']}").json["status"] == "dismissed"
        assert store.jobs().answer(job["jobID"]) is None


class TestKeys:
    def test_the_same_twice_is_one_job(self, client: FlaskClient) -> None:
        first, second = (hand_in(client, **{"Idempotency-Key": "once"}) for _ in range(2))
        assert second.status_code == 201
        assert second.headers["Location"] == first.headers["Location"]
        assert len(client.get("/api/jobs").json["jobs"]) == 1

    @pytest.mark.parametrize("process, body", [("coverage", DAY), ("unmanaged-buildings", {}),
                                               ("unmanaged-buildings", DAY | {"response": "raw"})])  # fmt: skip
    def test_another_request_is_a_conflict(self, client: FlaskClient, process: str, body: dict) -> None:
        hand_in(client, **{"Idempotency-Key": "once"})
        refused(hand_in(client, process, body, **{"Idempotency-Key": "once"}), 409, "conflict")
        assert len(client.get("/api/jobs").json["jobs"]) == 1

    def test_an_odd_key(self, client: FlaskClient) -> None:
        refused(hand_in(client, **{"Idempotency-Key": "k" * 201}), 400, "invalid-parameter")


def test_the_list_leads_from_page_to_page(client: FlaskClient, store: Store) -> None:
    ids = [hand_in(client).json["jobID"] for _ in range(5)]
    begin(store)
    seen, url = [], "/api/jobs?limit=2"
    while url:
        page = client.get(url).json
        seen += [job["jobID"] for job in page["jobs"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == ids[::-1]
    assert [job["jobID"] for job in client.get("/api/jobs?status=running").json["jobs"]] == ids[:1]
    assert client.get("/api/jobs?processID=coverage").json["jobs"] == []
    for query in ("status=lost", "limit=0", "x=1", "before=now"):
        refused(client.get(f"/api/jobs?{query}"), 400, "invalid-parameter")


class TestAFullQueue:
    """Ten places for each other computer, and twenty of the hundred for this one alone."""

    def several(self, client: FlaskClient, count: int, at: str = "127.0.0.1", **headers: str) -> list[int]:
        url = "/api/processes/unmanaged-buildings/execution"
        found = []
        for number in range(count):
            own = {name: f"{value}{number}" for name, value in headers.items()}
            answer = client.post(url, json=DAY, headers=ASYNC | own, environ_base={"REMOTE_ADDR": at})
            found.append(answer.status_code)
        return found

    def test_of_one_computer(self, client: FlaskClient) -> None:
        assert self.several(client, 12, "10.1.1.1") == [201] * 10 + [429] * 2
        assert self.several(client, 1, "10.1.1.2") == [201]
        assert self.several(client, 1, "::ffff:10.1.1.1") == [429]
        url = "/api/processes/unmanaged-buildings/execution"
        answer = client.post(url, json=DAY, headers=ASYNC, environ_base={"REMOTE_ADDR": "10.1.1.1"})
        told = refused(answer, 429, "too-many-requests")
        assert "10 jobs" in told["detail"]
        assert answer.headers["Retry-After"]

    def test_a_place_that_is_free_again(self, client: FlaskClient, store: Store) -> None:
        assert self.several(client, 11, "10.1.1.1")[-2:] == [201, 429]
        run_next(store)
        assert self.several(client, 2, "10.1.1.1") == [201, 429]

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
    def test_of_everybody(self, client: FlaskClient, headers: dict) -> None:
        """Keys went past the limit before."""
        for number in range(8):
            own = {name: f"{value}{number}-" for name, value in headers.items()}
            assert self.several(client, 10, f"10.1.1.{number}", **own) == [201] * 10
        assert self.several(client, 1, "10.1.1.9", **headers) == [503]
        own = {name: f"{value}here-" for name, value in headers.items()}
        assert self.several(client, 22, **own) == [201] * 20 + [503] * 2
        if headers:  # what was taken in is still known by its key
            assert self.several(client, 1, "10.1.1.0", **{"Idempotency-Key": "k0-"}) == [201]
        url = "/api/processes/unmanaged-buildings/execution"
        answer = client.post(url, json=DAY, headers=ASYNC)
        refused(answer, 503, "overloaded")
        assert answer.headers["Retry-After"]

    def test_orders_at_the_same_moment(self, client: FlaskClient, service: Flask, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda _: self.several(service.test_client(), 3, "10.1.1.1"), range(8)))
        assert sum(each.count(201) for each in taken) == 10
        assert store.jobs().waiting() == 10

    def test_an_order_is_no_book(self, client: FlaskClient) -> None:
        text = " OR ".join(["name = 'a'"] * 20_000)
        refused(hand_in(client, "unmanaged-buildings", {"inputs": {"within": text}}), 400, "invalid-parameter")
        order = Request(Order("coverage", {"within": "x" * usecase.MOST_ORDER_BYTES}, ("rows",)))
        with pytest.raises(TooLarge, match="kB"):
            usecase.submit(client.application.extensions["gridmap"].store.jobs(), order, "j", NOON)


class TestWhoDismisses:
    def dismissed(self, client: FlaskClient, id: str, at: str) -> object:
        return client.delete(f"/api/jobs/{id}", environ_base={"REMOTE_ADDR": at})

    def handed_in(self, client: FlaskClient, at: str) -> str:
        url = "/api/processes/unmanaged-buildings/execution"
        return client.post(url, json=DAY, headers=ASYNC, environ_base={"REMOTE_ADDR": at}).json["jobID"]

    @pytest.mark.parametrize("at", ["10.1.1.1", "::ffff:10.1.1.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_who_handed_it_in_and_this_computer(self, client: FlaskClient, at: str) -> None:
        answer = self.dismissed(client, self.handed_in(client, "10.1.1.1"), at)
        assert (answer.status_code, answer.json["status"]) == (200, "dismissed")

    @pytest.mark.parametrize("handed_in_at", ["10.1.1.1", "127.0.0.1"])
    def test_nobody_else(self, client: FlaskClient, store: Store, handed_in_at: str) -> None:
        id = self.handed_in(client, handed_in_at)
        told = refused(self.dismissed(client, id, "10.1.1.2"), 403, "forbidden")
        assert "handed in from another computer" in told["detail"]
        assert store.jobs().get(id).status == ACCEPTED

    def test_nor_who_comes_through_a_proxy_that_nobody_named(self, client: FlaskClient, store: Store) -> None:
        id = self.handed_in(client, "10.1.1.1")
        refused(client.delete(f"/api/jobs/{id}", headers={"X-Forwarded-For": "10.1.1.2"}), 403, "forbidden")
        assert store.jobs().get(id).status == ACCEPTED
        run_next(store)
        refused(self.dismissed(client, id, "10.1.1.2"), 403, "forbidden")
        assert client.get(f"/api/jobs/{id}/results").status_code == 200

    def test_of_an_older_version_this_computer_alone(self, client: FlaskClient, store: Store) -> None:
        store.jobs().add("old", Request(Order("coverage", {}, ("rows",))), NOON)
        refused(self.dismissed(client, "old", "10.1.1.1"), 403, "forbidden")
        assert self.dismissed(client, "old", "127.0.0.1").status_code == 200

    def test_of_no_job(self, client: FlaskClient) -> None:
        refused(self.dismissed(client, "none", "10.1.1.1"), 404, "not-found")

    def test_addresses_are_not_told(self, client: FlaskClient) -> None:
        id = self.handed_in(client, "10.1.1.1")
        assert "10.1.1.1" not in client.get(f"/api/jobs/{id}").text + client.get("/api/jobs").text


class TestAttempts:
    def test_a_bug_is_not_tried_again(self, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}"
        monkeypatch.setattr(worker, "compute", lambda *_: 1 / 0)
        assert run_next(store) == worker.ENDED
        problem = refused(client.get(f"{url}/results"), 500, "internal-error")
        assert "division" not in problem["detail"]

    @pytest.mark.parametrize("trouble", [MemoryError(), StoreBusy(Text("store.busy"))])
    def test_a_want_of_means_is(
        self, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch, trouble: Exception
    ) -> None:
        hand_in(client)

        def fails(*_: object) -> None:
            raise trouble

        monkeypatch.setattr(worker, "compute", fails)
        assert run_next(store) == worker.AGAIN

    def test_an_answer_that_is_too_large(
        self, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"/api/jobs/{hand_in(client).json['jobID']}"
        monkeypatch.setattr(worker, "MOST_RESULT_BYTES", 10)
        run_next(store)
        refused(client.get(f"{url}/results"), TooLarge.status, TooLarge.slug)

    def test_a_process_that_this_version_does_not_have(self, client: FlaskClient, store: Store) -> None:
        store.jobs().add("old", Request(Order("divination", {}, ("rows",))), NOON)
        run_next(store)
        refused(client.get("/api/jobs/old/results"), 404, "not-found")

    def test_somebody_elses_job_is_left_alone(self, client: FlaskClient, store: Store) -> None:
        id = hand_in(client).json["jobID"]
        assert worker.run(store, id, "A", lambda: NOON) == worker.GONE
        assert store.jobs().get(id).status == ACCEPTED


def test_other_sites_may_not_hand_in_or_dismiss(client: FlaskClient) -> None:
    id = hand_in(client).json["jobID"]
    refused(hand_in(client, Origin="http://elsewhere.example"), 403, "forbidden")
    refused(client.delete(f"/api/jobs/{id}", headers={"Origin": "http://elsewhere.example"}), 403, "forbidden")


def test_the_service_runs_what_is_handed_in(service: Flask, client: FlaskClient) -> None:
    """The whole way: a thread that claims, a process that computes, the row that both write."""
    dispatcher = web.start_jobs(service)
    try:
        url = hand_in(client).headers["Location"]
        deadline = time.monotonic() + 120
        while (job := client.get(url).json)["status"] in ("accepted", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
    finally:
        dispatcher.close()
    assert job["status"] == "successful", job
    at_once = client.post("/api/processes/unmanaged-buildings/execution", json=DAY)
    assert client.get(f"{url}/results").data == at_once.data
