"""Places to be put into groups of a size around one of them, by the time from each to the middle of its group."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

_ROUNDED_SECONDS = 0.05  # as times over a network are rounded
SLACK_MINUTES = _ROUNDED_SECONDS / 60
NOBODY = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Problem:
    """What groups there may be.

    Attributes
    ----------
    minutes : float64[n, n]
        From each place (row) to each centre (column); inf where there is no way, 0 to itself.
    centres : bool[n]
        Which places may be centres.
    low, high : int
        How many places a group has, its centre among them.
    limit : float
        How many minutes a member may have to its centre; exactly that is within.
    fixed : bool
        Whether each of `centres` must have a group of its own.
    block : int64[n]
        Places with the same number go together; numbers from 0 on, without gaps.
    apart : int64[p, 2]
        Places that must not be in one group.
    kind : int64[n], optional
        Only places of one kind may be in one group.
    load : float64[n], optional
        What is spread evenly; a group costs `uneven` minutes for each unit by which its load differs from `target`.
    """

    minutes: np.ndarray
    centres: np.ndarray
    low: int
    high: int
    limit: float
    fixed: bool = False
    block: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    apart: np.ndarray = field(default_factory=lambda: NOBODY)
    kind: np.ndarray | None = None
    load: np.ndarray | None = None
    target: float = 0.0
    uneven: float = 0.0

    @property
    def n(self) -> int:
        """How many places there are."""
        return len(self.minutes)

    @cached_property
    def block_of(self) -> np.ndarray:
        """The block of each place: int64[n]; each its own where none go together."""
        return self.block if len(self.block) else np.arange(self.n)

    @cached_property
    def size(self) -> np.ndarray:
        """How many places each block has: int64[b]."""
        return np.bincount(self.block_of, minlength=self.blocks)

    @cached_property
    def blocks(self) -> int:
        """How many blocks there are."""
        return int(self.block_of.max(initial=-1)) + 1

    @cached_property
    def left_out_minutes(self) -> float:
        """What a place in no group costs: more than the dearest groups, so that as few as can be are left out."""
        worst = self.n * (min(self.limit, self._longest) + 1.0)
        if self.load is not None and self.uneven:
            worst += self.uneven * (float(self.load.sum()) + self.n / max(self.low, 1) * abs(self.target))
        return worst + 1.0

    @cached_property
    def _longest(self) -> float:
        return float(self.minutes[np.isfinite(self.minutes)].max(initial=0.0))

    @cached_property
    def near(self) -> np.ndarray:
        """Whether a place is within the limit of a centre that it may belong to, apart from all others: bool[n, n]."""
        within = (self.minutes <= self.limit + SLACK_MINUTES) & self.centres[None, :]
        if self.kind is not None:
            within &= self.kind[:, None] == self.kind[None, :]
        if self.fixed:  # a centre is in its own group
            within[self.centres] = False
            within[self.centres, self.centres] = True
        within[self.apart[:, 0], self.apart[:, 1]] = False
        within[self.apart[:, 1], self.apart[:, 0]] = False
        return within

    @cached_property
    def allowed(self) -> np.ndarray:
        """Whether a block may belong to a centre: bool[b, n]."""
        far = np.zeros((self.blocks, self.n), dtype=bool)
        np.logical_or.at(far, self.block_of, ~self.near)
        own = self.block_of[None, :] == np.arange(self.blocks)[:, None]
        small = self.size[:, None] + np.where(own, 0, self.size[self.block_of][None, :]) <= self.high
        found = ~far & small
        return found & found[self.block_of, np.arange(self.n)][None, :]  # a centre is in its own group

    @cached_property
    def cost(self) -> np.ndarray:
        """The minutes of a block to a centre, all together: float64[b, n], inf where it may not belong to it."""
        sums = np.zeros((self.blocks, self.n))
        np.add.at(sums, self.block_of, np.where(np.isfinite(self.minutes), self.minutes, 0.0))
        return np.where(self.allowed, sums, np.inf)

    @cached_property
    def apart_blocks(self) -> np.ndarray:
        """The pairs of blocks that must not be in one group: int64[p, 2]."""
        pairs = np.sort(self.block_of[self.apart], axis=1)
        return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).reshape(-1, 2)

    @property
    def counts(self) -> tuple[int, int]:
        """The fewest and the most groups that all places can make."""
        return -(-self.n // self.high), self.n // self.low

    def uneven_minutes(self, members: np.ndarray) -> float:
        """Return what a group costs beside its minutes."""
        if self.load is None:
            return 0.0
        return self.uneven * abs(float(self.load[members].sum()) - self.target)

    def price(self, centre_of: np.ndarray) -> float:
        """Return what groups cost: minutes, what they are uneven, and what is left out.

        Parameters
        ----------
        centre_of : int64[n]
            The centre of each place, -1 for none.
        """
        on = np.flatnonzero(centre_of >= 0)
        price = float(self.minutes[on, centre_of[on]].sum()) + self.left_out_minutes * (self.n - len(on))
        if self.load is not None:
            for centre in np.unique(centre_of[on]):
                price += self.uneven_minutes(np.flatnonzero(centre_of == centre))
        return price

    def faults(self, centre_of: np.ndarray) -> list[str]:
        """List what is wrong with groups: for proofs, not for people."""
        found = []
        for centre in np.unique(centre_of[centre_of >= 0]).tolist():
            mine = np.flatnonzero(centre_of == centre)
            if centre_of[centre] != centre or not self.near[mine, centre].all():
                found.append(f"group {centre} has members that may not belong to it")
            if not self.low <= len(mine) <= self.high:
                found.append(f"group {centre} has {len(mine)} members")
        for block in np.flatnonzero(self.size > 1):
            if len(np.unique(centre_of[self.block_of == block])) > 1:
                found.append(f"block {block} is cut")
        both = (centre_of[self.apart[:, 0]] >= 0) & (centre_of[self.apart[:, 0]] == centre_of[self.apart[:, 1]])
        return found + ["places that are to be apart are together"] * int(both.any())
