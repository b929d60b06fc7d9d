from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.configuration.experiment import read_experiment
from training.configuration.machine import Machine
from training.planning.choices import (
    augmentation_choices,
    batch_size_choice,
    box_options_choice,
    input_size_choice,
)
from training.planning.facts import DataFacts
from training.planning.learning import freeze_choice, loss_choices
from training.planning.plan import plan_training, size_hw

TWO_CORES, GPU = Machine(2), Machine(16, has_gpu=True)
PHOTOS = DataFacts(130, 33, {"cat": 100, "dog": 80, "cow": 5})


@pytest.mark.parametrize(
    ("changes", "machine", "minutes", "size"),
    [
        # Squares of large objects, of one kind and of several.
        ({"size_wh": (800, 800), "box_sides": (0.4, 0.5, 0.8), "objects": {"hand": 9}},
         TWO_CORES, 20, 224),
        ({"size_wh": (800, 800), "box_sides": (0.4, 0.5, 0.8)}, TWO_CORES, 20, 320),
        # Small ones: as large as the time and the machine allow.
        ({"size_wh": (800, 800), "box_sides": (0.04, 0.1, 0.2)}, TWO_CORES, 20, 320),
        ({"size_wh": (800, 800), "box_sides": (0.04, 0.1, 0.2)}, TWO_CORES, 60, 416),
        ({"size_wh": (800, 800), "box_sides": (0.04, 0.1, 0.2)}, GPU, 20, 608),
        # Never more pixels than there are.
        ({"size_wh": (224, 224), "box_sides": (0.04, 0.1, 0.2)}, GPU, 20, 224),
        # The shape of the images, where they have one.
        ({"size_wh": (640, 480), "box_sides": (0.1, 0.2, 0.3)}, TWO_CORES, 20, [288, 384]),
        ({"size_wh": (480, 640), "box_sides": (0.1, 0.2, 0.3)}, TWO_CORES, 20, [384, 288]),
        ({"size_wh": (640, 480), "share_of_usual_shape": 0.5}, TWO_CORES, 20, 320),
        ({"size_wh": (4000, 500)}, TWO_CORES, 20, [224, 448]),
    ],
)  # fmt: skip
def test_the_input_is_as_large_as_small_objects_need_and_of_the_images_shape(
    changes: dict[str, object], machine: Machine, minutes: float, size: object
) -> None:
    facts = replace(PHOTOS, **changes)  # type: ignore[arg-type]
    choice = input_size_choice(facts, machine, minutes)
    assert choice.value == size, choice
    assert choice.reason


@pytest.mark.parametrize(
    ("model", "smallest", "options"),
    [
        ("ssd_mobilenet_v2_fpnlite", 0.01, {"anchor_scale": 1.5}),
        ("ssd_mobilenet_v2_fpnlite", 0.06, {"anchor_scale": 2.5}),
        ("ssd_mobilenet_v2_fpnlite", 0.5, {"anchor_scale": 4.0}),
        ("ssdlite_mobilenet_v2", 0.12, {"smallest_anchor": 0.12, "largest_anchor": 0.6}),
    ],
)
def test_default_boxes_begin_where_the_small_objects_do(
    model: str, smallest: float, options: dict[str, float]
) -> None:
    facts = replace(PHOTOS, box_sides=(smallest, 0.5, 0.6))
    choice = box_options_choice(facts, model, (320, 320))
    assert choice is not None
    assert choice.value == options
    assert box_options_choice(facts, "dfine_nano", None) is None


@pytest.mark.parametrize(
    ("names", "flips", "saturation"),
    [
        (["cat", "dog"], True, 0.3),
        (["leftover", "bright"], True, 0.3),
        (["turn_left", "stop"], False, 0.3),
        (["Right-Hand"], False, 0.3),
        (["handRight"], False, 0.3),
        (["B", "A"], False, 0.3),
        (["7", "apple"], False, 0.3),
        (["licensePlate"], False, 0.3),
        (["red light", "car"], True, 0.1),
        (["white-king"], True, 0.1),
    ],
)
def test_a_mirror_and_other_colors_are_for_classes_that_stay_what_they_are(
    names: list[str], flips: bool, saturation: float
) -> None:
    facts = replace(PHOTOS, objects=dict.fromkeys(names, 3))
    values = {each.path[1]: each.value for each in augmentation_choices(facts)}
    assert (values["horizontal_flip"] == 0.5) is flips
    assert values["saturation"] == saturation
    assert ("hue_degrees" in values) is (saturation == 0.3)


def test_cells_have_no_upright_and_few_images_no_mosaic() -> None:
    cells = replace(PHOTOS, objects={"RBC": 3, "WBC": 2, "Platelets": 1})
    few = replace(PHOTOS, images=20)
    assert any(each.path[1] == "vertical_flip" for each in augmentation_choices(cells))
    assert not any(each.path[1] == "vertical_flip" for each in augmentation_choices(PHOTOS))
    assert any(each.path[1] == "mosaic" for each in augmentation_choices(PHOTOS))
    assert not any(each.path[1] == "mosaic" for each in augmentation_choices(few))


@pytest.mark.parametrize(
    ("images", "machine", "size"),
    [(130, TWO_CORES, 8), (130, GPU, 16), (12, TWO_CORES, 3), (2, GPU, 1)],
)
def test_a_batch_is_at_most_a_quarter_of_the_images(
    images: int, machine: Machine, size: int
) -> None:
    assert batch_size_choice(replace(PHOTOS, images=images), machine).value == size


def test_what_somebody_has_set_is_followed_and_not_told() -> None:
    chosen: dict[tuple[str, ...], Any] = {
        ("model", "name"): "ssdlite_mobilenet_v3_small",
        ("model", "input_size"): [96, 128],
        ("augmentation", "horizontal_flip"): 0,
    }
    plan = plan_training(PHOTOS, TWO_CORES, 20, chosen)
    assert not {each.path for each in plan.choices} & set(chosen)
    assert plan.value("model", "options") == {"smallest_anchor": 0.1, "largest_anchor": 0.6}
    assert plan.value("model", "freeze_stages") is None  # This model has random weights.


@pytest.mark.parametrize("name", ["ssd_mobilenet_v2_fpnlite", "ssdlite_mobilenet_v2", "dfine_nano"])
def test_a_plan_is_a_config_that_is_read_back(name: str, tmp_path: Path) -> None:
    chosen: dict[tuple[str, ...], Any] = {
        ("model", "name"): name,
        ("optimization", "steps"): 12,
        ("seed",): 3,
    }
    plan = plan_training(PHOTOS, TWO_CORES, 20, chosen)
    data = {"train": [{"path": "photos", "split": "train"}]}
    path = tmp_path / "config.yaml"
    path.write_text(plan.as_yaml({"name": "pets"}, data, chosen))
    found = read_experiment(path)
    assert (found.name, found.seed, found.model.name) == ("pets", 3, name)
    assert found.optimization.steps == 12
    assert found.augmentation.horizontal_flip == 0.5
    options = dict(found.model.options)
    chosen_one_by_one = {
        each.path[-1]: each.value for each in plan.choices if each.path[:-1] == ("model", "options")
    }
    assert chosen_one_by_one["class_agnostic_nms"] is True
    assert options == {**(plan.value("model", "options") or {}), **chosen_one_by_one}
    assert found.data.train[0].split == "train"


def test_losses_are_of_single_shot_detectors_and_of_the_number_of_classes() -> None:
    def told(facts: DataFacts, model: str) -> dict[str, Any]:
        return {each.path[-1]: each.value for each in loss_choices(facts, model)}

    one = replace(PHOTOS, objects={"cat": 9, "never seen": 0})
    several = {"box_loss": "ciou", "focal_gamma": 1.0, "focal_alpha": 0.5}
    assert told(PHOTOS, "ssd_mobilenet_v2_fpnlite") == several
    assert told(PHOTOS, "ssdlite_mobilenet_v2") == several
    assert told(one, "ssd_mobilenet_v2_fpnlite") == {"box_loss": "ciou"}
    assert told(PHOTOS, "dfine_nano") == {}


@pytest.mark.parametrize(
    ("model", "start", "is_frozen"),
    [
        ("ssd_mobilenet_v2_fpnlite", None, True),
        ("ssd_mobilenet_v2_fpnlite", "mobilenet_v2_open_images", True),
        ("ssd_mobilenet_v2_fpnlite", "random", False),
        ("ssd_mobilenet_v2_fpnlite", "runs/another", False),
        ("ssd_mobilenet_v2_fpnlite", "mobilenet_v1_imagenet", False),
        ("ssdlite_mobilenet_v3_small", None, False),
    ],
)
def test_a_stem_stays_as_it_is_where_it_has_learned(
    model: str, start: str | None, is_frozen: bool
) -> None:
    choice = freeze_choice(model, {("model", "init_from"): start} if start else {})
    assert (choice is not None) is is_frozen


def test_a_size_is_one_number_or_two() -> None:
    assert size_hw(320) == (320, 320)
    assert size_hw([240, 320]) == (240, 320)
    assert size_hw(None) is None
