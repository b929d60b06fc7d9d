"""What the stages see: features at an eighth of the image's size."""

import keras
from keras import applications, layers, ops

from training.models.cpm.options import CpmOptions
from training.models.cpm.stages import INITIALIZER
from training.models.ssd.backbones import normalized
from training.models.ssd.layers import batch_norm, conv_bn_relu6, relu6

Size = tuple[int, int]
STRIDE = 8
# The light features come from maps down to a 32nd, each twice as large as the next.
LIGHT_STRIDE = 32
# Filters of each of VGG-19's blocks, and its convolutions, as far as OpenPose takes them.
VGG_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 2))
# ImageNet's mean color, blue first, as the published VGGs were trained with it.
VGG_MEAN_BGR = (103.939, 116.779, 123.68)


def vgg19_features(
    images: keras.KerasTensor, options: CpmOptions
) -> tuple[keras.KerasTensor, keras.Model]:
    """VGG-19 down to conv4_4 and two convolutions more, as OpenPose's model of hands has it.

    OpenPose leaves the fourth pooling out, so that conv5_1 and conv5_2 see an eighth of the
    image. They and those before have VGG's shapes, and Keras's names.

    Args:
        images: (B, H, W, 3) in 0..255, RGB; the VGGs take blue first, less the mean color.
        options: how many features.

    Returns:
        (B, H / 8, W / 8, feature_channels), and the part of it that is VGG's.
    """
    inside = keras.Input(images.shape[1:])
    x = inside
    for block, (filters, count) in enumerate(VGG_BLOCKS, 1):
        if 2 <= block <= 4:
            x = layers.MaxPooling2D(2, name=f"block{block - 1}_pool")(x)
        for number in range(1, count + 1):
            x = layers.Conv2D(
                filters, 3, padding="same", activation="relu", kernel_initializer=INITIALIZER,
                name=f"block{block}_conv{number}",
            )(x)  # fmt: skip
    backbone = keras.Model(inside, x, name="backbone")
    # Without weights from elsewhere, values around 1 in the place of 100 let training begin.
    centered = layers.Normalization(
        axis=-1, mean=VGG_MEAN_BGR, variance=(1.0, 1.0, 1.0), name="centre"
    )(ops.flip(images, axis=-1))
    features = layers.Conv2D(
        options.feature_channels, 3, padding="same", activation="relu",
        kernel_initializer=INITIALIZER, name="conv5_3_CPM",
    )(backbone(centered))  # fmt: skip
    return features, backbone


def mobilenet_v3_small_features(
    images: keras.KerasTensor, options: CpmOptions
) -> tuple[keras.KerasTensor, keras.Model]:
    """MobileNetV3-Small's maps of three sizes, the smaller ones laid on the larger ones.

    What a hand's point is can be told from all of the hand alone: the map of an eighth sees little
    around a place, that of a 32nd sees everything.

    Args:
        images: (B, H, W, 3) in 0..255.
        options: how many features, and the backbone's width.

    Returns:
        (B, H / 8, W / 8, feature_channels), and the part of it that is MobileNet's.
    """
    network = applications.MobileNetV3Small(
        tuple(images.shape[1:]), options.width, include_top=False, weights=None,
        include_preprocessing=False,
    )  # fmt: skip
    eighth = network.get_layer("expanded_conv_3_depthwise_pad").input
    sixteenth = network.get_layer("expanded_conv_8_depthwise_pad").input
    last = network.get_layer("expanded_conv_10_add").output
    backbone = keras.Model(network.input, [eighth, sixteenth, last], name="backbone")
    maps = backbone(normalized(images))
    channels = options.feature_channels
    x = conv_bn_relu6(maps[2], channels, 1, "lateral_32")
    for stride, each in ((16, maps[1]), (8, maps[0])):
        lateral = layers.Conv2D(channels, 1, use_bias=False, name=f"lateral_{stride}")(each)
        lateral = batch_norm(f"lateral_{stride}_BN")(lateral)
        larger = layers.UpSampling2D(2, name=f"upsample_{stride}")(x)
        x = relu6(layers.Add(name=f"merge_{stride}")([lateral, larger]), f"merge_{stride}_relu")
        y = layers.DepthwiseConv2D(
            3, padding="same", use_bias=False, name=f"smooth_{stride}_depthwise"
        )(x)
        y = relu6(batch_norm(f"smooth_{stride}_depthwise_BN")(y), f"smooth_{stride}_relu")
        x = conv_bn_relu6(y, channels, 1, f"smooth_{stride}_pointwise")
    return x, backbone
