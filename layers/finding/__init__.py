"""Finding records by what they are called: by name, code, pinyin in full and pinyin initials, in any layer."""

from layers.finding.names import Names
from layers.finding.records import SOUGHT, Hit, ids_of, search
from layers.finding.sounds import spelt

__all__ = ["SOUGHT", "Hit", "Names", "ids_of", "search", "spelt"]
