"""What becomes of a comparison whose servers do not start."""

import shutil
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks.__main__ import bench
from benchmarks.comparison.contenders import Contender
from benchmarks.comparison.load import LoadFailed
from benchmarks.comparison.measuring import Rounds
from benchmarks.comparison.sample_images import USUAL
from tests.support.shared import REPOSITORY

ANSWERS = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answering).serve_forever()
"""
ENDS = "import sys; sys.exit('there is no such model')"


def contender(name: str, code: str) -> Contender:
    return Contender(name, lambda port: [sys.executable, "-c", code, f"{port}"], lambda _: {})


def measure(ours: Contender, peer: Contender, folder: Path) -> list[str]:
    """What is said in a round in which each is started, and asked to warm up alone."""
    Image.new("RGB", (8, 8)).save(folder / USUAL)
    said: list[str] = []
    rounds = Rounds(1, (), 1, folder)
    rounds.measure(ours, [peer], cast("Any", None), {USUAL: folder / USUAL}, said.append)
    return said


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_a_peer_that_does_not_start_is_told_of(tmp_path: Path) -> None:
    said = measure(contender("ours", ANSWERS), contender("the peer", ENDS), tmp_path)
    assert said[-1] == "the peer ended with 1: there is no such model"


def test_where_ours_does_not_start_nothing_more_is_measured(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"^ours ended with 1: there is no such model$"):
        measure(contender("ours", ENDS), contender("the peer", ENDS), tmp_path)
    assert not (tmp_path / "the peer.log").exists()


def test_without_wrk_nothing_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    models = REPOSITORY / "models"
    done = CliRunner().invoke(bench, ["--models", f"{models}", "--model", "hands-gestures"])
    assert (done.exit_code, done.output) == (
        1, "Error: wrk is not installed (Debian: apt-get install wrk)\n",
    )  # fmt: skip
