import keras
import numpy as np

from training.pretrained.matching import Target, match


def targets(*named: tuple[str, tuple[int, ...]]) -> list[Target]:
    return [Target(name, "backbone", keras.Variable(np.zeros(shape))) for name, shape in named]


def test_the_whole_name_comes_before_its_end() -> None:
    arrays = {"a/conv/kernel": np.ones(2), "b/conv/kernel": np.ones(2)}
    found = match(targets(("b/conv/kernel", (2,))), arrays)
    assert [each.source_name for each in found.matched] == ["b/conv/kernel"]
    assert found.unused == ("a/conv/kernel",)


def test_a_layer_is_found_whatever_models_it_is_in() -> None:
    found = match(targets(("backbone/conv/kernel", (2,))), {"classifier/conv/kernel": np.ones(2)})
    assert len(found.matched) == 1


def test_two_that_could_be_meant_are_both_left() -> None:
    arrays = {"a/conv/kernel": np.ones(2), "b/conv/kernel": np.ones(2)}
    found = match(targets(("c/conv/kernel", (2,))), arrays)
    assert not found.matched
    assert found.unmatched[0].reason == "a/conv/kernel, b/conv/kernel could be meant"


def test_one_array_is_not_given_to_two() -> None:
    wanted = targets(("a/conv/kernel", (2,)), ("b/conv/kernel", (2,)))
    found = match(wanted, {"c/conv/kernel": np.ones(2)})
    assert not found.matched


def test_another_shape_is_said_with_both() -> None:
    found = match(targets(("conv/kernel", (2, 3))), {"conv/kernel": np.ones((3, 2))})
    assert found.unmatched[0].reason == "it is (3, 2) there and (2, 3) here"
    assert found.unused == ("conv/kernel",)
