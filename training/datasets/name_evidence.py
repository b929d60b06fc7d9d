"""What tells an encoding apart better than letters: names that stand in two places.

An image's name stands on the disk, or in an archive, and in the annotations. Of the encodings that
either may be in, the one in which the same words come up in both is the one.
"""

import html
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from training.datasets.formats.text.scoring import CANDIDATES, OF_CONSOLES, ranked

# Every encoding that a text or a name may be in. Those at the end are too rare to be guessed by
# letters alone, and serve where names agree.
ENCODINGS = (
    *(each.encoding for each in (*CANDIDATES, *OF_CONSOLES)),
    "iso8859_2", "iso8859_5", "iso8859_15", "mac_roman", "mac_cyrillic",
    "cp1257", "cp1258", "cp864", "johab",
)  # fmt: skip
_RUN = re.compile(r"[^\W\d_]+")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
# What no encoding has as the second byte of a letter.
_PIECES = re.compile(rb"[^\r\n\"<>]+")
# Bytes of a file's pieces that are not ASCII alone; more of them say nothing new.
SAMPLE_BYTES = 32_768


def words_of(text: str) -> frozenset[str]:
    """The runs of letters in a text that are not ASCII alone, in one form of Unicode.

    Example:
        >>> sorted(words_of("Käse1.jpg, 图片0.jpg"))
        ['Käse', '图片']
    """
    if text.isascii():
        return frozenset()
    found = _RUN.findall(unicodedata.normalize("NFC", text))
    return frozenset(each for each in found if not each.isascii())


def unescaped(text: str) -> str:
    r"""A text with the letters that JSON and XML write as `\u00e4` and `&#228;`."""
    if "\\u" in text:
        text = _ESCAPES.sub(_of_json, text)
    return html.unescape(text) if "&#" in text else text


def _of_json(match: re.Match[str]) -> str:
    return str(json.loads(f'"{match[0]}"'))


def sample_of(data: bytes) -> bytes:
    """The first pieces of a file that are not ASCII alone: lines, or what stands in quotes."""
    pieces, size = [], 0
    if data.isascii():
        return b""
    for match in _PIECES.finditer(data):
        piece = match[0]
        if not piece.isascii():
            # A long line of a file without quotes says no more than its beginning.
            pieces.append(piece)
            size += len(piece)
            if size > SAMPLE_BYTES:
                break
    return b"\n".join(pieces)


def by_names(
    samples: Sequence[bytes], words: Collection[str], first: Iterable[str] = ()
) -> tuple[str, int]:
    """The encoding in which bytes have most of some words.

    Args:
        samples: each decodes as a whole, or its encoding is none.
        words: what stands elsewhere in letters, as `words_of`.
        first: the encodings that win where others have as many.

    Returns:
        The encoding, and how many of the words there are; of those with as many the first, then
        what letters make likely. An empty one where none has any.
    """
    likely = ranked(b"\n".join(samples)[: 2 * SAMPLE_BYTES])
    best, most = "", 0
    for encoding in dict.fromkeys((*first, *likely, *ENCODINGS)):
        try:
            decoded = "\n".join(each.decode(encoding) for each in samples)
        except UnicodeDecodeError:
            continue
        count = len(words_of(decoded) & set(words))
        if count > most:
            best, most = encoding, count
    return best, most
