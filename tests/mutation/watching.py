"""Which functions of a module are called: they note it themselves, by a line at the head of each.

A trace would say the same, and make every call of the whole process several times as dear.
"""

from __future__ import annotations

import ast
import builtins
from pathlib import Path
from types import CodeType

from tests.mutation.mutants import Functions

NOTE = "__called_while_watched__"


def noting(file: str, root: Path) -> CodeType:
    """Compile a module whose functions note where they begin whenever they are called.

    Parameters
    ----------
    file : str
        From the root of the repository, with slashes.
    root : Path
    """
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, Functions):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            note = ast.parse(f"{NOTE}({file!r}, {first})").body[0]
            for part in ast.walk(note):
                ast.copy_location(part, node)
            node.body.insert(0 if ast.get_docstring(node, clean=False) is None else 1, note)
    return compile(tree, str(root / file), "exec", dont_inherit=True)


def noted_from_now() -> set[tuple[str, int]]:
    """Return a set that fills with file and first line of what is called, until this is asked again."""
    called: set[tuple[str, int]] = set()

    def note(file: str, line: int) -> None:
        called.add((file, line))

    setattr(builtins, NOTE, note)
    return called
