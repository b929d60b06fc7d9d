"""Files whose cost nothing in them bounds, decoded in a process that is ended when it is too much.

An AVIF of 20 MB can hold a million frames that are not shown, and each may take as long as the
image. The time of the processor that a file may take is counted by the kernel; so is its memory.
"""

import base64
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self

from PIL import Image

from detection.images import errors
from detection.images.decoding_server import HEAD, REQUEST
from detection.images.errors import DecoderUnavailable, ImageError, UnreadableImage
from detection.images.image_file import DecodedImage

# Of the processor's time, by the pixels that the header promises. What cameras and encoders write
# takes a tenth of it, AVIF of 12 bits and the highest quality a third.
_CPU_S = 1.0
_CPU_S_PER_PIXEL = 0.25e-6
# Of a clock's, where others keep the processor busy.
_CLOCK_PER_CPU = 8.0
# Of memory; PNG of 16 bits and four samples takes the most, 25 bytes for each pixel.
_MEMORY_BYTES = 256 << 20
_MEMORY_BYTES_PER_PIXEL = 28
# The path of this process, so that the same packages are found.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from detection.images.decoding_server import main; main()"
)
_STOP_S = 5.0


@dataclass(frozen=True)
class Limits:
    """What an image may take while it is decoded.

    Attributes:
        cpu_s: seconds of the processor's time.
        memory_bytes: beyond what the process has before.
    """

    cpu_s: float
    memory_bytes: int

    @classmethod
    def of(cls, pixels: int) -> Self:
        """For an image of so many pixels."""
        return cls(
            _CPU_S + _CPU_S_PER_PIXEL * pixels, _MEMORY_BYTES + _MEMORY_BYTES_PER_PIXEL * pixels
        )


HEADER_LIMITS = Limits.of(0)


@dataclass(frozen=True)
class IsolatedImageFile:
    """An image file whose header another process has read, and which it decodes.

    Args:
        data: the file as it came.
        format: one of `FORMATS`.
        size_wh: width and height of the upright image, as the header says.
        max_pixels: the most that it may have.
        process: decodes it.
    """

    data: bytes
    format: str
    size_wh: tuple[int, int]
    max_pixels: int
    process: "DecodingProcess"

    @property
    def pixel_count(self) -> int:
        """Width times height, as the header says."""
        return self.size_wh[0] * self.size_wh[1]

    def decode(self, *, accept_truncated: bool = False) -> DecodedImage:
        """As `ImageFile.decode`.

        Raises:
            UnreadableImage: broken, or too costly.
            TruncatedImage, ImageTooLarge: as `ImageFile.decode`.
            DecoderUnavailable: the process could not do it.
        """
        job = {
            "accept_truncated": accept_truncated,
            "header_only": False,
            "max_pixels": self.max_pixels,
        }
        limits = Limits.of(self.pixel_count)
        with self.process.outcome(self.data, job, limits) as found:
            size_wh = (found.answer["size_wh"][0], found.answer["size_wh"][1])
            pixels = Image.frombuffer("RGB", size_wh, found.pixels, "raw", "RGB", 0, 1)
        if profile := base64.b64decode(found.answer["icc_profile"]):
            pixels.info["icc_profile"] = profile
        return DecodedImage(
            pixels,
            self.data,
            self.format,
            plain_file=found.answer["plain_file"],
            truncated=found.answer["truncated"],
        )


@dataclass(frozen=True)
class _Found:
    """What the process answers: of the image, and its pixels, three bytes each."""

    answer: dict[str, Any]
    pixels: Any  # a memoryview, which Pillow takes though its annotations do not say so


class DecodingProcess:
    """Decodes image files in processes of their own, which are ended when they take too much.

    What forks them is started with the first file and ends with this object. It may be used from
    any thread, but not from another process than it was made in.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._stop: Callable[[], object] | None = None

    def open_image(self, data: bytes, *, max_pixels: int) -> IsolatedImageFile:
        """As `detection.images.open_image`.

        Raises:
            UnreadableImage: no image that is read, or its header alone is too costly.
            ImageTooLarge: the header promises more than `max_pixels`.
            DecoderUnavailable: the process could not do it.
        """
        job = {"accept_truncated": False, "header_only": True, "max_pixels": max_pixels}
        with self.outcome(data, job, HEADER_LIMITS) as found:
            width, height = found.answer["size_wh"]
            file_format = found.answer["format"]
        return IsolatedImageFile(data, file_format, (width, height), max_pixels, self)

    def close(self) -> None:
        """End the process, and what it decodes; it is started again where it is needed."""
        self._end(self._control)

    def _end(self, control: socket.socket | None) -> None:
        """End the process behind `control`; one that was started in its place goes on."""
        with self._lock:
            if control is not self._control:
                return
            if self._stop is not None:
                self._stop()
            self._control = self._stop = None

    @contextmanager
    def outcome(self, data: bytes, job: dict[str, Any], limits: Limits) -> Iterator[_Found]:
        """What becomes of a file.

        Raises:
            ImageError: it is refused, or takes more than `limits`.
            DecoderUnavailable: the process could not do it.
        """
        job = job | {
            "cpu_s": limits.cpu_s,
            "wall_s": _CLOCK_PER_CPU * limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
        }
        with ExitStack() as stack:
            result = stack.enter_context(_file_in_memory())
            ended_by = self._run(data, job, result)
            _check_end(ended_by, data, limits)
            view = stack.enter_context(mmap.mmap(result, 0, access=mmap.ACCESS_READ))
            whole = stack.enter_context(memoryview(view))
            (length,) = HEAD.unpack(whole[: HEAD.size])
            answer = json.loads(bytes(whole[HEAD.size : HEAD.size + length]))
            if "error" in answer:
                raise _error_of(answer)
            yield _Found(answer, stack.enter_context(whole[HEAD.size + length :]))

    def _run(self, data: bytes, job: dict[str, Any], result: int) -> int:
        """Have it done; the signal that ended it, 0 where none did."""
        ours, its = socket.socketpair()
        control = None
        with _file_in_memory() as request, ours, its:
            head = json.dumps(job).encode()
            with open(request, "wb", closefd=False) as file:
                file.write(HEAD.pack(len(head)) + head)
                file.write(data)
            try:
                with self._lock:
                    control = self._control or self._start()
                    socket.send_fds(control, [REQUEST], [request, result, its.fileno()])
                its.close()
                ours.settimeout(job["wall_s"] + _STOP_S)
                answer = ours.recv(HEAD.size)
            except OSError as error:
                self._end(control)
                raise DecoderUnavailable("its decoder does not answer") from error
        if len(answer) < HEAD.size:
            self._end(control)
            raise DecoderUnavailable("its decoder ended")
        (ended_by,) = HEAD.unpack(answer)
        return int(ended_by)

    def _start(self) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-I", "-c", _PROGRAM, str(its.fileno()), json.dumps(sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        self._control, self._stop = ours, weakref.finalize(self, _stop, ours, process)
        return ours


def _stop(control: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    control.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _check_end(ended_by: int, data: bytes, limits: Limits) -> None:
    if ended_by == signal.SIGPROF:
        raise UnreadableImage(
            f"an image of {len(data)} bytes takes more than {limits.cpu_s:.2g} s of computing to "
            "decode; save it anew as a plain JPEG or PNG"
        )
    if ended_by == signal.SIGALRM:
        raise DecoderUnavailable("too little of the processor was free to decode it")
    if ended_by == signal.SIGKILL:
        raise DecoderUnavailable("the system ended its decoder, for want of memory maybe")
    if ended_by:
        raise UnreadableImage(f"an image of {len(data)} bytes is broken: its decoder crashed")


def _error_of(answer: dict[str, Any]) -> ImageError:
    kind: type[ImageError] = getattr(errors, answer["error"])
    if kind is errors.TruncatedImage:
        return errors.TruncatedImage(answer["message"], can_be_read=answer["can_be_read"])
    return kind(answer["message"])


@contextmanager
def _file_in_memory() -> Iterator[int]:
    """An open file without a name: in memory where the system has such, else on the disk."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            yield file.fileno()
        return
    descriptor = os.memfd_create("boxwright-image")
    try:
        yield descriptor
    finally:
        os.close(descriptor)
