"""Base64 as people have it: in lines, as a data URL, in the URL-safe alphabet, without its padding.

Texts are as long as a body may be, so every step is one pass over bytes in C.

Source: RFC 4648, 4 and 5; RFC 2397 for data URLs; RFC 2045 for lines.
"""

import base64
import binascii
import re

_STANDARD = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\n\r\v\f"
_DATA_URL = re.compile(r"data:(?P<about>[^,]{0,500}),", re.IGNORECASE)
# What of base64, and of lines, a URL has to escape; letters and digits it need not.
_ESCAPED = {b"2B": b"+", b"2F": b"/", b"3D": b"=", b"0A": b"", b"0D": b"", b"20": b""}
# No image file is so short: such a text without its padding is a word, such as a file's name.
MIN_UNPADDED_CHARACTERS = 32


def decode_base64(text: str) -> bytes:
    r"""The bytes that `text` stands for.

    Raises:
        ValueError: it is no base64; the message says what is wrong, for who sent it.

    Example:
        >>> decode_base64("data:image/png;base64,iVBO\nRw==")
        b'\x89PNG'
    """
    text = text.strip()
    if text[:2] in {"b'", 'b"'} and len(text) > 2 and text[-1] == text[1]:
        raise ValueError(
            "it begins with b' as Python shows bytes; .decode() makes the text of them"
        )
    encoded = _encoded_bytes(text).translate(_STANDARD, _BLANKS)
    digits = encoded.rstrip(b"=")
    missing = -len(digits) % 4
    if len(encoded) - len(digits) > 2:
        raise ValueError("it has more than two = at its end")
    if missing == 3:
        raise ValueError(f"its {len(digits)} characters are one more than whole bytes have")
    if len(encoded) - len(digits) != missing and len(digits) < MIN_UNPADDED_CHARACTERS:
        raise ValueError(f"its {len(encoded)} characters are no groups of four")
    try:
        return base64.b64decode(digits + b"=" * missing, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it has characters that base64 does not know") from error


def _encoded_bytes(text: str) -> bytes:
    """The base64 in `text`, which may be a data URL."""
    url = _DATA_URL.match(text)
    if url is not None and not url["about"].rstrip().lower().endswith(";base64"):
        raise ValueError("a data URL with ;base64 before its comma is expected")
    try:
        encoded = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise ValueError("it has characters that base64 does not know") from error
    if url is None:
        return encoded
    encoded = encoded[url.end() :]
    if b"%" in encoded:
        for code, character in _ESCAPED.items():
            encoded = encoded.replace(b"%" + code, character)
            encoded = encoded.replace(b"%" + code.lower(), character)
    return encoded
