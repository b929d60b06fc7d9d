import numpy as np
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.rcnn.sampling import sample, seed_of

SEED = tf.constant([3, 4])


def masks(*rows: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Rows of o for objects, b for background and - for neither, as two of booleans."""
    letters = np.array([list(row) for row in rows])
    return tf.constant(letters == "o"), tf.constant(letters == "b")


def test_objects_come_first_and_background_fills_up() -> None:
    objects, background = masks("obbbbb-b", "oooooooo", "--------")
    found = sample(objects, background, 4, 0.5, SEED)
    np.testing.assert_array_equal(
        found.are_objects, [[True, False, False, False], [True, True, False, False], [False] * 4]
    )
    np.testing.assert_array_equal(
        found.are_sampled, [[True] * 4, [True, True, False, False], [False] * 4]
    )
    assert found.places.numpy()[0, 0] == 0
    assert set(found.places.numpy()[0]) <= {0, 1, 2, 3, 4, 5, 7}


def test_no_place_is_chosen_twice_and_all_can_be() -> None:
    objects, background = masks("o" * 8 + "b" * 24)
    seen = set()
    for number in range(20):
        found = sample(objects, background, 8, 0.25, tf.constant([number, 0]))
        places = found.places.numpy()[0].tolist()
        assert len(set(places)) == 8
        assert found.are_objects.numpy().sum() == 2
        seen |= set(places)
    assert seen == set(range(32))


def test_fewer_places_than_wanted_are_all_taken() -> None:
    objects, background = masks("ob")
    found = sample(objects, background, 64, 0.5, SEED)
    assert sorted(found.places.numpy()[0]) == [0, 1]


def test_the_same_batch_gives_the_same_choice_and_another_another() -> None:
    first, again, other = (a_batch([[], []], (8, 12), seed) for seed in (1, 1, 2))
    assert seed_of(first).numpy().tolist() == seed_of(again).numpy().tolist()
    assert seed_of(first).numpy().tolist() != seed_of(other).numpy().tolist()
