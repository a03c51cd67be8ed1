"""Files that are made for one answer: sent without holding a thread, gone with the answer however it ends.

The file goes to the server as `wsgi.file_wrapper`: waitress frees the thread at once, sends from its loop as fast as
the reader reads, and closes the file at the end, when the reader has gone and when it gives a silent one up. Closing
removes the folder; where the system lets open files go, the folder is gone before the first byte is sent.
"""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec
from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.wsgi import wrap_file

from layers import scratch

PIECE_BYTES = 1 << 18
MEDIA = {
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html; charset=utf-8",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def json_answer(body: object, status: int = 200, **headers: str) -> Response:  # what msgspec can write
    """Answer a body as JSON, written as `msgspec` writes it: dates as ISO has them, geometry that is text already."""
    return Response(msgspec.json.encode(body), status, headers, mimetype="application/json")


def send_written(name: str, write: Callable[[Path], object], called: str | None = None) -> Response:
    """Let `write` make a file, and send it under a name; a HEAD makes nothing and tells the same of it.

    Browsers save it as `called`, which may be in any language (RFC 6266), where that is given. What the caller checks
    before is checked for a HEAD as well. How long the file would be only making it could tell.
    """
    media = MEDIA.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    saved = "" if called is None else f"; filename*=UTF-8''{quote(called, safe='')}"
    return _sent(name, write, media, {"Content-Disposition": f"attachment; filename={name}{saved}"})


def send_pieces(pieces: Callable[[], Iterable[bytes]], media: str) -> Response:
    """Send what is too large to be held in memory, as `send_written` does a file."""

    def write(target: Path) -> None:
        with target.open("wb") as file:
            file.writelines(pieces())

    return _sent("answer", write, media, {})


def _sent(name: str, write: Callable[[Path], object], media: str, headers: Mapping[str, str]) -> Response:
    if request.method == "HEAD":
        response = Response(content_type=media, headers=headers)
        response.automatically_set_content_length = False
        return response
    folder = scratch.make_folder("answer")
    try:
        target = folder / name
        write(target)
        return send_made(target, 200, [("Content-Type", media), *headers.items()])
    except BaseException:
        scratch.remove(folder)
        raise


def send_made(target: Path, status: int, headers: Iterable[tuple[str, str]]) -> Response:
    """Send a file that lies alone in a folder of `scratch`, which goes with the answer."""
    file = _Parting(target)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    response = Response(
        wrap_file(request.environ, file, PIECE_BYTES), status, Headers(headers), direct_passthrough=True
    )
    response.content_length = size
    return response


class _Parting(io.BufferedReader):
    """A file to be read that takes its folder along when it is closed, or when nobody holds it any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path), PIECE_BYTES)
        self._folder = path.parent
        scratch.remove(self._folder)  # where an open file cannot go, it goes when it is closed

    def close(self) -> None:
        super().close()
        scratch.remove(self._folder)

    def __del__(self) -> None:
        self.close()  # an answer that was never begun is closed by nobody
