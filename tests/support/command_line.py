"""`boxwright` started in this process, as its entry point on the PATH starts it."""

import os
import sys
import warnings
from io import BytesIO, TextIOWrapper
from typing import NamedTuple

import pytest

from boxwright.__main__ import main


class Outcome(NamedTuple):
    """The exit code, and what was printed, standard error at the end."""

    code: int
    text: str


def run_main(*arguments: object) -> Outcome:
    """Run a command.

    Raises:
        Exception: whatever would be a trace on a user's screen.
    """
    streams = [TextIOWrapper(BytesIO(), "utf-8") for _ in range(2)]
    # Of broken EXIF Pillow warns on standard error, which is an error in tests alone.
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # What `main` changes, for itself and the programs that it starts.
        patch.setattr(sys, "path", list(sys.path))
        for name in ("PYTHONSAFEPATH", "PYTHONPATH"):
            patch.setenv(name, os.environ.get(name, ""))
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        try:
            main([str(each) for each in arguments])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        else:
            code = 0
    for stream in streams:
        stream.flush()
    text = "".join(stream.buffer.getvalue().decode() for stream in streams
                   if isinstance(stream.buffer, BytesIO))  # fmt: skip
    return Outcome(code, text)
