"""Several processes draw the communities of a district: the proposal is that of one, whatever happens to them."""

from __future__ import annotations

import pytest

from layers.analyses.registry import analyses
from layers.errors import Conflict, Fault
from layers.proposals.grids import beside, hands
from layers.proposals.grids.hand import Hand
from layers.store.protocol import Store
from layers.text import Text
from tests import town
from tests.proposals.test_propose_grids import propose
from tests.suite import quickly

STREET = "streets:990301777"
FURTHER = [f"990301777{number:03d}" for number in (1, 2, 3)]


@pytest.fixture
def street(small_town: Store) -> Store:
    """A street of three communities, of five houses each, beside the town."""
    for place, code in enumerate(FURTHER):
        west = 3000 + 1000 * place
        town.add(small_town, "communities", code, town.box(west, 0, 1000, 100), name=code, kind="urban")
        for each in range(5):
            house = town.box(west + 20 + 200 * each, 20, 20, 20)
            town.add(small_town, "buildings", f"{code}-{each}", house, community_code=code, households=10 + each)
    return small_town


def helped(monkeypatch: pytest.MonkeyPatch, count: int) -> list[beside.Beside]:
    """Have so many processes help; return those that were started."""
    started: list[beside.Beside] = []

    class Noted(beside.Beside):
        def __init__(self, opening: beside.Opening) -> None:
            super().__init__(opening)
            started.append(self)

    monkeypatch.setattr(hands, "Beside", Noted)
    monkeypatch.setattr(hands, "beside", lambda *_: count)
    return started


@pytest.mark.deep  # a district is drawn twice
def test_the_proposal_is_the_same_however_many_draw(street: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = {"within": STREET, "households_min": 15, "seconds": 600}
    alone = propose(street, **wishes)
    assert len(alone["summary"]["communities"]) == 3 and alone["summary"]["status"] == "optimal"
    for count in (1, 3):
        started = helped(monkeypatch, count)
        assert propose(street, **wishes) == alone
        assert len(started) == count and all(each._process.poll() is not None for each in started)


@pytest.mark.deep  # a district is drawn twice
def test_who_helps_knows_what_was_known_then(street: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    then = street.revision()
    before = propose(street, within=STREET, households_min=15, seconds=600, known_at=str(then))
    town.amend(street, "buildings", f"{FURTHER[1]}-2", households=40)
    helped(monkeypatch, 3)
    again = propose(street, within=STREET, households_min=15, seconds=600, known_at=str(then))
    assert again["rows"] == before["rows"]
    assert propose(street, within=STREET, households_min=15, seconds=600)["rows"] != before["rows"]


@pytest.mark.parametrize("what", quickly(["begin", "prove", "tell"], 0))
def test_what_a_process_loses_is_done_here(street: Store, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    wishes = {"within": STREET, "households_min": 15, "seconds": 600}
    alone = propose(street, **wishes)
    helped(monkeypatch, 2)
    ask = beside.Beside.ask

    def dying(self: beside.Beside, asked: str, *arguments: object) -> object:
        if asked == what:
            self._process.kill()
        return ask(self, asked, *arguments)

    monkeypatch.setattr(beside.Beside, "ask", dying)
    assert propose(street, **wishes) == alone


def test_what_one_would_refuse_first_is_refused(street: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(at: int) -> None:
        raise Conflict(Fault(Text("plans.no-boundary", code=FURTHER[at])))

    monkeypatch.setattr(beside.Beside, "ask", lambda self, what, at, *_: refuse(at))
    monkeypatch.setattr(Hand, "begin", lambda self, at, *_: refuse(at))
    for count in (0, 1, 2):
        helped(monkeypatch, count)
        with pytest.raises(Conflict, match=FURTHER[0]):
            propose(street, within=STREET)


def test_help_comes_where_there_is_much_to_do_and_never_for_a_few(
    street: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = analyses()["propose-grids"].Inputs(as_of=town.DAY, within=STREET)
    features = street.page("communities", hands.Query(starts_with={"code": "990301777"}), 10).features
    assert hands.beside(street, inputs, features) == 0
    monkeypatch.setattr(hands, "WORTH_COMMUNITIES", 2)
    assert hands.beside(street, inputs, features) == 0
    monkeypatch.setattr(hands, "WORTH_BUILDINGS", 15)
    for cores, count in ((1, 0), (2, 1), (3, 1), (4, 2), (32, 2)):
        monkeypatch.setattr(hands, "cores", lambda cores=cores: cores)
        assert hands.beside(street, inputs, features) == count
