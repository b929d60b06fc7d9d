"""Base64 as people have it: in lines, as a data URL, in the URL-safe alphabet, without its padding.

Source: RFC 4648, 4 and 5; RFC 2397 for data URLs; RFC 2045 for lines.
"""

import base64
import binascii
import re
from urllib.parse import unquote

_URL_SAFE = str.maketrans("-_", "+/")
_DATA_URL = re.compile(r"data:(?P<about>[^,]{0,500}),", re.IGNORECASE)
_OF_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)
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
    if _OF_BYTES.fullmatch(text):
        raise ValueError(
            "it begins with b' as Python shows bytes; .decode() makes the text of them"
        )
    encoded = re.sub(r"\s+", "", _without_data_url(text)).translate(_URL_SAFE)
    digits = encoded.rstrip("=")
    missing = -len(digits) % 4
    if len(encoded) - len(digits) > 2:
        raise ValueError("it has more than two = at its end")
    if missing == 3:
        raise ValueError(f"its {len(digits)} characters are one more than whole bytes have")
    if len(encoded) - len(digits) != missing and len(digits) < MIN_UNPADDED_CHARACTERS:
        raise ValueError(f"its {len(encoded)} characters are no groups of four")
    try:
        return base64.b64decode(digits + "=" * missing, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it has characters that base64 does not know") from error


def _without_data_url(text: str) -> str:
    url = _DATA_URL.match(text)
    if url is None:
        return text
    if not url["about"].rstrip().lower().endswith(";base64"):
        raise ValueError("a data URL with ;base64 before its comma is expected")
    return unquote(text[url.end() :])
