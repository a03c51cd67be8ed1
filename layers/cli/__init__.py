"""The command line: `python app.py …`, and `gridmap …` once installed.

Exit 0 done, 1 refused by the data (the report is printed), 2 wrong usage.
"""

from layers.cli.root import run

__all__ = ["run"]
