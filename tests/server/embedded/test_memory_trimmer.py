"""When the allocator's free memory is given back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.embedded.memory_trimmer import MemoryTrimmer, trim_allocator

TIMEOUT_S = 20.0


class Trims:
    """Counts calls, and is waited for."""

    def __init__(self) -> None:
        self.count = 0
        self._called = threading.Condition()

    def __call__(self) -> None:
        with self._called:
            self.count += 1
            self._called.notify_all()

    def wait_for(self, count: int) -> bool:
        with self._called:
            return self._called.wait_for(lambda: self.count >= count, TIMEOUT_S)


@contextmanager
def memory_trimmer(trims: Trims) -> Iterator[MemoryTrimmer]:
    freed = MemoryTrimmer(
        trims, small_bytes=10, after_bytes=1000, quiet_s=0.01, longest_wait_s=0.05
    )
    try:
        yield freed
    finally:
        freed.close()


def test_many_bytes_have_memory_given_back_and_once_more_for_what_was_still_sent() -> None:
    trims = Trims()
    with memory_trimmer(trims) as freed:
        freed.count_message(1000)
        assert trims.wait_for(2)


def test_messages_add_up() -> None:
    trims = Trims()
    with memory_trimmer(trims) as freed:
        for _ in range(10):
            freed.count_message(100)
        assert trims.wait_for(1)


def test_few_bytes_and_small_messages_change_nothing() -> None:
    trims = Trims()
    with memory_trimmer(trims) as freed:
        freed.count_message(999)
        for _ in range(200):
            freed.count_message(10)
    assert trims.count == 0


def test_memory_is_given_back_again_after_a_request_that_took_longer() -> None:
    trims = Trims()
    with memory_trimmer(trims) as freed:
        with freed.request():
            freed.count_message(1000)
            assert trims.wait_for(3)
        seen = trims.count
        assert trims.wait_for(seen + 1)


def test_it_ends_while_it_waits_for_a_pause() -> None:
    freed = MemoryTrimmer(
        Trims(), small_bytes=0, after_bytes=1, quiet_s=TIMEOUT_S, longest_wait_s=TIMEOUT_S
    )
    freed.count_message(1)
    freed.close()


@pytest.mark.parametrize("times", [1, 2])
def test_the_allocator_can_be_trimmed_at_any_time(times: int) -> None:
    for _ in range(times):
        trim_allocator()


def test_what_an_unloaded_model_held_in_cycles_is_freed_and_given_back() -> None:
    trims, collections = Trims(), Trims()
    freed = MemoryTrimmer(trims, collections, quiet_s=0.01, longest_wait_s=0.05)
    try:
        freed.count_unload()
        assert trims.wait_for(1)
        assert collections.count == 1
        freed.count_message(100_000_000)
        assert trims.wait_for(3)
        assert collections.count == 1
    finally:
        freed.close()
