"""API keys: who may ask for predictions, as digests in a file that may change while it is read.

A line of the file is `NAME SHA256 [PER_MINUTE]`: whose key it is, the SHA-256 of the key in
hexadecimal digits, and how many predictions that key may ask for in a minute. A plain digest does
for keys that are long and random: there is nothing to guess them by.
"""

import hashlib
import hmac
import logging
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# How old what is known of the file may be.
FRESH_S = 1.0
MAX_KEYS = 10_000
_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]{1,64})\s+(?P<digest>[0-9A-Fa-f]{64})(\s+(?P<rate>[1-9][0-9]{0,6}))?"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ApiKey:
    """A key that is taken.

    Attributes:
        name: whose it is; None for the one key of `API_KEY`.
        digest: its SHA-256.
        per_minute: predictions it may ask for; None for as many as anybody.
    """

    name: str | None
    digest: bytes
    per_minute: int | None = None


def digest_of(key: str) -> bytes:
    """The SHA-256 of a key."""
    return hashlib.sha256(key.encode(errors="replace")).digest()


def parse_api_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of a file.

    Raises:
        ValueError: a line is none, or a name comes twice; the message says where.
    """
    keys: dict[str, ApiKey] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ValueError(
                f"line {number}: NAME SHA256 is expected, and predictions a minute or nothing; the "
                "digest of a key: printf %s KEY | sha256sum"
            )
        if parts["name"] in keys:
            raise ValueError(f"line {number}: name {parts['name']!r} comes twice")
        rate = None if parts["rate"] is None else int(parts["rate"])
        keys[parts["name"]] = ApiKey(parts["name"], bytes.fromhex(parts["digest"]), rate)
    if not 0 < len(keys) <= MAX_KEYS:
        raise ValueError(f"1 to {MAX_KEYS} keys are expected, not {len(keys)}")
    return tuple(keys.values())


class ApiKeys:
    """The keys that are taken now.

    Args:
        key: of `API_KEY`, if any.
        path: of the file with more, if any; read anew when it changes. Where it cannot be read
            then, those that were in it before are taken, and the log says so.
    """

    def __init__(self, key: str | None = None, path: Path | None = None) -> None:
        self._own = () if key is None else (ApiKey(None, digest_of(key)),)
        self._path = path
        self._lock = threading.Lock()
        self._stamp: object = None
        self._told = ""
        self._looked_at_s: float | None = None
        self._in_file: Sequence[ApiKey] = ()
        self.are_needed = bool(self._own) or path is not None

    def find(self, sent: str) -> ApiKey | None:
        """The key that was sent, in a time that does not tell how much of one is right."""
        self._read_again()
        digest, found = digest_of(sent), None
        for key in (*self._own, *self._in_file):
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def _read_again(self) -> None:
        if self._path is None:
            return
        with self._lock:
            now_s = time.monotonic()
            if self._looked_at_s is not None and now_s < self._looked_at_s + FRESH_S:
                return
            self._looked_at_s = now_s
            try:
                facts = self._path.stat()
                stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
                if stamp == self._stamp:
                    return
                self._in_file = parse_api_keys(self._path.read_text(encoding="utf-8"))
                self._stamp, self._told = stamp, ""
            except (OSError, ValueError) as error:
                # It may be read at the next look, though nothing of its dates changes.
                if self._told != str(error):
                    self._told = str(error)
                    _log.error(  # what is wrong is in the file
                        "API_KEYS_FILE=%s cannot be read, the keys of before are taken: %s",
                        self._path,
                        error,
                    )
