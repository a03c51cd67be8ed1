"""Asking gridmap, and keeping its answers without what may differ between two runs of one version.

That is moments, today, nonces, the ids of requests, imports and jobs, and what spreadsheets, shapefiles and GeoPackages
say of when they were written: of these the contents are kept.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterator

from werkzeug.test import TestResponse

import app
from layers import clock
from layers.settings import Settings
from layers.store.embedded import EmbeddedStore
from layers.store.protocol import Changeset, Draft

DAY = dt.date(2025, 2, 6)
NOON = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
HEADERS = ("Content-Type", "Content-Disposition", "Content-Crs", "Content-Encoding", "ETag", "Location", "Link", "Vary",
           "Cache-Control", "Content-Security-Policy", "Retry-After", "Set-Cookie")  # fmt: skip
TODAY = clock.today().isoformat().encode()
ALIKE = [
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00)?"), b"<moment>"),
    (re.compile(rb"Expires=[^;]+"), b"Expires=<moment>"),  # of a cookie that lasts a year
    (re.compile(rb"""nonce(-|=["'])[\w-]{22}"""), rb"nonce\1<nonce>"),
    (re.compile(rb'"request_id":\s*"[0-9a-f]{16}"'), b'"request_id":"<request>"'),
    (re.compile(rb"\b[0-9a-f]{32}\b"), b"<id>"),
    (re.compile(re.escape(TODAY)), b"<today>"),
]


def stop_the_clock() -> None:
    """Let every changeset of this process be of one moment: features carry it, and so do tiles, files and ETags."""
    commit = EmbeddedStore.commit

    def at_noon(store: EmbeddedStore, draft: Draft, *more: object) -> Changeset:
        return commit(store, dataclasses.replace(draft, time=NOON), *more)

    EmbeddedStore.commit = at_noon


class Asking:
    """Somebody who asks a service, and keeps every answer under what was asked.

    Parameters
    ----------
    settings
        Other than the default ones.
    """

    def __init__(self, place: str, answers: dict[str, bytes], **settings: object) -> None:
        self.place, self.answers, self._asked = place, answers, Counter()
        self._name = " ".join([place, *settings])
        service = app.create_app(Settings(workspace=f"{place}.gpkg", **settings), demo=place == "demo")
        own = service.extensions["gridmap"]
        service.extensions["gridmap"] = dataclasses.replace(own, today=lambda: DAY)
        self._client = service.test_client(use_cookies=False)
        self.close = own.store.close

    def __call__(self, path: str, method: str = "GET", lang: str = "zh", **given: object) -> TestResponse:
        headers = {"Accept-Language": lang, "Gridmap-Author": "tester", **given.pop("headers", {})}
        answer = self._client.open(path, method=method, headers=headers, **given)
        said = [answer.status, *(f"{each}: {answer.headers[each]}" for each in HEADERS if each in answer.headers)]
        whole = alike("\n".join(said).encode()) + b"\n\n" + alike(answer.get_data())
        name = alike(f"{self._name} {lang} {method} {path}".encode()).decode()
        self._asked[name] += 1
        self.answers[f"{name} #{self._asked[name]}"] = whole
        return answer

    def both(self, path: str, **given: object) -> TestResponse:
        """Ask in Chinese and in English; return what was said in English."""
        self(path, **given)
        return self(path, lang="en", **given)


def alike(body: bytes, name: str = "") -> bytes:
    """Return an answer without what may differ between two runs of one version."""
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as members:
            parts = (each.encode() + b"\n" + alike(members.read(each), each) for each in members.namelist())
            return b"\n".join(parts)
    if body.startswith(b"SQLite format 3\0"):
        return alike("\n".join(_tables(body)).encode())
    if name.endswith(".dbf"):  # whose bytes 1 to 3 are the day on which it was written
        return body[:1] + body[4:]
    for pattern, word in ALIKE:
        body = pattern.sub(word, body)
    return body


def _tables(body: bytes) -> Iterator[str]:
    """Yield the tables of a SQLite file and their rows."""
    database = sqlite3.connect(":memory:")
    database.deserialize(body)
    for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE sql > '' ORDER BY name").fetchall():
        yield sql
        if sql.startswith("CREATE TABLE"):
            yield from map(repr, database.execute(f'SELECT * FROM "{name}"'))
    database.close()


def first_difference(before: bytes, now: bytes) -> str:
    """Show two answers around the first byte in which they differ."""
    at = next((n for n, (a, b) in enumerate(zip(before, now)) if a != b), min(len(before), len(now)))
    shown = (each[max(at - 60, 0) : at + 100].decode("utf-8", "replace") for each in (before, now))
    return "\n".join(f"    {sign} {text!r}" for sign, text in zip("-+", shown))
