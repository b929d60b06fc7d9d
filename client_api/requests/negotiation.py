"""What the caller wants to get: by the `format` parameter, else by the `Accept` header."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Request
from werkzeug.datastructures import MIMEAccept

from client_api.errors import NotAcceptable

JSON = "application/json"
PAGE = "text/html"
IMAGES = ("image/jpeg", "image/png", "image/webp")
# In the order in which they are chosen where the caller likes them equally.
PREDICTION_TYPES = (JSON, PAGE, *IMAGES)


class AnswerKind(NamedTuple):
    """What to answer a prediction with.

    Attributes:
        media_type: of the answer, one of `PREDICTION_TYPES`.
        drawn_as: type of the annotated image, one of `IMAGES`: of the answer itself, or of the
            image that a page or JSON brings; None where none is drawn.
    """

    media_type: str
    drawn_as: str | None = None


def best_type(accept: MIMEAccept, offered: Sequence[str]) -> str | None:
    """The one of `offered` that `accept` likes best; None where it takes none of them.

    The quality decides, then how exactly the type is named, then the order of `offered`. No
    header at all accepts everything. Parameters such as `charset` are ignored.

    Source: RFC 9110, 12.5.1: of several ranges that match a type, the most specific one counts.
    """
    ranges = [(value.partition(";")[0].strip().lower(), quality) for value, quality in accept]
    if not ranges:
        return offered[0]
    best: tuple[float, int] = (0.0, 0)
    chosen = None
    for media_type in offered:
        specificity_of = {media_type: 3, f"{media_type.partition('/')[0]}/*": 2, "*/*": 1, "*": 1}
        specificity, quality = max((specificity_of.get(each, 0), q) for each, q in ranges)
        if specificity and quality > 0 and (quality, specificity) > best:
            best, chosen = (quality, specificity), media_type
    return chosen


def answer_kind(accept: MIMEAccept, answer_format: str | None) -> AnswerKind:
    """What to answer a prediction with.

    Args:
        accept: the request's `Accept`.
        answer_format: the `format` parameter, one of `json`, `image`, `both`, or None.

    Raises:
        NotAcceptable: without `answer_format`, and `accept` takes none of `PREDICTION_TYPES`.
    """
    media_type = JSON if answer_format is not None else best_type(accept, PREDICTION_TYPES)
    if media_type is None:
        raise NotAcceptable(
            f"Accept: {', '.join(PREDICTION_TYPES)} or */* is expected, not "
            f"{accept.to_header()[:200]!r}"
        )
    if media_type == PAGE:
        # The page shows an image of a kind that every browser has.
        return AnswerKind(PAGE, drawn_as=IMAGES[0])
    if media_type == JSON and answer_format in ("json", None):
        return AnswerKind(JSON)
    image_type = best_type(accept, IMAGES) or IMAGES[0]
    return AnswerKind(JSON if answer_format == "both" else image_type, drawn_as=image_type)


def asks_for_page(request: Request) -> bool:
    """Whether a prediction was asked for by the page's form, going by what is not in its body."""
    return (
        "format" not in request.args
        and best_type(request.accept_mimetypes, PREDICTION_TYPES) == PAGE
    )
