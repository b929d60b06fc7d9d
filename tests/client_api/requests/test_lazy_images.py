import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from flask import Flask
from PIL import Image

from client_api.errors import TooBusy, TooManyPixels, UnreadableUpload
from client_api.limits.concurrency import LARGE_PIXELS, Queue, ThreadSlots
from client_api.observability.request_record import keep_records
from client_api.requests.lazy_images import LazyImages
from detection.images.decoding_process import DecodingProcess
from tests.support.image_files import as_file

SMALL = as_file(Image.new("L", (30, 20)), "PNG")
LARGE = as_file(Image.new("1", (LARGE_PIXELS // 1000, 1001)), "PNG")
MAX_PIXELS = LARGE_PIXELS * 2
DECODER = DecodingProcess()


class Room:
    """Counts who is in it."""

    def __init__(self) -> None:
        self.inside = 0
        self.entered = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        self.inside += 1
        self.entered += 1
        try:
            yield
        finally:
            self.inside -= 1


@pytest.fixture(autouse=True)
def within_a_request() -> Iterator[None]:
    app = Flask(__name__)
    keep_records(app)
    with app.test_request_context():
        app.preprocess_request()
        yield


def images_of(*files: bytes, room: Room) -> LazyImages:
    return LazyImages(
        [partial(bytes, data) for data in files], MAX_PIXELS, room.enter, Room().enter, DECODER
    )


def test_images_come_in_the_order_sent_and_any_number_of_times() -> None:
    files = [as_file(Image.new("L", (width, 20)), "PNG") for width in (30, 40)]
    with images_of(*files, room=Room()) as images:
        assert [image.width for image in images] == [30, 40]
        assert [image.width for image in images] == [30, 40]
        assert images[0].width == 30


def test_the_image_that_came_last_is_not_decoded_again() -> None:
    with images_of(SMALL, room=Room()) as images:
        [first] = images
        assert images[0] is first


def test_small_images_need_no_room() -> None:
    room = Room()
    with images_of(SMALL, SMALL, room=room) as images:
        assert len(list(images)) == 2
    assert room.entered == 0


def test_large_images_share_one_place_until_the_end() -> None:
    room = Room()
    with images_of(SMALL, LARGE, LARGE, room=room) as images:
        assert len(list(images)) == 3
        assert room.inside == 1
    assert (room.inside, room.entered) == (0, 1)


def test_the_place_is_given_back_after_an_error() -> None:
    room = Room()
    with pytest.raises(UnreadableUpload), images_of(LARGE, b"no image", room=room) as images:
        list(images)
    assert (room.inside, room.entered) == (0, 1)


def test_without_a_place_nothing_large_is_decoded() -> None:
    queue = Queue(ThreadSlots(1), wait_s=0.01, full="full of large ones")
    images = LazyImages([lambda: LARGE], MAX_PIXELS, queue.slot, Room().enter, DECODER)
    with queue.slot(), images, pytest.raises(TooBusy, match="full of large ones"):
        list(images)
    with LazyImages([lambda: LARGE], MAX_PIXELS, queue.slot, Room().enter, DECODER) as images:
        assert len(list(images)) == 1


def test_who_waits_for_a_place_gets_it_when_it_is_free() -> None:
    queue = Queue(ThreadSlots(1), wait_s=30, full="full")
    got_it = threading.Event()

    def wait() -> None:
        with queue.slot():
            got_it.set()

    with queue.slot():
        thread = threading.Thread(target=wait)
        thread.start()
        assert not got_it.is_set()
    thread.join()
    assert got_it.is_set()


@pytest.mark.parametrize(("files", "which"), [((b"x",), ""), ((SMALL, b"x"), "image 2 of 2: ")])
def test_an_unreadable_image_is_counted_only_among_several(
    files: tuple[bytes, ...], which: str
) -> None:
    with images_of(*files, room=Room()) as images, pytest.raises(UnreadableUpload) as caught:
        list(images)
    assert str(caught.value).startswith(f"{which}not an image")


def test_an_image_above_the_limit_takes_no_place() -> None:
    room = Room()
    too_large = as_file(Image.new("1", (LARGE_PIXELS // 1000, 2001)), "PNG")
    with images_of(too_large, room=room) as images, pytest.raises(TooManyPixels):
        list(images)
    assert room.entered == 0
