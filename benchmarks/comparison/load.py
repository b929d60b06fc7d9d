"""Load over HTTP: as many requests as come back (`wrk`), or so many a second whatever comes back.

`wrk` takes 3 % of a core at 2,000 requests a second, so that at a tenth of that it is not what is
measured. It has no open loop; `send_by_timetable` is one, over plain sockets: a request leaves when
its time has come, and its latency counts from then, also where an earlier one is still being waited
for.
"""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

_SCRIPT = """
local file = assert(io.open({body!s}, "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
{headers}
done = function(summary, latency, requests)
  io.write(string.format("\\n@%s", table.concat({{
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
  }}, " ")))
end
"""
# From the connection's making to the answer's last byte, for both loads.
TIMEOUT_S = 60.0


class LoadFailed(Exception):
    """No load could be made; the message says why."""


@dataclass(frozen=True)
class Request:
    """What is posted.

    Args:
        url: where to.
        body: a file.
        headers: by name.
    """

    url: str
    body: Path
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Measured:
    """What came of a load.

    Args:
        per_s: good answers a second.
        p50_ms: half of them came within this.
        p99_ms: 99 of 100.
        bad: answers with another status than 2xx.
        lost: requests without an answer.
    """

    per_s: float
    p50_ms: float
    p99_ms: float
    bad: int = 0
    lost: int = 0


def check_wrk() -> None:
    """Make sure that `send_in_turn` can run.

    Raises:
        LoadFailed: `wrk` is not installed.
    """
    if shutil.which("wrk") is None:
        raise LoadFailed("wrk is not installed (Debian: apt-get install wrk)")


def send_in_turn(request: Request, clients: int, seconds: float) -> Measured:
    """Each of `clients` connections sends its next request once it has its answer.

    Raises:
        LoadFailed: `wrk` is not installed, or nobody listens.
    """
    check_wrk()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        headers = "\n".join(
            f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
            for name, value in request.headers
        )
        script.write_text(_SCRIPT.format(body=json.dumps(f"{request.body}"), headers=headers))
        command = [
            "wrk", "--threads=1", f"--connections={clients}", f"--duration={seconds:.0f}s",
            f"--timeout={TIMEOUT_S:.0f}s", f"--script={script}", request.url,
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    figures = re.search(r"^@(.*)$", ran.stdout, re.MULTILINE)
    if figures is None:
        raise LoadFailed(f"wrk failed: {ran.stderr.strip() or ran.stdout.strip()}")
    count, took_us, p50_us, p99_us, bad, lost = map(float, figures.group(1).split())
    good = count - bad
    return Measured(good / took_us * 1e6, p50_us / 1000, p99_us / 1000, int(bad), int(lost))


def send_by_timetable(
    request: Request, per_s: float, seconds: float, timeout_s: float = TIMEOUT_S
) -> Measured:
    """So many requests a second, at even distances, each over a connection that is free.

    Args:
        request: sent each time.
        per_s: how many.
        seconds: for which they are sent; their answers are waited for after that.
        timeout_s: until a request without its whole answer is lost.
    """
    return asyncio.run(_send_by_timetable(_Client(request, timeout_s), per_s, seconds))


async def _send_by_timetable(client: "_Client", per_s: float, seconds: float) -> Measured:
    start_s = time.perf_counter()
    sent = []
    for number in range(round(per_s * seconds)):
        due_s = start_s + number / per_s
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        sent.append(asyncio.create_task(client.send(due_s)))
    outcomes = await asyncio.gather(*sent)
    took_s = time.perf_counter() - start_s
    client.close()
    times_ms = [time_ms for status, time_ms in outcomes if status is not None and status < 300]
    bad = sum(status is not None and status >= 300 for status, _ in outcomes)
    lost = sum(status is None for status, _ in outcomes)
    if not times_ms:
        return Measured(0.0, np.nan, np.nan, bad, lost)
    p50_ms, p99_ms = np.percentile(times_ms, (50, 99))
    return Measured(len(times_ms) / took_s, float(p50_ms), float(p99_ms), bad, lost)


class _Client:
    """Keeps the connections that are free."""

    def __init__(self, request: Request, timeout_s: float) -> None:
        parts = urlsplit(request.url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        body = request.body.read_bytes()
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._timeout_s = timeout_s
        self._message = head.encode() + body
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, due_s: float) -> tuple[int | None, float]:
        """Status (None where nothing came back), and milliseconds since it was due."""
        writer = None
        try:
            async with asyncio.timeout(self._timeout_s):
                reader, writer = self._free.pop() if self._free else await self._connect()
                writer.write(self._message)
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_content_length(head))
            status = int(head.split(b" ", 2)[1])
        # What has no end of its head within asyncio's limit, or no status, is no answer.
        except (
            OSError,
            EOFError,
            TimeoutError,
            asyncio.LimitOverrunError,
            LookupError,
            ValueError,
        ):
            if writer is not None:
                writer.close()
            return None, (time.perf_counter() - due_s) * 1000
        took_ms = (time.perf_counter() - due_s) * 1000
        if re.search(rb"(?i)\r\nconnection: *close", head):
            writer.close()
        else:
            self._free.append((reader, writer))
        return status, took_ms

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        """Close the connections that are free."""
        for _, writer in self._free:
            writer.close()


def _content_length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found.group(1)) if found else 0
