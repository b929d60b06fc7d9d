"""The parameters of a prediction: read from the query string and the form, each one checked."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from client_api.errors import BadParameter, UnknownParameter

MAX_DETECTIONS = 300
FORMATS = ("json", "image", "both")
SCHEMAS = ("default", "coco")
OVERLAYS = ("belief",)
TRUNCATED = ("refuse", "accept")
# Nobody writes more by hand, and each name is looked up.
MAX_CLASSES_CHARACTERS = 20_000
# Other names under which callers of similar APIs know a parameter.
ALIASES = {"confidence": "score_threshold", "min_confidence": "score_threshold"}

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class PredictionParameters:
    """What a caller can choose.

    Attributes:
        score_threshold: lowest score returned, 0 to 1; None for the model's own.
        max_detections: at most so many per image, 1 to 300.
        classes: label names or ids as they came; None for all.
        answer_format: `json`, `image` or `both`; None where `Accept` decides.
        schema: `default` or `coco`.
        pipeline: the pair of models that is asked; None for one model.
        overlay: `belief` for belief maps under what is drawn; None for none.
        truncated: `accept` to read what is there of an image that ends too early, or `refuse`.
    """

    score_threshold: float | None = None
    max_detections: int = 100
    classes: tuple[str, ...] | None = None
    answer_format: str | None = None
    schema: str = "default"
    pipeline: str | None = None
    overlay: str | None = None
    truncated: str = "refuse"


def parse_parameters(
    fields: Iterable[tuple[str, str]],
    *,
    skip_empty: bool = False,
    defaults: PredictionParameters = PredictionParameters(),
) -> PredictionParameters:
    """Check and read the fields of the query string and of the form together.

    Args:
        fields: name and value of each, in any order.
        skip_empty: count an empty field as not sent, as a browser's form means it.
        defaults: what a parameter is that was not sent.

    Raises:
        UnknownParameter: the name means nothing, or the parameter comes twice.
        BadParameter: the value is not allowed.
    """
    found: dict[str, Any] = {}
    for sent_name, value in fields:
        if skip_empty and not value.strip():
            continue
        name = ALIASES.get(sent_name, sent_name)
        if name not in _PARSERS:
            raise UnknownParameter(
                f"parameter {sent_name[:100]!r} is unknown; allowed are "
                + ", ".join([*_PARSERS, *ALIASES])
            )
        attribute, parse = _PARSERS[name]
        if attribute in found:
            raise UnknownParameter(
                f"parameter {name} comes twice; once is expected"
                + (f" (as {name} or {' or '.join(_aliases_of(name))})" if _aliases_of(name) else "")
            )
        found[attribute] = parse(sent_name, value)
    parameters = replace(defaults, **found)
    if parameters.schema == "coco" and parameters.answer_format == "both":
        # A list of results has no place for an image.
        raise BadParameter("schema", "coco", "default, where format is both,")
    if parameters.schema == "coco" and parameters.overlay is not None:
        raise BadParameter("schema", "coco", "default, where an overlay is asked for,")
    return parameters


def _aliases_of(name: str) -> list[str]:
    return [alias for alias, meant in ALIASES.items() if meant == name]


def _score_threshold(name: str, value: str) -> float:
    # Spelled out, because float() also takes nan, inf, blanks and underscores.
    number = float(value) if _NUMBER.fullmatch(value) else math.nan
    if 0 <= number <= 1:
        return number
    raise BadParameter(name, value, "a number from 0 to 1")


def _max_detections(name: str, value: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", value) and 1 <= int(value) <= MAX_DETECTIONS:
        return int(value)
    raise BadParameter(name, value, f"a whole number from 1 to {MAX_DETECTIONS}")


def _classes(name: str, value: str) -> tuple[str, ...]:
    if len(value) > MAX_CLASSES_CHARACTERS:
        raise BadParameter(name, value, f"a list of at most {MAX_CLASSES_CHARACTERS} characters")
    classes = tuple(part.strip() for part in value.split(","))
    if all(classes):
        return classes
    raise BadParameter(name, value, "label names or ids, with commas between them,")


def _pipeline(name: str, value: str) -> str:
    # Whether there is such a one is the gateway's to say.
    if value.strip():
        return value
    raise BadParameter(name, value, "a pipeline's name")


def _choice(choices: tuple[str, ...]) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value in choices:
            return value
        raise BadParameter(name, value, f"one of {', '.join(choices)}")

    return parse


_PARSERS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "score_threshold": ("score_threshold", _score_threshold),
    "max_detections": ("max_detections", _max_detections),
    "classes": ("classes", _classes),
    "format": ("answer_format", _choice(FORMATS)),
    "schema": ("schema", _choice(SCHEMAS)),
    "pipeline": ("pipeline", _pipeline),
    "overlay": ("overlay", _choice(OVERLAYS)),
    "truncated": ("truncated", _choice(TRUNCATED)),
}
