"""The APIs that requests may speak: ours, and DeepStack's.

DeepStack takes what it knows of a request and leaves the rest alone. Programs that speak its API
add fields of their own, such as a camera's name, and parts without a name; DeepStack looks at
`image`, `min_confidence` and `api_key`. CodeProject.AI, which speaks it too, takes the first file
whatever it is called.

Source: DeepStack's server.go and middlewares.go; CodeProject.AI's API reference.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from werkzeug.datastructures import FileStorage, MultiDict

from client_api.requests.body import Form
from client_api.requests.negotiation import JSON, AnswerKind
from client_api.requests.parameters import (
    ALIASES,
    NO_FIELDS,
    PredictionParameters,
    SentFields,
    parse_fields,
)
from client_api.requests.payload import KEY_FIELD

MIN_CONFIDENCE = 0.4
# The first that comes counts; DeepStack's own name before ours.
_FIELDS = (
    "min_confidence",
    "score_threshold",
    "confidence",
    "max_detections",
    "classes",
    "pipeline",
)
_PARTS = frozenset({"image", "label_map"})


class ParseFields(Protocol):
    """Reads fields of the query string or the form, as `parameters.parse_fields` does."""

    def __call__(
        self, fields: Iterable[tuple[str, str]], found: SentFields = ..., *, skip_empty: bool = ...
    ) -> SentFields:
        """As that does."""


@dataclass(frozen=True)
class Dialect:
    """How the callers of an API ask.

    Attributes:
        always: the kind of every answer, where neither `Accept` nor `format` decides. Such callers
            may send the API key as a field of the form, as the page does.
        defaults: of parameters that are not sent.
        parse_fields: reads the query string and the form, see `parameters.parse_fields`.
        known_parts: leaves out the parts of a form that mean nothing; None where such are refused.
        takes_one_image: the answer has room for those of one image alone.
    """

    always: AnswerKind | None = None
    defaults: PredictionParameters = PredictionParameters()  # noqa: RUF009  # it is frozen
    parse_fields: ParseFields = parse_fields
    known_parts: Callable[[Form], Form] | None = None
    takes_one_image: bool = False


def parse_deepstack_fields(
    fields: Iterable[tuple[str, str]], found: SentFields = NO_FIELDS, *, skip_empty: bool = True
) -> SentFields:
    """Of each parameter the first value that is not empty; all else is ignored.

    Args:
        fields: name and value of each.
        found: what was sent before; a name that DeepStack prefers goes over it.
        skip_empty: as `parse_fields`; empty ones are left out anyway.

    Raises:
        BadParameter: the value is not allowed.
    """
    sent = [(name, value.strip()) for name, value in fields if value.strip()]
    chosen: dict[str, tuple[str, str]] = {}
    for rank, sent_as in enumerate(_FIELDS):
        name = ALIASES.get(sent_as, sent_as)
        before = found.get(name)
        if before is not None and _FIELDS.index(before.sent_as) <= rank:
            continue
        value = next((field for field in sent if field[0] == sent_as), None)
        if value is not None:
            chosen.setdefault(name, value)
    return {**found, **parse_fields(chosen.values(), skip_empty=skip_empty)}


def known_deepstack_parts(form: Form) -> Form:
    """The form with the image and what else is known of it.

    The image is the part of that name, or the first file where none is called so.
    """
    files: MultiDict[str, FileStorage] = MultiDict(
        (name, file) for name, file in form.files.items(multi=True) if name in _PARTS
    )
    if "image" not in files and "image" not in form.fields:
        others = [file for name, file in form.files.items(multi=True) if name not in _PARTS]
        if others:
            files.add("image", others[0])
    kept = {*_FIELDS, *_PARTS, KEY_FIELD}
    fields: MultiDict[str, str] = MultiDict(
        (name, value) for name, value in form.fields.items(multi=True) if name in kept
    )
    return replace(form, fields=fields, files=files)


BOXWRIGHT = Dialect()
DEEPSTACK = Dialect(
    always=AnswerKind(JSON),
    defaults=PredictionParameters(score_threshold=MIN_CONFIDENCE),
    parse_fields=parse_deepstack_fields,
    known_parts=known_deepstack_parts,
    takes_one_image=True,
)
