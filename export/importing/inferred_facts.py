"""What the numbers of an imported model's answers mean: as given, else inferred from them."""

from collections.abc import Sequence

from detection.label_map import LabelMap
from export.importing.box_probing import Probed, unit_of_pixels
from export.importing.errors import ContradictoryFacts
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import inferred_unit
from serving_protocol.box_layout.probing import inferred_order
from serving_protocol.detector_answer import facts_of_signature
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_facts import BoxUnit, FactSource, ModelFacts

# A detection of this score or more counts as evidence of its class.
SURE = 0.5


def infer_facts(
    given: ModelFacts,
    detector: DetectorSignature,
    answers: Sequence[AnswerRows],
    probed: Probed,
    label_map: LabelMap,
) -> ModelFacts:
    """Combine given facts with those that the answers show.

    Args:
        given: by the importer; override what is inferred.
        detector: the signature, with the image form that the model takes.
        answers: for all images.
        probed: for changed copies of some images.
        label_map: of the model.

    Raises:
        ContradictoryFacts: the answers contradict what is given, or boxes are pixels of the model's
            input whose size is unknown.
    """
    every = [*answers, *probed.every]
    declared = facts_of_signature(detector)
    unit = _unit(every, probed, declared)
    known = given.over(ModelFacts(unit)).over(declared)
    found = ModelFacts(
        box_unit=unit,
        box_order=inferred_order(probed.readings, known),
        first_class=_first_class(every, label_map),
        image_form=detector.image_input.form if detector.takes_strings else None,
    )
    found = found.said_by(FactSource.IMPORT)
    _check(given, found, label_map)
    facts = given.over(found).over(declared)
    has_info = any(each.says_size for each in answers)
    if facts.box_unit is BoxUnit.INPUT_PIXELS and facts.input_size_hw is None and not has_info:
        raise ContradictoryFacts(
            "boxes are in pixels of the model's input, whose size is unknown: give --input-size "
            "HEIGHT WIDTH, or --box-unit pixels if they are pixels of the image sent"
        )
    return facts


def _unit(every: Sequence[AnswerRows], probed: Probed, declared: ModelFacts) -> BoxUnit | None:
    unit = inferred_unit(every)
    if unit is not BoxUnit.PIXELS or declared.input_size_hw is not None or every[0].says_size:
        # For a fixed input both units are the same; and `image_info` gives the size.
        return unit
    return unit_of_pixels(probed.whole, probed.half)


def _first_class(every: Sequence[AnswerRows], label_map: LabelMap) -> int | None:
    surely = {int(number) for each in every for number in each.class_ids[each.scores >= SURE]}
    if 0 in surely or label_map.min_id == 0:
        return 0
    return 1 if surely else None


def _check(given: ModelFacts, found: ModelFacts, label_map: LabelMap) -> None:
    if given.box_unit is not None and found.box_unit is not None:
        is_normalized = given.box_unit is BoxUnit.NORMALIZED
        if is_normalized is not (found.box_unit is BoxUnit.NORMALIZED):
            raise ContradictoryFacts(
                f"--box-unit {given.box_unit.value} was given, but most boxes of the model are "
                f"{found.box_unit.value}"
            )
    if given.first_class == 1 and found.first_class == 0:
        who = "the label map begins at 0" if label_map.min_id == 0 else "the model detects class 0"
        raise ContradictoryFacts(f"--first-class 1 was given, but {who}")
    if given.first_class == 0 and label_map.min_id > 0 and found.first_class == 1:
        raise ContradictoryFacts(
            f"--first-class 0 was given, but the label map begins at {label_map.min_id} and the "
            "model detects no class 0; give a --label-map FILE whose ids begin at 0"
        )
