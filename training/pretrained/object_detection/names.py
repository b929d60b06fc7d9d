r"""The rules from the Object Detection API's names to ours.

A rule is a pattern that the whole of a name must fit and what it becomes; the first that fits
wins. The API's names are those of `models/feature_map_generators.py`,
`models/ssd_mobilenet_v2_fpn_keras_feature_extractor.py` and
`predictors/convolutional_keras_box_predictor.py` in tensorflow/models' object_detection; its
backbones are `keras.applications`' and keep their layers' names.
"""

import re
from collections.abc import Sequence

Rule = tuple[re.Pattern[str], str]


def _rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), becomes) for pattern, becomes in pairs)


# Of a layer with a kernel, and of the batch normalization after it.
LAYERS = _rules(
    (r"(?:.*/)?(projection_\d+)", r"\1"),
    (r"(?:.*/)?(smoothing_\d+)(?:_depthwise)?_conv", r"\1"),
    (r"(?:.*/)?bottom_up_Conv2d_(\d+)(?:_depthwise)?_conv", r"bottom_up_conv_\1"),
    (r"(?:.*/)?PredictionTower/conv2d_(\d+)", r"tower_\1"),
    (r"(?:.*/)?(?:WeightShared)?ConvolutionalBoxHead/BoxPredictor", "box_predictor"),
    (r"(?:.*/)?(?:WeightShared)?ConvolutionalClassHead/ClassPredictor", "class_predictor"),
    (
        r"(?:.*/)?(Conv1|Conv_1|expanded_conv_(?:expand|depthwise|project)"
        r"|block_\d+_(?:expand|depthwise|project)|conv1|conv_(?:dw|pw)_\d+)",
        r"\1",
    ),
)
# TF-Slim's networks (tensorflow/models' research/slim/nets), and the heads and extra layers that
# TensorFlow 1's Object Detection API put on them.
SLIM_LAYERS = _rules(
    (r"(?:.*/)?MobilenetV2/Conv", "Conv1"),
    (r"(?:.*/)?MobilenetV2/Conv_1", "Conv_1"),
    (r"(?:.*/)?MobilenetV2/expanded_conv/(depthwise|project)", r"expanded_conv_\1"),
    (r"(?:.*/)?MobilenetV2/expanded_conv_(\d+)/(expand|depthwise|project)", r"block_\1_\2"),
    (r"(?:.*/)?MobilenetV1/Conv2d_0", "conv1"),
    (r"(?:.*/)?MobilenetV1/Conv2d_(\d+)_depthwise", r"conv_dw_\1"),
    (r"(?:.*/)?MobilenetV1/Conv2d_(\d+)_pointwise", r"conv_pw_\1"),
    (r"(?:.*/)?MobilenetV3/Conv", "conv"),
    (r"(?:.*/)?MobilenetV3/Conv_1", "conv_1"),
    (
        r"(?:.*/)?MobilenetV3/(expanded_conv(?:_\d+)?)/(expand|depthwise|project)",
        r"\1_\2",
    ),
    (
        r"(?:.*/)?MobilenetV3/(expanded_conv(?:_\d+)?)/squeeze_excite/Conv",
        r"\1_squeeze_excite_conv",
    ),
    (
        r"(?:.*/)?MobilenetV3/(expanded_conv(?:_\d+)?)/squeeze_excite/Conv_1",
        r"\1_squeeze_excite_conv_1",
    ),
    (r"(?:.*/)?InceptionV2/(Conv2d_\w+)", r"\1"),
    (r"(?:.*/)?InceptionV2/(Mixed_\d\w)/(Branch_\d)/(Conv2d_\w+)", r"\1_\2_\3"),
    (r"(?:.*/)?BoxPredictor_(\d+)/BoxEncodingPredictor", r"box_head_\1"),
    (r"(?:.*/)?BoxPredictor_(\d+)/ClassPredictor", r"class_head_\1"),
    (r"(?:.*/)?BoxPredictor_(\d+)/BoxEncodingPredictor_depthwise", r"box_head_\1_depthwise"),
    (r"(?:.*/)?BoxPredictor_(\d+)/ClassPredictor_depthwise", r"class_head_\1_depthwise"),
    *(
        (
            rf"(?:.*/)?(?:layer_\d+|Mixed_5c)_{which}_Conv2d_{number}_{size}",
            f"extra_{number - 2}_{ours}",
        )
        for number in range(2, 8)
        for which, size, ours in (
            (1, r"1x1_\d+", "squeeze"),
            (2, r"3x3_s2_\d+_depthwise", "depthwise"),
            (2, r"3x3_s2_\d+", "expand"),
        )
    ),
)
BATCH_NORMS = _rules(
    (r"(?:.*/)?(smoothing_\d+)_batchnorm", r"\1_BN"),
    (r"(?:.*/)?bottom_up_Conv2d_(\d+)_batchnorm", r"bottom_up_conv_\1_BN"),
    (r"(?:.*/)?PredictionTower/conv2d_(\d+)/BatchNorm/feature_(\d+)", r"tower_\1_level_\2_BN"),
    (
        r"(?:.*/)?(bn_Conv1|Conv_1_bn|\w+_BN|conv1_bn|conv_(?:dw|pw)_\d+_bn)",
        r"\1",
    ),
)
# The batch normalization of a layer, by the layer's name here.
BATCH_NORM_OF = _rules(
    ("Conv1", "bn_Conv1"),
    (r"(Conv_1|conv1|conv_(?:dw|pw)_\d+)", r"\1_bn"),
    (r"(.+)", r"\1_BN"),
)


def renamed(name: str, rules: Sequence[Rule]) -> str | None:
    """What `name` becomes, or None where no rule fits.

    >>> renamed("FeatureMaps/top_down/smoothing_1_depthwise_conv", LAYERS)
    'smoothing_1'
    """
    for pattern, becomes in rules:
        match = pattern.fullmatch(name)
        if match is not None:
            return match.expand(becomes)
    return None
