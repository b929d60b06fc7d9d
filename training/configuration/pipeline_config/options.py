"""What an architecture's settings are among our models' options."""

from collections.abc import Sequence

from training.configuration.pipeline_config.tree import Branch, Outcome

_SSD_RATIOS = (1.0, 2.0, 0.5, 3.0, 0.3333)
_FPN_RATIOS = (1.0, 2.0, 0.5)
_RCNN_RATIOS = (0.5, 1.0, 2.0)
# Lower ones are in nobody's way.
_LEAST_SCORE = 1e-3


def _option(architecture: Branch, names: Sequence[str], option: str) -> None:
    found = architecture.find(*names)
    if found is not None:
        found.maps(("model", "options", option), found.number())


def read_ssd(ssd: Branch) -> None:
    """Set the options of a single-shot detector."""
    _option(ssd, ("feature_extractor", "depth_multiplier"), "width")
    _option(ssd, ("matcher", "argmax_matcher", "matched_threshold"), "matched_iou")
    _option(ssd, ("matcher", "argmax_matcher", "unmatched_threshold"), "unmatched_iou")
    _read_batch_norms(ssd)
    _read_anchors(ssd)
    _read_ssd_loss(ssd)
    _read_suppression(ssd, "post_processing")


def _read_anchors(ssd: Branch) -> None:
    boxes = ssd.find("anchor_generator", "ssd_anchor_generator")
    if boxes is not None:
        for name, option in (("min_scale", "smallest_anchor"), ("max_scale", "largest_anchor")):
            _option(boxes, (name,), option)
        _fixed(boxes, "num_layers", 6)
        _ratios(boxes, _SSD_RATIOS)
    pyramid = ssd.find("anchor_generator", "multiscale_anchor_generator")
    if pyramid is not None:
        _option(pyramid, ("anchor_scale",), "anchor_scale")
        for name, value in (("min_level", 3), ("max_level", 7), ("scales_per_octave", 2)):
            _fixed(pyramid, name, value)
        _ratios(pyramid, _FPN_RATIOS)


def _fixed(branch: Branch, name: str, value: float) -> None:
    found = branch.find(name)
    if found is not None:
        same = found.number() == value
        found.note(Outcome.MAPS if same else Outcome.DIFFERS, f"always {value:g} here")


def _ratios(generator: Branch, ours: Sequence[float]) -> None:
    """The same in any order; others are other boxes."""
    found = generator.all("aspect_ratios")
    values = sorted(round(each.number(), 2) for each in found)
    same = values == sorted(round(each, 2) for each in ours)
    told = "always " + ", ".join(f"{each:g}" for each in ours) + " here"
    for each in found:
        each.note(Outcome.MAPS if same else Outcome.DIFFERS, told)


def _read_ssd_loss(ssd: Branch) -> None:
    loss = ssd.find("loss")
    if loss is None:
        return
    _option(loss, ("localization_weight",), "box_loss_weight")
    focal = loss.find("classification_loss", "weighted_sigmoid_focal")
    if focal is not None:
        _option(focal, ("gamma",), "focal_gamma")
        _option(focal, ("alpha",), "focal_alpha")
    classification, miner = loss.find("classification_loss"), loss.find("hard_example_miner")
    if classification is not None and focal is None:
        classification.note(
            Outcome.DIFFERS, "focal loss, whose gamma and alpha are model.options' defaults"
        )
    if miner is not None:
        miner.note(Outcome.LEFT_OUT, "focal loss weighs easy background down, and drops none of it")
    boxes = loss.find("localization_loss", "weighted_smooth_l1")
    if boxes is not None:
        delta = boxes.number_of("delta", 1.0)
        boxes.note(Outcome.MAPS if delta == 1.0 else Outcome.DIFFERS,
                   "model.options.box_loss huber, which bends at 1")  # fmt: skip
    _fixed(loss, "classification_weight", 1)


def _read_suppression(architecture: Branch, name: str) -> None:
    post = architecture.find(name)
    if post is None:
        return
    suppression = post.find("batch_non_max_suppression")
    if suppression is not None:
        _option(suppression, ("iou_threshold",), "nms_iou")
        _option(suppression, ("max_total_detections",), "detections")
        of_class = suppression.find("max_detections_per_class")
        if of_class is not None:
            same = of_class.number() >= suppression.number_of("max_total_detections", 100)
            of_class.note(Outcome.MAPS if same else Outcome.DIFFERS, "as many as in all here")
        score = suppression.find("score_threshold")
        if score is not None and score.number() < _LEAST_SCORE:
            score.differs(("model", "options", "score_threshold"), _LEAST_SCORE,
                          "what scores less is in nobody's way")  # fmt: skip
        else:
            _option(suppression, ("score_threshold",), "score_threshold")
    converter = post.find("score_converter")
    if converter is not None:
        wanted = "SOFTMAX" if name.startswith("second") else "SIGMOID"
        same = converter.text() == wanted
        converter.note(Outcome.MAPS if same else Outcome.DIFFERS, f"always {wanted} here")


def _read_batch_norms(ssd: Branch) -> None:
    momentum = ssd.find("feature_extractor", "conv_hyperparams", "batch_norm", "decay")
    if momentum is not None and 0 < momentum.number() < 1:
        momentum.maps(("optimization", "batch_norm_momentum"), momentum.number())
    frozen = ssd.find("freeze_batchnorm")
    if frozen is not None:
        frozen.maps(("model", "freeze_batch_norms"), "all" if frozen.field.value else "none")
    decay = ssd.find(
        "feature_extractor", "conv_hyperparams", "regularizer", "l2_regularizer", "weight"
    )
    if decay is not None:
        decay.differs(("optimization", "weight_decay"), decay.number(),
                      "taken off beside the gradient, of the learning rate's size")  # fmt: skip


def read_rcnn(rcnn: Branch, *, with_masks: bool) -> None:
    """Set the options of an R-CNN; with those of masks where it finds some."""
    for name, option in (
        ("first_stage_nms_iou_threshold", "proposal_nms_iou"),
        ("first_stage_minibatch_size", "rpn_samples"),
        ("first_stage_positive_balance_fraction", "rpn_positive_share"),
        ("first_stage_max_proposals", "proposals"),
        ("second_stage_batch_size", "roi_samples"),
        ("second_stage_balance_fraction", "roi_positive_share"),
        ("second_stage_localization_loss_weight", "box_loss_weight"),
    ):
        _option(rcnn, (name,), option)
    if with_masks:
        _option(rcnn, ("second_stage_mask_prediction_loss_weight",), "mask_loss_weight")
    for name in ("first_stage_objectness_loss_weight", "second_stage_classification_loss_weight"):
        _fixed(rcnn, name, 1)
    _fixed(rcnn, "first_stage_nms_score_threshold", 0)
    proposals = rcnn.find("first_stage_localization_loss_weight")
    if proposals is not None:
        proposals.note(Outcome.DIFFERS, "model.options.box_loss_weight, of both stages")
    stages = rcnn.find("number_of_stages")
    if stages is not None:
        stages.note(Outcome.MAPS, "by the model's name")
    for each in rcnn.all("first_stage_anchor_generator"):
        generator = each.children()[0] if each.children() else each
        _ratios(generator, _RCNN_RATIOS)
        each.note(Outcome.DIFFERS, "a size a level of the pyramid: model.options.anchor_scale")
    masks = rcnn.find(
        "second_stage_box_predictor", "mask_rcnn_box_predictor", "predict_instance_masks"
    )
    if masks is not None:
        masks.note(Outcome.MAPS, "by the model's name")
    _read_suppression(rcnn, "second_stage_post_processing")
