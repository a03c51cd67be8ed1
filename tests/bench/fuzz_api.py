"""Thousands of requests made from our OpenAPI document by schemathesis: no 5xx, no status or form it does not name.

    python -m tests.bench.fuzz_api [EXAMPLES_PER_OPERATION] [ARGUMENTS OF SCHEMATHESIS…]

Serves a copy of the small town, which the requests may change as they like, with two plans and a finished job in it.
Most requests name what is there, and most bodies mean something: see `api_hooks`. Ends with how many requests got which
answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path

from layers.store import open_store
from tests import town
from tests.live import serving

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
OPTIONS = ("--suppress-health-check=all", "--continue-on-failure", "--request-timeout=300", "--phases=coverage,fuzzing",
           "--seed=5", "--no-shrink", "--warnings=off")  # fmt: skip
READY = (
    ("plans", {"community": town.COMMUNITY, "grid_system": "service"}),
    ("plans", {"community": town.COMMUNITY, "grid_system": "service", "from": "none"}),
    ("processes/coverage/execution", {"inputs": {"as_of": "2025-02-06"}}),
)


def main(examples: str = "200", *more: str) -> int:
    """Run, and tell how many requests got which answer; the exit code is schemathesis's."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, counts = Path(folder) / "town.gpkg", Path(folder) / "counts.json"
        town.lay_street(town.build(open_store(workspace, create=True))).close()
        with serving(workspace) as live:
            for path, body in READY:
                asked = urllib.request.Request(live.url + path, json.dumps(body).encode())
                asked.headers |= {"Content-type": "application/json", "Prefer": "respond-async"}
                urllib.request.urlopen(asked).close()
            where = (f"{live.url}openapi.json", f"--url={live.url.removesuffix('api/')}", f"--checks={CHECKS}")
            only = more or ("--include-path-regex=^/(api|health)/",)
            command = ["schemathesis.cli", "run", *where, f"--max-examples={examples}", *OPTIONS, *only]
            hooks = {"SCHEMATHESIS_HOOKS": "tests.bench.api_hooks", "GRIDMAP_FUZZED_API": live.url,
                     "GRIDMAP_FUZZED_COUNTS": str(counts)}  # fmt: skip
            code = subprocess.run([sys.executable, "-m", *command], env=os.environ | hooks, check=False).returncode
        report(json.loads(counts.read_text()))
    return code


def report(answers: dict[str, int]) -> None:
    """Print how many requests got which status: of each operation, and of all."""
    operations: dict[str, list[str]] = {}
    statuses: Counter[str] = Counter()
    for name, count in sorted(answers.items()):
        operation, _, status = name.rpartition(" ")
        operations.setdefault(operation, []).append(f"{status} × {count}")
        statuses[status] += count
    for operation, said in operations.items():
        print(f"{operation:<75} {', '.join(said)}")
    listed = ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))
    print(f"{sum(statuses.values())} requests to {len(operations)} operations: {listed}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
