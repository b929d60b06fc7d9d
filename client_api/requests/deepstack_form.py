"""How DeepStack reads a request: it takes what it knows, and leaves the rest alone.

Programs that speak its API add fields of their own, such as a camera's name, and parts without a
name; DeepStack looks at `image`, `min_confidence` and `api_key`. CodeProject.AI, which speaks it
too, takes the first file whatever it is called.

Source: DeepStack's server.go and middlewares.go; CodeProject.AI's API reference.
"""

from collections.abc import Iterable
from dataclasses import replace

from werkzeug.datastructures import FileStorage, MultiDict

from client_api.requests.body import Form
from client_api.requests.dialect import Dialect, Fields
from client_api.requests.negotiation import IMAGES, JSON, AnswerKind
from client_api.requests.parameters import ALIASES, PredictionParameters
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


def known_fields(fields: Iterable[tuple[str, str]]) -> Fields:
    """Of each parameter the first value that is not empty; all else is ignored."""
    sent = [(name, value.strip()) for name, value in fields if value.strip()]
    found: dict[str, tuple[str, str]] = {}
    for name in _FIELDS:
        for field in sent:
            if field[0] == name:
                found.setdefault(ALIASES.get(name, name), field)
    return list(found.values())


def known_parts(form: Form) -> Form:
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


DEEPSTACK = Dialect(
    always=AnswerKind(JSON, IMAGES[0]),
    defaults=PredictionParameters(score_threshold=MIN_CONFIDENCE),
    known_fields=known_fields,
    known_parts=known_parts,
)
