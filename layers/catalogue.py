"""The catalogue: every layer and field, declared as data in `layers/catalog/*.toml`.

From it come the tables of both stores, validation, spreadsheet headers, forms, legends and the reference docs.
Adding a layer is adding a file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.units import unit_in

if TYPE_CHECKING:
    from layers.model.feature import Raw

CATALOG = Path(__file__).parent / "catalog"
COMMON = "_common.toml"
GEOMETRIES = ("point", "line", "polygon", "none")
TYPES = ("text", "integer", "number", "boolean", "date", "enum", "list")
CLASSES = ("public", "internal", "personal")
UNKNOWN = "unknown"
TRANSPARENT = "none"
COLOR = re.compile("#[0-9A-Fa-f]{6}")
MARKS = ("circle", "dot", "star", "pentagon", "triangle", "triangle-down", "cross", "hexagon", "shield", "square",
         "diamond")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """Return the name in `language`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of an enumeration, and the words that ledgers use for it."""

    code: str
    label: Label
    aliases: tuple[str, ...] = ()
    color: str | None = None
    pattern: str | None = None

    def words(self) -> tuple[str, ...]:
        """Return every word that means this value."""
        return (self.code, self.label.zh, self.label.en, *self.aliases)


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a layer.

    `cutoff` is the value below which a derived yes-or-no field says yes, such as the year before which a courtyard
    counts as old.
    """

    name: str
    type: str
    label: Label
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    values: tuple[Choice, ...] = ()
    required: bool = False
    default: str | None = None
    classification: str = "public"
    minimum: float | None = None
    maximum: float | None = None
    length: int | None = None
    system: bool = False
    short: str | None = None
    refers_to: str | None = None
    cutoff: int | None = None
    description: Label | None = None

    def words(self) -> tuple[str, ...]:
        """Return every heading that means this field."""
        return (self.name, self.label.zh, self.label.en, *self.aliases)

    def unit_in(self, language: str, beside_label: bool = False) -> str:
        """Return the word of the unit; beside the label, nothing where the label says it already: "Households"."""
        said = unit_in(self.unit, language)
        if beside_label and language != "zh" and said.casefold() in self.label.say(language).casefold():
            return ""
        return said

    def heading(self, language: str, brackets: str = "()") -> str:
        """Return the label with its unit in brackets, as a table's head has it."""
        label, unit = self.label.say(language), self.unit_in(language, beside_label=True)
        if not unit:
            return label
        return f"{label}{brackets[0]}{unit}{brackets[1]}" if language == "zh" else f"{label} ({unit})"

    def choice(self, code: Raw) -> Choice | None:
        """Return the allowed value with this code, or None."""
        return next((choice for choice in self.values if choice.code == code), None)

    def known(self, code: str) -> Choice:
        """Return the allowed value with a code that has one; KeyError otherwise."""
        found = self.choice(code)
        if found is None:
            raise KeyError(code)
        return found


@dataclass(frozen=True, slots=True)
class Style:
    """How other programs are to draw a layer: one symbol, or one a value of the field `by`.

    `colors` is value → fill of an area or a point, or colour of a line; values without one get `fill`. `dashed` values
    have a dashed outline. `marks` is value → sign of a point, of `MARKS`; values without one get a circle.
    """

    fill: str
    stroke: str
    width_mm: float
    by: str | None = None
    colors: Mapping[str, str] = field(default_factory=dict)
    dashed: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: what its features are called, look like and carry."""

    id: str
    singular: str
    label: Label
    geometry: str
    accepts: tuple[str, ...]
    fields: tuple[Field, ...]
    classification: str = "public"
    code_from: tuple[str, ...] = ()
    label_field: str = "name"
    parent: str | None = None
    parent_field: str | None = None
    parent_prefix: int | None = None
    description: Label | None = None
    style: Style | None = None
    by_name: Mapping[str, Field] = field(default_factory=dict)

    @property
    def one(self) -> Label:
        """What one feature of the layer is called, where it stands alone."""
        return Label(self.label.zh, self.singular[:1].upper() + self.singular[1:].replace("-", " "))

    @property
    def table(self) -> str:
        """Return the table's name: the layer's id with underscores."""
        return self.id.replace("-", "_")

    @property
    def spatial(self) -> bool:
        """Say whether the layer has geometry."""
        return self.geometry != "none"

    def field(self, name: str) -> Field:
        """Return the field called `name`; KeyError if there is none."""
        return self.by_name[name]

    def own_fields(self) -> tuple[Field, ...]:
        """Return the fields that a file may fill, those kept by the system left out."""
        return tuple(each for each in self.fields if not each.system)


class Catalogue:
    """All layers, in the order of the administrative tree."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = {layer.id: layer for layer in layers}

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers.values())

    def __contains__(self, layer_id: object) -> bool:
        return layer_id in self._layers

    def layer(self, layer_id: str) -> Layer:
        """Return the layer with this id; KeyError if there is none."""
        return self._layers[layer_id]

    def ids(self) -> list[str]:
        """Return every layer id."""
        return list(self._layers)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Read the catalogue that ships with gridmap, once."""
    return load(CATALOG)


def load(folder: Path) -> Catalogue:
    """Read a folder of layer declarations.

    Raises
    ------
    ValueError
        A declaration contradicts itself; the message names file and field.
    """
    common = tomllib.loads((folder / COMMON).read_text("utf-8"))["fields"]
    declared = []
    for path in sorted(folder.glob("*.toml")):
        if path.name != COMMON:
            declaration = tomllib.loads(path.read_text("utf-8"))
            declared.append((declaration["order"], _layer(declaration, common, path.name)))
    return Catalogue([layer for _, layer in sorted(declared, key=lambda pair: pair[0])])


def _layer(declaration: dict[str, Any], common: list[dict[str, Any]], file: str) -> Layer:
    fields = tuple(_field(each, file) for each in (*declaration["fields"], *common))
    by_name = {each.name: each for each in fields}
    if len(by_name) != len(fields):
        raise ValueError(f"{file}: a field is declared twice")
    if declaration["geometry"] not in GEOMETRIES:
        raise ValueError(f"{file}: geometry must be one of {GEOMETRIES}")
    parent = declaration.get("parent", {})
    return Layer(
        id=declaration["id"],
        singular=declaration["singular"],
        label=_label(declaration),
        geometry=declaration["geometry"],
        accepts=tuple(declaration.get("accepts", [declaration["geometry"]])),
        fields=fields,
        classification=declaration.get("classification", "public"),
        code_from=tuple(declaration.get("code_from", [])),
        label_field=declaration.get("label_field", "name"),
        parent=parent.get("layer"),
        parent_field=parent.get("field"),
        parent_prefix=parent.get("prefix"),
        description=_label(declaration["description"]) if "description" in declaration else None,
        style=_style(declaration["style"], by_name, file) if "style" in declaration else None,
        by_name=by_name,
    )


def _style(declaration: dict[str, Any], fields: Mapping[str, Field], file: str) -> Style:
    style = Style(**declaration | {"dashed": tuple(declaration.get("dashed", ()))})
    by = fields.get(style.by) if style.by else None
    known = {choice.code for choice in by.values} if by else set()
    odd = ({*style.colors, *style.dashed, *style.marks} - known) | ({style.by} if style.by and not known else set())
    odd |= set(style.marks.values()) - set(MARKS)
    colors = (style.fill, style.stroke, *style.colors.values())
    odd |= {color for color in colors if color != TRANSPARENT and not COLOR.fullmatch(color)}
    if odd:
        raise ValueError(f"{file}: style: {sorted(odd)} is no field, value, colour or sign")
    return style


def _field(declaration: dict[str, Any], file: str) -> Field:
    name, kind = declaration["name"], declaration["type"]
    if kind not in TYPES:
        raise ValueError(f"{file}: {name}: type must be one of {TYPES}")
    choices = tuple(_choice(each) for each in declaration.get("values", []))
    if (kind == "enum") != bool(choices):
        raise ValueError(f"{file}: {name}: an enum lists its values, and nothing else does")
    if choices and UNKNOWN not in {choice.code for choice in choices}:
        choices += (Choice(UNKNOWN, Label("不明", "unknown"), ("未知", "不详", "未摸排")),)
    classification = declaration.get("classification", "public")
    if classification not in CLASSES:
        raise ValueError(f"{file}: {name}: classification must be one of {CLASSES}")
    return Field(
        name=name,
        type=kind,
        label=_label(declaration),
        aliases=tuple(declaration.get("aliases", [])),
        unit=declaration.get("unit"),
        values=choices,
        required=declaration.get("required", False),
        default=declaration.get("default"),
        classification=classification,
        minimum=declaration.get("minimum"),
        maximum=declaration.get("maximum"),
        length=declaration.get("length"),
        system=declaration.get("system", False),
        short=declaration.get("short"),
        refers_to=declaration.get("refers_to"),
        cutoff=declaration.get("cutoff"),
        description=_label(declaration["description"]) if "description" in declaration else None,
    )


def _choice(declaration: dict[str, Any]) -> Choice:
    return Choice(
        code=declaration["code"],
        label=_label(declaration),
        aliases=tuple(declaration.get("aliases", [])),
        color=declaration.get("color"),
        pattern=declaration.get("pattern"),
    )


def _label(declaration: Mapping[str, str]) -> Label:
    return Label(zh=declaration["zh"], en=declaration["en"])
