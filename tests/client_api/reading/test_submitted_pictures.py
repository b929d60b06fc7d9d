import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from flask import Flask
from PIL import Image

from client_api.errors import PictureTooLarge, TooBusy, UnreadablePicture
from client_api.reading.submitted_pictures import SubmittedPictures
from client_api.running.admission import LARGE_PIXELS, Queue, ThreadSlots
from client_api.watching.request_record import keep_records
from tests.support.picture_files import as_file

SMALL = as_file(Image.new("L", (30, 20)), "PNG")
LARGE = as_file(Image.new("1", (LARGE_PIXELS // 1000, 1001)), "PNG")
MAX_PIXELS = LARGE_PIXELS * 2


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


def pictures_of(*files: bytes, room: Room) -> SubmittedPictures:
    return SubmittedPictures([partial(bytes, data) for data in files], MAX_PIXELS, room.enter)


def test_pictures_come_in_the_order_sent_and_any_number_of_times() -> None:
    files = [as_file(Image.new("L", (width, 20)), "PNG") for width in (30, 40)]
    with pictures_of(*files, room=Room()) as pictures:
        assert [picture.width for picture in pictures] == [30, 40]
        assert [picture.width for picture in pictures] == [30, 40]
        assert pictures[0].width == 30


def test_the_picture_that_came_last_is_not_decoded_again() -> None:
    with pictures_of(SMALL, room=Room()) as pictures:
        [first] = pictures
        assert pictures[0] is first


def test_small_pictures_need_no_room() -> None:
    room = Room()
    with pictures_of(SMALL, SMALL, room=room) as pictures:
        assert len(list(pictures)) == 2
    assert room.entered == 0


def test_large_pictures_share_one_place_until_the_end() -> None:
    room = Room()
    with pictures_of(SMALL, LARGE, LARGE, room=room) as pictures:
        assert len(list(pictures)) == 3
        assert room.inside == 1
    assert (room.inside, room.entered) == (0, 1)


def test_the_place_is_given_back_after_an_error() -> None:
    room = Room()
    with pytest.raises(UnreadablePicture), pictures_of(LARGE, b"no picture", room=room) as pictures:
        list(pictures)
    assert (room.inside, room.entered) == (0, 1)


def test_without_a_place_nothing_large_is_decoded() -> None:
    queue = Queue(ThreadSlots(1), wait_s=0.01, full="full of large ones")
    pictures = SubmittedPictures([lambda: LARGE], MAX_PIXELS, queue.turn)
    with queue.turn(), pictures, pytest.raises(TooBusy, match="full of large ones"):
        list(pictures)
    with SubmittedPictures([lambda: LARGE], MAX_PIXELS, queue.turn) as pictures:
        assert len(list(pictures)) == 1


def test_who_waits_for_a_place_gets_it_when_it_is_free() -> None:
    queue = Queue(ThreadSlots(1), wait_s=30, full="full")
    got_it = threading.Event()

    def wait() -> None:
        with queue.turn():
            got_it.set()

    with queue.turn():
        thread = threading.Thread(target=wait)
        thread.start()
        assert not got_it.is_set()
    thread.join()
    assert got_it.is_set()


@pytest.mark.parametrize(("files", "which"), [((b"x",), ""), ((SMALL, b"x"), "image 2 of 2: ")])
def test_an_unreadable_picture_is_counted_only_among_several(
    files: tuple[bytes, ...], which: str
) -> None:
    with pictures_of(*files, room=Room()) as pictures, pytest.raises(UnreadablePicture) as caught:
        list(pictures)
    assert str(caught.value).startswith(f"{which}not a picture")


def test_a_picture_above_the_limit_takes_no_place() -> None:
    room = Room()
    too_large = as_file(Image.new("1", (LARGE_PIXELS // 1000, 2001)), "PNG")
    with pictures_of(too_large, room=room) as pictures, pytest.raises(PictureTooLarge):
        list(pictures)
    assert room.entered == 0
