"""What the answers for a page rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.situation.day import LAYERS

if TYPE_CHECKING:
    from layers.store.protocol import Store


def state_of(store: Store, beside: tuple[str, ...] = ()) -> tuple[int, ...]:
    """Return the revisions of the layers of a situation, and of those `beside` it."""
    revisions = store.layer_revisions()
    return tuple(revisions.get(layer, 0) for layer in (*LAYERS, *beside))
