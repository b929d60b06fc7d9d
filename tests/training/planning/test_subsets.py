from dataclasses import replace
from pathlib import Path

import pytest

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.sources import FileImage
from training.planning.length import Speed
from training.planning.subsets import Recipe, curve_lengths, nested_subsets

SPEED = Speed(5.0, 30.0, "measured")
RECIPE = Recipe(steps=330, validations=6, batch_size=8, by_epochs=False, validation_images=40)


def drawn(count: int) -> tuple[list[AnnotatedImage], Dataset]:
    """Every fourth has a rare class, and all the same name."""
    box = (0.1, 0.1, 0.5, 0.5)
    images = [
        AnnotatedImage("a.jpg", FileImage(Path("nowhere.jpg")), 64, 48,
                         (AnnotatedObject("rare" if place % 4 == 0 else "usual", box),))
        for place in range(count)
    ]  # fmt: skip
    return images, Dataset(label_map_of(["rare", "usual"]), ())


def test_each_subset_holds_the_one_before_and_no_group_is_torn() -> None:
    images, labels = drawn(80)
    # Bursts of four.
    groups = [place // 4 for place in range(80)]

    subsets = nested_subsets(images, labels, groups, seed=3)

    quarter, half, whole = map(set, subsets)
    assert quarter < half < whole == set(range(80))
    assert (len(quarter), len(half)) == (20, 40)
    for subset in (quarter, half):
        inside = {groups[place] for place in subset}
        assert not inside & {groups[place] for place in whole - subset}
        assert sum(place % 4 == 0 for place in subset) == len(subset) / 4
    assert subsets == nested_subsets(images, labels, groups, seed=3)
    assert subsets != nested_subsets(images, labels, groups, seed=4)


@pytest.mark.parametrize(
    ("count", "groups", "said"),
    [(11, range(11), "12 images or more"), (20, [0] * 10 + [1] * 10, "2 groups")],
)
def test_what_is_too_little_for_a_curve_says_so(count: int, groups: list[int], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        nested_subsets(*drawn(count), list(groups), seed=0)


def test_fewer_images_take_as_many_steps_up_to_the_most_passes() -> None:
    # 120 passes over 10 images are 150 steps of 8.
    assert [RECIPE.steps_of(count, 160) for count in (10, 40, 80, 160)] == [150, 330, 330, 330]
    # A training that had more passes than a plan would have taken keeps its own.
    many = replace(RECIPE, steps=4000)
    assert [many.steps_of(count, 160) for count in (40, 80, 160)] == [1000, 2000, 4000]
    by_epochs = replace(RECIPE, by_epochs=True)
    assert [by_epochs.steps_of(count, 160) for count in (40, 80, 160)] == [82, 165, 330]


def test_the_run_itself_is_the_last_point_where_the_time_allows_its_steps() -> None:
    lengths = curve_lengths((40, 80, 160), RECIPE, SPEED, is_trained=True, seconds=None)
    assert lengths.steps == (330, 330, 330)
    assert lengths.uses_run
    # Two starts, 330 steps of 8 and six validations of 40 at twice the speed, at 5 images/s; and
    # the measuring of three.
    two = 2 * (30 + (330 * 8 + 6 * 40 / 2) / 5)
    assert lengths.seconds == pytest.approx(two + 3 * 40 / 2 / 5)
    fitting = curve_lengths((40, 80, 160), RECIPE, SPEED, is_trained=True, seconds=two + 60)
    assert fitting == lengths


def test_in_less_time_all_three_are_trained_by_the_same_share_of_their_steps() -> None:
    lengths = curve_lengths((10, 80, 160), RECIPE, SPEED, is_trained=True, seconds=700)
    assert not lengths.uses_run
    assert lengths.is_shortened
    assert lengths.seconds <= 700
    small, half, whole = lengths.steps
    assert half == whole < 330
    assert small / whole == pytest.approx(150 / 330, rel=0.02)


def test_too_little_time_says_how_much_is_needed() -> None:
    with pytest.raises(DatasetError, match=r"minutes at 5.0 images/s.*--minutes 2 is too short"):
        curve_lengths((40, 80, 160), RECIPE, SPEED, is_trained=False, seconds=120)
