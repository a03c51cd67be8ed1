"""Names of fields for Shapefiles, whose columns hold ten bytes."""

from __future__ import annotations

from layers.catalogue import Field

NAME_BYTES = 10


def short_names(fields: tuple[Field, ...]) -> dict[str, str]:
    """Return field name → an ASCII name of at most ten bytes, all different, always the same for the same fields."""
    result: dict[str, str] = {}
    taken: set[str] = set()
    for field in fields:
        name = field.short or _shortened(field.name)
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{name[: NAME_BYTES - len(str(number))]}{number}"
        taken.add(name.lower())
        result[field.name] = name
    return result


def _shortened(name: str) -> str:
    """Cut a name to ten letters: first the vowels inside its words go, then its end."""
    if len(name) <= NAME_BYTES:
        return name
    words = name.split("_")
    lean = "_".join(word[:1] + "".join(each for each in word[1:] if each not in "aeiou") for word in words)
    return lean[:NAME_BYTES].rstrip("_")
