import pytest

from training.models.detector import ModelError
from training.models.ssd.options import SsdOptions


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"alpha": 1}, "there is no option 'alpha'; there are width, "),
        ({"width": 0}, "width: a number above 0 was expected, but got 0"),
        ({"width": "1"}, "width: a number was expected, but got '1'"),
        ({"detections": True}, "detections: a whole number was expected, but got True"),
        ({"box_loss": "giou"}, "box_loss: huber or ciou was expected, but got 'giou'"),
        ({"unmatched_iou": 0.6}, "unmatched_iou: at most matched_iou, 0.5 was expected"),
        ({"class_weights": [1, 0]}, "class_weights: numbers above 0 was expected"),
        ({"class_weights": 3}, "class_weights: a list of numbers was expected, but got 3"),
        ({"smallest_anchor": 0.96}, "smallest_anchor: above 0 and under largest_anchor, 0.95"),
        ({"focal_gamma": float("inf")}, "focal_gamma: a number was expected, but got inf"),
        ({"class_weights": [1, float("inf")]}, "class_weights: a list of numbers was expected"),
        ({"nms_iou": float("nan")}, "nms_iou: a number in 0..1 was expected, but got nan"),
    ],
)
def test_an_option_that_cannot_be_is_named(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        SsdOptions.of(SsdOptions(), chosen)
    assert message in str(caught.value)


def test_what_is_not_chosen_is_the_models_default() -> None:
    options = SsdOptions.of(SsdOptions(nms_iou=0.3), {"width": 0.5, "class_weights": [1, 2]})
    assert (options.nms_iou, options.width, options.class_weights) == (0.3, 0.5, (1.0, 2.0))


def test_there_is_a_weight_for_each_class_or_none() -> None:
    SsdOptions().check_class_count(3)
    with pytest.raises(ModelError, match="a number for each of the 3 classes was expected"):
        SsdOptions(class_weights=(1, 2)).check_class_count(3)
