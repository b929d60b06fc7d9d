"""The program that `DecodingProcess` starts: it forks for each file, so that each has its limits.

It has read its libraries once and has one thread, so that a fork costs a millisecond and copies
nothing. Its children are ended by the kernel, which counts their time and their memory.
"""

import base64
import contextlib
import json
import mmap
import os
import resource
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin, Image

from detection.images.colors import color_profile
from detection.images.errors import ImageError, TruncatedImage, UnreadableImage
from detection.images.image_file import open_image

# A request brings three: the file, where the result goes, and where its end is told.
REQUEST, REQUEST_DESCRIPTORS = b"\1", 3
HEAD = struct.Struct("<I")
# A child that takes longer than ordinary images do makes way for them.
_ORDINARY_S, _NICENESS = 1.0, 5
_BAND_BYTES = 1 << 22
# Of proc(5)'s statm: what `RLIMIT_DATA` counts.
_DATA_FIELD = 5
# Each of a decoder's threads has memory of its own.
_MOST_THREADS = 4


def main() -> None:
    """Serve the socket that the first argument names, until its other end is closed."""
    # A terminal's Ctrl-C is for the program that started this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = min(_MOST_THREADS, os.cpu_count() or 1)
    _Server(socket.socket(fileno=int(sys.argv[1]))).run()


class _Server:
    """Forks for each request and tells when its child has ended, and how.

    Args:
        control: brings requests.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._running: dict[int, socket.socket] = {}
        # When those that have the priority of ordinary images were started.
        self._started_s: dict[int, float] = {}
        self._child_ended, woken = socket.socketpair()
        self._child_ended.setblocking(False)
        woken.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(woken.fileno())
        self._woken = woken

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._child_ended, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(_ORDINARY_S / 4 if self._started_s else None):
                    if key.fileobj is self._child_ended:
                        self._child_ended.recv(4096)
                        self._reap()
                    elif not self._take_request():
                        for pid in self._running:
                            os.kill(pid, signal.SIGKILL)
                        return
                self._slow_down_those_that_take_long()

    def _take_request(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(
            self._control, len(REQUEST), REQUEST_DESCRIPTORS
        )
        if not message:
            return False
        request, result, reply = descriptors
        pid = os.fork()
        if pid == 0:
            # Open in a child, they would hide from whoever waits that this process has ended.
            _be_the_child(request, result, [self._control, *self._running.values()], reply)
        os.close(request)
        os.close(result)
        self._running[pid] = socket.socket(fileno=reply)
        self._started_s[pid] = time.monotonic()
        return True

    def _slow_down_those_that_take_long(self) -> None:
        before_s = time.monotonic() - _ORDINARY_S
        for pid in [pid for pid, at_s in self._started_s.items() if at_s < before_s]:
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
            del self._started_s[pid]

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._started_s.pop(pid, None)
            with self._running.pop(pid) as reply:
                try:
                    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
                    reply.sendall(HEAD.pack(ended_by))
                except OSError:
                    # Nobody waits for it any more.
                    continue


def _be_the_child(request: int, result: int, sockets: Iterable[socket.socket], reply: int) -> None:
    """Do what is asked and end; nothing that the parent is in the middle of may run here."""
    errors = os.dup(2)
    try:
        os.close(reply)
        for each in sockets:
            each.close()
        # Decoders write there what they think of a file.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with mmap.mmap(request, 0, access=mmap.ACCESS_READ) as file:
            (length,) = HEAD.unpack(file[: HEAD.size])
            job = json.loads(file[HEAD.size : HEAD.size + length])
            data = file[HEAD.size + length :]
        _limit(job)
        _write(result, *_outcome(data, job))
    except BaseException:  # noqa: BLE001  # nothing of the parent's may go on here
        os.write(errors, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


def _limit(job: dict[str, Any]) -> None:
    """Have this process ended by the kernel where it takes too much; allocations fail before."""
    signal.setitimer(signal.ITIMER_PROF, job["cpu_s"])
    signal.setitimer(signal.ITIMER_REAL, job["wall_s"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        # Where memory is short, this one goes, and no worker with its other requests.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[_DATA_FIELD])
    except FileNotFoundError:
        # Where the kernel does not say what is taken already, nothing can be added to it.
        return
    most = pages * mmap.PAGESIZE + job["memory_bytes"]
    # Not the address space, of which each thread's allocator reserves far more than it takes.
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _outcome(data: bytes, job: dict[str, Any]) -> tuple[dict[str, Any], Image.Image | None]:
    try:
        file = open_image(data, max_pixels=job["max_pixels"])
        found: dict[str, Any] = {"format": file.format, "size_wh": file.size_wh}
        if job["header_only"]:
            return found, None
        image = file.decode(accept_truncated=job["accept_truncated"])
    except MemoryError:
        error: ImageError = UnreadableImage(
            f"an image of {len(data)} bytes takes more than {job['memory_bytes']} bytes of memory "
            "to decode; save it anew as a plain JPEG or PNG"
        )
    except ImageError as caught:
        error = caught
    else:
        found |= {
            "size_wh": image.pixels.size,
            "plain_file": image.plain_file,
            "truncated": image.truncated,
            "icc_profile": base64.b64encode(color_profile(image.pixels) or b"").decode(),
        }
        return found, image.pixels
    can_be_read = isinstance(error, TruncatedImage) and error.can_be_read
    return {"error": type(error).__name__, "message": str(error), "can_be_read": can_be_read}, None


def _write(result: int, found: dict[str, Any], pixels: Image.Image | None) -> None:
    text = json.dumps(found).encode()
    with open(result, "wb", closefd=False) as file:
        file.write(HEAD.pack(len(text)) + text)
        if pixels is None:
            return
        rows = max(1, _BAND_BYTES // (3 * pixels.width))
        for top in range(0, pixels.height, rows):
            band = (0, top, pixels.width, min(top + rows, pixels.height))
            file.write(pixels.crop(band).tobytes())
