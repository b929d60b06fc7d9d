"""What a task of Label Studio calls its image: a URL of its own server, a path or a cloud's."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from training.datasets.annotated import AnnotatedImage
from training.datasets.formats.files.file_index import is_image_name
from training.datasets.formats.text.json_values import shown
from training.datasets.upload_names import without_upload_prefix

_USUAL = ("image", "img", "image_url", "url", "picture", "photo", "captioning", "ocr")
# A storage's own address goes through the server, encoded.
_STORED = ("/presign", "/resolve")
_UPLOAD_FOLDER = re.compile(r"^(?:media/)?upload/\d+/(?=.)")


def image_names(task: dict[str, Any]) -> tuple[str, ...]:
    """The path in a task's data, and the name of the upload.

    Raises:
        ValueError: the data has no text for an image.
    """
    data = task["data"]
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value.strip()}
    said = next((texts[key] for key in _USUAL if key in texts), None)
    said = said or next((text for text in texts.values() if is_image_name(_path(text))), None)
    said = said or next(iter(texts.values()), None)
    if said is None:
        raise ValueError(f"no image in `data`, which is {shown(data)}")
    upload = task.get("file_upload")
    names = [_path(said), upload if isinstance(upload, str) else ""]
    return tuple(dict.fromkeys(name for name in names if name.strip("/")))


def stored_names(several: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The names of each image, and after them those that it had before it was uploaded.

    Args:
        several: the names of each task's image.

    Example:
        >>> stored_names([("upload/1/ab12cd34-a.jpg",)])
        [('upload/1/ab12cd34-a.jpg', 'a.jpg')]
    """
    before = [_before_upload(names) for names in several]
    counts = Counter(before)
    return [
        (*names, name) if name and counts[name] == 1 else names
        for names, name in zip(several, before, strict=True)
    ]


def without_upload_folders(images: Sequence[AnnotatedImage]) -> tuple[AnnotatedImage, ...]:
    """Images without the server's folder of each project, `upload/1`, where no two come to one."""
    names = [_UPLOAD_FOLDER.sub("", each.name) for each in images]
    counts = Counter((each.split, name) for each, name in zip(images, names, strict=True))
    return tuple(
        replace(each, name=name) if name != each.name and counts[each.split, name] == 1 else each
        for each, name in zip(images, names, strict=True)
    )


def _before_upload(names: tuple[str, ...]) -> str:
    """The name without the server's beginning; empty where it has none."""
    for name in names:
        base = PurePosixPath(name).name
        if (before := without_upload_prefix(base, is_upload=True)) != base:
            return before
    return ""


def _path(url: str) -> str:
    """The path of a file that a URL means.

    Example:
        >>> _path("/data/local-files/?d=set/a%20b.jpg"), _path("s3://bucket/set/a.jpg?x=1")
        ('set/a b.jpg', 'set/a.jpg')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.path.rstrip("/").endswith("local-files"):
        return unquote(parse_qs(parts.query).get("d", [""])[0])
    stored = parse_qs(parts.query).get("fileuri", [""])[0]
    if stored and parts.path.rstrip("/").endswith(_STORED):
        try:
            return _path(b64decode(stored + "==").decode())
        except ValueError:
            return url
    is_ours = parts.path.startswith("/data/upload/")
    if not parts.scheme and not is_ours:
        # A file's name may have a `?` or `#`.
        return url
    return unquote(parts.path).removeprefix("/data/").lstrip("/")
