"""What a planner does with the tool for proposals, in words."""

from __future__ import annotations

from tests.live import Live

DAY = "2025-02-06"


def computed(works: Live, page: object, process: str, **inputs: object) -> str:
    """Have a proposal computed; gives the job that keeps it."""
    address = f"{works.url}/api/processes/{process}/execution"
    body = {"inputs": {"as_of": DAY, "seconds": 2, **inputs}}
    job = page.request.post(address, data=body, headers={"Prefer": "respond-async"}).json()
    while job["status"] in ("accepted", "running"):
        page.wait_for_timeout(100)
        job = page.request.get(f"{works.url}/api/jobs/{job['jobID']}").json()
    assert job["status"] == "successful", job
    return job["jobID"]


def tool(page: object, process: str, **wishes: str) -> None:
    """Open the form of a proposal and fill it."""
    page.click("#tab-proposals")
    form = page.locator(f"form[data-proposal={process}]")
    if not form.is_visible():
        page.click(f"details:has(> form[data-proposal={process}]) > summary")
    form.locator(".more > summary").click()
    for name, value in wishes.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def proposed(page: object, process: str) -> object:
    """Compute what the form asks for; gives the rows of its table."""
    page.click(f"form[data-proposal={process}] .primary")
    page.wait_for_selector(".proposal h3")
    return page.locator(".proposal tr[data-part]")
