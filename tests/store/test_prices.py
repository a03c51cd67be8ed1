"""Filters have a price: patterns cost their length once, and whatever takes too long is stopped and named."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.errors import InvalidParameter, TooCostly
from layers.filters import parse_filter
from layers.filters.prices import LONGEST_PATTERN, MOST_WILDCARDS
from layers.filters.tree import MOST_PARTS
from layers.store import deadlines, open_store
from layers.store.deadlines import Allowance
from layers.store.geometry import from_blob, from_blobs, to_blobs
from layers.store.patterns import LONG_TEXT, Pattern, glob_of
from layers.store.protocol import Query, Store
from tests import town

BUILDINGS = catalogue().layer("buildings")
TEXTS = st.text("aab%_*?[]^-\\é花\n", max_size=12)


TOGETHER = """
import sqlite3, threading
from contextlib import closing
import shapely
from layers.store.connections import Deadline
from layers.store.geometry import to_blobs
from layers.store.predicates import register

houses = shapely.box([n / 100 for n in range(300)], 0.0, [n / 100 + 0.005 for n in range(300)], 1.0)
place = shapely.to_wkb(shapely.linestrings([(3 * (n % 2), n / 800) for n in range(800)]))

def ask():
    with closing(sqlite3.connect(":memory:")) as connection:
        register(connection, Deadline())
        connection.execute("CREATE TABLE houses (geom BLOB)")
        connection.executemany("INSERT INTO houses VALUES (?)", [(blob,) for blob in to_blobs(houses)])
        found = "SELECT count(*) FROM houses WHERE gridmap_relates('s_intersects', geom, ?)"
        return connection.execute(found, (place,)).fetchone()[0]

threads = [threading.Thread(target=lambda: print(f"{ask()} ", end="")) for _ in range(6)]
[each.start() for each in threads]
[each.join() for each in threads]
"""


def asking(text: str) -> Query:
    return Query(filter=parse_filter(text, "cql2-text", BUILDINGS))


class TestPatterns:
    @given(TEXTS, TEXTS)
    def test_mean_the_same_to_everybody(self, pattern: str, text: str) -> None:
        expected = plainly(pattern, text)
        assert Pattern(pattern).matches(text) == expected
        with closing(sqlite3.connect(":memory:")) as other:
            assert other.execute("SELECT glob(?, ?)", (glob_of(pattern), text)).fetchone() == (expected,)
            other.execute("PRAGMA case_sensitive_like = ON")
            if not (len(pattern) - len(pattern.rstrip("\\"))) % 2:  # SQLite's LIKE takes no escape that escapes nothing
                said = other.execute("SELECT ? LIKE ? ESCAPE '\\'", (text, pattern)).fetchone()
                assert said == (expected,)

    def test_a_piece_that_is_missing_ends_the_search(self) -> None:
        pattern = Pattern("%a" * 20_000)
        assert not pattern.matches("b" * 50_000 + "a")
        assert pattern.steps == 1

    def test_no_piece_is_looked_for_twice(self) -> None:
        pattern = Pattern("%a" * 50 + "%b")
        assert not pattern.matches("a" * 10_000 + "c")
        assert not pattern.matches("a" * 10_000 + "b" + "c")
        assert pattern.steps <= 2 * 50

    def test_texts_of_any_length_are_found(self, small_town: Store) -> None:
        for number, length in enumerate((LONG_TEXT - 1, LONG_TEXT, LONG_TEXT + 1, 9_000), start=1):
            town.amend(small_town, "buildings", f"b{number:02}", name="a*" + "x" * (length - 3) + "[")
        for text in ("name LIKE 'a*%['", "name LIKE '%*x%x['", "CASEI(name) LIKE 'a_x%'", "name LIKE '_\\*%'"):
            assert small_town.count("buildings", asking(text)) == 4, text

    @pytest.mark.parametrize("pattern", ["%a" * (MOST_WILDCARDS + 1), "_" * (MOST_WILDCARDS + 1), "a" * 501])
    def test_too_many_wildcards_are_refused(self, pattern: str) -> None:
        with pytest.raises(InvalidParameter, match=r"LIKE has more than 50 wild|LIKE is longer than 500"):
            asking(f"name LIKE '{pattern}'")

    def test_as_many_as_anybody_writes_are_not(self, small_town: Store) -> None:
        for pattern in ("%" + "a%" * (MOST_WILDCARDS - 1), "\\%" * (LONGEST_PATTERN // 2), "楼" * LONGEST_PATTERN):
            assert small_town.count("buildings", asking(f"name LIKE '{pattern}'")) == 0


def plainly(pattern: str, text: str) -> bool:
    """LIKE as it is defined, one character after another, every possibility tried."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(plainly(pattern[1:], text[start:]) for start in range(len(text) + 1))
    if pattern[0] == "_":
        return bool(text) and plainly(pattern[1:], text[1:])
    escaped = pattern[0] == "\\" and len(pattern) > 1
    wanted, rest = (pattern[1], pattern[2:]) if escaped else (pattern[0], pattern[1:])
    return text[:1] == wanted and plainly(rest, text[1:])


@pytest.fixture
def hurried(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The town in a store that gives a question no time at all, and looks after every step."""
    monkeypatch.setattr(deadlines, "STEPS", 1)
    store = open_store(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg"), query_seconds=0)
    yield store
    store.close()


class TestTime:
    @pytest.mark.parametrize(
        ("ask", "named"),
        [
            (lambda store: store.page("buildings", asking("households = 3"), 10), "is the filter."),
            (lambda store: store.count("buildings", asking("CASEI(name) = 'x'")), "is the filter."),
            (lambda store: store.read("buildings", asking("households = 3")), "is the filter."),
            (lambda store: store.page("buildings", Query(sort=(("name", True),)), 10), "is the order."),
            (lambda store: store.count("buildings", Query(as_of=town.DAY)), "is the days."),
            (lambda store: store.page("buildings", Query(bbox=(120, 36, 121, 37)), 1), "is the box."),
            (lambda store: store.extent("buildings"), "is reading the layer."),
        ],
    )
    def test_what_took_long_is_named_and_the_connection_goes_on(
        self, hurried: Store, ask: Callable[[Store], object], named: str
    ) -> None:
        for _ in range(3):
            with pytest.raises(TooCostly) as refused:
                ask(hurried)
            assert named in refused.value.say("en") and "after 0 s" in refused.value.say("en")
        assert hurried.get("buildings", "b03").properties["households"] == 10
        assert len(hurried.read("buildings")) == 10
        town.amend(hurried, "buildings", "b03", households=11)
        assert hurried.get("buildings", "b03").properties["households"] == 11

    def test_who_waits_for_the_same_count_is_told_so_too(
        self, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The time of one of two who count the same is over; the other waits for that count, with time left."""
        store = open_store(shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg"), query_seconds=60)
        counting, over = Event(), Event()

        def keep(deadline: deadlines.Deadline) -> None:
            counting.set()
            over.wait(20)
            deadline.missed = True
            raise TimeoutError

        monkeypatch.setattr(deadlines.Deadline, "keep", keep)
        touching = asking("S_TOUCHES(geometry, BBOX(120, 36, 121, 37))")
        with closing(store), ThreadPoolExecutor(2) as pool:
            one = pool.submit(store.count, "buildings", touching)
            assert counting.wait(20)
            other = pool.submit(store.count, "buildings", touching)
            time.sleep(0.3)  # until it waits; were it later, it would count by itself
            over.set()
            for each in (one, other):
                with pytest.raises(TooCostly, match="is the filter"):
                    each.result(20)

    @pytest.mark.parametrize("condition", ["S_TOUCHES(geometry, BBOX(120, 36, 121, 37))", "ACCENTI(name) LIKE '%x'"])
    def test_our_own_functions_look_too(self, hurried: Store, monkeypatch: pytest.MonkeyPatch, condition: str) -> None:
        """SQLite looks between its steps only, and one step may be a call of ours."""
        monkeypatch.setattr(deadlines, "STEPS", 10**9)
        with pytest.raises(TooCostly):
            hurried.count("buildings", asking(condition))

    def test_without_a_limit_nothing_is_stopped(self, small_town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deadlines, "STEPS", 1)
        assert small_town.count("buildings", asking("CASEI(name) LIKE '%楼'")) == 10

    def test_the_clock_stands_while_the_reader_writes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        monkeypatch.setattr(deadlines, "time", SimpleNamespace(monotonic=lambda: now[0]))
        with closing(sqlite3.connect(":memory:", factory=_Driver)) as connection:
            allowance = Allowance(5, "buildings")
            for _ in range(3):
                with allowance.spent(connection):
                    now[0] += 1
                now[0] += 60
            assert allowance.left == 2
            allowance.earn(100_000)
            assert allowance.left == 4


class _Driver(sqlite3.Connection):
    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)
        self.deadline = deadlines.Deadline()


class TestSize:
    @pytest.mark.parametrize(
        "condition",
        [
            "2/(" * 29 + "households" + ")" * 29 + "=1",
            "(" * 20 + "households" + " div 2)" * 20 + "=1",
        ],
    )
    def test_conditions_nested_deeper_than_sqlite_reads_are_refused(self, small_town: Store, condition: str) -> None:
        with pytest.raises(InvalidParameter, match="nested deeper"):
            small_town.count("buildings", asking(condition))

    def test_as_many_conditions_as_are_let_in_can_be_asked(self, small_town: Store) -> None:
        most = " OR ".join(["in_scope"] * (MOST_PARTS - 1))
        assert small_town.count("buildings", asking(most)) == 0
        with pytest.raises(InvalidParameter, match="more than 900 parts"):
            asking(most + " OR in_scope OR in_scope")

    def test_every_shape_of_a_filter_is_prepared_once(self, small_town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many there are; and no connection sees those of another: GEOS dies of two threads at one of them."""
        prepare, shapes = shapely.prepare, []
        monkeypatch.setattr(shapely, "prepare", lambda shape: (shapes.append(shape), prepare(shape)))
        touching = (f"S_TOUCHES(geometry, BBOX(120, 36, 121, {36 + n}))" for n in range(1, 101))
        query = asking(" OR ".join(touching))
        assert len(small_town.read("buildings", query)) == 0
        assert len(shapes) == 100

    def test_many_threads_may_ask_for_the_same_place(self) -> None:
        """In a process of its own, which used to end with a segmentation fault."""
        ended = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, timeout=300, check=False)
        assert (ended.returncode, ended.stdout.split()) == (0, [b"300"] * 6), ended.stderr


def test_one_blob_is_read_as_many_are() -> None:
    shapes = [shapely.Point(1, 2), town.house(1), town.line((0, 0), (5, 5)), shapely.MultiPoint([(1, 2), (3, 4)]),
              shapely.union_all([town.house(1), town.house(3)]), shapely.MultiPolygon([town.house(2)])]  # fmt: skip
    blobs = to_blobs(shapely.from_wkb([shapely.to_wkb(each) for each in shapes]))
    assert [from_blob(blob) for blob in blobs] == list(from_blobs(blobs))
    with pytest.raises(ValueError, match="GeoPackage"):
        from_blob(b"no blob at all")
