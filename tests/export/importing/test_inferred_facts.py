"""What an imported model's numbers mean is found by asking it, or said, and never contradicted."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from detection.images import DecodedImage, read_image
from detection.label_map import LabelMap
from detection.label_map_text import parse_label_map
from export.importing.box_probing import Probed, probed
from export.importing.errors import ContradictoryFacts
from export.importing.inferred_facts import infer_facts
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.detector_answer import detections_of
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts
from tests.serving_protocol.signatures import signature

FREE = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]))})
FIXED = DetectorSignature.find({"s": signature("x", ("UINT8", [1, 320, 480, 3]))})
FROM_ONE = parse_label_map("item { id: 1 name: 'cat' } item { id: 2 name: 'dog' }")
FROM_ZERO = parse_label_map("item { id: 0 name: 'cat' } item { id: 1 name: 'dog' }")
INPUT_SIDE = 512
Model = Callable[[DecodedImage], AnswerRows]

# Where the bright rectangle of each image is: width, height, then x and y of two corners.
SCENES = [
    (400, 300, 40, 60, 160, 120),
    (300, 400, 150, 30, 280, 200),
    (500, 200, 300, 90, 480, 190),
]


def scene(width: int, height: int, *corners_xyxy: int) -> DecodedImage:
    image = Image.new("RGB", (width, height))
    ImageDraw.Draw(image).rectangle(corners_xyxy, (255, 255, 255))
    file = BytesIO()
    image.save(file, "PNG")
    return read_image(file.getvalue(), max_pixels=1_000_000)


IMAGES = {f"{number}": scene(*each) for number, each in enumerate(SCENES)}


def seen(image: DecodedImage) -> npt.NDArray[np.float64]:
    """The bright rectangle's corners, xyxy in pixels."""
    rows, columns = np.nonzero(np.asarray(image.pixels.convert("L")) > 127)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float64)


def detector(unit: BoxUnit, order: BoxOrder, class_id: int = 1) -> Model:
    """A detector of bright rectangles that answers in this unit and order."""

    def detect(image: DecodedImage) -> AnswerRows:
        size = np.tile([image.width, image.height], 2)
        box = seen(image)
        if unit is not BoxUnit.PIXELS:
            box = box / size * (1 if unit is BoxUnit.NORMALIZED else INPUT_SIDE)
        if order is BoxOrder.YXYX:
            box = box[[1, 0, 3, 2]]
        boxes = np.stack([box, box * 5])
        wh = (float(image.width), float(image.height))
        return AnswerRows(boxes, np.array([0.9, 0.01]), np.array([class_id, 2]), {}, wh)

    return detect


def constant(*box: float) -> Model:
    """Answers the same of every image, so that nothing can be told from its moves."""
    return lambda image: AnswerRows(
        np.array([box]), np.array([0.9]), np.array([1]), {},
        (float(image.width), float(image.height)),
    )  # fmt: skip


def inferred(
    model: Model,
    given: ModelFacts | None = None,
    *,
    asked: DetectorSignature = FREE,
    label_map: LabelMap = FROM_ONE,
) -> ModelFacts:
    answers = [model(each) for each in IMAGES.values()]
    other_forms = probed(IMAGES, lambda images: [model(each) for each in images])
    return infer_facts(given or ModelFacts(), asked, answers, other_forms, label_map)


@pytest.mark.parametrize("order", [BoxOrder.YXYX, BoxOrder.XYXY])
@pytest.mark.parametrize("unit", [BoxUnit.NORMALIZED, BoxUnit.PIXELS])
def test_unit_and_order_are_told_by_images_in_another_form(unit: BoxUnit, order: BoxOrder) -> None:
    model = detector(unit, order)
    facts = inferred(model)
    assert (facts.box_unit, facts.box_order) == (unit, order)
    assert facts.source_of("box_unit") is FactSource.IMPORT
    for image in IMAGES.values():
        found = detections_of(model(image), facts).boxes_yxyx[0] * np.tile(
            [image.height, image.width], 2
        )
        assert np.allclose(found, seen(image)[[1, 0, 3, 2]], atol=0.01)


@pytest.mark.parametrize("order", [BoxOrder.YXYX, BoxOrder.XYXY])
def test_pixels_of_the_models_own_input_need_its_size(order: BoxOrder) -> None:
    model = detector(BoxUnit.INPUT_PIXELS, order)
    with pytest.raises(ContradictoryFacts, match="--input-size HEIGHT WIDTH"):
        inferred(model)
    facts = inferred(model, ModelFacts(input_size_hw=(INPUT_SIDE, INPUT_SIDE)))
    assert facts.box_unit is BoxUnit.INPUT_PIXELS
    image = IMAGES["0"]
    size = np.tile([image.height, image.width], 2)
    found = detections_of(model(image), facts).boxes_yxyx[0] * size
    assert np.allclose(found, seen(image)[[1, 0, 3, 2]], atol=0.01)


def test_a_declared_size_is_that_of_the_input() -> None:
    facts = inferred(constant(48, 128, 240, 384), asked=FIXED)
    assert facts.box_unit is BoxUnit.PIXELS
    assert facts.input_size_hw == (320, 480)
    assert facts.source_of("input_size_hw") is FactSource.SIGNATURE


def test_a_model_that_answers_always_the_same_tells_no_order() -> None:
    for box, unit in (
        ((0.2, 0.1, 0.6, 0.5), BoxUnit.NORMALIZED),
        ((12.0, 20.0, 60.0, 90.0), BoxUnit.PIXELS),
    ):
        facts = inferred(constant(*box))
        assert (facts.box_unit, facts.box_order) == (unit, None)
    assert inferred(constant(0, 0, 0, 0)).box_unit is None


def test_what_is_given_goes_before_what_is_found_unless_it_cannot_be() -> None:
    pixels = ModelFacts(BoxUnit.PIXELS).said_by(FactSource.SETTING)
    assert inferred(constant(0, 0, 0, 0), pixels).source_of("box_unit") is FactSource.SETTING
    with pytest.raises(ContradictoryFacts, match=r"--box-unit pixels was given, but .* normalized"):
        inferred(detector(BoxUnit.NORMALIZED, BoxOrder.YXYX), pixels)
    normalized = ModelFacts(BoxUnit.NORMALIZED)
    with pytest.raises(ContradictoryFacts, match=r"--box-unit normalized was given, but .* pixels"):
        inferred(detector(BoxUnit.PIXELS, BoxOrder.YXYX), normalized)


def test_where_classes_begin_is_told_by_answers_and_label_map() -> None:
    normalized = BoxUnit.NORMALIZED
    zero, one = (detector(normalized, BoxOrder.YXYX, number) for number in (0, 1))
    assert inferred(one).first_class == 1
    assert inferred(zero, label_map=FROM_ZERO).first_class == 0
    assert inferred(one, label_map=FROM_ZERO).first_class == 0
    with pytest.raises(
        ContradictoryFacts, match="--first-class 1 was given, but the model detects"
    ):
        inferred(zero, ModelFacts(first_class=1))
    with pytest.raises(ContradictoryFacts, match="--first-class 1 was given, but the label map"):
        inferred(one, ModelFacts(first_class=1), label_map=FROM_ZERO)
    with pytest.raises(ContradictoryFacts, match="--first-class 0 was given, but the label map"):
        inferred(one, ModelFacts(first_class=0))


def test_a_model_that_takes_no_other_form_is_told_by_its_images_alone() -> None:
    for unit in (BoxUnit.NORMALIZED, BoxUnit.PIXELS):
        model = detector(unit, BoxOrder.YXYX)
        answers = [model(each) for each in IMAGES.values()]
        facts = infer_facts(ModelFacts(), FREE, answers, Probed(), FROM_ONE)
        assert (facts.box_unit, facts.box_order) == (unit, None)
