"""Names of files on the disk that are no UTF-8, as systems and tools of another encoding left them.

Linux takes any bytes as a name. They are told in letters by the rule for names in archives, so that
what an annotation calls its image is found.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.datasets.archives.archive_names import names_of
from training.datasets.archives.text_samples import is_text_name, opener_of, text_samples


@dataclass(frozen=True)
class DiskNames:
    """The paths of a folder's files, in letters.

    Args:
        files: in the order in which they were given.
        on_disk: what a file or folder is called there, by its path in letters, where that differs.
        note: what was guessed, a sentence; empty where nothing was.
    """

    files: tuple[str, ...]
    on_disk: dict[str, str] = field(default_factory=dict)
    note: str = ""


def names_on_disk(root: Path, files: Sequence[str], said: str | None) -> DiskNames:
    """The paths of files, of which those that are no UTF-8 are guessed.

    Args:
        root: the folder.
        files: paths from it, with the bytes that are no UTF-8 as Python escapes them (PEP 383).
        said: the encoding of `--encoding`.
    """
    strange = [path for path in files if not path.isascii()]
    if all(map(_is_utf8, strange)):
        return DiskNames(tuple(files))
    # Beside them others may be UTF-8 by chance.
    raw = [os.fsencode(path) for path in strange]
    found = names_of(raw, lambda: _texts(root, files), said, where="are not UTF-8 on the disk")
    taken = set(files) - set(strange)
    shown: dict[str, str] = {}
    on_disk: dict[str, str] = {}
    for path, name in zip(strange, found.names, strict=True):
        # Two names that come to one stay apart.
        own = name if name not in taken else path
        taken.add(own)
        shown[path] = own
        if own == path:
            continue
        parts, letters = path.split("/"), own.split("/")
        if len(parts) == len(letters):
            on_disk |= {"/".join(letters[:end]): "/".join(parts[:end])
                        for end in range(1, len(parts) + 1)}  # fmt: skip
        else:
            on_disk[own] = path
    return DiskNames(tuple(shown.get(path, path) for path in files), on_disk, found.note)


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(root: Path, files: Sequence[str]) -> Iterator[bytes]:
    texts = (root / path for path in files if is_text_name(path))
    return text_samples(map(opener_of, texts))
