"""What the caller wants to get: by the `format` parameter, else by the `Accept` header."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import MIMEAccept

from client_api.errors import NotAcceptable

JSON = "application/json"
PAGE = "text/html"
IMAGES = ("image/jpeg", "image/png", "image/webp")
# In the order in which they are chosen where the caller likes them equally.
PREDICTION_TYPES = (JSON, PAGE, *IMAGES)


@dataclass(frozen=True)
class AnswerKind:
    """What to answer a prediction with.

    Attributes:
        media_type: of the answer, one of `PREDICTION_TYPES`.
        image_type: of the annotated image, where one is drawn, one of `IMAGES`.
        annotated: whether a JSON answer brings the annotated image too.
    """

    media_type: str
    image_type: str
    annotated: bool = False

    @property
    def is_page(self) -> bool:
        """Whether the answer is a page for people."""
        return self.media_type == PAGE

    @property
    def is_image(self) -> bool:
        """Whether the answer is the annotated image itself."""
        return self.media_type in IMAGES

    @property
    def is_drawn(self) -> bool:
        """Whether an annotated image is part of the answer."""
        return self.is_image or self.is_page or self.annotated


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
        specificity, quality = max(
            ((_specificity(each, media_type), quality) for each, quality in ranges),
            default=(0, 0.0),
        )
        if specificity and quality > 0 and (quality, specificity) > best:
            best, chosen = (quality, specificity), media_type
    return chosen


def _specificity(media_range: str, media_type: str) -> int:
    """3 for the type itself, 2 for `image/*`, 1 for `*/*`, 0 where the range is another's."""
    if media_range == media_type:
        return 3
    if media_range == media_type.partition("/")[0] + "/*":
        return 2
    return 1 if media_range in {"*/*", "*"} else 0


def answer_kind(accept: MIMEAccept, answer_format: str | None) -> AnswerKind:
    """What to answer a prediction with.

    Args:
        accept: the request's `Accept`.
        answer_format: the `format` parameter, one of `json`, `image`, `both`, or None.

    Raises:
        NotAcceptable: without `answer_format`, and `accept` takes none of `PREDICTION_TYPES`.
    """
    image_type = best_type(accept, IMAGES) or IMAGES[0]
    if answer_format == "json":
        return AnswerKind(JSON, image_type)
    if answer_format == "both":
        return AnswerKind(JSON, image_type, annotated=True)
    if answer_format == "image":
        return AnswerKind(image_type, image_type)
    media_type = best_type(accept, PREDICTION_TYPES)
    if media_type is None:
        raise NotAcceptable(
            f"Accept: {', '.join(PREDICTION_TYPES)} or */* is expected, not "
            f"{accept.to_header()[:200]!r}"
        )
    # The page shows an image of a kind that every browser has.
    return AnswerKind(media_type, IMAGES[0] if media_type == PAGE else image_type)


def asks_for_page(request: Request) -> bool:
    """Whether a prediction was asked for by the page's form, going by what is not in its body."""
    return (
        "format" not in request.args
        and best_type(request.accept_mimetypes, PREDICTION_TYPES) == PAGE
    )
