"""A ledger beside the records: codes for courtyards that have none, buildings for house numbers, whose a number is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from layers.errors import Fault
from layers.ledger.entries import Entry, Ledger
from layers.ledger.houses import House, KnownHouses, read_houses
from layers.ledger.order import in_order
from layers.ledger.places import Communities
from layers.model.feature import Value
from layers.model.values import KnownCodes, derived_code, fold, prefix, runs
from layers.text import RowNumbers, Text, first_few

WAITING = "house_numbers"  # of a courtyard whose ledger came before the buildings
_SHORT = 4  # a code so short is a house number
_SHOWN = 10
_some = partial(first_few, most=_SHOWN)


@dataclass(frozen=True)
class Surroundings:
    """What is on record around a ledger.

    Parameters
    ----------
    communities : mapping of str to str
        Name → code, names that two communities share left out.
    buildings : mapping
        Building code → its properties.
    courtyards : mapping
        Courtyard code → its properties.
    """

    communities: Mapping[str, str] = field(default_factory=dict)
    buildings: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    courtyards: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @cached_property
    def known(self) -> Communities:
        """The communities."""
        return Communities(self.communities)

    @cached_property
    def codes(self) -> KnownCodes:
        """The codes of the buildings."""
        return KnownCodes(self.buildings)

    @cached_property
    def _by_community(self) -> dict[str, dict[str, Mapping[str, Value]]]:
        found: dict[str, dict[str, Mapping[str, Value]]] = defaultdict(dict)
        for code, building in self.buildings.items():
            community = building.get("community_code") or prefix(code, "communities")
            if community:
                found[str(community)][code] = building
        return found

    @cached_property
    def _by_courtyard(self) -> dict[str, dict[str, Mapping[str, Value]]]:
        found: dict[str, dict[str, Mapping[str, Value]]] = defaultdict(dict)
        for code, building in self.buildings.items():
            if building.get("courtyard_code"):
                found[str(building["courtyard_code"])][code] = building
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for code, each in self.courtyards.items():
            if each.get("name") and each.get("community_code"):
                found[str(each["community_code"]), fold(each["name"])].append(code)
        return found

    def courtyards_called(self, community: str, name: str) -> list[str]:
        """Return the codes on record of the courtyards of a community that have a name."""
        return self._by_name.get((community, fold(name)), [])

    def near(self, courtyard: str | None, community: str | None) -> list[KnownHouses]:
        """Return the buildings that a house number may mean: the courtyard's own, the free ones, all around."""
        if community not in self._near:
            every = self._by_community.get(community or "", {})
            free = {code: each for code, each in every.items() if not each.get("courtyard_code")}
            self._near[community] = [_named(free), _named(every)]
        return [_named(self._by_courtyard.get(courtyard or "", {})), *self._near[community]]

    @cached_property
    def _near(self) -> dict[str | None, list[KnownHouses]]:
        return {}


def _named(buildings: Mapping[str, Mapping[str, Value]]) -> KnownHouses:
    return KnownHouses({code: str(each.get("name") or "") for code, each in buildings.items()})


def settled(ledger: Ledger, around: Surroundings) -> Ledger:
    """Return the ledger with what only the records can tell: codes, buildings, and whose repeated numbers are."""
    made = _Settling(around)
    entries = ledger.entries
    if "courtyard.code" not in ledger.columns.values():
        entries = tuple(map(made.coded, entries))
    entries = tuple(map(made.housed, entries))
    entries = made.without_shared(entries)
    entries = tuple(map(made.counted, entries))
    wrong = made.every_fault()
    if not wrong and not made.notes() and entries == ledger.entries:
        return ledger
    faults = in_order([*ledger.faults, *wrong])
    return replace(ledger, entries=entries, faults=tuple(faults), notes=(*ledger.notes, *made.notes()))


def housed_later(around: Surroundings) -> dict[str, tuple[str, ...]]:
    """Return courtyard → its buildings, of those whose ledger gave house numbers before there were buildings.

    A courtyard of which a number is not clear, or is another's too, is left out: no building is given by guess.
    """
    settling = _Settling(around)
    meant: dict[str, list[str]] = {}
    for code, each in around.courtyards.items():
        waiting = each.get(WAITING)
        if not isinstance(waiting, tuple | list) or not waiting or each.get("building_codes"):
            continue
        community = each.get("community_code") or prefix(code, "communities")
        houses = read_houses("、".join(map(str, waiting))).numbers
        found = settling.found(houses, code, None if community is None else str(community))
        codes = [one[0] for one in found.values() if len(one) == 1]
        if len(codes) == len(found) == len(set(codes)):
            meant[code] = codes
    claims = Counter(code for codes in meant.values() for code in codes)
    return {
        courtyard: tuple(map(str, runs(sorted(codes))))
        for courtyard, codes in meant.items()
        if all(claims[code] == 1 for code in codes)
    }


class _Settling:
    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.faults: list[Fault] = []
        self._coded: dict[bool, list[str]] = {True: [], False: []}
        self._uncoded: dict[str, list[int]] = defaultdict(list)
        self._matched = self._unknown = self._waiting = 0
        self._by_house: dict[str, list[Entry]] = defaultdict(list)

    def coded(self, entry: Entry) -> Entry:
        """Give a courtyard without a code the one on record, or one of its community and name."""
        if entry.code is not None:
            return entry
        community = self.around.known.of(entry)
        on_record = self.around.courtyards_called(community, entry.name) if community and entry.name else []
        if not community or not entry.name or len(on_record) > 1:
            self._uncoded[entry.sheet] += entry.rows or (entry.row,)
            return entry
        code = on_record[0] if on_record else derived_code(community, entry.name)
        self._coded[bool(on_record)].append(code)
        return replace(entry, courtyard={**entry.courtyard, "code": code})

    def housed(self, entry: Entry) -> Entry:
        """Give a courtyard the buildings that its house numbers mean; a number that is not clear is a fault."""
        houses = entry.houses or self._short(entry)
        if not houses:
            return entry
        if not self.around.buildings:
            self._waiting += 1
            return replace(entry, courtyard={**entry.courtyard, WAITING: tuple(map(_readable, houses))})
        community = self.around.known.of(entry) or (prefix(entry.code, "communities") if entry.code else None)
        found = self.found(houses, entry.code, community)
        none = [str(house) for house, codes in found.items() if not codes]
        several = [str(house) for house, codes in found.items() if len(codes) > 1]
        twice = len({codes[0] for codes in found.values() if codes}) < len(found) - len(none)
        if none or several or twice:
            text = Text(
                "ledger.houses-not-matched", community=entry.community or community or "—",
                none=_some(none) or "—", several=_some(several) or ("—" if not twice else _some(map(str, found))),
            )  # fmt: skip
            self._fault(text, entry)
            return entry
        self._matched += 1
        codes = sorted(codes[0] for codes in found.values())
        for code in codes:
            self._by_house[code].append(entry)
        spans = runs(codes)
        listed = {"building_codes": tuple(map(str, spans))}
        waited = {WAITING: None} if self.around.courtyards.get(entry.code or "", {}).get(WAITING) else {}
        return replace(entry, courtyard={**entry.courtyard, **listed, **waited}, buildings=spans)

    def without_shared(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Find house numbers that several courtyards of one community claim: no building is given by guess."""
        claimed: dict[int, tuple[Entry, list[str], dict[str, None]]] = {}
        for code, claimants in self._by_house.items():
            if len(claimants) > 1:
                for each in claimants:
                    _, codes, others = claimed.setdefault(each.row, (each, [], {}))
                    codes.append(str(self.around.buildings[code].get("name") or code))
                    others |= dict.fromkeys(str(other.name or other.code) for other in claimants if other is not each)
        for each, codes, others in claimed.values():
            self._fault(Text("ledger.houses-claimed-twice", houses=_some(codes), others=_some(others)), each)
        return entries

    def counted(self, entry: Entry) -> Entry:
        """Decide by the buildings on record whether a number that stands on every row is a building's or all of it."""
        if not entry.repeated:
            return entry
        codes = dict.fromkeys(code for each in entry.buildings for code in self.around.codes.between(each))
        members = [self.around.buildings[code] for code in codes]
        decided: dict[str, Value] = {}
        for name, values in entry.repeated.items():
            numbers = [each for each in values if isinstance(each, (int, float))]
            known = [each.get(name) for each in members]
            whole = sum(each for each in known if isinstance(each, (int, float)))
            if entry.shared:  # told already; each building counts once
                decided |= {name: whole} if known and None not in known and whole else {}
            elif known and None not in known and whole in (sum(numbers), numbers[0]):
                decided[name] = sum(numbers) if whole == sum(numbers) else numbers[0]
            else:
                self._unknown += 1
        return replace(entry, courtyard={**entry.courtyard, **decided})

    def every_fault(self) -> list[Fault]:
        """Return everything that is wrong."""
        lacking = [
            Fault(Text("ledger.code-not-made", count=len(rows)), {"sheet": sheet, "rows": RowNumbers(rows)})
            for sheet, rows in self._uncoded.items()
        ]
        return [*lacking, *self.faults]

    def notes(self) -> list[Text]:
        """Say what was done."""
        found = [
            Text(slug, count=len(codes), which=_some(codes))
            for slug, codes in (
                ("ledger.codes-proposed", self._coded[False]),
                ("ledger.codes-by-name", self._coded[True]),
            )
            if codes
        ]
        counted = (
            ("ledger.houses-matched", self._matched),
            ("ledger.houses-without-buildings", self._waiting),
            ("ledger.repeated-number", self._unknown),
        )
        return found + [Text(slug, count=count) for slug, count in counted if count]

    def _short(self, entry: Entry) -> tuple[House, ...]:
        """Return the house numbers of a list of codes that are none: 1-4 below 楼栋编码, where no building has them."""
        short = [each for each in entry.buildings if len(each.first) <= _SHORT and each.first.isdecimal()]
        if not short or len(short) < len(entry.buildings) or any(map(self.around.codes.between, short)):
            return ()
        return tuple(House("", str(number)) for each in short for number in range(int(each.first), int(each.last) + 1))

    def found(self, houses: Iterable[House], courtyard: str | None, community: str | None) -> dict[House, list[str]]:
        """Return the buildings that each house number of a courtyard may mean."""
        found: dict[House, list[str]] = {}
        asked = list(houses)
        for known in self.around.near(courtyard, community):
            for house, codes in known.meant(asked).items():
                if codes and house not in found:
                    found[house] = codes
        return {house: found.get(house, []) for house in asked}

    def _fault(self, text: Text, entry: Entry) -> None:
        column, value = entry.said
        place: dict[str, object] = {"sheet": entry.sheet, "row": entry.row}
        self.faults.append(Fault(text, {**place, **({"column": column, "value": value} if column else {})}))


def _readable(house: House) -> str:
    """Return a house number as it is read again: a letter alone needs a mark (A座)."""
    return str(house) if any(map(str.isdecimal, house.number)) else f"{house.zone}{house.number}座"
