"""What of a body is not as its door takes it: every place, what is wanted there and what was sent, in words.

msgspec breaks off at the first fault and says it in English and in its own words. So where it refuses a body, the body
is gone through again by the same types, which hold all limits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec
from msgspec import inspect

from layers.errors import Fault
from layers.text import Text, first_few

MOST_FAULTS = 50
MOST_KNOWN = 40
LONGEST_SHOWN = 80
Json = Any  # whatever JSON can hold: it is what was sent, and nobody has looked at it yet


def misfits(kind: Any, sent: Json, pointer: str = "") -> list[Fault]:  # kind: as msgspec takes types
    """Return what of a body does not fit a type of msgspec's: the first faults, each with its place.

    Parameters
    ----------
    pointer : str
        Where the body stands in what was sent (RFC 6901).
    """
    return list(islice(_misfits(inspect.type_info(kind), sent, pointer), MOST_FAULTS))


def _misfits(kind: inspect.Type, sent: Json, pointer: str) -> Iterator[Fault]:
    if isinstance(kind, inspect.UnionType):
        kind = _meant(kind, sent)
    if isinstance(kind, inspect.UnionType):
        yield from _of_tagged(kind, sent, pointer) if isinstance(sent, dict) else [_unwanted(kind, sent, pointer)]
    elif not _fits(kind, sent):
        yield _unwanted(kind, sent, pointer)
    elif isinstance(kind, inspect.StructType):
        yield from _of_struct(kind, sent, pointer)
    elif isinstance(kind, inspect.DictType):
        for name, value in sent.items():
            yield from _misfits(kind.key_type, name, _below(pointer, name))
            yield from _misfits(kind.value_type, value, _below(pointer, name))
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
        for place, value in enumerate(sent):
            yield from _misfits(kind.item_type, value, f"{pointer}/{place}")
    elif isinstance(kind, inspect.TupleType):
        for place, (item, value) in enumerate(zip(kind.item_types, sent, strict=True)):
            yield from _misfits(item, value, f"{pointer}/{place}")


def _meant(kind: inspect.UnionType, sent: Json) -> inspect.Type:
    """Return which of several types a value is meant to be of; all of them where that is not to be seen."""
    if isinstance(sent, dict):
        structs = [each for each in kind.types if isinstance(each, inspect.StructType)]
        named = [each for each in structs if each.tag_field is None or sent.get(each.tag_field) == each.tag]
        found: list[inspect.Type] = [*named] or [each for each in kind.types if isinstance(each, inspect.DictType)]
        return found[0] if found else kind
    wanted = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
    fitting = [each for each in kind.types if _fits(each, sent)]
    alike = [each for each in wanted if _alike(each, sent)]
    found = fitting or alike or wanted
    return found[0] if len(found) == 1 or fitting else kind


def _alike(kind: inspect.Type, sent: Json) -> bool:
    """Say whether a value is of the right kind, whatever its size."""
    return isinstance(sent, list) and isinstance(kind, inspect.ListType | inspect.TupleType | inspect.VarTupleType)


def _of_tagged(kind: inspect.UnionType, sent: dict[str, Json], pointer: str) -> Iterator[Fault]:
    """Say what is wrong with an object that says of itself what it is, and says nothing that is known."""
    structs = [each for each in kind.types if isinstance(each, inspect.StructType) and each.tag_field is not None]
    if not structs:
        yield _unwanted(kind, sent, pointer)
        return
    tag = str(structs[0].tag_field)
    if tag not in sent:
        yield Fault(Text("web.member-missing", name=tag), {"pointer": _below(pointer, tag)})
    else:
        known = Text("web.wants-one-of", values=[str(each.tag) for each in structs])
        yield _fault(known, sent[tag], _below(pointer, tag))


def _of_struct(kind: inspect.StructType, sent: dict[str, Json], pointer: str) -> Iterator[Fault]:
    fields = {each.encode_name: each for each in kind.fields}
    tag = kind.tag_field
    if tag is not None and tag in sent and sent[tag] != kind.tag:
        yield _fault(Text("web.wants-one-of", values=[str(kind.tag)]), sent[tag], _below(pointer, tag))
    for name, field in fields.items():
        if name in sent:
            yield from _misfits(field.type, sent[name], _below(pointer, name))
        elif field.required:
            yield Fault(Text("web.member-missing", name=name), {"pointer": _below(pointer, name)})
    if tag is not None and kind.tag is not None and tag not in sent:
        yield Fault(Text("web.member-missing", name=tag), {"pointer": _below(pointer, tag)})
    if kind.forbid_unknown_fields:
        known = first_few([*fields, *([] if tag is None else [tag])], MOST_KNOWN)
        for name in sent:
            if name not in fields and name != tag:
                text = Text("web.member-unknown", known=known) if known else Text("web.member-unknown-of-none")
                yield Fault(text, {"pointer": _below(pointer, name)})


def _fits(kind: inspect.Type, sent: Json) -> bool:
    """Say whether a value itself is as it is wanted; of lists and objects only whether they are such, and how long."""
    check = _CHECKS.get(type(kind))
    return check is None or check(kind, sent)


def _is_number(sent: Json) -> bool:
    return isinstance(sent, int | float) and not isinstance(sent, bool)


def _is_day(sent: Json) -> bool:
    try:
        msgspec.convert(sent, dt.date)
    except msgspec.ValidationError:
        return False
    return isinstance(sent, str)


def _within(kind: Any, size: float) -> bool:  # a type of numbers
    return not (
        (kind.ge is not None and size < kind.ge)
        or (kind.gt is not None and size <= kind.gt)
        or (kind.le is not None and size > kind.le)
        or (kind.lt is not None and size >= kind.lt)
    )


def _long_enough(kind: Any, sent: Json) -> bool:  # a type of texts, of lists or of objects
    least, most = kind.min_length, kind.max_length
    return (least is None or len(sent) >= least) and (most is None or len(sent) <= most)


_CHECKS: Mapping[type, Callable[[Any, Json], bool]] = {
    inspect.NoneType: lambda kind, sent: sent is None,
    inspect.BoolType: lambda kind, sent: isinstance(sent, bool),
    inspect.IntType: lambda kind, sent: isinstance(sent, int) and _is_number(sent) and _within(kind, sent),
    inspect.FloatType: lambda kind, sent: _is_number(sent) and _within(kind, sent),
    inspect.StrType: lambda kind, sent: isinstance(sent, str) and _long_enough(kind, sent),
    inspect.LiteralType: lambda kind, sent: isinstance(sent, str | int | None) and sent in kind.values,
    inspect.DateType: lambda kind, sent: _is_day(sent),
    inspect.ListType: lambda kind, sent: isinstance(sent, list) and _long_enough(kind, sent),
    inspect.VarTupleType: lambda kind, sent: isinstance(sent, list) and _long_enough(kind, sent),
    inspect.TupleType: lambda kind, sent: isinstance(sent, list) and len(sent) == len(kind.item_types),
    inspect.DictType: lambda kind, sent: isinstance(sent, dict) and _long_enough(kind, sent),
    inspect.StructType: lambda kind, sent: isinstance(sent, dict),
}


def _unwanted(kind: inspect.Type, sent: Json, pointer: str) -> Fault:
    return _fault(_wanted(kind), sent, pointer)


def _fault(wanted: Text, sent: Json, pointer: str) -> Fault:
    where: dict[str, object] = {"pointer": pointer} if pointer else {}
    if isinstance(sent, str | int | float) and sent != "":  # of an empty text there is nothing to show
        text = sent if isinstance(sent, str) else msgspec.json.encode(sent).decode()
        where["value"] = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return Fault(Text("web.misfit", wanted=wanted, sent=_sort_of(sent)), where)


def _wanted(kind: Any) -> Text:  # one of msgspec's descriptions of types, of which each has members of its own
    """Say what is wanted, with its limits."""
    if isinstance(kind, inspect.UnionType):
        kinds = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return _wanted(kinds[0]) if len(kinds) == 1 else Text("web.wants-any", kinds=[_wanted(each) for each in kinds])
    if isinstance(kind, inspect.LiteralType):
        return Text("web.wants-one-of", values=[str(each) for each in kind.values if each is not None])
    if isinstance(kind, inspect.IntType):
        return Text("web.wants-whole-number", bounds=_bounds(kind))
    if isinstance(kind, inspect.FloatType):
        return Text("web.wants-number", bounds=_bounds(kind))
    if isinstance(kind, inspect.BoolType):
        return Text("web.wants-yes-or-no")
    if isinstance(kind, inspect.DateType):
        return Text("web.wants-day")
    if isinstance(kind, inspect.StrType):
        return Text("web.wants-text", bounds=_lengths(kind.min_length, kind.max_length, "web.n-characters"))
    if isinstance(kind, inspect.TupleType):
        return Text("web.wants-list", bounds=_lengths(len(kind.item_types), len(kind.item_types), "web.n-entries"))
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return Text("web.wants-list", bounds=_lengths(kind.min_length, kind.max_length, "web.n-entries"))
    bounds = _lengths(kind.min_length, kind.max_length, "web.n-members") if isinstance(kind, inspect.DictType) else ""
    return Text("web.wants-object", bounds=bounds)


def _bounds(kind: Any) -> str:  # a type of numbers
    marks = (("≥", kind.ge), (">", kind.gt), ("≤", kind.le), ("<", kind.lt))
    said = ", ".join(f"{mark} {bound:,}" for mark, bound in marks if bound is not None)
    return said and f" ({said})"


def _lengths(least: int | None, most: int | None, counted: str) -> Text | str:
    if most is None:
        return "" if not least else Text("web.at-least", size=Text(counted, n=least))
    if least == most:
        return Text("web.exactly", size=Text(counted, n=most))
    return Text("web.at-most" if not least else "web.from-to", least=least, size=Text(counted, n=most))


def _sort_of(sent: Json) -> Text:
    """Say what was sent; of texts, lists and objects how long they are."""
    if isinstance(sent, str):
        return Text("web.wants-text", bounds=_lengths(len(sent), len(sent), "web.n-characters"))
    if isinstance(sent, list):
        return Text("web.wants-list", bounds=_lengths(len(sent), len(sent), "web.n-entries"))
    if isinstance(sent, dict):
        return Text("web.wants-object", bounds=_lengths(len(sent), len(sent), "web.n-members"))
    if isinstance(sent, bool):
        return Text("web.wants-yes-or-no")
    return Text("web.sent-nothing") if sent is None else Text("web.wants-number", bounds="")


def _below(pointer: str, name: str) -> str:
    return f"{pointer}/{name[:LONGEST_SHOWN].replace('~', '~0').replace('/', '~1')}"
