"""Options that set what a model's answers mean, and the sentence that shows it."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from serving_protocol.model_facts import (
    MAX_SIDE_PX,
    STRING_FORMS,
    BoxOrder,
    BoxUnit,
    FactSource,
    ModelFacts,
)

Command = TypeVar("Command", bound=Callable[..., Any])

_WORDS = {
    "box_unit": "boxes are {}",
    "box_order": "in the order {}",
    "first_class": "classes count from {}",
    "input_size_hw": "the model's input is {}",
    "image_form": "strings are {}",
}
_VALUES = {"pixels": "pixels of the image", "input-pixels": "pixels of the model's input",
           "encoded": "image files", "example": "tf.Examples"}  # fmt: skip


def facts_options(command: Command) -> Command:
    """Add the options; the command gets them as `facts`."""

    @functools.wraps(command)
    def with_facts(
        box_unit: str | None,
        box_order: str | None,
        first_class: str | None,
        input_size: tuple[int, int] | None,
        image_form: str | None,
        **others: Any,
    ) -> Any:
        values = {
            "box_unit": box_unit,
            "box_order": box_order,
            "first_class": None if first_class is None else int(first_class),
            "input_size_hw": input_size,
            "image_form": image_form,
        }
        return command(facts=ModelFacts.from_json(values, FactSource.SETTING), **others)

    for option in reversed(_OPTIONS):
        with_facts = option(with_facts)
    return with_facts  # type: ignore[return-value]  # it is called with the flags instead


def facts_line(facts: ModelFacts) -> str:
    """Facts as a sentence, each with its source.

    Example:
        >>> facts_line(ModelFacts(BoxUnit.PIXELS, sources={"box_unit": FactSource.IMPORT}))
        'boxes are pixels of the image (import)'
    """
    shown = []
    for name, value in facts.as_json().items():
        if name == "input_size_hw" and facts.box_unit is not BoxUnit.INPUT_PIXELS:
            continue
        words = " x ".join(map(str, value)) if isinstance(value, list) else str(value)
        told = _WORDS[name].format(_VALUES.get(words, words))
        shown.append(f"{told} ({facts.source_of(name).value})")
    return ", ".join(shown) or "nothing is known of its answers yet; the first ones will show it"


_OPTIONS = (
    click.option(
        "--box-unit", type=click.Choice([each.value for each in BoxUnit]),
        help="Unit of the boxes: 0 to 1, pixels of the image sent, or pixels of the model's input.",
    ),
    click.option(
        "--box-order", type=click.Choice([each.value for each in BoxOrder]),
        help="Order of a box's four numbers.",
    ),
    click.option(
        "--first-class", type=click.Choice(["0", "1"]), help="Id of the first class.",
    ),
    click.option(
        "--input-size", type=click.IntRange(1, MAX_SIDE_PX), nargs=2, metavar="HEIGHT WIDTH",
        help="Size of the model's input, for --box-unit input-pixels.",
    ),
    click.option(
        "--image-form", type=click.Choice([each.value for each in STRING_FORMS]),
        help="Encoding of string inputs: image files, base64 or tf.Examples.",
    ),
)  # fmt: skip
