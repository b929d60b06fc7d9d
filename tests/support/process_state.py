"""What libraries keep for the whole process, and what one reader could change for another."""

import csv
import decimal
import locale
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image, ImageFile

# As a new process of Python has it; the readers' tests begin with these, whatever ran before.
FRESH_FIELD_LIMIT = 131_072


def process_state() -> dict[str, Any]:
    """What is set for all of the process, by name; two of them can be compared."""
    return {
        "csv.field_size_limit": csv.field_size_limit(),
        "csv.list_dialects": csv.list_dialects(),
        "decimal.getcontext": repr(decimal.getcontext()),
        "locale.setlocale": locale.setlocale(locale.LC_ALL),
        "numpy.geterr": np.geterr(),
        "numpy.get_printoptions": repr(np.get_printoptions()),
        "os.getcwd": os.getcwd(),  # noqa: PTH109 (as a text)
        "os.environ": dict(os.environ),
        "PIL.Image.MAX_IMAGE_PIXELS": Image.MAX_IMAGE_PIXELS,
        "PIL.ImageFile.LOAD_TRUNCATED_IMAGES": ImageFile.LOAD_TRUNCATED_IMAGES,
        "PIL.ImageFile.MAXBLOCK": ImageFile.MAXBLOCK,
        "signal.SIGINT": signal.getsignal(signal.SIGINT),
        "socket.getdefaulttimeout": socket.getdefaulttimeout(),
        "sys.getrecursionlimit": sys.getrecursionlimit(),
        "sys.get_int_max_str_digits": sys.get_int_max_str_digits(),
        "threading.active_count": threading.active_count(),
        "warnings.filters": list(warnings.filters),
    }


@contextmanager
def fresh_process_state() -> Generator[None]:
    """The settings of a new process; an error where what runs in it leaves them changed."""
    before = csv.field_size_limit(FRESH_FIELD_LIMIT)
    state = process_state()
    try:
        yield
        after = process_state()
        changed = [name for name, value in state.items() if after[name] != value]
        assert not changed, f"left changed for the whole process: {', '.join(changed)}"
    finally:
        csv.field_size_limit(before)
