"""Text whose encoding no file says: Chinese, Japanese or western European, by its bytes."""

import re
from dataclasses import dataclass

from training.datasets.formats.text_encoding import SINGLE_BYTE, UnknownEncoding, decode_text

# Reads GB2312 and GBK too, which are its parts.
CHINESE = "gb18030"
# Shift-JIS with the characters that Windows adds.
JAPANESE = "cp932"


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
    beyond ASCII. Japanese text has kana, whose first byte is a low quotation mark or a florin sign
    in western European.

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
    fallback = SINGLE_BYTE
    if _is_gb2312(data):
        fallback = CHINESE
    elif _has_kana(data):
        fallback = JAPANESE
    try:
        return GuessedText(data.decode(fallback), fallback, guessed=True)
    except UnicodeDecodeError:
        text, encoding = decode_text(data, fallback=SINGLE_BYTE)
        return GuessedText(text, encoding, guessed=True)


def _has_kana(data: bytes) -> bool:
    """Whether all of it is Shift-JIS, and a third at least of what is not ASCII are kana."""
    try:
        text = data.decode(JAPANESE)
    except UnicodeDecodeError:
        return False
    beyond = [letter for letter in text if not letter.isascii()]
    kana = sum("\u3041" <= letter <= "\u30ff" for letter in beyond)
    return bool(beyond) and 3 * kana >= len(beyond)


def _is_gb2312(data: bytes) -> bool:
    """Whether all that is not ASCII are pairs of its bytes, most of them its common characters."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    pairs = b"".join(runs)
    if not pairs or any(len(run) % 2 for run in runs) or min(pairs) < 0xA1:
        return False
    leads = pairs[::2]
    common = sum(0xB0 <= lead <= 0xD7 for lead in leads)
    return max(leads) <= 0xF7 and 2 * common > len(leads)
