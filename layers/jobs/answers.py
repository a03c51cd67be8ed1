"""What an execution answers, at once or as a job: the same outputs as the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from layers.analyses.encode import outputs_json
from layers.analyses.registry import Analysis
from layers.jobs.retelling import packed, words_of
from layers.model.job import DOCUMENT, Answer, Order

MEDIA = {"features": "application/geo+json", "rows": "application/json", "object": "application/json"}
# JSON as it is written here has no line breaks, so that no part can hold a line that ends it.
BOUNDARY = "gridmap-output"


def answered(analysis: Analysis, outputs: Mapping[str, object], order: Order, keep_words: bool = False) -> Answer:
    """Put the outputs that were ordered into the form that was ordered.

    Parameters
    ----------
    keep_words : bool
        Whether what is said is returned beside it in the other language as well; of several outputs apart it is not.
    """
    every = len(order.outputs) == len(analysis.outputs)  # what is optional is told as null only where it is asked for
    there = {name: outputs.get(name) for name in order.outputs if name in outputs or not every}
    wanted = outputs_json(there, order.language)
    if order.response == DOCUMENT:
        words = packed(words_of(there, order.language)) if keep_words else None
        return Answer("application/json", msgspec.json.encode(wanted), words)
    media = {each.name: MEDIA[each.kind] for each in analysis.outputs}
    bodies = {name: msgspec.json.encode(value) for name, value in wanted.items()}
    if len(bodies) == 1:
        ((name, body),) = bodies.items()
        return Answer(media[name], body)
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: {media[name]}\r\nContent-ID: <{name}>\r\n\r\n".encode() + body + b"\r\n"
        for name, body in bodies.items()
    ]
    return Answer(f"multipart/related; boundary={BOUNDARY}", b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()]))
