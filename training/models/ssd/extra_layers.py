"""SSD's extra layers: coarser maps after the backbone's last (Liu et al. 2016, figure 2)."""

import keras

from training.models.ssd.layers import conv_bn_relu6, depthwise_bn_relu6

# Channels of the four maps after the backbone's two, in all of the light SSDs.
DEPTHS = (512, 256, 256, 128)


def extra_layers(
    maps: list[keras.KerasTensor], *, depthwise: bool, width: float
) -> list[keras.KerasTensor]:
    """The backbone's maps and four more, each of half the size of the one before.

    Args:
        maps: (B, H, W, C) each, the finest first.
        depthwise: SSDLite's separable convolutions (Sandler et al. 2018, section 6.2).
        width: their channels, as a share of `DEPTHS`.
    """
    maps = list(maps)
    for number, depth in enumerate(DEPTHS):
        filters = max(16, round(depth * width))
        x = conv_bn_relu6(maps[-1], filters // 2, 1, f"extra_{number}_squeeze")
        if depthwise:
            x = depthwise_bn_relu6(x, f"extra_{number}_depthwise", stride=2)
            x = conv_bn_relu6(x, filters, 1, f"extra_{number}_expand")
        else:
            x = conv_bn_relu6(x, filters, 3, f"extra_{number}_expand", stride=2)
        maps.append(x)
    return maps
