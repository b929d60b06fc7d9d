"""Large files over HTTP: gone on with where they broke off, bounded, and whole or not there."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30.0
_PARTIAL_CONTENT, _NOTHING_MORE = 206, 416
_SCHEMES = ("http://", "https://")

# Called with the bytes received and the bytes of the whole, None where the server does not say.
Progress = Callable[[int, int | None], None]


class DownloadFailed(Exception):
    """A file did not come; the message says why, and what is there is kept to go on with."""


def download(url: str, partial: Path, max_bytes: int, progress: Progress = lambda *_: None) -> None:
    """Download a file; what an earlier try left in `partial` is gone on from.

    Args:
        url: of the file.
        partial: takes it; whoever calls gives it its name once all is there.
        max_bytes: of the whole.
        progress: called after each part.

    Raises:
        DownloadFailed: it cannot be reached, is too large, or ends before its announced size.
        OSError: `partial` cannot be written.
    """
    if not url.startswith(_SCHEMES):
        raise DownloadFailed(f"{url} begins with neither http:// nor https://")
    try:
        _download(url, partial, max_bytes, progress)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ValueError) as error:
        raise DownloadFailed(f"{getattr(error, 'reason', None) or error}") from error


def _download(url: str, partial: Path, max_bytes: int, progress: Progress) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url)  # noqa: S310 (http and https alone)
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == _NOTHING_MORE and done:
            return
        raise
    with answer:
        if answer.status != _PARTIAL_CONTENT:
            done = 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length and length.isdigit() else None
        _check_room(url, total or 0, max_bytes)
        with partial.open("ab" if done else "wb") as file:
            while chunk := answer.read(_CHUNK_BYTES):
                done += len(chunk)
                _check_room(url, done, max_bytes)
                file.write(chunk)
                progress(done, total)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)


def _check_room(url: str, size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise DownloadFailed(f"{url} is larger than the {max_bytes} bytes allowed")
