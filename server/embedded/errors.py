"""What goes wrong while serving, independent of the transport that the caller used.

gRPC answers the code as it is, REST by the HTTP status that TensorFlow Serving maps it to.
"""

import grpc

MAX_MESSAGE_CHARACTERS = 1024


class ServingError(Exception):
    """A request, a model or a configuration was refused.

    Args:
        code: says whose fault it is; never `OK`.
        message: goes to the caller; cut after `MAX_MESSAGE_CHARACTERS`, as TensorFlow Serving does.

    Example:
        >>> str(ServingError(grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"))
        'Missing ModelSpec'
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        if len(message) > MAX_MESSAGE_CHARACTERS:
            message = message[:MAX_MESSAGE_CHARACTERS] + "...TRUNCATED"
        super().__init__(message)
        self.code = code
        self.message = message


class ModelLoadError(ServingError):
    """A version folder cannot be served; the message names the folder and what is wrong in it."""
