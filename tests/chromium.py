"""Which Chromium looks at pages, and what it is started with."""

from __future__ import annotations

import shutil

WHOLE = ("chromium", "chromium-browser", "google-chrome")
# The same engine without a window, tabs and an address bar of its own: those take most of the time of a short test.
BARE = ("chromium-headless-shell", "headless_shell")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium(*, whole: bool = False) -> str | None:
    """Return the path of a Chromium of this machine.

    Parameters
    ----------
    whole : bool
        The one that people have, even where there is one that only looks at pages.

    Returns
    -------
    str or None
        None where there is none.
    """
    names = WHOLE if whole else (*BARE, *WHOLE)
    return next((path for path in map(shutil.which, names) if path is not None), None)
