"""What an annotation calls its image, in the forms in which a file may be called.

Annotations name images by a path in the data set, by one of the machine that they were made on, by
a URL, with slashes of either kind, percent-encoded or not.
"""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote

from detection.images.formats import SUFFIXES as IMAGE_SUFFIXES
from training.datasets.formats.splits.folders import split_of_folder
from training.datasets.upload_names import without_upload_prefix

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"^[A-Za-z]:")
# Folders that are no part of an image's name.
_OF_NO_NAME = ("images", "jpegimages")
# No file system takes a longer name for one file or folder.
LONGEST_NAME = 255


def spellings(said: str) -> list[tuple[str, ...]]:
    r"""The paths that may be meant, as their parts: as it is said, then decoded.

    Args:
        said: a relative or absolute path, of any system, or a URL.

    Example:
        >>> spellings("s3://bucket/a%20b.jpg")
        [('bucket', 'a%20b.jpg'), ('bucket', 'a b.jpg')]
        >>> spellings("C:\\Users\\me\\a.jpg")
        [('Users', 'me', 'a.jpg')]
    """
    scheme = _SCHEME.match(said)
    forms = [said[scheme.end() :]] if scheme else [said]
    if scheme and _may_be_a_name(forms[0].rpartition("/")[2]):
        # What follows is the server's; a file may be called by it all the same.
        forms.insert(0, re.split(r"[?#]", forms[0], maxsplit=1)[0])
    # Label Studio's own server names a local file so.
    query = re.search(r"[?&]d=([^&#]+)", said)
    if query:
        forms.insert(0, query.group(1))
    found = dict.fromkeys(
        _parts(form)
        for each in forms
        for form in ((each, unquote(each)) if "%" in each else (each,))
    )
    return [parts for parts in found if parts and all(map(_may_be_a_name, parts))]


def letter_by_letter(said: str) -> list[tuple[str, ...]]:
    r"""The parts of a path whose `\` and drive are letters of a name, else nothing.

    Some tools unpack archives that were made on Windows so: a file is called `images\a.jpg`.

    Example:
        >>> letter_by_letter("set/images\\a.jpg"), letter_by_letter("images/a.jpg")
        ([('set', 'images\\a.jpg')], [])
    """
    parts = _plain_parts(said)
    is_other = "\\" in said or _DRIVE.match(said) is not None
    return [parts] if is_other and all(map(_may_be_a_name, parts)) else []


def is_whole_path(said: str) -> bool:
    r"""Whether a path begins at a file system's root, a drive, or a server.

    Example:
        >>> is_whole_path("/mnt/disk/a.jpg"), is_whole_path(r"D:\a.jpg"), is_whole_path("b/a.jpg")
        (True, True, False)
    """
    return bool(said.startswith(("/", "\\")) or _SCHEME.match(said) or _DRIVE.match(said))


def folded(path: str) -> str:
    """A path as those see it who do not tell letters' case and accents' encoding apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def without_image_suffix(path: str) -> str:
    """A path without `.jpg` and the like; another suffix is part of the name.

    Example:
        >>> without_image_suffix("d/a.1.JPG"), without_image_suffix("n0.18")
        ('d/a.1', 'n0.18')
    """
    suffix = PurePosixPath(path).suffix
    return path[: -len(suffix)] if suffix.lower() in IMAGE_SUFFIXES else path


def _parts(form: str) -> tuple[str, ...]:
    return _plain_parts(_DRIVE.sub("", form.replace("\\", "/")))


def _plain_parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part not in ("", ".", ".."))


def _may_be_a_name(part: str) -> bool:
    return "\0" not in part and len(part.encode("utf-8", "surrogatepass")) <= LONGEST_NAME


def before_upload(said: str) -> str:
    """A path as it was before Label Studio put something before the file's name.

    Example:
        >>> before_upload("images/ab12cd34-a.jpg"), before_upload("ab12-a.jpg")
        ('images/a.jpg', 'ab12-a.jpg')
    """
    folder, slash, base = said.rpartition("/")
    return f"{folder}{slash}{without_upload_prefix(base)}"


def image_name(path: str) -> str:
    """A path without the folders that only say that images are in them, or of which split.

    Example:
        >>> image_name("train/images/cam1/a.jpg")
        'cam1/a.jpg'
    """
    *folders, name = path.split("/")
    kept = [each for each in folders
            if each.lower() not in _OF_NO_NAME and split_of_folder(each) is None]  # fmt: skip
    return "/".join((*kept, name))
