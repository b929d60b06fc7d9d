"""Why an image file cannot be taken."""


class ImageError(ValueError):
    """The file cannot be taken; the message says what came and what is wanted."""


class UnreadableImage(ImageError):
    """Not an image in a format that is read, or a broken or truncated one."""


class TruncatedImage(UnreadableImage):
    """The file ends before its last row.

    Args:
        message: what is missing.
        can_be_read: some of its rows are there, and are read where that is accepted.
    """

    def __init__(self, message: str, *, can_be_read: bool = False) -> None:
        super().__init__(message)
        self.can_be_read = can_be_read


class ImageTooLarge(ImageError):
    """More pixels, or more bytes of them, than allowed, known from the header."""


class DecoderUnavailable(Exception):
    """Nothing is known of the image: the process that decodes it could not do so to its end."""
