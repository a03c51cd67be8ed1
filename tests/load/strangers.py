"""Strange pages in a real browser against a real service: ``python -m tests.load.strangers``.

Holds: nothing read, nothing written, nothing left, whatever a page of another site, of another port, or of a name that
was given our address tries.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from playwright.sync_api import sync_playwright

from tests import strange_pages
from tests.chromium import ARGUMENTS, chromium
from tests.load.running import running


def main() -> int:
    """Run every trick from every page, and print how many there were."""
    with ExitStack() as started, sync_playwright() as playwright:
        services = [started.enter_context(running(jobs=0)) for _ in range(3)]
        browser = playwright.chromium.launch(
            executable_path=chromium(whole=True), args=[*ARGUMENTS, strange_pages.RESOLVED]
        )
        outcomes = strange_pages.everything(
            browser, [strange_pages.Target(each.port, each.temporary) for each in services]
        )
        browser.close()
    harm = [f"{page}: {each}" for page, outcome in outcomes.items() for each in outcome.harm]
    for each in harm:
        print(each)
    for page, outcome in outcomes.items():
        told = ", ".join(f"{number} × {status}" for status, number in sorted(outcome.answers.items()))
        print(f"{page}: {outcome.tried} tricks; answers: {told}")
    tried = sum(outcome.tried for outcome in outcomes.values())
    print(f"strangers: {tried} tricks from {len(outcomes)} pages, {len(harm)} of them did harm")
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
