"""How much is asked, over HTTP as the page asks it, until a ledger of everyday habits is in."""

from __future__ import annotations

from pathlib import Path

from layers.store.protocol import Store
from tests.desk.conftest import records
from tests.web.test_imports import looked_at
from tests.web.test_maps import service

MOST_QUESTIONS = 8
# What a clerk says who keeps that ledger: every question that may come must be among these.
KNOWN = {("arrangement.mode", "物业公司"): "professional"}


def test_a_real_ledger_comes_in_with_few_questions(desk: Store, desk_data: Path) -> None:
    (file,) = (desk_data / "M01-realistic").glob("*.xlsx")
    client = service(desk).test_client()
    seen = looked_at(client, file.read_bytes(), file.name)
    assert seen["layer"] == "ledger"  # found out, not asked
    asked = 0
    while questions := [each for each in seen["questions"] if each["answer"] is None]:
        asked += len(questions)
        assert asked <= MOST_QUESTIONS
        values: dict[str, dict[str, str]] = {}
        for each in questions:
            values.setdefault(each["field"], {})[each["word"]] = KNOWN[each["field"], each["word"]]
        seen = client.patch(f"/api/imports/{seen['id']}", json={"values": values}).json
    # Headings to be chosen, faults and doubts to be allowed are questions as well: none is left.
    assert (seen["fault_count"], seen.get("doubts") or [], seen["mapping"]["rivals"]) == (0, [], [])
    assert client.post(f"/api/imports/{seen['id']}/commit", json={}).status_code == 201
    assert asked == 1 and len(records(desk, "courtyards")) == 28 and len(records(desk, "arrangements")) == 12
