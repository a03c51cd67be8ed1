"""What others changed since a preview that an import would change otherwise: the only reason to refuse one.

Fields decide. Where an import and somebody else changed different fields of a feature, both stand. Where both wrote
the same, there is nothing to refuse.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from layers.catalogue import Field, Label, Layer, catalogue
from layers.errors import Fault, StaleRevision
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases.edits.pending import Pending, same_place

NAMED = 100
GEOMETRY = "geometry"
TIME = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True)
class Overlap:
    """A feature that others changed since a preview, and that an import changes too.

    Attributes
    ----------
    fields : tuple of str
        What both changed; empty where one of them took the whole feature away.
    here : Feature or None
        As it is on record now; None: it was deleted.
    """

    layer: str
    code: str
    id: str
    fields: tuple[str, ...]
    here: Feature | None
    removes: bool = False


@dataclass
class Overlaps:
    """What was found: features that both changed, and how many were changed by both in different fields."""

    seen: int = 0
    found: list[Overlap] = field(default_factory=list)
    beside: int = 0

    def refuse_hopeless(self, store: Store) -> None:
        """Refuse what no derivation can put right: features that are gone."""
        if any(each.here is None for each in self.found):
            self._refuse(store, self.found)

    def refuse(self, store: Store, pending: Pending) -> None:
        """Refuse what both changed, unless what follows from the rest has made them equal again."""
        left = [each for each in self.found if _still(each, pending)]
        if left:
            self._refuse(store, left)

    def notes(self, store: Store, pending: Pending, seen: int) -> list[Text]:
        """Say what of others' work was taken into account."""
        touched = store.layer_revisions()
        moved = [catalogue().layer(each).label for each in pending.looked_at() if touched[each] > seen]
        notes = [Text("imports.moved-meanwhile", layers=moved)] if moved else []
        return notes + ([Text("imports.both-kept", count=self.beside)] if self.beside else [])

    def _refuse(self, store: Store, overlaps: list[Overlap]) -> None:
        summary = Text("imports.overlaps", count=len(overlaps))
        raise StaleRevision(summary, *(_fault(store, each, self.seen) for each in overlaps[:NAMED]))


def overlaps(store: Store, pending: Pending, seen: int, layer: str, left_out: Collection[str]) -> Overlaps:
    """Find what others changed after a revision that is pending otherwise; before anything is derived.

    Parameters
    ----------
    seen : int
        The revision of the preview.
    layer, left_out
        Codes that a file names in this layer without being able to make them anew.
    """
    met, touched = Overlaps(seen), store.layer_revisions()
    for name in pending.looked_at():
        if touched[name] > seen:
            _compare(store, pending, catalogue().layer(name), left_out if name == layer else (), met)
    return met


def _compare(store: Store, pending: Pending, layer: Layer, left_out: Collection[str], met: Overlaps) -> None:
    ours = {_code(change): change for change in pending.changes_of(layer.id)}
    here = pending.on_record(layer.id)
    for code, (then, id) in _moved(store, layer.id, met.seen, ours.keys() | set(left_out)).items():
        now, change = here.get(code), ours.get(code)
        if now is None:
            if then is not None:
                met.found.append(Overlap(layer.id, code, id, (), None))
        elif change is not None and change.after is None:
            if differing(layer, then, now):
                met.found.append(Overlap(layer.id, code, id, (), now, removes=True))
        elif change is not None:
            own, theirs = differing(layer, now, change.after), differing(layer, then, now)
            # a code that two people gave may mean two things: then nothing is filled in beside
            twice = then is None and code in pending.touched(layer.id)
            both = tuple(name for name in own if twice or name in theirs)
            if both:
                met.found.append(Overlap(layer.id, code, id, both, now))
            elif theirs:
                met.beside += 1


def _moved(store: Store, layer: str, seen: int, codes: Collection[str]) -> Mapping[str, tuple[Feature | None, str]]:
    """Return, of some codes, those that were changed after a revision: what each was then, and its last id."""
    found: dict[str, tuple[Feature | None, str]] = {}
    for change in store.each_change_since(layer, seen):
        code = _code(change)
        if code in codes:
            then = found[code][0] if code in found else change.before
            found[code] = (then, change.id)
    return found


def differing(layer: Layer, one: Feature | None, other: Feature | None) -> list[str]:
    """Return the fields in which two states of a feature differ, what gridmap keeps itself aside."""
    names = [each.name for each in layer.fields if not each.system and _value(one, each) != _value(other, each)]
    shapes = [None if each is None else each.geometry for each in (one, other)]
    if shapes != [None, None] and not same_place(*shapes):
        names.append(GEOMETRY)
    return names


def _value(feature: Feature | None, of: Field) -> Value:
    found = None if feature is None else feature.properties.get(of.name)
    return None if found == () else found


def _still(overlap: Overlap, pending: Pending) -> bool:
    if overlap.removes or overlap.here is None:
        return True
    will_be = pending.layer(overlap.layer).get(overlap.code)
    left = differing(catalogue().layer(overlap.layer), overlap.here, will_be)
    return will_be is not None and any(name in left for name in overlap.fields)


def _fault(store: Store, overlap: Overlap, seen: int) -> Fault:
    layer = catalogue().layer(overlap.layer)
    by, change = _culprit(store, overlap, layer, seen)
    said = {"author": by.author, "time": f"{by.time:{TIME}}", "revision": by.revision}
    if change.after is None:
        text = Text("imports.overlap-deleted", **said)
    elif overlap.removes:
        changed = differing(layer, change.before, change.after)
        text = Text("imports.overlap-removed", fields=_labels(layer, changed), **said)
    else:
        text = Text("imports.overlap", fields=_labels(layer, overlap.fields), **said)
    return Fault(text, {"layer": overlap.layer, "feature": overlap.code})


def _culprit(store: Store, overlap: Overlap, layer: Layer, seen: int) -> tuple[Changeset, Change]:
    """Return the last change of a feature that touched what the import changes too."""
    history = [each for each in store.feature_history(overlap.layer, overlap.id) if each[0].revision > seen]
    for changeset, change in history:
        if set(overlap.fields) & set(differing(layer, change.before, change.after)):
            return changeset, change
    return history[0]


def _labels(layer: Layer, fields: Collection[str]) -> list[Label | Text]:
    return [Text("imports.shape") if name == GEOMETRY else layer.field(name).label for name in fields]


def _code(change: Change) -> str:
    state = change.before or change.after
    assert state is not None  # a change has one of the two
    return str(state.properties.get("code") or state.id)
