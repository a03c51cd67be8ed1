"""Costly questions are answered in processes beside the service (ADR 34).

`prices` says which are costly, `elsewhere` asks them, and `there` answers them in such a process.
"""

from web.asking.elsewhere import answer_elsewhere, start

__all__ = ["answer_elsewhere", "start"]
