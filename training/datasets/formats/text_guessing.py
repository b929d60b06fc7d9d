"""Text whose encoding no file says: as a person says, else as its letters make likely.

One rule for every reader: a byte-order mark counts first, then `--encoding`, then UTF-8, then what
`text_scoring` finds. Where a format has a file an image, the files that are not UTF-8 are looked at
together (`common_encoding`): one class's name is too short to tell.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.datasets.defects import DatasetError
from training.datasets.formats.text_encoding import (
    SINGLE_BYTE,
    UnknownEncoding,
    decode_text,
    encoding_of,
)
from training.datasets.text_scoring import ranked

# Lines with letters beyond ASCII, of which so many bytes are looked at.
_SAMPLE_BYTES = 32_768
_FILES_LOOKED_AT = 100
# UTF-8's characters of three bytes and more, as all Chinese, Japanese and Korean ones are.
_LONG = re.compile("[\u0800-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class GuessedText:
    """A file's text.

    Args:
        text: without a byte-order mark.
        encoding: what it was taken as, as Python calls it.
        guessed: whether nothing in the file says so.
        by_chance: whether it is UTF-8 that a pair of bytes of another encoding is as well.
    """

    text: str
    encoding: str
    guessed: bool = False
    by_chance: bool = False

    @property
    def note(self) -> str:
        """The encoding where it was guessed; else empty."""
        return self.encoding if self.guessed else ""


def known_encoding(name: str | None) -> str | None:
    """What Python calls an encoding of text; None where there is no name.

    Raises:
        DatasetError: there is none of that name.

    Example:
        >>> known_encoding("Windows-1251"), known_encoding("GBK")
        ('cp1251', 'gbk')
    """
    if name is None:
        return None
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError, UnicodeError) as error:
        raise DatasetError(
            f"{name!r} is no encoding that is known; cp1251, gb18030, shift_jis, big5, euc-kr "
            "are some"
        ) from error
    return found.name


def guess_text(data: bytes, encoding: str | None = None) -> GuessedText:
    """The text of a file that should be UTF-8, or UTF-16 or 32 by its beginning, and may not be.

    Args:
        data: the whole file.
        encoding: what a person says; UTF-8 still serves where it is not that.

    Raises:
        UnknownEncoding: it is none of these; names the line.
    """
    own = encoding_of(data)
    if encoding is not None and own == "utf-8":
        try:
            return GuessedText(data.decode(encoding), encoding)
        except UnicodeError:
            try:
                return GuessedText(*decode_text(data))
            except UnknownEncoding as error:
                raise UnknownEncoding(f"{error}, and not {encoding} either") from error
    try:
        text, own = decode_text(data)
    except UnknownEncoding:
        if b"\0" in data:
            raise
    else:
        by_chance = own == "utf-8" and not text.isascii() and _LONG.search(text) is None
        return GuessedText(text, own, by_chance=by_chance)
    for each in ranked(_sample(data)):
        try:
            return GuessedText(data.decode(each), each, guessed=True)
        except UnicodeDecodeError:
            continue
    text, own = decode_text(data, fallback=SINGLE_BYTE)
    return GuessedText(text, own, guessed=True)


def common_encoding(paths: Iterable[Path]) -> str | None:
    """What files of one data set are in, of which none is UTF-8: told by all of their letters.

    Returns:
        The likeliest; None where there is none.
    """
    sample = b""
    for path in islice(paths, _FILES_LOOKED_AT):
        try:
            sample += _sample(path.read_bytes()) + b"\n"
        except OSError:
            continue
        if len(sample) > _SAMPLE_BYTES:
            break
    return next(iter(ranked(sample)), None)


def _sample(data: bytes) -> bytes:
    """The first lines that are not ASCII alone."""
    lines, size = [], 0
    for line in data.splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return b"\n".join(lines)
