"""The parameters of a prediction: one table that the parser, Swagger and the page's form read."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from client_api.errors import BadParameter, ConflictingParameters, UnknownParameter

MAX_DETECTIONS = 300
# Nobody writes more by hand, and each name is looked up.
MAX_CLASSES_CHARACTERS = 20_000

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
        pipeline: the name of the pair of models to use; None for one model.
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


class FormField(NamedTuple):
    """How the page's form asks for a parameter.

    Attributes:
        label: before the input.
        input: attributes of the HTML input, beside `name` and `value`.
        is_wide: whether it has a line of its own.
    """

    label: str
    input: Mapping[str, str]
    is_wide: bool = False


@dataclass(frozen=True)
class Parameter:
    """A row of `PARAMETERS`.

    Attributes:
        name: in the query string and the form.
        description: for the specification.
        parse: takes the name that was sent and the value, and raises `BadParameter`.
        schema: type, range, choices and default in the specification.
        attribute: of `PredictionParameters`, where that is not `name`.
        aliases: other names under which callers of similar APIs know it.
        form: None where the page's form does not ask for it.
    """

    name: str
    description: str
    parse: Callable[[str, str], object]
    schema: Mapping[str, Any]
    attribute: str = ""
    aliases: tuple[str, ...] = ()
    form: FormField | None = field(default=None, repr=False)


class SentValue(NamedTuple):
    """A parameter that was sent.

    Attributes:
        sent_as: its name or an alias.
        value: parsed.
    """

    sent_as: str
    value: object


SentFields = Mapping[str, SentValue]
NO_FIELDS: SentFields = MappingProxyType({})


def parse_fields(
    fields: Iterable[tuple[str, str]], found: SentFields = NO_FIELDS, *, skip_empty: bool = False
) -> SentFields:
    """Parse fields of the query string or of the form.

    Args:
        fields: name and value of each, in any order.
        found: what was sent before, as in the query string; none of it may come again.
        skip_empty: count an empty field as not sent, as a browser's form means it.

    Returns:
        `found` with these, by the parameters' names.

    Raises:
        UnknownParameter: the name is unknown, or the parameter comes twice.
        BadParameter: the value is not allowed.
    """
    sent = dict(found)
    for sent_as, value in fields:
        if skip_empty and not value.strip():
            continue
        parameter = PARAMETERS_BY_NAME.get(sent_as)
        if parameter is None:
            raise UnknownParameter(
                f"parameter {sent_as[:100]!r} is unknown; allowed are "
                + ", ".join([*(each.name for each in PARAMETERS), *ALIASES])
            )
        if parameter.name in sent:
            names = " or ".join([parameter.name, *parameter.aliases])
            raise UnknownParameter(
                f"parameter {parameter.name} comes twice; once is expected"
                + (f" (as {names})" if parameter.aliases else "")
            )
        sent[parameter.name] = SentValue(sent_as, parameter.parse(sent_as, value))
    return sent


def to_parameters(
    sent: SentFields, defaults: PredictionParameters = PredictionParameters()
) -> PredictionParameters:
    """What the fields ask for together.

    Args:
        sent: by `parse_fields`.
        defaults: of parameters that were not sent.

    Raises:
        ConflictingParameters: two of them exclude each other.
    """
    values: dict[str, Any] = {
        PARAMETERS_BY_NAME[name].attribute or name: each.value for name, each in sent.items()
    }
    parameters = replace(defaults, **values)
    if parameters.schema == "coco" and parameters.answer_format == "both":
        raise ConflictingParameters(
            "schema",
            "schema=coco cannot be combined with format=both, because a list of COCO results has "
            "no place for an image; leave one of them out",
        )
    if parameters.schema == "coco" and parameters.overlay is not None:
        raise ConflictingParameters(
            "schema",
            f"schema=coco cannot be combined with overlay={parameters.overlay}, because a list of "
            "COCO results has no place for it; leave one of them out",
        )
    return parameters


def specification() -> dict[str, dict[str, Any]]:
    """The parameters as Swagger describes them, by name."""
    return {
        each.name: {"in": "query", **each.schema, "description": each.description}
        for each in PARAMETERS
    }


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
    raise BadParameter(name, value, "a comma-separated list of label names or ids")


def _pipeline(name: str, value: str) -> str:
    # Which names there are, `PIPELINES` says.
    if value.strip():
        return value
    raise BadParameter(name, value, "a pipeline's name")


def _choice(*choices: str) -> dict[str, Any]:
    """`parse` and `schema` of a parameter with few values."""

    def parse(name: str, value: str) -> str:
        if value in choices:
            return value
        raise BadParameter(name, value, f"one of {', '.join(choices)}")

    return {"parse": parse, "schema": {"type": "string", "enum": list(choices)}}


def _defaulting_choice(*choices: str) -> dict[str, Any]:
    """The same, where the first is the default."""
    row = _choice(*choices)
    return row | {"schema": row["schema"] | {"default": choices[0]}}


PARAMETERS = (
    Parameter(
        "score_threshold",
        "Lowest score returned; also called confidence or min_confidence. Without it, the model's "
        "own, which GET /models tells: its card's, else 0.5.",
        _score_threshold,
        {"type": "number", "minimum": 0, "maximum": 1},
        aliases=("confidence", "min_confidence"),
        form=FormField(
            "Lowest score",
            {
                "type": "number",
                "min": "0",
                "max": "1",
                "step": "any",
                "placeholder": "the model's own",
            },
        ),
    ),
    Parameter(
        "max_detections",
        "At most so many per image.",
        _max_detections,
        {"type": "integer", "minimum": 1, "maximum": MAX_DETECTIONS, "default": 100},
        form=FormField(
            "Most detections", {"type": "number", "min": "1", "max": str(MAX_DETECTIONS)}
        ),
    ),
    Parameter(
        "classes",
        "Only these: label names or ids, with commas between them.",
        _classes,
        {"type": "string"},
        form=FormField(
            "Only these classes",
            {"type": "text", "placeholder": "all", "autocomplete": "off"},
            is_wide=True,
        ),
    ),
    Parameter(
        "format",
        "What to answer, over the Accept header.",
        **_choice("json", "image", "both"),
        attribute="answer_format",
    ),
    Parameter("schema", "coco: a list of COCO results.", **_defaulting_choice("default", "coco")),
    Parameter(
        "pipeline",
        "A pair of models that PIPELINES sets up: the first finds hands, the second the keypoints "
        "of each.",
        _pipeline,
        {"type": "string"},
    ),
    Parameter(
        "overlay",
        "belief: a model of keypoints' belief maps, below what is drawn and in the JSON.",
        **_choice("belief"),
    ),
    Parameter(
        "truncated",
        "accept: read what is there of a JPEG or PNG that ends too early; the image of the answer "
        "then has truncated. Also a key beside the images in JSON.",
        **_defaulting_choice("refuse", "accept"),
    ),
)
ALIASES = {alias: each.name for each in PARAMETERS for alias in each.aliases}
PARAMETERS_BY_NAME = {name: each for each in PARAMETERS for name in (each.name, *each.aliases)}
FORM_PARAMETERS = tuple(each for each in PARAMETERS if each.form is not None)
