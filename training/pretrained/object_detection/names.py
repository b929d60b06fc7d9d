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


# Of a layer with a kernel, and of the batch normalisation after it.
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
BATCH_NORMS = _rules(
    (r"(?:.*/)?(smoothing_\d+)_batchnorm", r"\1_BN"),
    (r"(?:.*/)?bottom_up_Conv2d_(\d+)_batchnorm", r"bottom_up_conv_\1_BN"),
    (r"(?:.*/)?PredictionTower/conv2d_(\d+)/BatchNorm/feature_(\d+)", r"tower_\1_level_\2_BN"),
    (
        r"(?:.*/)?(bn_Conv1|Conv_1_bn|\w+_BN|conv1_bn|conv_(?:dw|pw)_\d+_bn)",
        r"\1",
    ),
)
# The batch normalisation of a layer, by the layer's name here.
BATCH_NORM_OF = _rules(
    ("Conv1", "bn_Conv1"),
    (r"(Conv_1|conv1|conv_(?:dw|pw)_\d+)", r"\1_bn"),
    (r"(.+)", r"\1_BN"),
)
# The heads of one level share these with the others; only a tower's batch norms are each's own.
SHARED_OVER_LEVELS = re.compile(r"tower_\d+|box_predictor|class_predictor")


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
