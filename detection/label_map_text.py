"""`label_map.pbtxt`: a label map in protobuf's text format, as the Object Detection API writes it.

Example:
    item { id: 1  name: 'open' }
    item { id: 2  name: 'closed'  display_name: 'fist' }
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import Any

from google.protobuf import text_format

from detection.label_map import LabelMap, LabelMapError, LabelMapItem, quoted
from detection.label_map_message import string_int_label_map

# What the file is called wherever one lies: in a data set, a run, a model's folder or a version's.
LABEL_MAP_NAME = "label_map.pbtxt"
# Where in a version's folder one is looked for, before the one in the model's folder.
PLACES_IN_VERSION = (
    LABEL_MAP_NAME,
    f"assets.extra/{LABEL_MAP_NAME}",
    f"assets/{LABEL_MAP_NAME}",
)
MAX_LABEL_MAP_BYTES = 1_000_000
# What exporters and data sets call what is no object; `???` is TensorFlow Lite's label files' word.
BACKGROUND_NAMES = frozenset({"background", "bg", "???"})
# A reason may quote a token, and a token may be as long as the file.
MAX_REASON_CHARACTERS = 200
# What protobuf says of `id: '1'` and `id: one`, before what came.
_NO_NUMBER = "Couldn't parse integer: "


def parse_label_map(text: str | bytes) -> LabelMap:
    """Read a `StringIntLabelMap` in protobuf's text format.

    An item with the id 0 that is called background is passed over: no detector answers it. Several
    ids may have the same name.

    Args:
        text: where it is bytes UTF-8, or UTF-16 that begins with its byte order mark; at most
            `MAX_LABEL_MAP_BYTES`.

    Raises:
        LabelMapError: too long, not UTF-8, bad syntax, an unknown field, no items, an item without
            id or name, an id below 0, or an id twice. The message names the line.

    Example:
        >>> parse_label_map("item { id: 1 name: 'open' }").label(1)
        'open'
    """
    decoded = _decode(text)
    message = string_int_label_map()
    try:
        text_format.Parse(decoded, message)
    except text_format.ParseError as error:
        hint = (
            "" if "item" in decoded else "; items such as item { id: 1 name: 'cat' } are expected"
        )
        raise LabelMapError(_reason_with_line(error, decoded).rstrip(".") + hint) from error
    except RecursionError as error:
        raise LabelMapError("the items are nested too deeply") from error
    items: list[LabelMapItem] = []
    index_of_id: dict[int, int] = {}
    for index, item in enumerate(message.item):
        try:
            items.append(_label_map_item(item))
        except LabelMapError as error:
            raise LabelMapError(f"line {_item_line(decoded, index)}: {error}") from error
        if item.id in index_of_id:
            first, line = (_item_line(decoded, each) for each in (index_of_id[item.id], index))
            raise LabelMapError(f"line {line}: id {item.id} comes twice, first in line {first}")
        index_of_id[item.id] = index
    classes = tuple(item for item in items if not _is_background(item))
    if items and not classes:
        line = _item_line(decoded, 0)
        raise LabelMapError(f"line {line}: the background is the only item, and it is no class")
    return LabelMap(classes)


def format_label_map(label_map: LabelMap) -> str:
    """Write `label_map` so that `parse_label_map`, and the Object Detection API, read it back."""
    message = string_int_label_map()
    for item in label_map:
        points = [{"id": number, "label": label} for number, label in item.keypoints]
        message.item.add(
            id=item.id, name=item.name, display_name=item.display_name, keypoints=points
        )
    return str(text_format.MessageToString(message, as_utf8=True))


def _is_background(item: LabelMapItem) -> bool:
    """Whether an item stands for what is no object; at any other id it may be a class so called."""
    names = {each.strip().strip("_").lower() for each in (item.name, item.label)}
    return item.id == 0 and bool(names & BACKGROUND_NAMES)


def _decode(text: str | bytes) -> str:
    # Half a surrogate pair, which JSON can hold, is no text; it is refused below, in its line.
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_LABEL_MAP_BYTES:
        # Not how many: who reads a file need not read more of it than is taken.
        raise LabelMapError(f"more than the {MAX_LABEL_MAP_BYTES} bytes that are taken")
    # Windows' editors call UTF-16 Unicode; PowerShell's > writes it.
    is_utf_16 = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabelMapError(
            f"line {line}: not {'UTF-16' if is_utf_16 else 'UTF-8'} text"
        ) from error


def _label_map_item(item: Any) -> LabelMapItem:
    if not item.HasField("id"):
        name = item.name or item.display_name
        raise LabelMapError(f"the item {quoted(name)} has no id" if name else "an empty item")
    keypoints = tuple((each.id, each.label) for each in item.keypoints)
    name = item.name or item.display_name
    return LabelMapItem(item.id, name, item.display_name or None, keypoints)


def _reason_with_line(error: text_format.ParseError, text: str) -> str:
    line, column = error.GetLine(), error.GetColumn()
    reason = str(error)
    if line is None:
        return reason
    reason = reason.removeprefix(f"{line}:{column} : ")
    # Some reasons quote the whole line; line and column say where it is.
    reason = reason.removeprefix(f"'{text.split(chr(10))[line - 1]}': ")
    # Our own message's full name says nothing to the person who wrote the file.
    reason = reason.replace("object_detection.protos.", "")
    if "set_int_max_str_digits" in reason:
        reason = "Value out of range: a number of thousands of digits"
    if reason.startswith(_NO_NUMBER):
        came = reason.removeprefix(_NO_NUMBER)
        is_text = came.startswith(("'", '"'))
        reason = f"a whole number is expected, not {'the text ' if is_text else ''}{came}"
    if len(reason) > MAX_REASON_CHARACTERS:
        reason = f"{reason[:MAX_REASON_CHARACTERS]}…"
    return f"line {line}, column {column}: {reason}"


def _item_line(text: str, index: int) -> int:
    """The line, from 1, on which an item's brace opens; `text` is known to parse.

    Looked for where it is told alone: it takes as long as parsing up to there.
    """
    # The stubs give ParseErrorPreviousToken's argument a wrong type.
    tokenizer: Any = text_format.Tokenizer(text.split("\n"))
    depth = opened = 0
    while not tokenizer.AtEnd():
        token = tokenizer.token
        tokenizer.NextToken()
        if token in ("{", "<"):
            if depth == 0 and opened == index:
                break
            opened += depth == 0
            depth += 1
        elif token in ("}", ">"):
            depth -= 1
    # Not ParseError(), which copies the line: seconds where a file is one long line.
    line: int = tokenizer.ParseErrorPreviousToken("").GetLine()
    return line
