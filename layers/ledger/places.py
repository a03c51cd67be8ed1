"""Where a ledger's courtyards lie: communities by name and code, and the form in which names of them are compared."""

from __future__ import annotations

from collections.abc import Mapping

from layers.ledger.entries import Entry
from layers.model.values import fold, prefix


class Communities:
    """The communities of the workspace.

    Parameters
    ----------
    codes : mapping of str to str
        Name → code, names that two of them share left out.
    """

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.known = frozenset(codes.values())
        self._by_name = {community_key(name): code for name, code in codes.items()}

    def claims(self, entry: Entry) -> dict[str, str | None]:
        """Return the community of an entry by its column of codes, by name, and by the courtyard code's beginning."""
        head = prefix(entry.code, "communities") if entry.code and len(entry.code) > 12 else None
        return {
            "by_column": entry.community_code,
            "by_name": self._by_name.get(community_key(entry.community)) if entry.community else None,
            "by_prefix": head if head in self.known else None,
        }

    def of(self, entry: Entry) -> str | None:
        """Return the code of the community that everything said agrees on, or None."""
        said = {code for code in self.claims(entry).values() if code}
        return next(iter(said)) if len(said) == 1 else None


def community_key(name: str) -> str:
    """Return the form in which community names are compared: 望江社区 = 望江 = 望江社区居委会."""
    word = fold(name)
    for ending in ("居民委员会", "村民委员会", "居委会", "村委会", "社区", "村"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            word = word[: -len(ending)]
    return word
