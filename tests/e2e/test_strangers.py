"""A page of a stranger's in the reader's own browser reads nothing, writes nothing, and leaves nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import strange_pages
from tests.chromium import ARGUMENTS, chromium
from tests.e2e.conftest import missing

LEAST_TRICKS, LEAST_REFUSED = 30, 30
# What stands beside each other in the list is much alike: quickly one of six is tried.
TRICKS = {True: strange_pages.TRICKS, False: dict([*strange_pages.TRICKS.items()][::6])}


@pytest.fixture(scope="module")
def outcomes(
    browser: object,
    serve: Callable[..., str],
    demo: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> dict[str, strange_pages.Outcome]:
    """What came of every trick, from each kind of page."""
    temporary, targets = tmp_path_factory.mktemp("temporary"), []
    for _ in range(3):
        workspace = Path(shutil.copy(demo, tmp_path_factory.mktemp("strangers") / "own.gpkg"))
        targets.append(strange_pages.Target(urlsplit(serve(workspace)).port, temporary))
    program = chromium(whole=True)  # what keeps strangers out is also what people's own browser asks and refuses
    if program is None:
        missing("there is no whole Chromium on this machine")
    there = browser.browser_type.launch(executable_path=program, args=[*ARGUMENTS, strange_pages.RESOLVED])
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(temporary))
            return strange_pages.everything(there, targets, TRICKS[pytestconfig.getoption("deep")])
    finally:
        there.close()


@pytest.mark.parametrize("page", ["another site", "another port", "rebinding"])
def test_nothing_read_nothing_written_nothing_left(
    outcomes: dict[str, strange_pages.Outcome], at_depth: Callable[[int, int], int], page: str
):
    outcome = outcomes[page]
    assert outcome.harm == []
    assert outcome.tried >= at_depth(LEAST_TRICKS // 6, max(LEAST_TRICKS, len(strange_pages.TRICKS)))
    # The tricks did arrive: what kept them out was the service and not the browser alone.
    assert outcome.answers["4xx"] >= at_depth(LEAST_REFUSED // 6, LEAST_REFUSED)
    assert outcome.answers.get("5xx", 0) == 0


@pytest.fixture
def portal(browser: object) -> Iterator[object]:
    """A page of another site, such as an intranet portal or a mail."""
    context = browser.new_context()
    context.set_default_timeout(120_000)
    with strange_pages.redirecting() as port:
        page = context.new_page()
        page.goto(f"http://localhost:{port}/")
        yield page
    context.close()


def test_a_link_on_another_site_opens_the_map(portal: object, site: str):
    portal.set_content(f'<a href="{site}/maps/coverage" target="_blank">the map</a>')
    with portal.context.expect_page() as opened:
        portal.click("a")
    opened.value.wait_for_selector("html[data-ready]", timeout=120_000)
    assert opened.value.evaluate("window.opener") is None


def test_an_origin_that_the_settings_name_reads_and_does_not_write(
    portal: object, serve: Callable[..., str], demo: Path
):
    named = "/".join(portal.url.split("/")[:3])
    there = serve(demo, cors_origins=(named,))
    items = f"{there}/api/collections/buildings/items?limit=1"
    read = portal.evaluate("(url) => fetch(url).then((a) => a.json())", items)
    assert read["numberReturned"] == 1
    write = "(url) => fetch(url, { method: 'DELETE' }).then((a) => a.status, () => 'refused')"
    assert portal.evaluate(write, f"{there}/api/collections/buildings/items/99020100100100001") == "refused"
