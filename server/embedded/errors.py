"""What goes wrong while serving, independent of the transport that the caller used.

gRPC answers the code as it is, REST by the HTTP status that TensorFlow Serving maps it to.
"""

import grpc

MAX_MESSAGE_BYTES = 1024


class ServingError(Exception):
    """A request, a model or a configuration was refused.

    Args:
        code: says whose fault it is; never `OK`.
        message: goes to the caller; cut after `MAX_MESSAGE_BYTES` of UTF-8, as TensorFlow Serving
            does, for more does not fit into gRPC's headers. Bytes that are no UTF-8 are escaped.

    Example:
        >>> str(ServingError(grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"))
        'Missing ModelSpec'
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        message = _cut(_as_text(message))
        super().__init__(message)
        self.code = code
        self.message = message


def _as_text(message: str) -> str:
    r"""Text that every client can read: what stands for other bytes is written as `\xff`."""
    try:
        return message.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return message.encode("utf-8", "backslashreplace").decode()


def _cut(message: str) -> str:
    data = message.encode()
    if len(data) <= MAX_MESSAGE_BYTES:
        return message
    return data[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore") + "...TRUNCATED"


class ModelLoadError(ServingError):
    """A version folder cannot be served; the message names the folder and what is wrong in it."""
