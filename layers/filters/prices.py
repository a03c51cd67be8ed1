"""What a pattern in a filter may cost before anything is compared with it; for shapes see `layers.model.shapes.price`.

The limits lie far above what a person writes: a whole filter has 16,000 characters at most.
"""

from __future__ import annotations

import re

from layers.text import Text

LONGEST_PATTERN, MOST_WILDCARDS = 500, 50
_ESCAPED = re.compile(r"\\.", re.DOTALL)


def pattern_refusal(pattern: str) -> Text | None:
    """Say why a pattern of LIKE is too costly; None if it is not."""
    if len(pattern) > LONGEST_PATTERN:
        return Text("filters.pattern-too-long", most=LONGEST_PATTERN)
    bare = _ESCAPED.sub("", pattern)
    if bare.count("%") + bare.count("_") > MOST_WILDCARDS:
        return Text("filters.too-many-wildcards", most=MOST_WILDCARDS)
    return None
