"""`ModelFacts`: what the numbers of a model's answers mean, and who says so.

No signature declares the unit of `detection_boxes`. It is a fact of the model, so it is found once:
said by an operator or a model card, settled when a model is imported, or by the first answers from
which it can be told (`box_evidence`). One answer by itself never decides what it means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Self

from serving_protocol.image_input import ImageForm

# Beside a version's graph, or in its model's folder for all versions: what an operator says.
MODEL_FACTS_NAME = "model_facts.json"
MAX_FILE_BYTES = 64 * 1024
MAX_SIDE_PX = 65536


# What an input of strings may take.
STRING_FORMS = (ImageForm.ENCODED, ImageForm.EXAMPLE, ImageForm.BASE64)


class BadModelFacts(ValueError):
    """The facts contradict themselves or cannot be read; the message says what is allowed."""


class BoxUnit(Enum):
    """What coordinates are fractions or numbers of."""

    NORMALIZED = "normalized"  # 0..1 of the image
    PIXELS = "pixels"  # of the image as it was sent; of `image_info`'s where there is one
    INPUT_PIXELS = "input-pixels"  # of the image as the graph resized it


class BoxOrder(Enum):
    """In which order a box's four numbers come."""

    YXYX = "yxyx"  # y_min, x_min, y_max, x_max
    XYXY = "xyxy"  # x_min, y_min, x_max, y_max
    XYWH = "xywh"  # x_min, y_min, width, height
    CXCYWH = "cxcywh"  # x and y of the center, width, height


class FactSource(Enum):
    """Who says a fact; the first of them that does counts."""

    SETTING = "setting"  # MODEL_FACTS_NAME, which `boxwright models set` writes
    CARD = "card"
    SIGNATURE = "signature"
    IMPORT = "import"
    ANSWERS = "first answers"
    DEFAULT = "default"  # nobody yet


_NAMES = ("box_unit", "box_order", "first_class", "input_size_hw", "image_form")


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model's answers; None for what is not.

    Args:
        box_unit: of boxes and keypoints.
        box_order: of boxes.
        first_class: the number of the model's first class, 0 or 1.
        input_size_hw: height and width that the graph resizes every image to, for INPUT_PIXELS.
        image_form: what an input of strings takes: files, `tf.Example`s, base64; never PIXELS.
        sources: who says each, by the names above.

    Raises:
        BadModelFacts: a value is none that is allowed.
    """

    box_unit: BoxUnit | None = None
    box_order: BoxOrder | None = None
    first_class: int | None = None
    input_size_hw: tuple[int, int] | None = None
    image_form: ImageForm | None = None
    sources: Mapping[str, FactSource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.first_class not in (None, 0, 1):
            raise BadModelFacts(f"first_class is 0 or 1, not {self.first_class!r}")
        sides = self.input_size_hw
        if sides is not None and not (len(sides) == 2 and all(map(_is_side, sides))):
            raise BadModelFacts(
                f"input_size_hw is a height and a width from 1 to {MAX_SIDE_PX}, not {sides!r}"
            )

    def over(self, other: "ModelFacts") -> "ModelFacts":
        """These facts, and where they say nothing the other ones."""
        mine = {name: getattr(self, name) for name in self.known}
        sources = {name: other.sources[name] for name in other.known if name in other.sources}
        sources |= {name: self.sources[name] for name in mine if name in self.sources}
        return replace(other, **mine, sources=sources)

    def said_by(self, source: FactSource) -> "ModelFacts":
        """The same, all of them said by `source`."""
        return replace(self, sources=dict.fromkeys(self.known, source))

    @property
    def known(self) -> tuple[str, ...]:
        """The names of the facts that are known."""
        return tuple(name for name in _NAMES if getattr(self, name) is not None)

    def source_of(self, name: str) -> FactSource:
        """Who says the fact of that name."""
        return self.sources.get(name, FactSource.DEFAULT)

    def as_json(self) -> dict[str, Any]:
        """Name -> value of what is known, as in `MODEL_FACTS_NAME`; without the sources."""
        values: dict[str, Any] = {}
        for name in self.known:
            value = getattr(self, name)
            values[name] = value.value if isinstance(value, Enum) else value
        if self.input_size_hw is not None:
            values["input_size_hw"] = list(self.input_size_hw)
        return values

    def sources_as_json(self) -> dict[str, str]:
        """Name -> who says it, of what is known."""
        return {name: self.source_of(name).value for name in self.known}

    @classmethod
    def from_json(cls, values: object, source: FactSource) -> Self:
        """Facts from what `as_json` gives; names that are not known are passed over.

        Raises:
            BadModelFacts: a value is none that is allowed.
        """
        if not isinstance(values, Mapping):
            raise BadModelFacts(f'facts are {{"box_unit": "pixels"}} or others, not {values!r:.60}')
        known = {name: values[name] for name in _NAMES if values.get(name) is not None}
        first_class = known.get("first_class")
        if isinstance(first_class, bool | float):
            raise BadModelFacts(f"first_class is 0 or 1, not {first_class!r}")
        size = known.get("input_size_hw")
        if size is not None and not isinstance(size, list | tuple):
            raise BadModelFacts(f"input_size_hw is a height and a width, not {size!r:.60}")
        return cls(
            _one_of(BoxUnit, "box_unit", known.get("box_unit")),
            _one_of(BoxOrder, "box_order", known.get("box_order")),
            first_class,
            None if size is None else tuple(size),
            _one_of(STRING_FORMS, "image_form", known.get("image_form")),
            dict.fromkeys(known, source),
        )


def parse_model_facts(text: str | bytes, source: FactSource = FactSource.SETTING) -> ModelFacts:
    """Read the text of a `MODEL_FACTS_NAME` file.

    Raises:
        BadModelFacts: it is none; the message says why.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadModelFacts(f"not JSON ({type(error).__name__})") from error
    return ModelFacts.from_json(values, source)


def read_model_facts(file: Path) -> ModelFacts:
    """Read a `MODEL_FACTS_NAME` file.

    Raises:
        BadModelFacts: it is none; the message says why.
        OSError: it cannot be read, or is not there.
    """
    with file.open("rb") as opened:
        text = opened.read(MAX_FILE_BYTES + 1)
    if len(text) > MAX_FILE_BYTES:
        raise BadModelFacts(f"longer than the {MAX_FILE_BYTES} bytes that are read")
    return parse_model_facts(text)


def facts_in(folder: Path) -> ModelFacts:
    """What `MODEL_FACTS_NAME` says in the folder of a version, or of a model; nothing without one.

    Raises:
        BadModelFacts: it is no such file.
        OSError: it cannot be read.
    """
    try:
        return read_model_facts(folder / MODEL_FACTS_NAME)
    except FileNotFoundError:
        return ModelFacts()


def format_model_facts(facts: ModelFacts) -> str:
    """The text of a `MODEL_FACTS_NAME` file, which `parse_model_facts` reads."""
    return json.dumps(facts.as_json(), indent=2) + "\n"


def _one_of(kind: Any, name: str, value: object) -> Any:
    if value is None:
        return None
    allowed = [each.value for each in kind]
    if value not in allowed:
        raise BadModelFacts(f"{name} is one of {', '.join(allowed)}, not {value!r:.60}")
    return next(each for each in kind if each.value == value)


def _is_side(side: object) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 0 < side <= MAX_SIDE_PX
