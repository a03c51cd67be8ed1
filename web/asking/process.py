"""``python -m web.asking.process`` answers costly questions of the service that started it."""

from __future__ import annotations

from layers.workshop.answering import answer_questions
from web.asking.there import TASKS

if __name__ == "__main__":
    answer_questions(TASKS)
