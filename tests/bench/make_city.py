"""Build a city of so many buildings, with roads, stations, courtyards and arrangements: the same for the same number.

    python -m tests.bench.make_city N FILE.gpkg

The city is invented (`data.demo.city`). It goes into a new workspace as one changeset of a fixed day, by the way that
every import takes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
SEED = 1
FEWEST, MOST = 1, 5_000_000


def build(path: Path, buildings: int) -> dict[str, int]:
    """Write the city into a new workspace; return how many features each layer has."""
    from data.demo.city import city

    return write(path, city(buildings, SEED))


def write(path: Path, frames: dict) -> dict[str, int]:
    """Write the frames of a city into a new workspace; return how many features each layer has."""
    from layers.model.feature import Change
    from layers.store import open_store
    from layers.store.protocol import Draft

    def changes() -> Iterator[Change]:
        for layer, frame in frames.items():
            for feature in features(layer, frame):
                yield Change(layer, feature.id, None, feature)

    store = open_store(path, create=True)
    try:
        store.commit(Draft("bench", NOON, "city", "import", changes(), settings={"metric_crs": "EPSG:4549"}))
    except BaseException:  # stopped half-way, or the disk is full: no workspace without its city stays
        store.close()
        path.unlink()
        raise
    store.close()
    return {layer: len(frame) for layer, frame in frames.items()}


def features(layer: str, frame) -> Iterator:
    """Yield the features of a frame."""
    from layers.catalogue import catalogue
    from layers.formats.export import plain_values
    from layers.model.feature import Feature

    fields = [field for field in catalogue().layer(layer).fields if field.name in frame.columns]
    columns = {field.name: plain_values(field, frame[field.name]) for field in fields}
    shapes = frame.geometry.to_numpy()
    for place, id in enumerate(frame.index):
        properties = {name: values[place] for name, values in columns.items() if values[place] is not None}
        yield Feature(str(id), shapes[place], properties)


def main(arguments: list[str]) -> int:
    """Build, and print what stands in the city."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.make_city", description=__doc__.splitlines()[0])
    parser.add_argument("buildings", type=int, metavar="N", help=f"{FEWEST} to {MOST}")
    parser.add_argument("workspace", type=Path, metavar="FILE.gpkg", help="a file that does not exist yet")
    asked = parser.parse_args(arguments)
    if not FEWEST <= asked.buildings <= MOST:
        parser.error(f"N is {asked.buildings}: give a number from {FEWEST} to {MOST}")
    if asked.workspace.suffix != ".gpkg":
        parser.error(f"{asked.workspace} is no .gpkg: a workspace's name ends so")
    if asked.workspace.exists():
        parser.error(f"{asked.workspace} exists: name a new file, or delete it first")
    if not asked.workspace.parent.is_dir():
        parser.error(f"there is no folder {asked.workspace.parent}: make it first")
    for layer, count in build(asked.workspace, asked.buildings).items():
        print(f"{layer:14} {count:9,}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
