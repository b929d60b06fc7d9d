"""Letting go of what an exception holds."""

import traceback


def release_traceback(error: BaseException | None) -> None:
    """Free the local variables of the calls that `error` went through, and its causes.

    A call that keeps the exception it raises in a variable is held by that exception's traceback,
    and with it everything below it: decoded images and requests of hundreds of megabytes, until
    the garbage collector happens to look at the oldest generation. The traceback itself stays
    readable.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
