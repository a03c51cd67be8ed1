"""What the records say of one building or courtyard on a day: who, since when, by which contract, why it counts so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.places import from_lonlat
from layers.catalogue import Label, catalogue
from layers.model.management import COURTYARD, LISTED
from layers.model.roads import open_on
from layers.situation.day import Situation
from layers.situation.standing import NONE, SOME, standing
from layers.situation.words import BASIS, NO_SERVICE, STATUS
from layers.text import Text

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

LAYERS = ("buildings", "courtyards")
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Chapter:
    """Some sentences under a heading."""

    title: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class _Terms:
    """The arrangements that reach something, the one that decides first, as rows of `now.arrangements`."""

    rows: pd.DataFrame
    evaluated: pd.DataFrame


def story(now: Situation, layer: str, id: str) -> list[Chapter]:
    """Tell what the records of the day say of one building or courtyard; nothing where it is not there on that day."""
    if layer == "buildings":
        place = int(now.buildings.index.get_indexer([id])[0])
        if place < 0:
            return []
        return _chapters(_of_building(now, place), _terms(now, _areas(now, [place])), now, now.buildings.geometry[id])
    if layer != "courtyards" or id not in now.courtyards.index:
        return []
    yard = standing(now).loc[id]
    members = np.flatnonzero((now.buildings["courtyard"] == yard["code"]).to_numpy(dtype=bool))
    listing = [yard["code"] in codes for codes in now.managed_areas["courtyard_codes"]]
    areas = np.union1d(_areas(now, members), np.flatnonzero(listing))
    return _chapters(_of_courtyard(now, yard), _terms(now, areas), now, now.courtyards.geometry[id])


def _chapters(why: Sequence[Text], terms: _Terms, now: Situation, shape: shapely.Geometry | None) -> list[Chapter]:
    found = [Chapter(Text("analyses.story-why"), tuple(why))]
    if told := _contracts(terms, now):
        found.append(Chapter(Text("analyses.story-contracts"), tuple(told)))
    if near := _nearest(now, shape):
        found.append(Chapter(Text("analyses.story-stations"), tuple(near)))
    return found


def _of_building(now: Situation, place: int) -> list[Text]:
    """Say by which rules a building counts as it does."""
    it = now.buildings.iloc[place]
    said = [] if it["scoped"] else [Text("analyses.story-out-of-scope", use=_use(it["use"]))]
    mine = now.pairs[(now.pairs["building"] == place).to_numpy()]
    if mine.empty:
        said.append(Text("analyses.story-no-area"))
    else:
        how = int(mine["how"].min())
        areas = now.managed_areas.iloc[mine["area"][(mine["how"] == how).to_numpy()].unique()]
        names = list(areas["name"].where(areas["name"].notna(), areas["code"]))
        key = {LISTED: "analyses.story-by-list", COURTYARD: "analyses.story-by-courtyard"}
        said.append(Text(key.get(how, "analyses.story-by-position"), areas=names))
    said.append(_status(it["status"], it["arrangement"], it["reason"], it["reason_date"], now))
    if it["status"] in ("unmanaged", "unknown"):
        said.append(_survey(it["status"]))
    if it["rivals"] > 1:
        said.append(Text("analyses.story-rivals", count=int(it["rivals"])))
    if it["scoped"]:
        said.append(_basis(now, it["managed"], it["reason"], it["reason_date"]))
    return said


def _of_courtyard(now: Situation, yard: pd.Series) -> list[Text]:
    """Say how a courtyard stands from its buildings, and by which rule."""
    counts = {name: int(yard[name]) for name in ("units", "units_managed", "units_unmanaged", "units_unknown")}
    if not counts["units"]:
        said = [Text("analyses.story-no-buildings")]
    elif yard["buildings"]:
        said = [
            Text(
                "analyses.story-units",
                basis=BASIS[now.basis],
                all=counts["units"],
                managed=counts["units_managed"],
                unmanaged=counts["units_unmanaged"],
                unknown=counts["units_unknown"],
            )
        ]
    else:
        said = [Text("analyses.story-alone")]
    said.append(Text(f"analyses.story-stands-{yard['standing']}"))
    if yard["standing"] in (NONE, SOME) and isinstance(yard["reason"], str):
        said.append(Text("analyses.story-most", reason=_reason(yard["reason"], yard["reason_date"])))
    if yard["households_summed"]:
        said.append(Text("analyses.story-households-summed", missing=int(yard["without_households"])))
    return said


def _status(status: str, arrangement: object, reason: object, date: object, now: Situation) -> Text:
    if status == "managed":
        row = now.arrangements[(now.arrangements["code"] == arrangement).to_numpy()].iloc[0]
        served_on = not pd.isna(row["continued_service"]) and bool(row["continued_service"])
        past = served_on and not pd.isna(row["end_date"]) and row["end_date"] < pd.Timestamp(now.as_of)
        key = "analyses.story-served-on" if past else "analyses.story-in-force"
        until = _day(row["end_date"]) or Text("analyses.story-no-end")
        return Text(key, day=now.as_of.isoformat(), since=_day(row["start_date"]), until=until)
    # On another basis the reason is that of the basis, which is said after this.
    return Text("analyses.story-status", status=STATUS[status], reason=_reason(reason, date))


def _survey(status: str) -> Text:
    return Text("analyses.story-surveyed" if status == "unmanaged" else "analyses.story-not-surveyed")


def _basis(now: Situation, managed: object, reason: object, date: object) -> Text:
    basis = BASIS[now.basis]
    if pd.isna(managed):
        return Text("analyses.story-basis-unknown", basis=basis, rule=Text(f"pages.basis-{now.basis}-title"))
    key = "analyses.story-basis-yes" if managed else "analyses.story-basis-no"
    return Text(key, basis=basis, rule=Text(f"pages.basis-{now.basis}-title"), reason=_reason(reason, date))


def _reason(reason: object, date: object) -> Text | str:
    if not isinstance(reason, str):
        return ""
    return Text(f"analyses.reason-{reason.replace('_', '-')}", date=_day(date))


def _areas(now: Situation, places: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return the managed areas that answer for some buildings, each by its strongest kind of hit."""
    mine = now.pairs[np.isin(now.pairs["building"].to_numpy(), np.asarray(places))]
    best = mine.groupby("building")["how"].transform("min")
    return np.unique(mine["area"].to_numpy()[(mine["how"] == best).to_numpy()])


def _terms(now: Situation, areas: np.ndarray) -> _Terms:
    codes = set(now.managed_areas["code"].iloc[areas])
    rows = now.arrangements[now.arrangements["managed_area"].isin(codes).to_numpy(dtype=bool)]
    return _Terms(rows, now.evaluated.loc[rows.index])


def _contracts(terms: _Terms, now: Situation) -> list[Text]:
    """Tell every arrangement, those in force first, then the latest first; a manager who was is called former."""
    if terms.rows.empty:
        return []
    names = dict(zip(now.managers["code"], now.managers["name"], strict=True))
    rows = terms.rows.assign(effective=terms.evaluated["effective"], over=terms.evaluated["over"])
    rows = rows.assign(why=terms.evaluated["reason"], since=terms.evaluated["reason_date"])
    rows = rows.sort_values(["effective", "start_date", "code"], ascending=[False, False, True], kind="stable")
    said = []
    for row in rows.to_dict("records"):
        key = "now" if row["effective"] else "former" if row["over"] else "coming"
        number = "" if pd.isna(row["doc_no"]) else Text("analyses.story-number", number=row["doc_no"])
        accepted = "" if pd.isna(row["accepted_on"]) else Text("analyses.story-accepted", day=_day(row["accepted_on"]))
        manager = None if pd.isna(row["manager"]) else names.get(row["manager"]) or row["manager"]
        said.append(
            Text(
                f"analyses.story-contract-{key}",
                manager=manager or Text("analyses.story-no-manager"),
                mode=_called("mode", row["mode"]),
                stage=_called("stage", row["stage"]),
                since=_day(row["start_date"]),
                until=_day(row["end_date"]) or Text("analyses.story-no-end"),
                why=_reason(row["why"], row["since"]) if row["over"] else "",
                number=number,
                accepted=accepted,
            )
        )
    return said


def _nearest(now: Situation, shape: shapely.Geometry | None) -> list[Text]:
    """Tell the nearest open station of each kind that serves people, the nearest first; straight, unlike the street."""
    stations: gpd.GeoDataFrame = now.stations[
        (open_on(now.stations, now.as_of) & now.stations.geometry.notna()).to_numpy(dtype=bool)
        & ~now.stations["kind"].isin(NO_SERVICE).to_numpy(dtype=bool)
    ]
    if shape is None or shape.is_empty or stations.empty:
        return []
    here = from_lonlat(np.array([shape], dtype=object), now.crs)[0]
    away = np.array([here.distance(each) for each in from_lonlat(stations.geometry.to_numpy(), now.crs)])
    kinds = stations["kind"].astype(object).where(stations["kind"].notna(), "unknown").to_numpy()
    order = np.lexsort([stations["code"].to_numpy(dtype=str), away])
    first = pd.Series(kinds[order]).drop_duplicates().index[:NEAREST]
    field, said = catalogue().layer("stations").field("kind"), []
    for n in order[first]:
        choice, name = field.choice(kinds[n]), stations["name"].iloc[n]
        kind: Label | str = choice.label if choice else str(kinds[n])
        metres = f"{away[n]:,.0f}"
        if pd.isna(name):
            code = stations["code"].iloc[n]
            said.append(Text("analyses.story-station-unnamed", kind=kind, code=code, metres=metres))
        else:
            said.append(Text("analyses.story-station", name=name, kind=kind, metres=metres))
    return said


def _called(field: str, code: object) -> Label | Text:
    choice = None if pd.isna(code) else catalogue().layer("arrangements").field(field).choice(code)
    return choice.label if choice else Text(f"analyses.story-no-{field}")


def _use(code: object) -> Label | str:
    choice = None if pd.isna(code) else catalogue().layer("buildings").field("use").choice(code)
    return choice.label if choice else ""


def _day(date: object) -> str:
    return "" if pd.isna(date) else pd.Timestamp(date).date().isoformat()
