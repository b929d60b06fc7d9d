"""Files decoded in a process of their own: as in this one, within limits, whatever happens."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest
from PIL import Image

from detection.images import ImageTooLarge, TruncatedImage, UnreadableImage, read_image
from detection.images.decoding_process import HEADER_LIMITS, DecodingProcess, Limits
from detection.images.errors import DecoderUnavailable
from tests.support import hostile_images as hostile
from tests.support.image_files import as_file, colored
from tests.support.waiting import wait_until

MAX_PIXELS = 50_000_000


@pytest.fixture(scope="module")
def process() -> Iterator[DecodingProcess]:
    decoding = DecodingProcess()
    yield decoding
    decoding.close()


@pytest.mark.parametrize("file_format", ["AVIF", "HEIC", "JPEG", "PNG", "WEBP", "TIFF"])
def test_an_image_is_the_same_as_decoded_here(process: DecodingProcess, file_format: str) -> None:
    data = as_file(colored(), file_format)
    expected = read_image(data, max_pixels=MAX_PIXELS)
    file = process.open_image(data, max_pixels=MAX_PIXELS)
    image = file.decode()
    assert (file.format, file.size_wh) == (expected.format, expected.pixels.size)
    assert np.array_equal(np.asarray(image.pixels), np.asarray(expected.pixels))
    assert (image.plain_file, image.data) == (expected.plain_file, data)


def test_errors_are_the_same(process: DecodingProcess) -> None:
    whole = as_file(Image.effect_noise((320, 200), 60), "PNG")
    with pytest.raises(ImageTooLarge, match="64000 pixels; at most 1000"):
        process.open_image(whole, max_pixels=1_000)
    with pytest.raises(UnreadableImage, match="not an image in a format that is read"):
        process.open_image(b"no image at all", max_pixels=MAX_PIXELS)
    cut = process.open_image(whole[:-20_000], max_pixels=MAX_PIXELS)
    with pytest.raises(TruncatedImage) as caught:
        cut.decode()
    assert caught.value.can_be_read
    assert cut.decode(accept_truncated=True).truncated


def test_what_takes_too_long_is_ended_by_the_time_of_the_processor(
    process: DecodingProcess,
) -> None:
    data = hostile.tiff_of_slow_strips()
    file = process.open_image(data, max_pixels=MAX_PIXELS)
    job = {"accept_truncated": False, "header_only": False, "max_pixels": MAX_PIXELS}
    limits = Limits(cpu_s=0.2, memory_bytes=1 << 30)
    said = rf"{len(data)} bytes takes more than 0\.2 s of computing to decode"
    with pytest.raises(UnreadableImage, match=said), process.outcome(file.data, job, limits):
        pass


@pytest.mark.parametrize(
    "data", [hostile.webp_of_many_tables(1024), hostile.tiff_of_large_dictionary(1_500)]
)
def test_what_takes_too_much_memory_is_refused(process: DecodingProcess, data: bytes) -> None:
    with pytest.raises(UnreadableImage):
        process.open_image(data, max_pixels=MAX_PIXELS).decode()


def server_of(process: DecodingProcess) -> psutil.Process:
    """The program that forks, started anew; others of this process may have theirs."""
    process.close()
    others = set(psutil.Process().children())
    process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)
    [server] = set(psutil.Process().children()) - others
    return server


@pytest.mark.parametrize(
    ("ended_by", "raised", "said"),
    [
        (signal.SIGSEGV, UnreadableImage, "its decoder crashed"),
        # As the kernel does where there is no memory.
        (signal.SIGKILL, DecoderUnavailable, "the system ended its decoder"),
        (signal.SIGALRM, DecoderUnavailable, "too little of the processor was free"),
    ],
)
def test_the_end_of_a_decoder_is_one_file_s(
    process: DecodingProcess, ended_by: signal.Signals, raised: type[Exception], said: str
) -> None:
    server, data = server_of(process), hostile.tiff_of_slow_strips()
    with ThreadPoolExecutor() as threads:
        file = process.open_image(data, max_pixels=MAX_PIXELS)
        decoding = threads.submit(file.decode)
        wait_until(lambda: bool(server.children()), "a child that decodes")
        server.children()[0].send_signal(ended_by)
        with pytest.raises(raised, match=said):
            decoding.result()
    process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)
    assert server.is_running()


def test_the_program_is_started_again_once_it_has_ended(process: DecodingProcess) -> None:
    server = server_of(process)
    server.kill()
    server.wait()
    with pytest.raises(DecoderUnavailable):
        process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)
    process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)


def test_whoever_waits_for_a_program_that_ends_is_told_at_once(process: DecodingProcess) -> None:
    server, data = server_of(process), hostile.tiff_of_slow_strips()
    with ThreadPoolExecutor() as threads:
        file = process.open_image(data, max_pixels=MAX_PIXELS)
        decoding = threads.submit(file.decode)
        wait_until(lambda: bool(server.children()), "a child that decodes")
        [child] = server.children()
        # One that goes on for as long as it may, and is nobody's child any more.
        child.suspend()
        try:
            server.kill()
            with pytest.raises(DecoderUnavailable, match="its decoder ended"):
                decoding.result(timeout=60)
            assert child.status() == psutil.STATUS_STOPPED
        finally:
            child.kill()


def test_the_end_of_a_program_is_not_the_end_of_the_one_in_its_place(
    process: DecodingProcess,
) -> None:
    ended = server_of(process)
    control = process._control
    ended.kill()
    ended.wait()
    with pytest.raises(DecoderUnavailable):
        process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)
    server = server_of(process)
    # As a thread that has waited for the first one until now.
    process._end(control)
    process.open_image(as_file(colored(), "PNG"), max_pixels=MAX_PIXELS)
    assert server.is_running()


def open_files() -> int:
    return psutil.Process().num_fds()


def test_it_ends_with_its_owner_and_leaves_nothing_open() -> None:
    before = open_files()
    process = DecodingProcess()
    server = server_of(process)
    for _ in range(5):
        process.open_image(as_file(colored(), "AVIF"), max_pixels=MAX_PIXELS).decode()
    process.close()
    assert not server.is_running()
    assert open_files() == before


def test_many_threads_use_it_at_once(process: DecodingProcess) -> None:
    files = [as_file(Image.new("RGB", (20 + n, 10), (n, n, n)), "PNG") for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(
            lambda data: process.open_image(data, max_pixels=MAX_PIXELS).decode(), files
        )
        for n, image in enumerate(found):
            assert image.pixels.size == (20 + n, 10)
            assert image.pixels.getpixel((0, 0)) == (n, n, n)


def test_limits_grow_with_the_pixels() -> None:
    assert HEADER_LIMITS == Limits.of(0) == Limits(1.0, 256 << 20)
    assert Limits.of(50_000_000).cpu_s == pytest.approx(13.5)
