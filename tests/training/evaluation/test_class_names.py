"""The same name is the same class."""

from detection.label_map import LabelMap, LabelMapItem
from tests.training.evaluation.perturbed import detections
from training.datasets.dataset import label_map_of
from training.evaluation.class_names import ClassNames


def test_numbers_become_the_datas_by_name() -> None:
    names = ClassNames.matched(label_map_of(["a", "b", "c"]), label_map_of(["c", "a", "d"]))
    assert names == ClassNames({1: 2, 3: 1}, ("b",), ("d",))
    found = names.as_data(detections([[0, 0, 1, 1]] * 4, [0.9, 0.8, 0.7, 0.6], [3, 2, 1, 9]))
    assert found.class_ids.tolist() == [1, 2]
    assert len(names.as_data(detections([], [], []))) == 0


def test_what_people_are_shown_is_a_name_too() -> None:
    detector = LabelMap((LabelMapItem(7, "/m/01g317", "person"), LabelMapItem(8, "dog")))
    assert ClassNames.matched(detector, label_map_of(["dog", "person"])).numbers == {7: 2, 8: 1}


def test_numbers_without_names_are_the_datas() -> None:
    names = ClassNames.matched(None, label_map_of(["a", "b"]))
    assert names == ClassNames({1: 1, 2: 2}, (), ())
