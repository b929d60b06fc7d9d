"""The memory that reading JSON takes, reserved before it is taken.

A number of two bytes is an object of Python's and a place in two lists and an array; an empty list
of three bytes takes a hundred. So a body may take fifty times its size, and many come at a time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_values import MAX_CAREFUL_BYTES

MEBIBYTE = 1024 * 1024
# 20 million numbers, or 8 images of 640 x 640 pixels.
MAX_JSON_MEMORY_BYTES = 1024 * MEBIBYTE
# So little is taken without asking, so that large bodies hold up no small one.
FREE_BODY_BYTES = 64 * 1024
# How long a request waits for others. It has a thread meanwhile.
WAIT_S = 5.0

# What each sign of a text stands for, in bytes; measured, see `test_json_memory.py`.
_VALUE = 60
_LIST = 100
# Read by the parser that is written in Python.
_CAREFUL_LIST = 160
_OBJECT = 400
_MEMBER = 200
_QUOTE = 80
_ASCII, _OTHER_TEXT = 2, 10


def json_memory_bytes(body: bytes) -> int:
    """How much memory the values of a text take at most, and the arrays that are made of them.

    Signs in strings are counted too: text full of commas is thought to be more than it is.
    """
    per_byte = _ASCII if body.isascii() else _OTHER_TEXT
    return (
        per_byte * len(body)
        + _VALUE * body.count(b",")
        + (_CAREFUL_LIST if len(body) <= MAX_CAREFUL_BYTES else _LIST) * body.count(b"[")
        + _OBJECT * body.count(b"{")
        + _MEMBER * body.count(b":")
        + _QUOTE * (body.count(b'"') // 2)
    )


class JsonMemory:
    """What all requests together may take.

    Args:
        max_bytes: for all that are read at the same time, and so for each.
        wait_s: for others to be read.
    """

    def __init__(self, max_bytes: int = MAX_JSON_MEMORY_BYTES, wait_s: float = WAIT_S) -> None:
        self._max_bytes = max_bytes
        self._wait_s = wait_s
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, body: bytes) -> Iterator[None]:
        """The block may read `body` and make arrays of it.

        Raises:
            ServingError: RESOURCE_EXHAUSTED, it takes more than there is for all; UNAVAILABLE,
                others took it for too long.
        """
        size = 0 if len(body) <= FREE_BODY_BYTES else json_memory_bytes(body)
        if size > self._max_bytes:
            raise ServingError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{len(body)} bytes of JSON take about {size // MEBIBYTE} MiB to read, of which "
                f"{self._max_bytes // MEBIBYTE} MiB are allowed (--max_json_memory_bytes); send "
                "several requests, or ask over gRPC",
            )
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._taken + size <= self._max_bytes, self._wait_s
            ):
                raise ServingError(
                    grpc.StatusCode.UNAVAILABLE,
                    f"other requests' JSON is being read, which takes {self._taken // MEBIBYTE} "
                    f"of {self._max_bytes // MEBIBYTE} MiB; try again",
                )
            self._taken += size
        try:
            yield
        finally:
            with self._changed:
                self._taken -= size
                self._changed.notify_all()
