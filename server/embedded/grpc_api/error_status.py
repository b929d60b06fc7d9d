"""Maps the core's errors to gRPC status codes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from server.embedded.errors import ServingError

logger = logging.getLogger(__name__)


@contextmanager
def abort_on_error(context: grpc.ServicerContext, method: str) -> Iterator[None]:
    """End the call with the status of a `ServingError`; with INTERNAL, logged, for any other."""
    try:
        yield
    except ServingError as error:
        logger.debug("%s: %s: %s", method, error.code.name, error.message)
        context.abort(error.code, error.message)
    except MemoryError:
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{method}: no memory left")
    except Exception as error:
        # Our own bug, or an engine's: this caller is told, the server goes on.
        logger.exception("%s broke", method)
        context.abort(grpc.StatusCode.INTERNAL, f"{method} broke: {type(error).__name__}")
