"""What a filter names."""

from __future__ import annotations

from layers.filters.tree import Filter, Op, Property


def named_in(condition: Filter | None) -> frozenset[str]:
    """Return the fields that a condition names, ``id`` and ``geometry`` among them."""
    if isinstance(condition, Property):
        return frozenset({condition.name})
    if isinstance(condition, Op):
        return frozenset().union(*map(named_in, condition.args))
    return frozenset()
