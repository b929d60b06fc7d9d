"""Text whose encoding no file says: Chinese or western European, by how its bytes lie."""

import re
from dataclasses import dataclass

from training.datasets.formats.text_encoding import SINGLE_BYTE, UnknownEncoding, decode_text

# Reads GB2312 and GBK too, which are its parts.
CHINESE = "gb18030"


@dataclass(frozen=True, slots=True)
class GuessedText:
    """A file's text.

    Args:
        text: without a byte-order mark.
        encoding: what it was taken as, as Python calls it.
        guessed: whether nothing in the file says so.
    """

    text: str
    encoding: str
    guessed: bool = False


def guess_text(data: bytes) -> GuessedText:
    """The text of a file that should be UTF-8, or UTF-16 or 32 by its beginning, and may not be.

    Accented letters stand alone or among plain ones; Chinese ones are pairs of bytes, each of them
    beyond ASCII.

    Raises:
        UnknownEncoding: it is none of these; names the line.
    """
    try:
        text, encoding = decode_text(data)
    except UnknownEncoding:
        if b"\0" in data:
            raise
    else:
        return GuessedText(text, encoding)
    fallback = CHINESE if _is_gb2312(data) else SINGLE_BYTE
    try:
        return GuessedText(data.decode(fallback), fallback, guessed=True)
    except UnicodeDecodeError:
        text, encoding = decode_text(data, fallback=SINGLE_BYTE)
        return GuessedText(text, encoding, guessed=True)


def _is_gb2312(data: bytes) -> bool:
    """Whether all that is not ASCII are pairs of its bytes, most of them its common characters."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    pairs = b"".join(runs)
    if not pairs or any(len(run) % 2 for run in runs) or min(pairs) < 0xA1:
        return False
    leads = pairs[::2]
    common = sum(0xB0 <= lead <= 0xD7 for lead in leads)
    return max(leads) <= 0xF7 and 2 * common > len(leads)
