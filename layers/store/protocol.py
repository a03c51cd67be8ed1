"""What a store is. Use cases and analyses see this and never a backend.

A workspace has one increasing `revision`. Every write is one changeset, which is one revision; a changeset is
named by its revision. A feature has a `version`. History is append-only.

Geometry is kept and given back in its simplest form: in two dimensions, a multi-geometry of one part as that part, an
empty geometry as None. `updated_at` is set by the store to the time of the changeset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from layers.filters import Filter
from layers.model.feature import Change, Feature

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.store.job_protocol import Jobs


@dataclass(frozen=True, slots=True)
class Query:
    """Which features of a layer.

    Parameters
    ----------
    as_of : date, optional
        Only features valid on this day (`valid_from` ≤ day ≤ `valid_to`, null = open).
        What statements of later days say is not there yet: see `Draft`.
    on_day : date, optional
        The layer as it was on this day, whether or not its features are valid then.
    at_revision : int, optional
        The layer as it stood after this revision of the workspace. With a day: what was believed then of that day.
    during : (date or None, date or None), optional
        Only features valid on some day of this period; None is an open end.
    bbox : (west, south, east, north), optional
        Only features whose bounds touch this box, degrees; features without geometry fall out. With west > east it
        goes over the antimeridian, as a box of RFC 7946 does.
    equals : mapping
        Field → value that it must have.
    starts_with : mapping
        Text field → prefix that it must have (codes of an administrative level).
    ids : collection of str, optional
        Only these.
    filter : Filter, optional
        Only features for which this checked condition holds.
    sort : tuple of (field, descending)
        The order of `page`, the id after them; without a value comes last. `read` stays in the order of ids.
    columns : tuple of str, optional
        Only these fields (for `read`); None = all.
    geometry : bool
        Whether `read` fetches geometries.
    """

    as_of: dt.date | None = None
    on_day: dt.date | None = None
    at_revision: int | None = None
    during: tuple[dt.date | None, dt.date | None] | None = None
    bbox: tuple[float, float, float, float] | None = None
    equals: Mapping[str, object] = field(default_factory=dict)
    starts_with: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] | None = None
    filter: Filter | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[str, ...] | None = None
    geometry: bool = True

    @property
    def day(self) -> dt.date | None:
        """Return the day as of which the layer is meant, None for what is on record now."""
        return self.on_day or self.as_of


@dataclass(frozen=True, slots=True)
class Page:
    """Some features in order, how many match in all, and where the next page starts (None = the end)."""

    features: tuple[Feature, ...]
    matched: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """The box around a layer, degrees (None = no geometry), the first and the last day that a feature names."""

    bbox: tuple[float, float, float, float] | None
    first_day: dt.date | None
    last_day: dt.date | None


@dataclass(slots=True)
class Holding:
    """From which day on a changeset holds; None: on all days, as a correction does.

    An `opening` holds on all days too, though its day is known: the first statement of its kind, before which there
    is nothing.
    """

    effective: dt.date | None = None
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A changeset to be committed.

    `changes` may be a generator, so that a city is written without being held in memory. It is walked while nobody
    else can write: what it reads of the store when it begins stays as it is until it is written. `settings` are looked
    at after it.

    Days before the one from which it is `holding`, looked at last of all, stay as they were. A layer on a day is what
    the changes that hold on that day made of it, in the order written, each setting those fields that it changed.

    For an update or a deletion, `before.version` must be the stored version, else the commit is refused
    whole as stale; history keeps what was stored, whatever else `before` says. `time` must say its zone.
    Where it `revives`, as where it reverts, a deleted feature may come back under its own id.
    """

    author: str
    time: dt.datetime
    message: str
    kind: str
    changes: Iterable[Change]
    reverts: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    holding: Holding = field(default_factory=Holding)
    revives: bool = False


@dataclass(frozen=True, slots=True)
class Changeset:
    """A committed changeset; `counts` is layer → {"create": n, "update": n, "delete": n}."""

    revision: int
    author: str
    time: dt.datetime
    message: str
    kind: str
    counts: Mapping[str, Mapping[str, int]]
    reverts: int | None = None
    reverted_by: int | None = None
    effective: dt.date | None = None
    opening: bool = False


@dataclass(frozen=True, slots=True)
class OutsideCounts:
    """How many features of a layer other programs added, changed and removed, and since when."""

    added: int
    changed: int
    removed: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class OutsideEdit:
    """A feature that another program edited in the workspace's file.

    Parameters
    ----------
    number : int
        It grows with every further edit of this feature.
    recorded : Feature or None
        As the history has it last; None where it knows none.
    found : Feature or None
        As it is in the file; None where it is gone or cannot be read.
    fault : str or None
        Why it cannot be read.
    """

    layer: str
    id: str
    number: int
    since: dt.datetime
    recorded: Feature | None
    found: Feature | None
    fault: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Return the layer and the id."""
        return self.layer, self.id


class Snapshot(Protocol):
    """The features of a layer that match a query at one moment, whatever others write meanwhile."""

    revision: int

    def frames(self, size: int | None = None) -> Iterator[gpd.GeoDataFrame]:
        """Yield frames as `Store.read` gives them, of at most `size` features, in the order of ids; at least one.

        Without a size it is the one whole frame. It may be asked again, one walk after the other.
        """


class Store(Protocol):
    """A workspace."""

    url: str

    def __hash__(self) -> int:
        """Tell workspaces apart: what is made for one is kept by it (`layers.keeping.OfEach`)."""

    def revision(self) -> int:
        """Return the workspace's revision; 0 when nothing was ever written."""

    def layer_revisions(self) -> dict[str, int]:
        """Return layer → a number that grows whenever the layer changes (0 = never): the last revision that touched it,
        and far more once another program did."""

    def setting(self, name: str) -> str | None:
        """Return a value that travels with the workspace, such as ``"metric_crs"``."""

    def read(self, layer: str, query: Query = Query()) -> gpd.GeoDataFrame:
        """Return features as a frame indexed by id, in id order, with every field of the catalogue and
        `version`; EPSG:4326."""

    def snapshot(self, layer: str, query: Query = Query()) -> AbstractContextManager[Snapshot]:
        """Hold a layer still for reading it piece by piece; others may write, so it should not be held for long."""

    def page(self, layer: str, query: Query, limit: int, after: str | None = None) -> Page:
        """Return at most `limit` features after `after`: an id, or with a sorted query what the last page's `next` was.

        Raises
        ------
        InvalidParameter
            The layer cannot be sorted by a field, or `after` is no end of a page of this order.
        """

    def count(self, layer: str, query: Query = Query()) -> int:
        """Return how many features match."""

    def extent(self, layer: str) -> Extent:
        """Return where a layer's features lie and when they are valid."""

    def get(self, layer: str, id: str, at_revision: int | None = None, on_day: dt.date | None = None) -> Feature | None:
        """Return one feature, as it stood after a revision and on a day, or None."""

    def differing(
        self, layer: str, on_day: dt.date | None, at_revision: int | None, limit: int
    ) -> dict[str, Feature | None] | None:
        """Return id → feature (None = not there) of what was otherwise on a day, or after a revision, than it is now.

        None for more than `limit` features.
        """

    def known_ids(self, layer: str) -> set[str]:
        """Return every id that the layer ever used, the deleted ones included: ids are never reused."""

    def commit(self, draft: Draft, outside: Mapping[tuple[str, str], int] = {}) -> Changeset:
        """Write one changeset, all of it or nothing, durably.

        `outside` names edits by other programs, layer and id → number, that the draft adopts: those features are first
        put back to what is recorded, in the same transaction.

        Raises
        ------
        StaleRevision
            A feature was changed in the meantime; every such feature is named.
        Conflict
            A created feature exists already, or its id was used before (unless the draft reverts or revives); one is
            changed twice; two features of a layer would have one `code`; another program edited a feature, and that is
            not adopted yet.
        InvalidParameter, NotFound
            There is nothing to change (neither features nor settings); a value, geometry or field that the layer
            cannot hold; no such layer. Every fault is named.
        StoreBusy, StorageFull
            Nothing was written.
        """

    def changesets(self, before: int | None = None, limit: int = 50) -> list[Changeset]:
        """Return the latest changesets, newest first, older than `before`."""

    def changeset(self, revision: int) -> Changeset | None:
        """Return one changeset, or None."""

    def revision_at(self, moment: dt.datetime) -> int:
        """Return the last revision written at a moment or before it; 0 before the first."""

    def last_effective(self, *layers: str) -> dt.date | None:
        """Return the latest effective day of the imports that touched one of some layers and are not undone."""

    def changes(self, revision: int) -> list[Change]:
        """Return what one changeset changed."""

    def each_change(self, revision: int, backwards: bool = False) -> Iterator[Change]:
        """Yield what one changeset changed, so that a city need not be held in memory."""

    def changes_since(self, layer: str, revision: int, limit: int) -> list[Change] | None:
        """Return the changes of a layer after `revision` in order, or None when more than `limit`.

        `revision` may be what `layer_revisions` said; None also when another program wrote since.
        """

    def each_change_since(self, layer: str, revision: int) -> Iterator[Change]:
        """Yield the changes of a layer after `revision` in order, however many."""

    def feature_history(self, layer: str, id: str) -> list[tuple[Changeset, Change]]:
        """Return every change of one feature, newest first."""

    def jobs(self) -> Jobs:
        """Return the workspace's jobs."""

    def outside(self) -> dict[str, OutsideCounts]:
        """Return layer → what other programs wrote into it and nobody has adopted yet, where there is such."""

    def outside_edits(self, layer: str, id: str | None = None) -> list[OutsideEdit]:
        """Return what other programs edited in a layer, or of one feature, in the order of ids."""

    def take_back(self, outside: Mapping[tuple[str, str], int]) -> None:
        """Put features that other programs edited back to what is recorded; layer and id → number of the edit.

        Raises
        ------
        StaleRevision
            One was edited again meanwhile.
        NotFound
            One was not edited outside.
        Conflict
            Two features of a layer would have one `code`.
        """

    def damaged(self) -> tuple[str, ...]:
        """Return the layers that are known to be damaged, and ``"gridmap"`` for history and settings."""

    def look(self) -> tuple[str, ...]:
        """Look through the whole workspace for damage and return what `damaged` says from now on."""

    def backup(self, target: Path) -> None:
        """Write a consistent copy of the workspace to `target`, while others read and write."""

    def close(self) -> None:
        """Let go of the workspace."""
