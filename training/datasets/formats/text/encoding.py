"""Text of annotation files in the encodings that editors, spreadsheets and tools write."""

import codecs

# The longest mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# What Windows' spreadsheets write in western Europe.
SINGLE_BYTE = "cp1252"


class UnknownEncoding(ValueError):
    """The bytes are text in none of the encodings; the message names the line."""


def encoding_of(data: bytes) -> str:
    """What a file's beginning says: by its byte-order mark, else by where its zeros are.

    Example:
        >>> encoding_of('{"a": 1}'.encode("utf-16-le")), encoding_of(b"filename,width")
        ('utf-16-le', 'utf-8')
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # The first characters of JSON, CSV and XML are ASCII (RFC 4627, 3).
    beginning = data[:4]
    if len(beginning) == 4 and beginning.count(0) == 2:
        return "utf-16-be" if beginning[0] == 0 else "utf-16-le"
    return "utf-8"


def decode_text(data: bytes, *, fallback: str | None = None) -> tuple[str, str]:
    """The text, without its byte-order mark, and its encoding.

    Args:
        data: the whole file.
        fallback: an encoding of one byte a character, for what is not UTF-8.

    Raises:
        UnknownEncoding: it is not what its beginning says, and not in the fallback.
    """
    encoding = encoding_of(data)
    if encoding == "utf-8" and fallback is not None and b"\0" not in data:
        encodings = [encoding, fallback]
    else:
        encodings = [encoding]
    failed: list[UnicodeDecodeError] = []
    for each in encodings:
        try:
            return data.decode(each), each
        except UnicodeDecodeError as error:
            failed.append(error)
    line = data.count(b"\n", 0, failed[0].start) + 1
    name = encoding.removesuffix("-sig").upper()
    raise UnknownEncoding(f"line {line}: not {name} text") from failed[0]
