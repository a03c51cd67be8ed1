"""Thousands of requests made from our OpenAPI document by schemathesis: no 5xx, no status or form it does not name.

    python -m tests.bench.fuzz_api [EXAMPLES_PER_OPERATION] [ARGUMENTS OF SCHEMATHESIS…]

Serves a copy of the small town, which the requests may change as they like.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from layers.store import open_store
from tests import town
from tests.live import serving

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
OPTIONS = ("--suppress-health-check=all", "--continue-on-failure", "--request-timeout=60", "--phases=coverage,fuzzing")


def main(examples: str = "200", *more: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "town.gpkg"
        town.build(open_store(workspace, create=True)).close()
        with serving(workspace) as live:
            where = (f"{live.url}openapi.json", f"--url={live.url.removesuffix('api/')}", f"--checks={CHECKS}")
            only = more or ("--include-path-regex=^/(api|health)/",)
            command = ["schemathesis.cli", "run", *where, f"--max-examples={examples}", *OPTIONS, *only]
            return subprocess.run([sys.executable, "-m", *command], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
