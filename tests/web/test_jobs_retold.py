"""A kept answer is told in the language of who reads it, whichever it was asked in."""

from __future__ import annotations

import json

import msgspec
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from layers.analyses.encode import outputs_json
from layers.catalogue import Label
from layers.jobs.retelling import packed, retold, unpacked, words_of
from layers.jobs.worker import compute
from layers.model.job import Answer
from layers.store.protocol import Store
from layers.text import Text
from tests import town
from tests.web.test_jobs import ASYNC, NOON, begin, run_next

HERE = {"as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}", "max_gap_m": 50}
BODY = {"inputs": HERE}


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


def kept(client: FlaskClient, store: Store, language: str, **body: object) -> str:
    """Have a job done that somebody asked in a language."""
    answer = client.post(f"/api/processes/bundle-buildings/execution?lang={language}", json=BODY | body, headers=ASYNC)
    run_next(store)
    return answer.json["jobID"]


def told(client: FlaskClient, job: str, query: str = "", **headers: str) -> dict:
    answer = client.get(f"/api/jobs/{job}/results{query}", headers={"Accept-Encoding": "identity"} | headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return json.loads(answer.data)


@pytest.mark.parametrize(("asked", "read"), [("zh", "en"), ("en", "zh")])
def test_a_proposal_reads_as_if_it_had_been_asked_in_the_readers_language(
    client: FlaskClient, store: Store, asked: str, read: str
) -> None:
    one, two = kept(client, store, asked), kept(client, store, read)
    mine, theirs = told(client, one, f"?words={read}"), told(client, two)
    assert mine["summary"]["sentences"] == theirs["summary"]["sentences"] != told(client, one)["summary"]["sentences"]
    assert mine == theirs
    assert told(client, one, f"?words={asked}") == told(client, one)


def test_without_words_it_is_what_was_asked_byte_for_byte(client: FlaskClient, store: Store) -> None:
    job = kept(client, store, "zh")
    at_once = client.post("/api/processes/bundle-buildings/execution?lang=zh", json=BODY).data
    assert client.get(f"/api/jobs/{job}/results?lang=en", headers={"Accept-Language": "en"}).data == at_once


def test_words_that_there_are_not_are_refused(client: FlaskClient, store: Store) -> None:
    job = kept(client, store, "zh")
    assert client.get(f"/api/jobs/{job}/results?words=fr").status_code == 400


def test_an_answer_of_an_older_gridmap_stays_as_it_was_asked_and_says_so(client: FlaskClient, store: Store) -> None:
    job = client.post("/api/processes/bundle-buildings/execution?lang=zh", json=BODY, headers=ASYNC).json["jobID"]
    begin(store)
    found = store.jobs().get(job)
    answer = compute(store, found.order, lambda *_: None)
    assert store.jobs().succeed(job, "A", NOON, Answer(answer.media, answer.body))
    assert told(client, job, "?words=en") == told(client, job)
    assert "Chinese" in client.get(f"/analyses/bundle-buildings?job={job}&lang=en").text


def test_the_page_says_nothing_of_a_language_where_both_are_kept(client: FlaskClient, store: Store) -> None:
    job = kept(client, store, "zh")
    assert "kept in" not in client.get(f"/analyses/bundle-buildings?job={job}&lang=en").text.lower()


def test_several_outputs_apart_stay_as_they_were_asked(client: FlaskClient, store: Store) -> None:
    job = kept(client, store, "zh", response="raw")
    answers = {client.get(f"/api/jobs/{job}/results{query}").data for query in ("", "?words=en")}
    assert len(answers) == 1


WORDS = st.sampled_from([Text("proposals.beside-reached"), Label("户", "households"), Label("同", "同"), "户", 3, None])
VALUES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from("abc"), inner, max_size=3), max_leaves=8)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["one", "two"]), VALUES, min_size=1), st.sampled_from(["zh", "en"]))
def test_whatever_is_said_anywhere_is_retold(outputs: dict, language: str) -> None:
    """A record that is called as a label is, in the same place as the label, is the one thing that cannot be told."""
    other = {"zh": "en", "en": "zh"}[language]
    words = unpacked(packed(words_of(outputs, language)))
    found = retold(msgspec.json.decode(msgspec.json.encode(outputs_json(outputs, language))), words)
    wanted = msgspec.json.decode(msgspec.json.encode(outputs_json(outputs, other)))
    assert _without(found) == _without(wanted)


def _without(value: object) -> object:
    """Return a value without the one name that is also a label."""
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each) for each in value]
    return None if value in ("户", "households") else value


def test_words_in_the_rows_of_a_table() -> None:
    frame = pd.DataFrame({"code": ["a", "b"], "why": [Label("远", "far"), None], "n": [1, 2]})
    words = words_of({"rows": frame}, "zh")
    assert retold(outputs_json({"rows": frame}, "zh"), words) == outputs_json({"rows": frame}, "en")
