"""What a proposal of posts claims, recomputed from the records: geopandas and networkx, and nothing of the solver."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import networkx as nx

from layers.store.protocol import Query, Store

CRS = "EPSG:4549"
ROUNDING_M = 1
LOCAL = ("community", "grid", "butler")
Answer = Mapping[str, Any]
Key = tuple[str, str]


def faults(store: Store, answer: Answer, wishes: Mapping[str, Any]) -> list[str]:
    """List what is not as the proposal says."""
    truth = Truth(store, answer["summary"], wishes)
    rows, summary = answer["rows"], answer["summary"]
    found = [f"{row['part']} has somebody" for row in rows if row["part"] not in truth.open]
    found += [f"{part} twice" for part, count in Counter(row["part"] for row in rows).items() if count > 1]
    after = Counter(truth.key(row) for row in rows)
    for row in rows:
        key = truth.key(row)
        today = len(truth.held.get(key, ()))
        if (row["load_today"], row["load_after"]) != (today, today + after[key]):
            found.append(f"{row['post']} has {today} and gets {after[key]}")
        away = truth.metres(key, row["part"])
        if (away is None) != (row["metres"] is None) or (away is not None and abs(away - row["metres"]) > ROUNDING_M):
            found.append(f"{row['part']} is {away} m away, not {row['metres']}")
        if wishes.get("most") is not None and today + after[key] > max(today, wishes["most"]):
            found.append(f"{row['post']} has more than {wishes['most']}")
        if wishes.get("most_m") is not None and away is not None and away > wishes["most_m"] + 1e-6:
            found.append(f"{row['part']} is too far")
    for name, state in truth.states.items():
        if summary[name] != state:
            found.append(f"{state} are {name}, not {summary[name]}")
    return found + _proof(truth, rows, summary, wishes)


def _proof(
    truth: Truth, rows: list[dict[str, Any]], summary: Mapping[str, Any], wishes: Mapping[str, Any]
) -> list[str]:
    """See that as many are taken as can be, and that nothing costs less, by flows over distances measured here."""
    most = wishes.get("most")
    served, cost = truth.cheapest(most, wishes.get("most_m"), wishes.get("even_m", 100), summary)
    found = [] if served == len(rows) else [f"{served} could be taken, not {len(rows)}"]
    whole = served == len(truth.open)
    if (summary["status"] == "optimal") != whole:
        found.append(f"{summary['status']} although {served} of {len(truth.open)} can be taken")
    if whole and abs(summary["objective"] - cost) > ROUNDING_M * (len(rows) + 1):
        found.append(f"{summary['objective']} is not the least: {cost}")
    for each in summary["relaxations"]:
        said = {name: each[name] for name in ("most", "most_m") if name in each}
        tried = {"most": most, "most_m": wishes.get("most_m"), **said}
        if said and truth.cheapest(**tried, even=0, summary=None)[0] < truth.reachable():
            found.append(f"{said} does not do")
        for name, value in said.items():
            if truth.cheapest(**{**tried, name: value - 1}, even=0, summary=None)[0] == truth.reachable():
                found.append(f"{name} = {value} is not the least")
    return found


class Truth:
    """The records of an area as the checker reads them."""

    def __init__(self, store: Store, summary: Mapping[str, Any], wishes: Mapping[str, Any]) -> None:
        day, layer = dt.date.fromisoformat(str(summary["as_of"])), summary["targets"]
        self.local = summary["level"] in LOCAL
        frame = store.read(layer, Query(as_of=day)).to_crs(CRS)
        if layer == "grids":
            frame = frame[(frame["grid_system"] != "unit") & (frame["state"] == "active")]
        codes = frame["code"] if layer == "communities" else frame["community_code"]
        self.community = dict(zip(frame["code"], codes, strict=True))
        shapes = zip(frame["code"], frame.geometry.representative_point(), strict=True)
        self.points = {code: shape for code, shape in shapes if shape is not None and not shape.is_empty}
        within = str(wishes["within"]).partition(":")[2]
        self.inside = [code for code, community in self.community.items() if str(community).startswith(within)]
        self.held: dict[Key, list[str]] = {}
        holders: Counter[str] = Counter()
        ended, coming = set(), set()
        for each in store.page("assignments", Query(), 100_000).features:
            p = each.properties
            meant = all(p.get(name) in (summary[name], None, "unknown") for name in ("level", "type"))
            if not meant or p.get("target_layer") not in (layer, None) or p["target"] not in self.community:
                continue
            if p.get("valid_to") and p["valid_to"] < day:
                ended.add(p["target"])
            elif p.get("valid_from") and p["valid_from"] > day:  # what ended is not looked at here
                coming.add(p["target"])
            else:
                holders[p["target"]] += 1
                held = self.held.setdefault((p["post"], self._of(p["target"])), [])
                held += [p["target"]] if p["target"] not in held else []
        alone = [code for code in self.inside if not holders[code] and code not in coming]
        self.open = set(alone)
        self.states = {
            "assigned": sum(holders[code] == 1 for code in self.inside),
            "duplicate": sum(holders[code] > 1 for code in self.inside),
            "expired": sum(code in ended for code in alone),
            "unassigned": sum(code not in ended for code in alone),
            "total": len(self.inside),
        }
        self.homes: dict[Key, object] = {}
        self.posts = self._posts(wishes, store, day)

    def _of(self, target: str) -> str:
        return str(self.community[target]) if self.local else ""

    def key(self, row: Mapping[str, Any]) -> Key:
        """Return the post of a row; where posts belong to communities, that of the target's."""
        return row["post"], self._of(row["part"])

    def _posts(self, wishes: Mapping[str, Any], store: Store, day: dt.date) -> list[Key]:
        found = {key for key, held in self.held.items() if set(held) & set(self.inside)}
        places = store.read("communities", Query(as_of=day)).to_crs(CRS).set_index("code").geometry
        for each in wishes.get("posts", ()):
            name, said, code = each.partition("@")
            code = code or (str(wishes["within"]).partition(":")[2] if self.local else "")
            found.add((name, code if self.local else ""))
            if said or self.local:
                self.homes[name, code if self.local else ""] = gpd.GeoSeries([places[code]]).representative_point()[0]
        return sorted(key for key in found if key[0] not in wishes.get("without", ()))

    def metres(self, key: Key, target: str) -> float | None:
        """Measure from a target to the nearest place of a post."""
        places = [self.points[code] for code in self.held.get(key, ()) if code in self.points]
        places += [self.homes[key]] if key in self.homes else []
        return min(self.points[target].distance(each) for each in places) if places and target in self.points else None

    def _may(self, key: Key, target: str) -> bool:
        return not self.local or key[1] == self._of(target)

    def reachable(self) -> int:
        """Count the open targets that any post may take."""
        return sum(any(self._may(key, target) for key in self.posts) for target in self.open)

    def cheapest(
        self, most: int | None, most_m: float | None, even: int, summary: Mapping[str, Any] | None
    ) -> tuple[int, float]:
        """Return how many targets can be taken at most, and what that costs at least: a flow of least cost.

        Where no `most` was wished the proposal's own number is a post's limit, which no smaller one may do.
        """
        flow = nx.DiGraph()
        far = max((self.metres(key, target) or 0.0 for key in self.posts for target in self.open), default=0.0)
        enough = len(self.open) + max((len(each) for each in self.held.values()), default=0)
        limit = most if most is not None else (summary or {}).get("most") or enough
        for target in self.open:
            flow.add_edge("from", target, capacity=1, weight=0)
            flow.add_edge(target, "to", capacity=1, weight=10**9)
            for key in self.posts:
                away = self.metres(key, target)
                if self._may(key, target) and not (most_m is not None and away is not None and away > most_m):
                    flow.add_edge(target, key, capacity=1, weight=round(far if away is None else away))
        for key in self.posts:
            held = len(self.held.get(key, ()))
            for at in range(max(0, limit - held)):
                flow.add_edge(key, (key, at), capacity=1, weight=even * ((held + at + 1) ** 2 - (held + at) ** 2))
                flow.add_edge((key, at), "to", capacity=1, weight=0)
        if not self.open:
            return 0, 0.0
        flow.add_node("to", demand=len(self.open))
        flow.add_node("from", demand=-len(self.open))
        cost, _ = nx.network_simplex(flow)
        return len(self.open) - cost // 10**9, cost % 10**9
