"""Does the service keep anything of what it is asked? Memory, handles and files after many requests, and hostile ones.

``python -m tests.load.leaks [COUNT]`` asks COUNT (20,000) mixed requests and then as many hostile ones: exports whose
head alone is asked for, downloads and uploads that are broken off, bodies that are none, hosts that are not ours. Held:
no 5xx but 503 and 507; memory and handles within 5 % of the warm service; no file left in its temporary folder or
beside the workspace.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from layers import scratch
from tests.load.running import Running, running

COUNT, CLIENTS, SEED = 20_000, 4, 7
FLAT, FEW_HANDLES = 0.05, 4
SETTLE_SECONDS = 180
ALLOWED = frozenset({503, 507})
ITEMS, EXPORT = "/api/collections/buildings/items", "/api/collections/buildings/export"
FORMS = ("geojson", "gpkg", "shp", "csv", "xlsx", "fgb", "parquet", "kml")
SMALL = (
    "/health/live",
    "/api/collections",
    "/api/collections/buildings",
    f"{ITEMS}?limit=20",
    f"{ITEMS}?limit=20&filter=floors%20%3E%206&sortby=-floors",
    f"{ITEMS}?limit=20&f=csv",
    "/api/processes",
    "/api/jobs",
    "/api/changesets",
    "/import",
    "/problems/storage-full",
)
LARGE = ("/maps/coverage", "/maps/coverage/export?f=csv", "/maps/service-area", f"{EXPORT}?f=csv")
FIELD = b'--end\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
TABLE = b"code,name,lng,lat\nleak1,one,120.4,36.2\nleak2,two,120.4,36.2\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=end"}
JSON = {"Content-Type": "application/json"}
BAD_JSON = (b"", b"{", b"[[[[", b"\xff\xfe", b'{"type":"Feature"}', b'{"inputs":{"as_of":1}}', b"[" * 5_000)
NO_QUESTIONS = (
    f"{ITEMS}?limit=x",
    f"{ITEMS}?filter=%28%28%28",
    f"{ITEMS}?bbox=1,2",
    f"{EXPORT}?f=doc",
    f"{EXPORT}?crs=x",
    "/maps/none",
    "/api/jobs/none/results",
    "/api/imports/none/report",
    "/%00",
    "/../x",
)
Ask = Callable[[Running, random.Random], object]


def small(service: Running, dice: random.Random) -> object:
    """A small read."""
    return service.ask("GET", dice.choice(SMALL))[0]


def large(service: Running, dice: random.Random) -> object:
    """A map or an export, read to the end."""
    return service.ask("GET", dice.choice(LARGE))[0]


def export(service: Running, dice: random.Random) -> object:
    """An export in any format, read to the end."""
    return service.ask("GET", f"{EXPORT}?f={dice.choice(FORMS)}")[0]


def edit(service: Running, dice: random.Random) -> object:
    """A station that is made and removed again."""
    place = [120.4 + dice.random() / 100, 36.2]
    body = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {"code": f"leak-{dice.getrandbits(48):x}", "name": "leak"},
    }
    url = "/api/collections/stations/items"
    status, _, headers = service.ask("POST", url, json.dumps(body).encode(), {"Content-Type": "application/geo+json"})
    if status != 201:
        return status
    return service.ask("DELETE", f"{url}/{headers['location'].rsplit('/', 1)[1]}", headers={"If-Match": "1"})[0]


def upload(service: Running, dice: random.Random) -> object:
    """A file that is handed in, reported on and thrown away."""
    body = FIELD + TABLE + b"\r\n--end--\r\n"
    status, _, headers = service.ask("POST", "/api/imports", body, MULTIPART)
    if status != 201:
        return status
    found = service.ask("GET", f"{headers['location']}/report")[0]
    while (gone := service.ask("DELETE", headers["location"])[0]) == 503:  # no place in its lane: it asks to come again
        time.sleep(0.5)
    return max(found, gone)


def analysis(service: Running, dice: random.Random) -> object:
    """An analysis at once."""
    return service.ask("POST", "/api/processes/unmanaged-buildings/execution", b"{}", JSON)[0]


def head(service: Running, dice: random.Random) -> object:
    """The head of an export, as a strange page's image would ask for it."""
    return service.ask("HEAD", f"{EXPORT}?f={dice.choice(FORMS)}")[0]


def broken_download(service: Running, dice: random.Random) -> object:
    """An export that is left at once, or after some bytes."""
    request = f"GET {EXPORT}?f={dice.choice(('geojson', 'csv', 'kml'))} HTTP/1.1\r\nHost: {_host(service)}\r\n\r\n"
    return _sent(service, request.encode(), read=dice.choice((0, 1, 4096)))


def broken_upload(service: Running, dice: random.Random) -> object:
    """A file of which half is sent."""
    size = dice.choice((2_000, 700_000, 3_000_000))
    request = (
        f"POST /api/imports HTTP/1.1\r\nHost: {_host(service)}\r\nContent-Length: {size}\r\n"
        f"Content-Type: {MULTIPART['Content-Type']}\r\n\r\n"
    )
    return _sent(service, request.encode() + FIELD + b"x" * (size // 2), read=0)


def bad_body(service: Running, dice: random.Random) -> object:
    """A body that is none."""
    method, url = dice.choice(
        (("POST", "/api/collections/stations/items"), ("POST", "/api/processes/coverage/execution"),
         ("POST", "/api/imports"), ("PUT", f"{ITEMS}/none"), ("PATCH", "/api/imports/" + "0" * 32))
    )  # fmt: skip
    headers = dice.choice((JSON, MULTIPART, {}, {"Content-Type": "text/plain"}))
    return service.ask(method, url, dice.choice(BAD_JSON), headers)[0]


def bad_question(service: Running, dice: random.Random) -> object:
    """Parameters, addresses and hosts that are none."""
    url = dice.choice(NO_QUESTIONS)
    return service.ask(dice.choice(("GET", "HEAD", "DELETE", "OPTIONS")), url, headers=_strange(dice))[0]


def strange_host(service: Running, dice: random.Random) -> object:
    """What a page of another site would send after its name has been pointed here."""
    url = dice.choice((f"{ITEMS}?limit=1", f"{EXPORT}?f=csv", "/"))
    return service.ask("GET", url, headers={"Host": "evil.example", "Origin": "http://evil.example"})[0]


def job(service: Running, dice: random.Random) -> object:
    """A job that is handed in under a key, and dismissed."""
    headers = JSON | {"Prefer": "respond-async", "Idempotency-Key": f"{dice.getrandbits(64):x}"}
    status, _, said = service.ask("POST", "/api/processes/coverage/execution", b"{}", headers)
    return status if status != 201 else service.ask("DELETE", "/api/jobs/" + said["location"].rsplit("/", 1)[1])[0]


MIXED: dict[Ask, float] = {small: 80, large: 6, export: 6, edit: 5, analysis: 2, upload: 1}
HOSTILE: dict[Ask, float] = {head: 30, broken_download: 10, broken_upload: 10, bad_body: 20, bad_question: 18,
                             strange_host: 10, job: 2}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run both rounds and print one line."""
    count = int(arguments[0]) if arguments else COUNT
    with running(jobs=0, max_upload_mb=8) as service:
        warm = max(count // 5, 200)
        statuses = ask_all(service, MIXED, warm) + ask_all(service, HOSTILE, warm)
        settle(service)
        before = held(service)
        statuses += ask_all(service, MIXED, count)
        settle(service)
        between = held(service)
        statuses += ask_all(service, HOSTILE, count)
        settle(service)
        after = held(service)
        left = sorted(leftovers(service))
    failures = {code: number for code, number in statuses.items() if isinstance(code, int) and code >= 500}
    bad = {code: number for code, number in failures.items() if code not in ALLOWED}
    faults = [f"{number} answers were {code}" for code, number in bad.items()]
    for when, now in (("mixed", between), ("hostile", after)):
        if now[0] > before[0] * (1 + FLAT):
            faults.append(f"memory {before[0] / 1024:.0f} → {now[0] / 1024:.0f} MB after the {when} ones")
        if now[1] > max(before[1] * (1 + FLAT), before[1] + FEW_HANDLES):
            faults.append(f"handles {before[1]} → {now[1]} after the {when} ones")
    faults += [f"left: {each}" for each in left]
    memory = " → ".join(f"{each[0] / 1024:.0f}" for each in (before, between, after))
    handles = " → ".join(str(each[1]) for each in (before, between, after))
    print(dict(sorted(statuses.items(), key=str)))
    print(f"leaks: 2 × {count} requests, {memory} MB, {handles} handles, {len(left)} files left, 5xx {failures or 0}: "
          + ("; ".join(faults) or "held"))  # fmt: skip
    return 1 if faults else 0


def ask_all(service: Running, kinds: dict[Ask, float], count: int) -> Counter:
    """Ask so many requests from a few clients at once; return how often each status came."""
    statuses: Counter = Counter()
    choices = random.Random(SEED).choices(list(kinds), list(kinds.values()), k=count)
    shares = [choices[place::CLIENTS] for place in range(CLIENTS)]

    def work(place: int) -> None:
        dice = random.Random(SEED * count + place)
        for kind in shares[place]:
            try:
                status = kind(service, dice)
            except (OSError, http.client.HTTPException) as error:
                status = f"{kind.__name__}: {type(error).__name__}"
            statuses[f"{kind.__name__}: {status}" if isinstance(status, int) and status >= 500 else status] += 1
            if isinstance(status, int) and status >= 500:
                statuses[status] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return statuses


def held(service: Running) -> tuple[int, int]:
    """Return the service's memory in kB and how many handles it has."""
    lines = Path(f"/proc/{service.pid}/status").read_text().splitlines()
    (memory,) = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    return memory, len(list(Path(f"/proc/{service.pid}/fd").iterdir()))


def settle(service: Running) -> None:
    """Wait until connections that nobody holds are closed: the count of handles stays the same for a while."""
    seen: list[int] = []
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end and not (len(seen) > 8 and len(set(seen[-8:])) == 1):
        seen.append(held(service)[1])
        time.sleep(0.5)


def leftovers(service: Running) -> Iterator[Path]:
    """Yield the files of the service that should be gone."""
    yield from (each for each in service.temporary.rglob("*") if each.is_file() and each.name != scratch.MARKER)
    own = service.workspace.name
    known = {own, f"{own}-wal", f"{own}-shm", f"{own}.cache"}
    for each in service.workspace.parent.iterdir():
        if each.name == f"{own}.uploads":
            yield from each.iterdir()
        elif each.name.startswith((own, scratch.PREFIX)) and each.name not in known:
            yield each


def _host(service: Running) -> str:
    return f"127.0.0.1:{service.port}"


def _strange(dice: random.Random) -> dict[str, str]:
    return dice.choice(
        ({}, {"Accept": "x/y;q=z"}, {"Accept-Language": "\x7f"}, {"If-Match": "x"}, {"Range": "bytes=9-"})
    )


def _sent(service: Running, content: bytes, read: int) -> object:
    """Send bytes, read a few and break off hard, so that the service's next write fails."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(content)
        if read:
            connection.recv(read)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return "broken off"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
