"""Text whose encoding no file says: as a person says, else as its letters make likely.

One rule for every reader: a byte-order mark counts first, then `--encoding`, then UTF-8, then what
`text_scoring` finds. Where images' names are not ASCII, an encoding in which they are those of
images that are there goes before UTF-8 by chance, and before letters. Where a format has a file an
image, the files that are not UTF-8 are looked at together (`common_encoding`): one class's name is
too short to tell.
"""

import codecs
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.datasets.defects import DatasetError
from training.datasets.formats.text.encoding import (
    SINGLE_BYTE,
    UnknownEncoding,
    decode_text,
    encoding_of,
)
from training.datasets.formats.text.scoring import OF_PAIRS, has_long, is_unusual, ranked
from training.datasets.name_evidence import SAMPLE_BYTES, by_names, sample_of

_FILES_LOOKED_AT = 100


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
            f"{name!r} is not a known encoding; such are cp1251, gb18030, shift_jis, big5, euc-kr"
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
        by_chance = own == "utf-8" and not text.isascii() and not has_long(text)
        if not (by_chance and is_unusual(text) and _is_of_pairs(data)):
            return GuessedText(text, own, by_chance=by_chance)
    for each in ranked(sample_of(data)):
        try:
            return GuessedText(data.decode(each), each, guessed=True)
        except UnicodeDecodeError:
            continue
    text, own = decode_text(data, fallback=SINGLE_BYTE)
    return GuessedText(text, own, guessed=True)


def _is_of_pairs(data: bytes) -> bool:
    return next(iter(ranked(sample_of(data))), "") in OF_PAIRS


def common_encoding(paths: Iterable[Path], words: Collection[str] = ()) -> str | None:
    """What files of one data set are in, of which none is UTF-8: told by all of their letters.

    Args:
        paths: the files.
        words: of the images' names, as `named_encoding`.

    Returns:
        The one in which images are named that are there, else the likeliest; None where there is
        none.
    """
    samples: list[bytes] = []
    for path in islice(paths, _FILES_LOOKED_AT):
        try:
            samples.append(sample_of(path.read_bytes()))
        except OSError:
            continue
        if sum(map(len, samples)) > SAMPLE_BYTES:
            break
    if words and (found := by_names(samples, words, _of_all(samples))[0]):
        return found
    return next(iter(ranked(b"\n".join(samples))), None)


def named_encoding(data: bytes, words: Collection[str]) -> str | None:
    """The encoding in which a file names images that are there, where that is not what it says.

    Args:
        data: the whole file.
        words: those of the images' names, as `name_evidence.words_of`.

    Returns:
        None for a file that is UTF-8, or marked, or names no such image in any encoding.
    """
    if not words or data.isascii() or encoding_of(data) != "utf-8":
        return None
    samples = [sample_of(data)]
    first = _of_all(samples)
    if first and has_long(samples[0].decode()):
        return None
    found, _ = by_names(samples, words, first)
    return found if found not in ("", "utf-8") else None


def _of_all(samples: Iterable[bytes]) -> list[str]:
    """UTF-8 where all are that: of encodings that name as many images it counts first."""
    try:
        for each in samples:
            each.decode()
    except UnicodeDecodeError:
        return []
    return ["utf-8"]
