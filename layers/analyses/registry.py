"""Every analysis, registered once: the workbench, HTTP, the command line and jobs take it from here."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_origin

import msgspec

from layers.catalogue import Label
from layers.errors import Fault, InvalidParameter
from layers.text import Text
from layers.usecases.knowing import known

if TYPE_CHECKING:
    from layers.store.protocol import Store

# The module of an analysis has its id with underscores, and holds ANALYSIS.
IDS = (
    "unmanaged-buildings",
    "unmanaged-courtyards",
    "coverage",
    "data-quality",
    "compare-dates",
    "service-area",
    "service-coverage",
    "crossings",
    "propose-grids",
    "bundle-buildings",
    "site-stations",
    "assign-posts",
    "joint-units",
    "compare-proposals",
)
# Of these, what follows quickly from the situations that maps of the same days show.
OF_SITUATIONS = ("unmanaged-buildings", "unmanaged-courtyards", "coverage", "compare-dates")

KNOWN_AT = "known_at"
_KNOWN_AT = """What every analysis is asked.

    Parameters
    ----------
    known_at : str, optional
        What was known then: the number of a changeset, or a time (a day means its end); now when not given.
    """
KNOWN_AT_LABEL = Label("当时所知（变更号或时间）", "As known at (changeset or time)")

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Output:
    """One output: ``"features"`` (a GeoDataFrame), ``"rows"`` (a DataFrame) or ``"object"`` (a dict).

    What is `optional` is not there unless an input asks for it.
    """

    name: str
    kind: str
    label: Label
    columns: Mapping[str, Label]
    optional: bool = False


@dataclass(frozen=True)
class Analysis:
    """An analysis: its input struct, what it gives, and the function that does it.

    `words` gives column or figure → code → words, where they are others than `layers.situation.words` has.
    """

    id: str
    label: Label
    description: Label
    Inputs: type[msgspec.Struct]
    labels: Mapping[str, Label]
    outputs: tuple[Output, ...]
    run: Callable[[Store, Any, Progress], dict[str, object]]  # its inputs are an `Inputs`
    words: Callable[[], Mapping[str, Mapping[str, Label]]] = dict

    def answer(self, store: Store, inputs: msgspec.Struct, progress: Progress) -> dict[str, object]:
        """Run it on the workspace, as it was known when the inputs say."""
        return self.run(known(store, getattr(inputs, KNOWN_AT, None)), inputs, progress)


@lru_cache(maxsize=1)
def analyses() -> dict[str, Analysis]:
    """Return every analysis by id."""
    modules = (importlib.import_module("layers.analyses." + id.replace("-", "_")) for id in IDS)
    return {module.ANALYSIS.id: _asked_of_both_clocks(module.ANALYSIS) for module in modules}


def _asked_of_both_clocks(analysis: Analysis) -> Analysis:
    """Give an analysis the input that all have: beside the day meant, when something was known of it."""
    inputs = msgspec.defstruct(
        analysis.Inputs.__name__,
        [(KNOWN_AT, str | None, None)],
        bases=(analysis.Inputs,),
        module=analysis.Inputs.__module__,
        namespace={"__doc__": _KNOWN_AT},
        forbid_unknown_fields=True,
    )
    return replace(analysis, Inputs=inputs, labels={**analysis.labels, KNOWN_AT: KNOWN_AT_LABEL})


def decode(analysis: Analysis, raw: Mapping[str, object], today: dt.date, lax: bool = False) -> msgspec.Struct:
    """Turn a request's inputs into the analysis' struct; a day that is not given is today.

    Parameters
    ----------
    raw : mapping
        Names and values as they came; with `lax`, texts are read as the numbers and dates they spell.

    Raises
    ------
    InvalidParameter
        Naming the input; unknown inputs are refused, not ignored.
    """
    names = {each.encode_name: each for each in msgspec.structs.fields(analysis.Inputs)}
    unknown = [name for name in raw if name not in names]
    if unknown:
        text = Text("analyses.unknown-input", known=sorted(names))
        raise InvalidParameter(*(Fault(text, {"parameter": name}) for name in unknown))
    values = dict(raw)
    if type(values.get(KNOWN_AT)) is int:  # a changeset by its number
        values[KNOWN_AT] = str(values[KNOWN_AT])
    if lax and values.get(KNOWN_AT) == "":
        values[KNOWN_AT] = None
    for name in {"as_of", "to"} & names.keys():
        if values.get(name) in (None, ""):
            values[name] = today
    if lax:
        values = {name: _listed(names[name].type, value) for name, value in values.items()}
    faults = []
    for name, value in values.items():
        try:
            msgspec.convert(value, names[name].type, strict=not lax)
        except msgspec.ValidationError:
            text = Text("analyses.bad-input", expected=expected(names[name].type))
            faults.append(Fault(text, {"parameter": name, "value": _written(value)}))
    faults += [
        Fault(Text("analyses.missing-input"), {"parameter": name})
        for name, each in names.items()
        if each.required and name not in values
    ]
    if faults:
        raise InvalidParameter(*faults)
    return msgspec.convert(values, analysis.Inputs, strict=not lax)


def _written(value: object) -> str:
    """Return a value as it came, in JSON where it is no text."""
    return (value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode())[:80]


def _listed(kind: Any, value: object) -> object:
    """Split the text of a list: ``5,10,15``; of a list of points or of lists ``120.1,36.0;120.2,36.0``."""
    kind = _bare(kind)
    if get_origin(kind) is not list or not isinstance(value, str):
        return value
    if get_origin(_bare(kind.__args__[0])) in (tuple, list):
        return [[each.strip() for each in part.split(",")] for part in value.split(";") if part.strip()]
    return [part.strip() for part in value.split(",") if part.strip()]


def _bare(kind: Any) -> Any:
    """Return a type without what is said beside it."""
    return kind.__origin__ if get_origin(kind) is Annotated else kind


def schema(analysis: Analysis) -> dict[str, object]:
    """Return the JSON schema of the inputs, self-contained."""
    (whole,), parts = msgspec.json.schema_components([analysis.Inputs], ref_template="#/{name}")
    return parts[whole["$ref"].removeprefix("#/")] if "$ref" in whole else whole


def default_of(each: msgspec.structs.FieldInfo) -> object:  # of the input's own type
    """Return an input's default as it is written on the command line; None where there is none."""
    if each.default_factory is not msgspec.NODEFAULT:
        return ",".join(f"{item:g}" if isinstance(item, float) else str(item) for item in each.default_factory())
    return None if each.default is msgspec.NODEFAULT else each.default


def expected(kind: Any) -> str:  # a type as an annotation says it
    """Say in a few symbols what a type admits: its allowed words, or its name with its bounds."""
    choices = kind.__args__ if isinstance(kind, UnionType) or get_origin(kind) is Union else (kind,)
    return " | ".join(_expected(each) for each in choices if each is not type(None))


def _expected(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return " | ".join(map(str, kind.__args__))
    if origin is Annotated:
        meta = kind.__metadata__[0]
        bounds = [f"{sign} {value:g}" for name, sign in _SIGNS.items() if (value := getattr(meta, name)) is not None]
        return " ".join([_expected(kind.__origin__), *bounds])
    if origin in (list, tuple):
        return f"[{', '.join(_expected(each) for each in kind.__args__)}{', …' if origin is list else ''}]"
    return _NAMES.get(getattr(kind, "__name__", str(kind)), str(kind))


_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
_NAMES = {"date": "YYYY-MM-DD", "str": "text", "int": "integer", "float": "number", "bool": "true | false"}


def silent(share: float, message: str) -> None:
    """Report progress to nobody."""
