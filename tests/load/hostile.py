"""Hostile requests, made from a kind, a seed and a size: the same three always make the same request."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

LAYER = "/api/collections/buildings"
LONGEST_FILTER, LONGEST_QUERY, LARGEST_BODY = 16_000, 120_000, 900_000
JSON = {"Content-Type": "application/json"}
GEOJSON = {"Content-Type": "application/geo+json"}
TEXTS = ("name", "code", "remark", "id", "use")
NUMBERS = ("households", "floors", "elderly_60")
RELATIONS = ("INTERSECTS", "TOUCHES", "CROSSES", "OVERLAPS", "WITHIN", "CONTAINS", "EQUALS", "DISJOINT")
LETTERS = (*"a花éßŉİﬃ%_'\\*[?^\x00😀", "e\u0301\u0302\u0323")
MAPS = ("coverage", "service-area", "courtyards", "grids")


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Kind = Callable[[random.Random, float], Ask]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    """Take a function in as a kind of request: its argument `size` is from 0, harmless, to 1, at what is let in."""
    KINDS[make.__name__.replace("_", "-")] = make
    return make


def made(name: str, seed: int, size: float) -> Ask:
    """Make a request."""
    return KINDS[name](random.Random(f"{name} {seed}"), size)


def _get(path: str, **parameters: object) -> Ask:
    return Ask(f"{path}?{urlencode(parameters, errors='surrogatepass')}")


def _items(chance: random.Random, filter: str, **more: object) -> Ask:
    """Ask for what a filter leaves: a page, the first feature alone, or a file."""
    door = chance.randrange(4)
    if door == 3:
        return _get(f"{LAYER}/export", filter=filter, f=chance.choice(("csv", "geojson")), **more)
    return _get(f"{LAYER}/items", filter=filter, limit=chance.choice((1, 1, 100, 10_000)), **more)


def _joined(parts: Callable[[], str], most: int, word: str) -> str:
    """Join as many parts as fit."""
    found, length = [], 0
    for _ in range(most):
        part = parts()
        length += len(part) + len(word)
        if length > LONGEST_FILTER - 100:
            break
        found.append(part)
    return word.join(found) or "floors=1"


def _count(size: float, most: int) -> int:
    return max(1, round(most**size))


@kind
def patterns(chance: random.Random, size: float) -> Ask:
    length = chance.choice((3, 10, _count(size, 500)))

    def one() -> str:
        letters = chance.choice((("%", "a"), ("%", "_", "a"), ("_", "花"), LETTERS))
        text = "".join(chance.choice(letters) for _ in range(length)).replace("'", "''")
        value = chance.choice(("{}", "{}", "CASEI({})", "ACCENTI(CASEI({}))")).format(chance.choice(TEXTS))
        return f"{value} LIKE '%{text}%'"

    return _items(chance, _joined(one, _count(size, 900), chance.choice((" OR ", " AND "))))


@kind
def folds(chance: random.Random, size: float) -> Ask:
    depth = _count(size, 30)

    def one() -> str:
        words = [chance.choice(("CASEI(", "ACCENTI(")) for _ in range(depth)]
        wanted = chance.choice(LETTERS).replace("'", "''")
        return f"{''.join(words)}{chance.choice(TEXTS)}{')' * depth}='{wanted}'"

    return _items(chance, _joined(one, _count(size, 600), " OR "))


@kind
def comparisons(chance: random.Random, size: float) -> Ask:
    def one() -> str:
        small, large = str(chance.randrange(400)), "9" * _count(size, 9_000)
        number = chance.choice((small, large, f"1e{chance.randrange(400)}", "-0.0"))
        terms = [chance.choice(NUMBERS) + chance.choice("*+-/%") + number for _ in range(chance.randrange(1, 4))]
        return f"NOT {'+'.join(terms)} {chance.choice(('=', '<>', '<', '>='))} {number}"

    return _items(chance, _joined(one, _count(size, 600), chance.choice((" OR ", " AND "))))


@kind
def lists(chance: random.Random, size: float) -> Ask:
    values = ",".join(f"'{chance.choice('abc')}{n}'" for n in range(_count(size, 1_900)))[: LONGEST_FILTER - 60]
    name = chance.choice(TEXTS)
    return _items(chance, f"{name} {chance.choice(('IN', 'NOT IN'))} ({values.rpartition(',')[0] or values})")


@kind
def days(chance: random.Random, size: float) -> Ask:
    def one() -> str:
        ends = chance.choice(("valid_from,valid_to", "'..','2025-01-01'", "updated_at,'..'"))
        name = chance.choice(("INTERSECTS", "DISJOINT", "DURING", "OVERLAPS"))
        return f"T_{name}(INTERVAL({ends}),DATE('2025-02-06'))"

    return _items(chance, _joined(one, _count(size, 400), " OR "))


@kind
def deep(chance: random.Random, size: float) -> Ask:
    found, depth = "floors=1", _count(size, 400)
    for _ in range(depth):
        found = chance.choice(("NOT ({})", "({} OR floors=2)", "(floors=3 AND ({}))", "({})=TRUE")).format(found)
    return _items(chance, found)


@kind
def json_bombs(chance: random.Random, size: float) -> Ask:
    count = _count(size, 900)
    leaf = {"op": "=", "args": [{"property": "floors"}, 1]}
    wide = {"op": "or", "args": [leaf] * min(count, 280)}
    nested = '{"op":"not","args":[' * count + "1" + "]}" * count
    text = chance.choice((json.dumps(wide), nested, "[" * count * 17, '{"op":"in","args":[' + "9" * count * 17 + "]}"))
    return _items(chance, text, **{"filter-lang": "cql2-json"})


@kind
def shapes(chance: random.Random, size: float) -> Ask:
    def one() -> str:
        text = json.dumps(shape(chance, _count(size, 700)), separators=(",", ":"))
        return f'{{"op":"s_{chance.choice(RELATIONS).lower()}","args":[{{"property":"geometry"}},{text}]}}'

    asked = _joined(one, chance.choice((1, 1, 3, 200)), ",")
    return _items(chance, f'{{"op":"or","args":[{asked}]}}')


def shape(chance: random.Random, count: int) -> dict:
    """Make a geometry of about so many positions that is meant to be hard."""
    x, y = (lambda: round(120 + 0.1 * chance.random(), 4)), (lambda: round(36 + 0.1 * chance.random(), 4))
    form = chance.randrange(7)
    if form == 0:
        return {"type": "LineString", "coordinates": [[x(), y()] for _ in range(count + 1)]}
    if form == 1:
        ring = [[120 + 0.1 * n / count, 36 + 0.1 * (n % 2)] for n in range(count)]
        return {"type": "LineString", "coordinates": [*ring, [120.1, 36.1]]}
    if form == 2:
        turn = [2 * math.pi * n / (count + 2) for n in range(count + 2)]
        ring = [[round(120.05 + 0.05 * math.cos(a), 5), round(36.05 + 0.05 * math.sin(a), 5)] for a in turn]
        return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    if form == 3:
        return {"type": "Polygon", "coordinates": [_square(n * 0.05 / count) for n in range(max(1, count // 5))]}
    if form == 4:
        return {"type": "MultiPolygon", "coordinates": [[_square(n * 0.05 / count)] for n in range(max(1, count // 5))]}
    if form == 5:
        ring = [[x(), y()] for _ in range(count + 3)]
        return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    lines = [{"type": "LineString", "coordinates": [[x(), y()], [x(), y()]]} for _ in range(max(1, count // 4))]
    return {"type": "GeometryCollection", "geometries": lines}


def _square(inset: float) -> list[list[float]]:
    low, high = round(inset, 6), round(0.1 - inset, 6)
    corners = ((low, low), (high, low), (high, high), (low, high), (low, low))
    return [[round(120 + a, 6), round(36 + b, 6)] for a, b in corners]


@kind
def geometries(chance: random.Random, size: float) -> Ask:
    hard, properties = shape(chance, _count(size, 40_000)), {"code": f"h{chance.random()}"}
    body = {"type": "Feature", "geometry": hard, "properties": properties}
    text = json.dumps(body, separators=(",", ":"))[:LARGEST_BODY]
    return Ask(f"{LAYER}/items", "POST", text.encode(), GEOJSON)


@kind
def orders(chance: random.Random, size: float) -> Ask:
    every = [*TEXTS, *NUMBERS, "valid_from", "valid_to", "built_year"]
    chance.shuffle(every)
    terms = [chance.choice("+-") + each for each in every[: _count(size, 12)]]
    text = chance.choice((",".join(terms), ",".join(terms * _count(size, 2_000)), "a," * _count(size, 50_000)))
    cursor = chance.choice((None, "[" * _count(size, 19_000), json.dumps([None] * len(terms) + ["x"]), "9" * 19_000))
    more = {} if cursor is None else {"cursor": cursor}
    return _get(f"{LAYER}/items", sortby=text[:LONGEST_QUERY], limit=chance.choice((1, 10_000)), **more)


@kind
def long_parameters(chance: random.Random, size: float) -> Ask:
    many = _count(size, 30_000)
    name = chance.choice(("properties", "bbox", "datetime", "limit", "crs", "name", "households", "f", "cursor", "x"))
    text = chance.choice(("1,", "9", "2025-01-01/", "name,", "ß", "é", "-", "\x00", "a=b&"))
    if chance.random() < 0.4:
        return Ask(f"{LAYER}/items?" + "&".join(f"{name}{n}=1" for n in range(min(many, 8_000))))
    return _get(f"{LAYER}/items", **{name: (text * many)[: LONGEST_QUERY // 3]})


@kind
def pages(chance: random.Random, size: float) -> Ask:
    box = ",".join(str(each) for each in (120, 36, 120 + 0.1 * size, 36 + 0.1 * size))
    crs = f"http://www.opengis.net/def/crs/EPSG/0/{chance.choice((4326, 4490, 3857, 4549))}"
    layer = chance.choice(("buildings", "courtyards", "roads", "communities"))
    more = {"f": chance.choice(("geojson", "csv", "html")), "datetime": f"2025-01-{chance.randrange(1, 29):02}/.."}
    return _get(f"/api/collections/{layer}/items", bbox=box, limit=_count(size, 10_000), crs=crs, **more)


@kind
def tiles(chance: random.Random, size: float) -> Ask:
    z = chance.randrange(0, 19)
    column, row = int((120.02 + 180) / 360 * 2**z), int(0.3925 * 2**z) + chance.randrange(-1, 2)
    layer = chance.choice(("buildings", "roads", "courtyards"))
    more = {"datetime": f"20{chance.randrange(10, 30)}-01-01"} if chance.random() < size / 3 else {}
    return _get(f"/api/collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{column}", **more)


@kind
def map_parts(chance: random.Random, size: float) -> Ask:
    text = chance.choice(("a", "楼", "号楼", *LETTERS)) * _count(size, 10_000)
    door, where = chance.choice(("rows", "matches", "search")), f"/maps/{chance.choice(MAPS)}"
    if door == "search":
        return _get(f"{where}/search", q=text)
    more = {"sort": chance.choice(("name", "code.down", "x")), "offset": 10**_count(size, 17), "rows": "all",
            "off": "~".join("ab" for _ in range(_count(size, 20_000)))}  # fmt: skip
    return _get(f"{where}/{door}", text=text[:20_000], **(more if chance.random() < 0.7 else {"rows": "all"}))


@kind
def map_pages(chance: random.Random, size: float) -> Ask:
    more: dict[str, object] = {"as_of": f"20{chance.randrange(10, 30)}-0{chance.randrange(1, 10)}-01"}
    if chance.random() < 0.5:
        places = [
            f"{120 + chance.random() / 10:.5f},{36 + chance.random() / 10:.5f}" for _ in range(_count(size, 1_200))
        ]
        more |= {"points": ";".join(places), "minutes": "240,1,2,3", "method": chance.choice(("network", "straight"))}
    door = chance.choice(("", "/rest", "/tree", "/export", "/download"))
    return _get(f"/maps/{chance.choice(MAPS)}{door}", **more, **({"f": "csv"} if door == "/export" else {}))


@kind
def analyses(chance: random.Random, size: float) -> Ask:
    name = chance.choice(("service-area", "service-coverage", "coverage", "unmanaged-buildings", "data-quality"))
    many = _count(size, 20_000)
    inputs: dict[str, object] = {}
    if name.startswith("service"):
        places = [[120 + 0.1 * chance.random(), 36 + 0.1 * chance.random()] for _ in range(min(many, 1_100))]
        inputs = chance.choice((
            {"points": places, "minutes": [240, 120, 60], "method": chance.choice(("network", "straight", "detour"))},
            {"minutes": [chance.random() * 240 for _ in range(many)]}, {"stations": [f"s{n}" for n in range(many)]},
        ))  # fmt: skip
    elif chance.random() < 0.5:
        inputs = {"within": chance.choice(("communities:", "buildings:", "x" * many))}
    return Ask(f"/api/processes/{name}/execution", "POST", json.dumps({"inputs": inputs}).encode(), JSON)
