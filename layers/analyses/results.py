"""Write what an analysis gave: every output as one JSON object, or the first one as a file for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import msgspec

from layers.analyses.encode import feature_collection, outputs_json
from layers.analyses.registry import Analysis
from layers.formats.writing import NOBODYS, Whose, replace_whole
from layers.situation.words import words
from layers.text import Text
from layers.usecases.exports.exporting import Result, export_result


def write_outputs(
    analysis: Analysis,
    outputs: dict[str, object],
    target: Path,
    language: str,
    whose: Whose = NOBODYS,
    described: bool = False,
) -> None:
    """Write outputs to `target`: ``.json`` all of them, ``.geojson`` and every other ending the first.

    Every file but JSON says whose records it rests on, as `layers.usecases.exports.exporting.whose` tells it.

    Parameters
    ----------
    described : bool
        As in `layers.usecases.exports.exporting.ExportOptions`.

    Raises
    ------
    InvalidParameter
        The ending is not one that is written.
    """
    first = analysis.outputs[0]
    ending = target.suffix.lower()
    if ending == ".json":
        _write_json(target, outputs_json(outputs, language))
    elif ending == ".geojson" and first.kind == "features":
        told = {name: value for name, value in asdict(whose).items() if value}
        features = feature_collection(outputs[first.name], language)
        _write_json(target, {"type": features["type"], **({"metadata": told} if told else {}), **features})
    else:
        summary, labels = outputs["summary"], analysis.outputs[-1].columns
        assert isinstance(summary, Mapping)  # every analysis gives one as its last output
        said = {**words(), **analysis.words()}
        frame = outputs[first.name]
        result = Result(analysis.id, first.label, first.columns, frame, summary, labels, said, whose)
        export_result(result, target, language, described)


def _write_json(target: Path, value: object) -> None:
    def make(path: Path) -> list[Text]:
        path.write_bytes(msgspec.json.encode(value))
        return []

    replace_whole(target, make)
