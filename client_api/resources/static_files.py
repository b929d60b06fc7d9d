"""`GET /static/...`: the page's scripts, styles and images, and Swagger UI's.

`url_for("static", filename=...)` puts a hash of all of them into the path. Under it they are kept
for a year and never asked for again; an update has another hash. It stands in the path and not
behind a question mark, so that what a script imports or a style names beside it comes with it.
"""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import flask_restx
from flask import Flask, Response, abort, request

from client_api.responses.compression import takes_gzip

ENDPOINT = "static"
HERE = Path(__file__).parent.parent / "static"
SWAGGER_UI = Path(flask_restx.__file__).parent / "static"
SWAGGER_UI_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
# Not from the system's table, which calls scripts what browsers that are told not to sniff refuse.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# In their order: what comes later holds.
STYLES = ("base", "frame", "controls", "upload", "result", "code", "camera", "models")
COMPRESSED_ALREADY = frozenset({".jpg", ".png", ".webp", ".woff2"})
HASH_CHARACTERS = 16
FOREVER = "public, max-age=31536000, immutable"


class StaticFile:
    """A file, or several of a kind one after the other, read when it is first asked for, and kept.

    Args:
        paths: of the files.
    """

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._suffix = paths[0].suffix
        self.media_type = MEDIA_TYPES.get(self._suffix, "application/octet-stream")
        self.digest = hashlib.sha256(self._read()).hexdigest()[:HASH_CHARACTERS]

    def _read(self) -> bytes:
        return b"".join(each.read_bytes() for each in self._paths)

    @cached_property
    def content(self) -> bytes:
        """What is answered."""
        return self._read()

    @cached_property
    def compressed(self) -> bytes | None:
        """The same as gzip; None where that is no smaller."""
        if self._suffix in COMPRESSED_ALREADY:
            return None
        smaller = gzip.compress(self.content, 9, mtime=0)
        return smaller if len(smaller) < len(self.content) else None


def files_in(folder: Path) -> dict[str, StaticFile]:
    """Every file below `folder`, by its path in it."""
    paths = (each for each in sorted(folder.rglob("*")) if each.is_file())
    return {each.relative_to(folder).as_posix(): StaticFile(each) for each in paths}


def version_of(files: Mapping[str, StaticFile]) -> str:
    """A hash of all files and their names."""
    text = "\n".join(f"{name} {files[name].digest}" for name in sorted(files))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARACTERS]


def serve_static_files(app: Flask) -> None:
    """Add the files to `app`, which was made without a static folder."""
    files = files_in(HERE)
    # One question for all of them: the page is not drawn before the last one is there.
    files["page.css"] = StaticFile(*(HERE / "styles" / f"{part}.css" for part in STYLES))
    files |= {f"swagger-ui/{name}": StaticFile(SWAGGER_UI / name) for name in SWAGGER_UI_FILES}
    current = version_of(files)
    app.extensions[ENDPOINT] = files

    def static(filename: str, version: str | None = None) -> Response:
        if filename not in files:
            abort(404)
        # A page of before an update gets what there is now, and does not keep it.
        return _answer(files[filename], FOREVER if version == current else "no-cache")

    def with_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == ENDPOINT:
            values.setdefault("version", current)

    app.url_defaults(with_version)
    app.add_url_rule("/static/v-<version>/<path:filename>", ENDPOINT, static)
    app.add_url_rule("/static/<path:filename>", ENDPOINT, static)


def compress_page_files(app: Flask) -> None:
    """Compress what the page loads now, and not while its first visitor waits."""
    files: dict[str, StaticFile] = app.extensions[ENDPOINT]
    for name, file in files.items():
        if not name.startswith("swagger-ui/"):
            _ = file.compressed


def _answer(file: StaticFile, cache_control: str) -> Response:
    compressed = file.compressed if takes_gzip() else None
    response = Response(file.content if compressed is None else compressed)
    response.headers["Content-Type"] = file.media_type
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(file.digest if compressed is None else f"{file.digest}-gzip")
    if compressed is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response
