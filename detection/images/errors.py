"""Why an image file cannot be taken."""


class PictureError(ValueError):
    """The file cannot be taken; the message says what came and what is wanted."""


class UnreadableImage(PictureError):
    """Not an image in a format that is read, or a broken or truncated one."""


class TruncatedImage(UnreadableImage):
    """The file ends before its last row, and some of its rows are there."""


class ImageTooLarge(PictureError):
    """More pixels, or more bytes of them, than allowed, known from the header."""
