"""`data_augmentation_options { ... }`: what is done to images that are learned from."""

from collections.abc import Callable, Mapping

from training.configuration.pipeline_config.tree import Branch, Outcome

# Of SSD's seven crops one, drawn evenly, leaves the image whole.
_CROPPED_SHARE = 0.86
_HUE_CIRCLE = 360.0


def read_augmentation(option: Branch) -> None:
    """Set what one `data_augmentation_options` says."""
    for step in option.children():
        convert = _STEPS.get(step.field.name)
        if convert is not None:
            convert(step)


def _set(step: Branch, value: object, why: str, *names: str) -> None:
    first, *others = names
    step.maps_or_differs(("augmentation", first), value, why)
    for name in others:
        step.also(("augmentation", name), value)


def _probability(name: str, default: float) -> Callable[[Branch], None]:
    def convert(step: Branch) -> None:
        _set(step, step.number_of("probability", default), "", name)

    return convert


def _ssd_crop(step: Branch) -> None:
    _set(step, _CROPPED_SHARE, "crops with an object in them, of a share of the area", "crop")
    step.also(("augmentation", "crop_min_area"), 0.1)


def _crop(step: Branch) -> None:
    area = max(0.01, min(1.0, step.number_of("min_area", 0.1)))
    step.also(("augmentation", "crop_min_area"), area)
    step.also(
        ("augmentation", "min_visible"), min(1.0, max(0.0, step.number_of("overlap_thresh", 0.3)))
    )
    _set(step, 1.0 - step.number_of("random_coef", 0.0),
         "the aspect ratio stays, and an object is in it", "crop")  # fmt: skip


def _ssd_crop_pad(step: Branch) -> None:
    _ssd_crop(step)
    step.also(("augmentation", "scale"), [0.5, 1.0])


def _pad(step: Branch) -> None:
    _set(step, [0.5, 1.0], "everything becomes smaller, by up to half", "scale")


def _scale(
    least: str, most: str, least_value: float, most_value: float
) -> Callable[[Branch], None]:
    def convert(step: Branch) -> None:
        low, high = step.number_of(least, least_value), step.number_of(most, most_value)
        _set(step, [max(0.05, low), min(20.0, high)], "about a point near the middle", "scale")

    return convert


def _brightness(step: Branch) -> None:
    _set(step, min(1.0, step.number_of("max_delta", 0.2)), "a factor, and no sum", "brightness")


def _pixel_values(step: Branch) -> None:
    share = max(1 - step.number_of("minval", 0.9), step.number_of("maxval", 1.1) - 1)
    _set(step, _amount(share), "one factor for the whole image", "brightness")


def _factor(name: str) -> Callable[[Branch], None]:
    def convert(step: Branch) -> None:
        least, most = step.number_of("min_delta", 0.8), step.number_of("max_delta", 1.25)
        ours = _amount(max(1 - least, most - 1))
        _set(step, ours, "" if (least, most) == (1 - ours, 1 + ours) else "evenly both ways", name)

    return convert


def _amount(share: float) -> float:
    return round(min(1.0, max(0.0, share)), 6)


def _hue(step: Branch) -> None:
    degrees = min(180.0, step.number_of("max_delta", 0.02) * _HUE_CIRCLE)
    _set(step, round(degrees, 6), "", "hue_degrees")


def _distort(step: Branch) -> None:
    """The API's fixed amounts: 32 of 255, halves, and a fifth of the circle of hues."""
    _set(step, 0.125, "all four at once, in one order", "brightness")
    for name, value in (("saturation", 0.5), ("contrast", 0.5), ("hue_degrees", 72.0)):
        step.also(("augmentation", name), value)


def _patches(step: Branch) -> None:
    size = step.number_of("size_to_image_ratio", 0.1)
    step.also(("augmentation", "cut_out_count"), int(step.number_of("max_black_patches", 10)))
    step.also(("augmentation", "cut_out_size"), [size, size])
    _set(step, step.number_of("probability", 0.5), "in a color", "cut_out")


def _built_in(step: Branch) -> None:
    step.note(Outcome.MAPS, "so it is here, always")


_STEPS: Mapping[str, Callable[[Branch], None]] = {
    "random_horizontal_flip": _probability("horizontal_flip", 0.5),
    "random_vertical_flip": _probability("vertical_flip", 0.5),
    "random_rgb_to_gray": _probability("grey", 0.1),
    "random_rotation90": lambda step: _set(
        step, step.number_of("probability", 0.5), "by 180 and 270 degrees too", "quarter_turns"
    ),
    "random_image_scale": _scale("min_scale_ratio", "max_scale_ratio", 0.5, 2.0),
    "random_scale_crop_and_pad_to_square": _scale("scale_min", "scale_max", 0.1, 2.0),
    "random_crop_image": _crop,
    "random_crop_pad_image": _crop,
    "ssd_random_crop": _ssd_crop,
    "ssd_random_crop_fixed_aspect_ratio": _ssd_crop,
    "ssd_random_crop_pad": _ssd_crop_pad,
    "ssd_random_crop_pad_fixed_aspect_ratio": _ssd_crop_pad,
    "random_pad_image": _pad,
    "random_adjust_brightness": _brightness,
    "random_pixel_value_scale": _pixel_values,
    "random_adjust_contrast": _factor("contrast"),
    "random_adjust_saturation": _factor("saturation"),
    "random_adjust_hue": _hue,
    "random_distort_color": _distort,
    "random_black_patches": _patches,
    "normalize_image": _built_in,
    "subtract_channel_mean": _built_in,
    "convert_class_logits_to_softmax": _built_in,
}
