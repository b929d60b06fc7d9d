"""What a caller sent, taken out of its body: image files, a label map, parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from werkzeug.datastructures import FileStorage

from client_api.errors import (
    BadBody,
    BadLabelMap,
    BadParameter,
    NoImage,
    UnknownParameter,
)
from client_api.requests.base64_text import decode_base64
from client_api.requests.body import Body, Form, JsonText
from client_api.requests.json_document import kind_of, parse_json_object
from client_api.requests.parameters import PARAMETERS_BY_NAME
from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import MAX_LABEL_MAP_BYTES, parse_label_map

# An answer repeats the name with each detection, of which there may be thousands.
MAX_LABEL_CHARACTERS = 1_000
# Of a parameter in a form: thousands of classes' names.
MAX_PARAMETER_CHARACTERS = 100_000
# Of an image's file, which the page shows.
MAX_NAME_CHARACTERS = 200
# The key of the page's form, whose browser cannot send it as a header.
KEY_FIELD = "api_key"
# The one parameter that is about the images themselves, so that it may come beside them in JSON.
TRUNCATED_KEY = "truncated"
_HOW_TO_NAME = '; its header is what names a part: Content-Disposition: form-data; name="image"'


@dataclass(frozen=True)
class Payload:
    """What one request brings.

    Attributes:
        images: for each image, in the order sent, what reads its file's bytes; a function,
            so that sixteen large files are not in memory together.
        label_map: the one sent along, if any.
        fields: the form's fields, by name and value; parameters all of them. Of JSON `truncated`.
        key: what the page's form brings as API key.
        names: what the images' files are called, where the form tells.
    """

    images: Sequence[Callable[[], bytes]]
    label_map: LabelMap | None
    fields: Sequence[tuple[str, str]]
    key: str | None = None
    names: Sequence[str] = ()


def parse_payload(body: Body, *, max_images: int) -> Payload:
    """Take `body` apart.

    Raises:
        NoImage: it brings none, or more than `max_images`.
        BadBody: JSON that does not parse, or is not of the shape that is asked for.
        BadLabelMap: the label map does not parse.
        UnknownParameter: a part or a key means nothing.
    """
    if isinstance(body, Form):
        payload = _of_form(body)
    elif isinstance(body, JsonText):
        body.reserve_room()
        payload = _of_json(body.file.read())
    else:
        payload = _of_file(body.file.read())
    if not payload.images:
        raise NoImage("the request brings no image; a part called image is expected")
    if len(payload.images) > max_images:
        raise NoImage(
            f"the request brings {len(payload.images)} images, but at most "
            f"{max_images} are accepted"
        )
    return payload


def _of_file(data: bytes) -> Payload:
    if not data:
        raise NoImage("the body is empty; an image file is expected")
    return Payload([lambda: data], None, [])


def _of_form(form: Form) -> Payload:
    images, label_maps, names = _files_of(form)
    fields: list[tuple[str, str]] = []
    keys: list[str] = []
    for name, value in form.fields.items(multi=True):
        if name == "image":
            raise BadBody(
                "part image came as a text field; a file is expected, with a file name "
                "(curl: -F image=@image.jpg)"
            )
        if name == "label_map":
            label_maps += [value.encode()] if value.strip() else []
        elif name == KEY_FIELD:
            keys.append(value)
        elif not name:
            raise UnknownParameter(f"a part without a name is unknown{_HOW_TO_NAME}")
        elif len(value) > MAX_PARAMETER_CHARACTERS:
            raise BadBody(
                f"part {_shown(name)} has {len(value)} characters; at most "
                f"{MAX_PARAMETER_CHARACTERS} are accepted in a parameter"
            )
        else:
            fields.append((name, value))
    if len(label_maps) > 1:
        raise UnknownParameter("part label_map comes twice; once is expected")
    label_map = read_label_map(label_maps[0]) if label_maps else None
    return Payload(images, label_map, fields, keys[0] if keys else None, names)


def _files_of(form: Form) -> tuple[list[Callable[[], bytes]], list[bytes], list[str]]:
    """What reads each image, the label maps' bytes, and the images' names."""
    images: list[Callable[[], bytes]] = []
    names: list[str] = []
    label_maps: list[bytes] = []
    for name, file in form.files.items(multi=True):
        if name not in {"image", "label_map"}:
            raise UnknownParameter(
                f"part {_shown(name)} is unknown; files are expected as image or label_map"
                + ("" if name else _HOW_TO_NAME)
            )
        if _was_left_empty(file):
            continue
        if name == "image":
            images.append(partial(_from_the_beginning, file))
            names.append((file.filename or "")[:MAX_NAME_CHARACTERS])
        else:
            label_maps.append(file.stream.read(MAX_LABEL_MAP_BYTES + 1))
    return images, label_maps, names


def _shown(name: str | None) -> str:
    """A part's name for a message; a part need not have one."""
    return repr(name[:100]) if name else "without a name"


def _from_the_beginning(file: FileStorage) -> bytes:
    file.stream.seek(0)
    return file.stream.read()


def _was_left_empty(file: FileStorage) -> bool:
    """Whether a browser sends this part because no file was chosen."""
    if file.filename:
        return False
    nothing = not file.stream.read(1)
    file.stream.seek(0)
    return nothing


def read_label_map(text: bytes | str) -> LabelMap:
    """The label map that a caller sent.

    Raises:
        BadLabelMap: it has over `MAX_LABEL_MAP_BYTES`, does not parse, or has a name of over
            `MAX_LABEL_CHARACTERS`; the message says where and why.
    """
    try:
        label_map = parse_label_map(text)
    except LabelMapError as error:
        raise BadLabelMap(f"label_map: {error}") from error
    for item in label_map:
        if len(item.label) > MAX_LABEL_CHARACTERS:
            raise BadLabelMap(
                f"label_map: the name of id {item.id} has {len(item.label)} characters; "
                f"at most {MAX_LABEL_CHARACTERS} are accepted"
            )
    return label_map


def _of_json(text: bytes) -> Payload:
    document = parse_json_object(text)
    unknown = sorted(set(document) - {"image", "images", "label_map", TRUNCATED_KEY})
    if unknown:
        raise UnknownParameter(
            f"key {unknown[0][:100]!r} is unknown; image or images, label_map and {TRUNCATED_KEY} "
            "are expected; other parameters go into the query string"
        )
    truncated = document.get(TRUNCATED_KEY)
    if not isinstance(truncated, str | None):
        choices = ", ".join(PARAMETERS_BY_NAME[TRUNCATED_KEY].schema["enum"])
        raise BadParameter(TRUNCATED_KEY, kind_of(truncated), f"one of {choices}")
    if "image" in document and "images" in document:
        raise BadBody("image and images are both there; one of them is expected")
    sent = document.get("images", [])
    if not isinstance(sent, list):
        raise BadBody(f"images: a list is expected, not {kind_of(sent)}")
    places = [(f"images[{index}]", each) for index, each in enumerate(sent)]
    if "image" in document:
        places = [("image", document["image"])]
    label_map = document.get("label_map")
    if not isinstance(label_map, str | None):
        raise BadLabelMap(f"label_map: the text of a .pbtxt is expected, not {kind_of(label_map)}")
    return Payload(
        [_decoder(where, _b64_of(where, each)) for where, each in places],
        None if label_map is None else read_label_map(label_map),
        [] if truncated is None else [(TRUNCATED_KEY, truncated)],
    )


def _b64_of(where: str, image: object) -> str:
    if not isinstance(image, dict):
        raise BadBody(f'{where}: {{"b64": "..."}} is expected, not {kind_of(image)}')
    if set(image) != {"b64"}:
        keys = ", ".join(repr(key[:100]) for key in sorted(image)[:10]) or "none"
        raise BadBody(f'{where}: an object with the key "b64" alone is expected; its keys: {keys}')
    encoded = image["b64"]
    if not isinstance(encoded, str):
        raise BadBody(f"{where}.b64: base64 text is expected, not {kind_of(encoded)}")
    return encoded


def _decoder(where: str, encoded: str) -> Callable[[], bytes]:
    try:
        data = decode_base64(encoded)
    except ValueError as error:
        raise BadBody(f"{where}.b64 is no base64: {error}") from error
    if not data:
        raise NoImage(f"{where}.b64 is empty; an image file is expected")
    return lambda: data
