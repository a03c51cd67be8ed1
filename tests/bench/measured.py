"""A command in a process of its own: seconds, and the most memory it ever held."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# The first child of a small process: what a large one has held would count for the child that it starts.
MEASURED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def measured(*command: str) -> tuple[float, float, float]:
    """Return seconds, seconds of computing, and the megabytes that the largest of its processes held at most."""
    whole = [sys.executable, "-c", MEASURED, *command]
    said = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    seconds, computing, kilobytes = map(float, said)
    return seconds, computing, kilobytes / 1024
