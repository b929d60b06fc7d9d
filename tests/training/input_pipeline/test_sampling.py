from collections import Counter

import numpy as np
import pytest

from training.input_pipeline.sampling import Sample, Sampler


def samples(sampler: Sampler, count: int, first: int = 0) -> list[Sample]:
    return [sampler.sample(number) for number in range(first, first + count)]


def test_every_image_comes_once_before_any_comes_again() -> None:
    sampler = Sampler([7, 4], seed=3)
    for epoch in range(5):
        seen = {(each.source, each.image) for each in samples(sampler, 11, 11 * epoch)}
        assert seen == {(0, number) for number in range(7)} | {(1, number) for number in range(4)}


def test_a_source_with_a_share_goes_through_its_own_images_in_turn() -> None:
    sampler = Sampler([5, 8], [0.7, 0.3], seed=3)
    row = samples(sampler, 3000)
    for source, count in enumerate((5, 8)):
        images = [each.image for each in row if each.source == source]
        for start in range(0, len(images) - count, count):
            assert sorted(images[start : start + count]) == list(range(count))


def test_the_sources_have_their_shares_whatever_their_number_of_images() -> None:
    row = samples(Sampler([9, 1000], [70, 30], seed=0), 2000)
    assert Counter(each.source for each in row) == {0: 1400, 1: 600}
    # Mixed, not one after the other.
    assert 40 < sum(each.source == 0 for each in row[:100]) < 95


def test_a_sample_depends_on_seed_and_number_alone() -> None:
    one, two = (Sampler([30, 20], [1, 2], seed=5) for _ in range(2))
    assert samples(one, 200) == samples(two, 400)[:200]
    assert one.sample(123_456_789) == two.sample(123_456_789)
    assert samples(one, 50) != samples(Sampler([30, 20], [1, 2], seed=6), 50)
    first, second = one.augmentation_rng(7).random(3), two.augmentation_rng(7).random(3)
    assert first.tolist() == second.tolist()
    assert first.tolist() != one.augmentation_rng(8).random(3).tolist()


def test_epochs_are_in_different_orders() -> None:
    sampler = Sampler([50], seed=0)
    one, two = samples(sampler, 50), samples(sampler, 50, 50)
    assert [each.image for each in one] != [each.image for each in two]


@pytest.mark.parametrize(
    ("counts", "shares", "message"),
    [
        ([], None, r"each source must have images, but they have \[\]"),
        ([3, 0], None, r"each source must have images, but they have \[3, 0\]"),
        (
            [3, 4],
            [0.5, None],
            r"expected a share for each source or for none, but got \[0.5, None\]",
        ),
        ([3, 4], [1.0, 0.0], r"each share must be above 0, but got \[1.0, 0.0\]"),
        ([3, 4], [1.0], "1 shares for 2 sources"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(
    counts: list[int], shares: list[float | None] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Sampler(counts, shares, seed=0)


def test_any_image_is_drawn_each_source_by_its_share() -> None:
    sampler, rng = Sampler([2, 40], [0.9, 0.1], seed=3), np.random.default_rng(1)
    drawn = [sampler.drawn(rng) for _ in range(4000)]
    assert {image for source, image in drawn if source == 1} == set(range(40))
    assert {image for source, image in drawn if source == 0} == {0, 1}
    assert np.mean([source for source, _ in drawn]) == pytest.approx(0.1, abs=0.02)
