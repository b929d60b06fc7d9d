"""What is chosen of the model and its training, each with its reason."""

import re
from dataclasses import dataclass
from typing import Any

from training.configuration.machine import Machine
from training.planning.facts import DataFacts
from training.pretrained.catalog import default_weights

DEFAULT_MODEL = "ssd_mobilenet_v2_fpnlite"
# Their default boxes begin at a share of the image, the pyramid's at strides.
PLAIN_SSD_MODELS = ("ssdlite_mobilenet_v3_small", "ssdlite_mobilenet_v3_large",
                    "ssdlite_mobilenet_v2", "ssd_mobilenet_v2", "ssd_mobilenet_v2_oid",
                    "ssd_mobilenet_v1", "ssd_inception_v2")  # fmt: skip
# Strides of the pyramid's finest level, and how small an object may be on the model's input.
_FINEST_STRIDE, _SMALLEST_PX = 8, 24
_STEP_PX = 32


@dataclass(frozen=True)
class Choice:
    """A setting's value, and why.

    Args:
        path: of the setting, such as `("model", "input_size")`.
        value: as YAML has it.
        reason: a clause without a full stop.
    """

    path: tuple[str, ...]
    value: Any
    reason: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {_shown(self.value)}: {self.reason}"


def model_choice(facts: DataFacts) -> Choice:
    """The light model with a pretrained start."""
    start = default_weights(DEFAULT_MODEL)
    reason = "light enough for a processor, with a feature pyramid for small objects too"
    if start is not None:
        reason += f"; starts from {start.name} ({start.trained_on})"
    if facts.with_masks or facts.with_keypoints:
        what = "outlines" if facts.with_masks else "points"
        other = "mask_rcnn_mobilenet_v3_small_fpn" if facts.with_masks else "cpm_mobilenet_v3_small"
        reason += f"; it learns boxes, and the data's {what} are not used (--model.name {other})"
    return Choice(("model", "name"), DEFAULT_MODEL, reason)


def input_size_choice(facts: DataFacts, machine: Machine, minutes: float) -> Choice:
    """As small as the small objects allow, of the images' shape where they have one."""
    smallest, _, _ = facts.box_sides
    largest = 640 if machine.has_gpu else 416 if minutes >= 45 else 320
    least = 224 if len(facts.objects) < 3 and smallest >= 0.2 else 320
    wanted = _SMALLEST_PX / max(smallest, 1e-3)
    side = min(max(wanted, least), largest)
    own = max(facts.size_wh)
    reason = f"19 of 20 objects have a side of {smallest:.0%} of the image and more, "
    side = _rounded(min(side, own))
    reason += f"{smallest * side:.0f} pixels here"
    if own <= side:
        reason += "; the images have no more pixels"
    elif wanted > largest:
        more = "" if machine.has_gpu else ", or a GPU"
        reason += (
            f"; {_rounded(wanted)} would suit them better (--model.input-size) with more time{more}"
        )
    width, height = facts.size_wh
    shape = min(max(width / height, 0.5), 2.0)
    if facts.share_of_usual_shape < 0.8 or 1 / 1.15 <= shape <= 1.15:
        return Choice(("model", "input_size"), side, reason)
    size_hw = [_rounded(side / shape**0.5), _rounded(side * shape**0.5)]
    return Choice(
        ("model", "input_size"), size_hw,
        f"{reason}; height and width as most images have them, {width}x{height}",
    )  # fmt: skip


def box_options_choice(
    facts: DataFacts, model: str, input_size: tuple[int, int] | None
) -> Choice | None:
    """Default boxes that begin where the small objects do; None where the model has none."""
    smallest, _, largest = facts.box_sides
    height, width = input_size or (320, 320)
    if model == DEFAULT_MODEL:
        smallest_px = smallest * (height * width) ** 0.5
        scale = min(max(round(2 * smallest_px / _FINEST_STRIDE) / 2, 1.5), 4.0)
        reason = (
            f"the smallest default boxes are {scale * _FINEST_STRIDE:.0f} pixels, "
            f"the smallest objects {smallest_px:.0f}"
        )
        return Choice(("model", "options"), {"anchor_scale": scale}, reason)
    if model in PLAIN_SSD_MODELS:
        first = round(min(max(smallest, 0.05), 0.4), 2)
        last = round(min(max(largest, first + 0.3), 0.95), 2)
        return Choice(
            ("model", "options"), {"smallest_anchor": first, "largest_anchor": last},
            f"objects have sides of {smallest:.0%} to {largest:.0%} of the image",
        )  # fmt: skip
    return None


def exclusive_classes_choice(facts: DataFacts, model: str) -> Choice | None:
    """Whether what is one class is no other too; None where there is nothing to choose."""
    if sum(map(bool, facts.objects.values())) < 2 or model.startswith("cpm_"):
        return None
    pair = facts.overlapping_classes
    reason = (
        "no two boxes of different classes lie in the same place (IoU above 0.5), so that of two "
        "detections there the better stays"
        if pair is None
        else f"boxes of {pair[0]!r} and {pair[1]!r} lie in the same place (IoU above 0.5)"
    )
    return Choice(("model", "options", "class_agnostic_nms"), pair is None, reason)


_SIDED = frozenset({
    "left", "right", "l", "r", "lh", "rh", "east", "west", "letter", "letters", "char", "character",
    "text", "plate", "word", "arrow", "turn", "clockwise", "counterclockwise",
})  # fmt: skip
_COLORS = frozenset({
    "red", "green", "blue", "white", "black", "yellow", "orange", "brown", "pink", "purple", "gray",
    "grey", "violet", "cyan", "ripe", "unripe",
})  # fmt: skip
_MICROSCOPIC = frozenset({
    "rbc", "wbc", "platelet", "platelets", "cell", "cells", "nucleus", "nuclei", "bacteria",
    "bacterium", "mitosis",
})  # fmt: skip


def augmentation_choices(facts: DataFacts) -> list[Choice]:
    """Changes that leave every class what it is, as far as names and sizes tell."""
    words = {name: set(_words(name)) for name in facts.objects}
    sided = _first_of(words, _SIDED) or next(
        (name for name in words if len(name) == 1 and name.isalnum()), None
    )
    colored = _first_of(words, _COLORS)
    microscopic = bool(words) and all(found & _MICROSCOPIC for found in words.values())
    choices = [
        Choice(("horizontal_flip",), 0.0 if sided else 0.5,
               f"the class {sided!r} may be another in a mirror" if sided
               else "no class name says that left is not right"),
        Choice(("scale",), [0.7, 1.4], "objects come nearer and farther"),
        Choice(("translate",), 0.1, "and elsewhere"),
        Choice(("brightness",), 0.2, "light changes"),
        Choice(("contrast",), 0.2, "and so do cameras"),
        Choice(("saturation",), 0.1 if colored else 0.3,
               f"colors tell the class {colored!r}" if colored else "colors tell no class by name"),
    ]  # fmt: skip
    if not colored:
        choices.append(Choice(("hue_degrees",), 8.0, "as with saturation"))
    if microscopic and not sided:
        choices.append(Choice(("vertical_flip",), 0.5, "cells have no upright"))
    if facts.box_sides[1] < 0.5 and facts.images >= 50:
        choices.append(
            Choice(("mosaic",), 0.2, "half of the objects are smaller than half of the image")
        )
    return [Choice(("augmentation", *each.path), each.value, each.reason) for each in choices]


def batch_size_choice(facts: DataFacts, machine: Machine) -> Choice:
    """Small, so that few images make many steps."""
    usual = 16 if machine.has_gpu else 8
    size = max(1, min(usual, facts.images // 4))
    reason = "a GPU takes more at once" if machine.has_gpu else "more steps in the time"
    if size < usual:
        reason = f"a quarter of {facts.images} images"
    return Choice(("optimization", "batch_size"), size, reason)


def _first_of(words: dict[str, set[str]], known: frozenset[str]) -> str | None:
    return next((name for name, found in words.items() if found & known), None)


def _words(name: str) -> list[str]:
    """Its words in lower case, at `_`, `-`, spaces, digits and humps."""
    return [each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _rounded(pixels: float) -> int:
    return max(_STEP_PX, round(pixels / _STEP_PX) * _STEP_PX)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    return str(value)
