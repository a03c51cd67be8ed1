"""The ledger that every variant is compared with."""

from __future__ import annotations

from pathlib import Path

from layers.store.protocol import Store
from tests.desk.conftest import Command, records


def test_the_plain_ledger_comes_in_whole(at_desk: Command, desk: Store, desk_data: Path) -> None:
    code, _, errors = at_desk("import", "ledger", str(desk_data / "L00-baseline" / "ledger.xlsx"))
    assert (code, errors) == (0, "")
    counts = [len(records(desk, layer)) for layer in ("courtyards", "arrangements", "managers", "managed-areas")]
    assert counts == [7, 4, 3, 4]
    assert sum(each.properties.get("courtyard_code") is not None for each in records(desk, "buildings").values()) == 26
