"""What the names in an archive are in, where the archive does not say it.

Zip files mark names in UTF-8, or carry them once more in Info-ZIP's Unicode Path field (0x7075,
APPNOTE 4.6.9); old tools, and Windows' own, do neither and write their system's encoding. Tar files
say it in their pax headers alone. What is not said is told by what the annotations call the images,
else by letters.
"""

import codecs
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from training.datasets.archives.text_samples import ALL_TEXT_BYTES, is_text_name, text_samples
from training.datasets.formats.text.scoring import (
    CANDIDATES,
    OF_CONSOLES,
    OF_PAIRS,
    has_long,
    is_unusual,
    ranked,
    sure_pairs,
)
from training.datasets.name_evidence import by_names, sample_of, unescaped, words_of
from training.datasets.notes import counted

_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_UNICODE_PATH = 0x7075
# Such names as the format itself has: zip's own are in a console's encoding of 1981.
_ZIPS_OWN = "cp437"
_NAMES_LOOKED_AT = 1000


@dataclass(frozen=True)
class ArchiveNames:
    """The members' names.

    Args:
        names: in letters, in the order of the members.
        note: what was guessed, a sentence without its full stop; empty where nothing was.
    """

    names: tuple[str, ...]
    note: str = ""


def zip_names(
    archive: zipfile.ZipFile,
    infos: Sequence[zipfile.ZipInfo],
    said: str | None = None,
    *,
    text_bytes: int = ALL_TEXT_BYTES,
) -> ArchiveNames:
    """The names of a zip's members.

    Args:
        archive: the zip, whose texts are looked at where names are not in ASCII or marked.
        infos: some of its members.
        said: the encoding of `--encoding`.
        text_bytes: so much of the texts is read at most.
    """
    known: dict[int, str] = {}
    raw: dict[int, bytes] = {}
    for at, info in enumerate(infos):
        if info.flag_bits & _UTF8_NAME or info.orig_filename.isascii():
            known[at] = info.filename
            continue
        # Python has read it as the format's own, of which every byte is a letter.
        data = info.orig_filename.encode(_ZIPS_OWN, "replace").split(b"\0")[0]
        path = _unicode_path(info.extra, data)
        if path:
            known[at] = path
        else:
            raw[at] = data
    found = names_of(list(raw.values()), lambda: _zip_texts(archive, text_bytes), said)
    known |= dict(zip(raw, found.names, strict=True))
    return ArchiveNames(tuple(known[at] for at in range(len(infos))), found.note)


def is_unmarked(info: tarfile.TarInfo) -> bool:
    """Whether a tar file does not say what a member's name is in."""
    return not info.name.isascii() and "path" not in info.pax_headers


def names_of(
    raw: Sequence[bytes],
    texts: Callable[[], Iterable[bytes]],
    said: str | None = None,
    *,
    where: str = "the archive does not mark as UTF-8",
) -> ArchiveNames:
    r"""Names of which nothing says what they are in.

    Args:
        raw: their bytes; they need not be ASCII.
        texts: files that may speak of them, read where they are needed.
        said: the encoding of `--encoding`.
        where: what is said of them in the note.

    Example:
        >>> names_of([b"K\x84se1.jpg"], lambda: [b"<filename>K\xc3\xa4se1.jpg</filename>"]).names
        ('Käse1.jpg',)
    """
    # UTF-8's long characters are nobody's else by chance; of the others there is something to see.
    open_ones = list(dict.fromkeys(each for each in raw if not _is_surely_utf8(each)))
    if not open_ones:
        return ArchiveNames(tuple(each.decode() for each in raw))
    encoding, count = _decided(open_ones[:_NAMES_LOOKED_AT], texts, said)
    names = tuple(
        each.decode() if _is_surely_utf8(each) else _decoded(each, encoding) for each in raw
    )
    told = [name for name, each in zip(names, raw, strict=True)
            if not _is_surely_utf8(each) and _as_utf8(each) != name]  # fmt: skip
    if not told:
        other = "" if count else sure_pairs(b"\n".join(open_ones[:_NAMES_LOOKED_AT]))
        return ArchiveNames(names, _either(open_ones[0], other) if other else "")
    why = f", of which {counted(count, 'word')} stand in its texts" if count else ""
    why = why.replace("1 word stand", "1 word stands")
    return ArchiveNames(
        names,
        f"{counted(len(told), 'name')} that {where}, such as {told[0]}, taken as {encoding}{why}; "
        "--encoding NAME takes them otherwise",
    )


def _either(name: bytes, other: str) -> str:
    """The sentence on names that are two encodings' at once, taken as UTF-8."""
    return (
        f"names that the archive does not mark, taken as UTF-8 ({name.decode()}), but they may be "
        f"{other} ({name.decode(other, 'replace')}); --encoding {other} takes them so"
    )


def _decided(
    raw: Sequence[bytes], texts: Callable[[], Iterable[bytes]], said: str | None
) -> tuple[str, int]:
    """The encoding of names, and how many of their words the texts have."""
    are_utf8 = all(_as_utf8(each) for each in raw)
    first = ["utf-8"] if are_utf8 and not any(is_unusual(_as_utf8(each)) for each in raw) else []
    if said is not None:
        # Read in an encoding of one byte a letter, UTF-8 is never what anybody meant.
        first.insert(0 if said in OF_PAIRS else 1, said)
    words, others = _words_in(texts(), said)
    joined = b"\n".join(raw)
    if any(each in others for each in raw):
        joined += b"\n" + others
    likely = [*first, *ranked(joined, (*CANDIDATES, *OF_CONSOLES)), *(["utf-8"] * are_utf8)]
    usable = [each for each in likely if _takes_all(raw, each)] or [_ZIPS_OWN]
    by_texts, count = by_names(raw, words, usable)
    return (by_texts, count) if by_texts else (usable[0], 0)


def _takes_all(raw: Sequence[bytes], encoding: str) -> bool:
    try:
        for each in raw:
            each.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _words_in(texts: Iterable[bytes], said: str | None) -> tuple[frozenset[str], bytes]:
    """The words of all texts whose letters are sure, and the pieces of those whose are not."""
    words: set[str] = set()
    others = b""
    for data in texts:
        sample = sample_of(data)
        # Escapes are ASCII, and may stand anywhere.
        plain = data if b"\\u" in data or b"&#" in data else sample
        is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        plain = data if is_wide else plain
        for encoding in ("utf-16" if is_wide else "utf-8", *([said] if said else [])):
            try:
                words |= words_of(unescaped(plain.decode(encoding)))
                break
            except UnicodeDecodeError:
                continue
        else:
            others += sample + b"\n"
    return frozenset(words), others


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's field, if it is of this name; else empty."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and len(data) > 5 and data[0] == 1:
            (checksum,) = struct.unpack_from("<I", data, 1)
            if checksum == zlib.crc32(raw):
                return _as_utf8(data[5:])
    return ""


def _zip_texts(archive: zipfile.ZipFile, most_bytes: int) -> Iterator[bytes]:
    texts = (info for info in archive.infolist()
             if is_text_name(info.filename) and not info.flag_bits & _ENCRYPTED
             and not stat.S_ISLNK(info.external_attr >> 16))  # fmt: skip
    return text_samples((partial(archive.open, info) for info in texts), most_bytes)


def _is_surely_utf8(name: bytes) -> bool:
    return name.isascii() or has_long(_as_utf8(name))


def _as_utf8(name: bytes) -> str:
    """The name in UTF-8; empty where it is not that."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return ""


def _decoded(name: bytes, encoding: str) -> str:
    """A name in the others' encoding, unless it is UTF-8 and no word in that one."""
    text = name.decode(encoding, "replace")
    as_utf8 = _as_utf8(name)
    strange = any(not each.isascii() and not each.isalpha() for each in text)
    return as_utf8 if as_utf8 and strange else text
