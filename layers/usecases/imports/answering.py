"""Answers to a ledger's questions, remembered with the workspace as the meaning of headings is."""

from __future__ import annotations

import json
from collections.abc import Mapping

from layers.ledger import Answers, role_called
from layers.store.protocol import Store

KEPT = "import-values:ledger"
MOST_BYTES = 200_000


def kept_answers(store: Store) -> dict[str, dict[str, str]]:
    """Return what was answered for earlier ledgers: role → word → what it stands for."""
    kept = store.setting(KEPT)
    return {} if kept is None else json.loads(kept)


def keeping_answers(before: Answers, answers: Answers) -> dict[str, str]:
    """Return the setting that keeps the answers, where they changed."""
    text = json.dumps(answers, ensure_ascii=False)
    return {KEPT: text} if answers != before and len(text) <= MOST_BYTES else {}


def answers_told(values: Answers) -> dict[str, dict[str, str]]:
    """Return answers by role, where they name fields as people do (``mode``)."""
    told: dict[str, dict[str, str]] = {}
    for name, words in values.items():
        told.setdefault(role_called(name) or name, {}).update(_plain(words))
    return told


def _plain(words: Mapping[str, str]) -> dict[str, str]:
    return {word.strip(): answer.strip() for word, answer in words.items()}
