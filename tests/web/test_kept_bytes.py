"""What the maps of a city keep in memory: so much for each building, and no more with every question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from layers.settings import Settings
from layers.store import open_store
from tests.bench.bench_pages import tile_of
from tests.bench.make_city import build
from tests.weighing import kept_bytes
from web import init_app, new_app

DAY, OTHER = "2026-06-30", "2026-01-15"
SMALL, LARGE = 600, 3_000
# Bytes for each building more: records (a shape of a small city as a geometry), situations of two days and two bases,
# numbers of their values, two copies for tiles, names, and listings with what was asked of them.
MOST = {
    "layers.store.frames._SHARED": 750,
    "layers.situation.day._CASES": 340,
    "layers.situation.derived._NUMBERS": 20,
    "layers.usecases.exports.tiling._CUTTERS": 370,
    "layers.finding.records._KEPT": 130,
    "web.maps.listing._LISTINGS": 90,
}
ELSEWHERE = 10


@contextmanager
def reader(workspace: Path) -> Iterator[FlaskClient]:
    """Ask a service over a workspace whose maps are in tiles."""
    store = open_store(workspace, create=False)
    try:
        app = new_app()
        init_app(app, store, Settings(workspace=str(workspace), map_buildings=100), lambda: dt.date(2026, 7, 1))
        yield app.test_client()
    finally:
        store.close()


def ask(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/maps/{path}")
    assert answer.status_code in (200, 204), (path, answer.get_data()[:300])


def ask_of_coverage(client: FlaskClient, workspace: Path) -> None:
    """Ask as a planner does in a morning."""
    tile = tile_of(workspace, 12)
    for basis, on in product(("broad", "strict"), (DAY, OTHER)):
        ask(client, f"coverage?as_of={on}&basis={basis}")
    for basis in ("broad", "strict"):
        ask(client, f"coverage/{tile}?as_of={DAY}&basis={basis}")
    ask(client, f"coverage/rows?as_of={DAY}&rows=all")
    ask(client, f"coverage/rows?as_of={DAY}&rows=all&sort=households.down&text=12")
    ask(client, f"coverage/search?as_of={DAY}&q=a")


def each_building(folder: Path) -> dict[str, float]:
    """Return what each cache keeps of a building after a morning: what a larger city makes it keep more."""
    held = {}
    for size in (SMALL, LARGE):
        workspace = folder / f"{size}.gpkg"
        build(workspace, size)
        with reader(workspace) as client:
            before = kept_bytes(MOST)
            ask_of_coverage(client, workspace)
            held[size] = {name: found - before.get(name, 0) for name, found in kept_bytes(MOST).items()}
    return {name: (found - held[SMALL].get(name, 0)) / (LARGE - SMALL) for name, found in held[LARGE].items()}


@pytest.mark.deep
def test_each_cache_keeps_so_much_of_a_building(tmp_path: Path) -> None:
    each = each_building(tmp_path)
    assert {name: found for name, found in each.items() if found > MOST.get(name, ELSEWHERE)} == {}
    assert each["layers.store.frames._SHARED"] > 200  # something is weighed at all


@pytest.mark.deep
def test_what_is_kept_does_not_grow_with_every_question(tmp_path: Path) -> None:
    workspace, first, more = tmp_path / "city.gpkg", 60, 240
    build(workspace, SMALL)
    tile = tile_of(workspace, 12)
    days = [dt.date(2025, 1, 1) + dt.timedelta(17 * n) for n in range(15)]
    paths = (
        f"coverage{what}as_of={on}&basis={basis}&minutes={minutes}"
        for minutes, on, basis in product((5, 7), days, ("broad", "strict", "accepted"))
        for what in ("?", f"/{tile}?", f"/rows?rows=all&sort=households.down&text={on.day}&", f"/search?q={on.day}&")
    )
    with reader(workspace) as client:
        for path in islice(paths, first):
            ask(client, path)
        before = sum(kept_bytes().values())
        for path in islice(paths, more):
            ask(client, path)
        assert sum(kept_bytes().values()) < 1.25 * before
