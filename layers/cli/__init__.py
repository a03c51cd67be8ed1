"""The command line: `python app.py …`, and `gridmap …` once installed.

Exit 0 done, 1 refused by the data (the report is printed), 2 wrong usage.
"""

from layers.cli import serving, importing, osm, exporting, analysing, scenarios, plans, records, outside  # noqa: F401, I001  the order of the help
from layers.cli.root import run

__all__ = ["run"]
