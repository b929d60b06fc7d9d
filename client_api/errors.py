"""What can go wrong with a request, each with the status that the caller gets.

`detail` is written for the caller: what was expected, what came, where. It never carries a path, a
stack trace or a library's message.
"""

from typing import ClassVar


class GatewayError(Exception):
    """Something a caller is told about, with its HTTP status.

    Args:
        detail: for the caller.
    """

    status: ClassVar[int]
    # Seconds after which asking again may help; sent as `Retry-After`.
    retry_after_s: int | None = None
    # The field of the page's form that it is about.
    field: str | None = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadParameter(GatewayError):
    """A parameter is unknown, comes twice or is not what is allowed."""

    status = 400

    def __init__(self, name: str, came: str, allowed: str) -> None:
        shown = came if len(came) <= 100 else came[:100] + "…"
        super().__init__(f"parameter {name}: {allowed} is expected, not {shown!r}")
        self.field = name


class ConflictingParameters(GatewayError):
    """Two parameters exclude each other, or one excludes what the path asks for.

    Args:
        name: of the parameter to change.
        detail: for the caller.
    """

    status = 400

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.field = name


class UnknownParameter(GatewayError):
    """The request has a parameter or a part that means nothing here."""

    status = 400


class BadLabelMap(GatewayError):
    """The label map sent with the request does not parse."""

    status = 400
    field = "label_map"


class BadBody(GatewayError):
    """The body is not the JSON or the multipart form that its content type promises."""

    status = 400


class BadHost(GatewayError):
    """The `Host` header names no host, or is missing."""

    status = 400


class NoImage(GatewayError):
    """The request brings no image, or more than are taken."""

    status = 400
    field = "image"


class NotExactlyOneImage(GatewayError):
    """An image is asked for as the answer, which takes exactly one."""

    status = 400


class Unauthorized(GatewayError):
    """An API key is set and the request has none or a wrong one."""

    status = 401
    field = "api_key"


class UnknownModel(GatewayError):
    """No model of that name, version or label is served, or it has no label map."""

    status = 404


class NotAcceptable(GatewayError):
    """Nothing that `Accept` lists can be answered."""

    status = 406


class BodyTooSlow(GatewayError):
    """The body came slower than a thread is kept waiting for."""

    status = 408


class RequestTooLarge(GatewayError):
    """More bytes than `MAX_REQUEST_BYTES`."""

    status = 413
    field = "image"


class TooManyPixels(GatewayError):
    """More pixels than `MAX_IMAGE_PIXELS`, known from the header."""

    status = 413
    field = "image"


class UnsupportedContent(GatewayError):
    """The content type is none of the three that bring images."""

    status = 415


class UnreadableUpload(GatewayError):
    """Not an image format that is read, or a broken or truncated image."""

    status = 415
    field = "image"


class LabelMapMismatch(GatewayError):
    """The label map sent has ids beyond the model's classes."""

    status = 422
    field = "label_map"


class ModelIsNoDetector(GatewayError):
    """The model's signatures are no detector's."""

    status = 422


class TooManyRequests(GatewayError):
    """The caller is over its own rate.

    Args:
        detail: for the caller.
        retry_after_s: until it may ask again.
    """

    status = 429

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class BadModelAnswer(GatewayError):
    """The model server answered with something that is no detection, or refused to answer."""

    status = 502


class ModelServerAway(GatewayError):
    """The model server cannot be reached."""

    status = 503
    retry_after_s = 1


class ModelLoading(GatewayError):
    """The model is known and is not AVAILABLE yet."""

    status = 503
    retry_after_s = 2


class NoModelYet(GatewayError):
    """No default model: none has been published yet."""

    status = 503
    retry_after_s = 5


class NoModelChosen(GatewayError):
    """Several models are served, none is the default, and the request names none."""

    status = 400


class NotReady(GatewayError):
    """The default model has not answered a prediction yet, whatever the reason."""

    status = 503
    retry_after_s = 2


class TooBusy(GatewayError):
    """Too many predictions are waiting already."""

    status = 503
    retry_after_s = 1


class PredictionTimeout(GatewayError):
    """The model server did not answer within `PREDICT_TIMEOUT_S`."""

    status = 504
