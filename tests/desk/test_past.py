"""The past stays as it was: the next month's ledger changes no figure of an earlier month."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from layers.analyses.registry import analyses, silent
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft, Query, Store
from layers.usecases.imports.ledger import import_ledger
from layers.usecases.imports.tables import ImportOptions
from tests.desk.conftest import Command
from tests.desk.two_years import COMMUNITIES, Courtyard, Office, between
from tests.suite import quickly

NOON = dt.datetime(2025, 6, 1, 4, tzinfo=dt.UTC)
BASES = ("broad", "strict", "accepted")
WEIGHTS = ("buildings", "households", "floor_area_m2")
LEVELS = ("districts", "streets", "communities", "grids", "courtyards")


def figures(cli: Command, day: str, *more: str) -> tuple[int, int]:
    """Managed and known buildings on a day."""
    code, out, errors = cli("run", "coverage", "--as-of", day, *more, "-o", "c.json")
    assert code == 0, out + errors
    summary = json.loads(Path("c.json").read_text("utf-8"))["summary"]
    return summary["managed"], summary["known"]


def compared(cli: Command, since: str, until: str) -> dict:
    code, out, errors = cli("run", "compare-dates", "--from", since, "--to", until, "-o", "d.json")
    assert code == 0, out + errors
    return json.loads(Path("d.json").read_text("utf-8"))["summary"]


@pytest.fixture
def case(cli: Command, desk_data: Path) -> Callable[..., list[str]]:
    """Import the ledgers of a case into an office that has its communities and buildings; returns what was said."""

    def imported(name: str, *ledgers: str) -> list[str]:
        folder = desk_data / name
        if not Path("w.gpkg").exists():
            for layer, file in (("communities", "c"), ("buildings", "b")):
                assert cli("import", layer, str(folder / f"{file}.geojson"))[0] == 0
        said = []
        for each in ledgers:
            code, out, errors = cli("import", "ledger", str(folder / f"{each}.xlsx"))
            assert code == 0, errors
            said.append(out)
        return said

    return imported


class TestNextMonthsLedger:
    def test_an_earlier_figure_stays(self, cli: Command, case: Callable) -> None:
        case("F01-next-months-ledger", "m1")
        before = [figures(cli, day) for day in ("2024-06-01", "2025-01-31", "2025-03-31")]
        case("F01-next-months-ledger", "m2")
        assert [figures(cli, day) for day in ("2024-06-01", "2025-01-31", "2025-03-31")] == before
        assert before[1] == (1, 2)

    def test_a_first_contract_is_newly_managed_from_its_first_day(self, cli: Command, case: Callable) -> None:
        case("F01-next-months-ledger", "cd")
        found = compared(cli, "2024-01-01", "2025-02-06")
        assert (found["newly_managed"], found["became_known_managed"]) == (1, 0)
        assert compared(cli, "2024-06-01", "2025-02-06")["newly_managed"] == 0


class TestNobodyAnyMore:
    def test_the_contract_in_force_is_asked_about_and_no_other(self, cli: Command, case: Callable) -> None:
        _, said = case("F03-nobody-any-more", "l1", "l2")
        assert "9901010010010002-甲物业-2022-01-01. On which day did they end?" in said
        assert "9901010010010001-甲物业" not in said  # it had ended before

    @pytest.mark.deep
    def test_it_is_a_contradiction_until_somebody_answers(self, cli: Command, case: Callable) -> None:
        case("F03-nobody-any-more", "l1", "l2")
        code, out, _ = cli("check")
        assert (code, "1  stated-unmanaged  (arrangements)" in out) == (1, True)
        assert figures(cli, "2025-03-31") == (2, 2) and figures(cli, "2025-01-31") == (1, 2)
        with closing(open_store("w.gpkg")) as store:
            contract = store.get("arrangements", "9901010010010002-甲物业-2022-01-01")
            ended = Feature(contract.id, None, {**contract.properties, "terminated_on": dt.date(2025, 2, 28)}, 1)
            store.commit(Draft("clerk", NOON, "ended", "edit", [Change("arrangements", contract.id, contract, ended)]))
        assert cli("check")[0] == 0
        assert [figures(cli, day) for day in ("2025-01-31", "2025-03-31")] == [(1, 2), (1, 2)]


class TestBlacklisted:
    """A contract of a blacklisted manager is not in force, so that nobody is asked about it; nor is it forgotten."""

    def ban(self, since: dt.date, until: dt.date | None) -> None:
        with closing(open_store("w.gpkg")) as store:
            (manager,) = store.page("managers", Query(), 10).features
            banned = {**manager.properties, "blacklisted_from": since, "blacklisted_to": until}
            after = Feature(manager.id, None, banned, manager.version)
            store.commit(Draft("clerk", NOON, "banned", "edit", [Change("managers", manager.id, manager, after)]))

    @pytest.mark.parametrize(
        ("since", "until", "asked"),
        [
            (dt.date(2025, 1, 1), None, False),
            (dt.date(2025, 1, 1), dt.date(2025, 3, 31), False),  # inclusive at both ends
            (dt.date(2025, 1, 1), dt.date(2025, 3, 30), True),
            (dt.date(2025, 4, 1), None, True),
        ],
    )
    def test_only_what_counts_on_the_day_is_asked_about(
        self, cli: Command, case: Callable, since: dt.date, until: dt.date | None, asked: bool
    ) -> None:
        case("F03-nobody-any-more", "l1")
        self.ban(since, until)
        (said,) = case("F03-nobody-any-more", "l2")  # as of 2025-03-31: nobody manages 9901010010010002
        assert ("9901010010010002-甲物业-2022-01-01. On which day did they end?" in said) == asked
        assert figures(cli, "2025-03-31")[0] == (2 if asked else 1)


class TestBothClocks:
    def test_what_was_believed_then_can_be_asked(self, cli: Command, case: Callable) -> None:
        case("F03-nobody-any-more", "l1", "l2")
        assert figures(cli, "2025-03-31") == (2, 2)
        assert figures(cli, "2025-03-31", "--known-at", "3") == (1, 2)
        assert figures(cli, "2025-03-31", "--known-at", "2") == (0, 0)
        code, _, errors = cli("run", "coverage", "--known-at", "9")
        assert code != 0 and "no changeset 9" in errors


class TestOtherDays:
    def test_a_ledger_of_a_day_to_come_is_refused(self, cli: Command, case: Callable, tmp_path: Path) -> None:
        case("F01-next-months-ledger")
        office = Office(1, 1)
        office.days = [dt.date(2199, 1, 31)]
        code, _, errors = cli("import", "ledger", str(office.write(0, tmp_path)))
        assert code != 0 and "2199-01-31" in errors and "--effective" in errors

    def test_one_that_changes_nothing_leaves_its_day_in_the_history(self, cli: Command, tmp_path: Path) -> None:
        office = Office(1, 3)
        office.rows = [office.rows[0], office.rows[1], office.rows[0]]  # as in the first month, so in the third
        assert cli("import", "ledger", str(office.write(0, tmp_path)))[0] == 0
        code, said, _ = cli("--lang", "en", "import", "ledger", str(office.write(2, tmp_path)))
        assert code == 0 and "written down in the history" in said
        assert "checked as of 2023-03-31, nothing changed" in cli("history")[1]
        # so that what comes in late of the month between is the older ledger, which overwrites nothing
        code, said, _ = cli("--lang", "en", "import", "ledger", str(office.write(1, tmp_path)))
        assert code == 0 and "2023-03-31" in said and "nothing on record is overwritten" in said
        code, said, _ = cli("--lang", "en", "import", "ledger", str(office.write(2, tmp_path)))
        assert code == 0 and "nothing was written" in said

    def test_an_older_ledger_overwrites_nothing(self, cli: Command, case: Callable) -> None:
        case("F03-nobody-any-more", "l2")
        before = [figures(cli, day) for day in ("2024-12-31", "2025-03-31", "2025-06-30")]
        (said,) = case("F03-nobody-any-more", "l1")
        assert "nothing on record is overwritten" in said and "9901010010010002-甲物业-2022-01-01" in said
        assert figures(cli, "2025-03-31") == before[1] and figures(cli, "2025-06-30") == before[2]

    def test_a_correction_holds_for_all_days(self, cli: Command, case: Callable, desk_data: Path) -> None:
        case("F03-nobody-any-more", "l1")
        ledger = desk_data / "F03-nobody-any-more" / "l2.xlsx"
        assert cli("import", "ledger", str(ledger), "--effective", "correction")[0] == 0
        assert figures(cli, "2025-03-10") == (2, 2)


@pytest.fixture
def empty_office(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "office.gpkg")) as store:
        yield store


def build(store: Store, office: Office) -> None:
    """Write the levels and buildings of an office, as known always."""
    changes = [_new("districts", "990101", shapely.box(120.0, 36.0, 120.2, 36.1), name="某区"),
               _new("streets", "990101001", shapely.box(120.0, 36.0, 120.2, 36.1), name="某街道")]  # fmt: skip
    for place, code in enumerate(COMMUNITIES):
        west = 120.0 + place / 10
        changes.append(_new("communities", code, shapely.box(west, 36.0, west + 0.1, 36.1), name=f"社区{place}"))
        changes.append(_new("grids", f"{code}001", shapely.box(west, 36.0, west + 0.1, 36.1), community_code=code,
                            grid_system="service", kind="basic", state="active"))  # fmt: skip
    for courtyard in office.known[0]:
        for number, code in enumerate(courtyard.buildings):
            west, south = 120.01 + (courtyard.number % 2) / 10 + number / 1000, 36.01 + courtyard.number / 1000
            shape, households = shapely.box(west, south, west + 2e-4, south + 2e-4), office.households[courtyard.number]
            changes.append(_new("buildings", code, shape, use="residential", households=households,
                                floor_area_m2=60.5 * households))  # fmt: skip
    store.commit(Draft("tests", NOON, "office", "import", changes, settings={"metric_crs": "EPSG:4549"}))


def _new(layer: str, code: str, shape: shapely.Geometry, **properties: object) -> Change:
    return Change(layer, code, None, Feature(code, shape, {"code": code, **properties}))


def asked(store: Store, analysis: str, **inputs: object) -> dict:
    """What an analysis says."""
    chosen = analyses()[analysis]
    names = dict(zip(chosen.Inputs.__struct_encode_fields__, chosen.Inputs.__struct_fields__, strict=True))
    return chosen.answer(store, chosen.Inputs(**{names[each]: value for each, value in inputs.items()}), silent)


def area_of(office: Office, month: int, day: dt.date, level: str) -> dict[str, str | None]:
    """Say which area of a level each building belongs to, as far as was told for a day."""
    known = office.known[max((n for n in range(month + 1) if office.days[n] <= day), default=0)]
    lengths = {"districts": 6, "streets": 9, "communities": 12}

    def area(courtyard: Courtyard, code: str) -> str | None:
        if level == "courtyards":
            return courtyard.code if courtyard.listed else None
        return code[: lengths[level]] if level in lengths else f"{code[:12]}001"

    return {code: area(courtyard, code) for courtyard in known for code in courtyard.buildings}


def assert_as_told(
    store: Store, office: Office, month: int, day: dt.date, turn: int, known_at: str | None = None
) -> set[tuple[str, str, str]]:
    """Compare coverage on a day, asked after a month's ledger, with what the ledgers said; return what was asked.

    Every basis is asked about, each by another weight and another level, which change with the turn.
    """
    asked_about = set()
    for number, basis in enumerate(BASES):
        weight, level = WEIGHTS[(number + turn) % len(WEIGHTS)], LEVELS[(number + turn) % len(LEVELS)]
        asked_about.add((basis, weight, level))
        found = asked(store, "coverage", as_of=day, basis=basis, weight=weight, by=level, known_at=known_at)
        answers, areas = office.answers(month, day, basis), area_of(office, month, day, level)
        where = (month, day, basis, weight, level)
        expected = {area: [0.0, 0.0, 0.0] for area in set(areas.values())}
        for code, managed in answers.items():
            for place, counts in enumerate((managed is True, managed is not None, True)):
                expected[areas[code]][place] += office.weight(code, weight) * counts
        rows = {
            row.code if isinstance(row.code, str) else None: [row.managed, row.known, row.total]
            for row in found["rows"].itertuples()
            if row.total
        }
        assert _rounded(rows) == _rounded(expected), where
        whole = [found["summary"][name] for name in ("managed", "known", "total")]
        assert whole == pytest.approx([sum(each) for each in zip(*expected.values(), strict=True)]), where
    return asked_about


def _rounded(rows: dict[str | None, list[float]]) -> dict[str | None, list[float]]:
    return {code: [round(count, 3) for count in counts] for code, counts in rows.items()}


def assert_adds_up(store: Store, office: Office, month: int, since: dt.date, until: dt.date) -> None:
    """Compare what changed between two days with what the ledgers said, and have its parts add up everywhere."""
    for basis, level in ((basis, LEVELS[(month + place) % len(LEVELS)]) for place, basis in enumerate(BASES)):
        found = asked(store, "compare-dates", **{"from": since, "to": until, "basis": basis, "by": level})
        parts = found["summary"]
        rows = found["rows"].astype(object).where(found["rows"].notna(), 0).to_dict("records")  # not there then: none
        for row in (*rows, {**parts, "managed_from": parts["from"]["managed"], "managed_to": parts["to"]["managed"]}):
            came = row["newly_managed"] + row["appeared"] + row["became_known_managed"]
            went = row["newly_unmanaged"] + row["disappeared"] + row["became_known_unmanaged"]
            assert row["managed_from"] + came - went == row["managed_to"], (month, since, until, basis, level, row)
        then, now = office.answers(month, since, basis), office.answers(month, until, basis)
        known = office.answers(month, since, basis, stated=until)
        learned = [sum(bool(a[code]) < bool(b[code]) for code in now) for a, b in ((then, known), (known, now))]
        assert [parts["became_known_managed"], parts["newly_managed"]] == learned, (month, since, until, basis)


@pytest.mark.parametrize("seed", quickly([1, 2]))
def test_what_was_told_of_a_month_is_told_after_every_later_month(
    empty_office: Store, tmp_path: Path, at_depth: Callable[[int, int], int], seed: int
) -> None:
    office = Office(seed, months=at_depth(5, 24))
    build(empty_office, office)
    chance, revisions, turn, told = random.Random(seed), [], itertools.count(), set()
    for month in range(len(office.days)):
        import_ledger(empty_office, office.write(month, tmp_path), ImportOptions(), "clerk", NOON)
        revisions.append(empty_office.revision())
        days = list(between(office.days))
        for day in chance.sample(days, min(at_depth(4, 6), len(days))):
            told |= assert_as_told(empty_office, office, month, day, next(turn))
        assert_adds_up(empty_office, office, month, *sorted(chance.sample(days, 2)))
    for month in chance.sample(range(len(revisions)), at_depth(2, 6)):
        day = chance.choice(list(between(office.days)))
        told |= assert_as_told(empty_office, office, month, day, next(turn), known_at=str(revisions[month]))
    assert told == set(itertools.product(BASES, WEIGHTS, LEVELS))
