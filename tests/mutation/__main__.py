"""`python -m tests.mutation [MODULE…] [--sample N] [--seed S]`: change modules a little, and see whether tests fail."""

from __future__ import annotations

import argparse
import os
import sys

from tests.mutation.run import modules_named, report, run


def main(arguments: list[str]) -> int:
    """Run it, print figures and survivors; 1 if a mutant survived that `survivors.toml` does not list."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="a file, a folder or a pattern; all without it")
    parser.add_argument("--sample", type=int, metavar="N", help="try N mutants at random; all without it")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which sample (0)")
    given = parser.parse_args(arguments)
    voice = os.fdopen(os.dup(1), "w", buffering=1)  # forks send their own output nowhere
    verdicts = run(modules_named(given.modules), given.sample, given.seed, lambda text: print(text, file=voice))
    print(report(verdicts))
    return 1 if any(each.surprising for each in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
