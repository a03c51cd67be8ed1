"""Pages of 1,000 features, single features and tiles over real HTTP: ours, pygeoapi and tipg over the same buildings.

    python -m tests.bench.bench_items [--pygeoapi PYTHON] [--tipg PYTHON --postgis postgresql://…] [--keep FOLDER]

See `peers` for what the Pythons must have. Answers are compared, those of items before anything is timed. One client,
one kept connection a server, in turns; the best of several rounds, of single features the median request as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from geo.tiles.layout import mercator
from tests.bench.bench_tiles import read
from tests.bench.compare_pygeoapi import same
from tests.bench.peers import Peer, exported, ours, path_of, pygeoapi, tipg, workspace
from tests.bench.stopwatch import race

N, PAGE, ROUNDS = 100_000, 1_000, 7
SINGLES = [f"B{number:07d}" for number in range(0, N, N // 50)]
ZOOM, ACROSS, DOWN = 15, 8, 8


def pages(peer: Peer, paged_by_offset: bool) -> list[str]:
    """Return the addresses of three pages: the first, and two as far on as ten pages lead."""
    first = f"{peer.items}?limit={PAGE}"
    if paged_by_offset:
        return [first, f"{first}&offset={5 * PAGE}", f"{first}&offset={10 * PAGE}"]
    found = [first]
    for _ in range(10):
        links = json.loads(peer.get(found[-1]))["links"]
        found.append(path_of(next(each["href"] for each in links if each["rel"] == "next")))
    return [found[0], found[5], found[10]]


def tiles(peer: Peer) -> list[list[str]]:
    """Return the addresses of tiles full of buildings, a row of them for each round."""
    x, y = (mercator(np.array([[116.004, 39.0735]]))[0] * 2**ZOOM).astype(int).tolist()
    return [[peer.tiles.format(z=ZOOM, x=x + across, y=y + down) for across in range(ACROSS)] for down in range(DOWN)]


def alike(mine: Peer, other: Peer, addresses: tuple[list[str], list[str]], tolerance: float = 1e-7) -> None:
    """See that pages and single features say the same."""
    for one, two in zip(*addresses, strict=True):
        first, second = (json.loads(peer.get(path))["features"] for peer, path in ((mine, one), (other, two)))
        assert len(first) == len(second) == PAGE
        unlike = [pair for pair in zip(first, second, strict=True) if not same(*pair, tolerance)]
        assert not unlike, unlike[0]
    for each in SINGLES[:5]:
        assert same(*(json.loads(peer.get(f"{peer.items}/{each}")) for peer in (mine, other)), tolerance)


def fetched(peer: Peer, paths: list[str]) -> Callable[[], list[bytes]]:
    return lambda: [peer.get(path) for path in paths]


def middle(peers: dict[str, Peer], paths: dict[str, list[str]]) -> dict[str, float]:
    """Return the median time of a request, in seconds; one request each in turns, so that a busy moment hits all."""
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(ROUNDS):
        for together in zip(*(paths[name] for name in peers), strict=True):
            for (name, peer), path in zip(peers.items(), together, strict=True):
                start = time.perf_counter()
                peer.get(path)
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in times.items()}


def told(what: str, times: dict[str, float], count: int) -> None:
    """Say how many a second, and how much faster ours is."""
    rates = ", ".join(f"{name} {count / seconds:,.0f}/s" for name, seconds in times.items())
    ratios = ", ".join(f"{times[name] / times['ours']:.1f} x {name}" for name in times if name != "ours")
    print(f"{what}: {rates}; ours is {ratios or 'alone'}", flush=True)


def main(options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        made = workspace(folder, N)
        peers = {"ours": stack.enter_context(ours(made))}
        if options.pygeoapi:
            peers["pygeoapi"] = stack.enter_context(pygeoapi(options.pygeoapi, exported(made)))
        if options.tipg:
            peers["tipg"] = stack.enter_context(tipg(options.tipg, options.postgis, exported(made)))
        mine = peers["ours"]
        listed = {name: pages(peer, name != "ours") for name, peer in peers.items()}
        for name, peer in peers.items():
            if name != "ours":
                alike(mine, peer, (listed["ours"], listed[name]))
        times = race(ROUNDS, **{name: fetched(peer, listed[name]) for name, peer in peers.items()})
        told(f"pages of {PAGE} features", times, len(listed["ours"]))
        singles = {name: [f"{peer.items}/{each}" for each in SINGLES] for name, peer in peers.items()}
        times = race(ROUNDS, **{name: fetched(peer, singles[name]) for name, peer in peers.items()})
        told("single features", times, len(SINGLES))
        told("single features, the median request", middle(peers, singles), 1)
        _tiles({name: peer for name, peer in peers.items() if peer.tiles})


def _tiles(peers: dict[str, Peer]) -> None:
    """Race for tiles that nobody asked for before, row by row, and then for the last row again, which ours has kept."""
    rows = {name: tiles(peer) for name, peer in peers.items()}
    for peer in peers.values():
        peer.get(peer.tiles.format(z=ZOOM, x=0, y=0))  # so that ours has its copy of the layer
    taking = {name: iter(each) for name, each in rows.items()}
    asked = {name: (lambda name=name, peer=peer: fetched(peer, next(taking[name]))()) for name, peer in peers.items()}
    told(f"tiles at z{ZOOM}, cut for this request", race(DOWN, **asked), ACROSS)
    last = {name: fetched(peer, rows[name][-1]) for name, peer in peers.items()}
    told(f"tiles at z{ZOOM}, kept", race(ROUNDS, **last), ACROSS)
    for name in peers.keys() - {"ours"}:
        for mine, other in zip(last["ours"](), last[name](), strict=True):
            one, two = read(mine), read(other)
            # tipg leaves out what lies in the margin around a tile alone
            assert len(two) > 100 and two.keys() <= one.keys() and len(two) > 0.9 * len(one)
            assert all(abs(one[code] - two[code]) <= 100 for code in two)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("--pygeoapi", "--tipg", "--postgis", "--keep"):
        parser.add_argument(option)
    main(parser.parse_args())
