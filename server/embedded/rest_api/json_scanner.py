"""The names, strings and numbers of a JSON text, as RapidJSON reads them.

Source: RapidJSON 1.1.0's `reader.h`.
"""

import math
import re
from typing import Any

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_UINT64 = 2**64 - 1
# The largest double, divided by 10.
DOUBLE_TENTH = 1.7976931348623157e307
MAX_EXPONENT = 308
INVALID = "Invalid value."

_SPACE = re.compile(rb"[ \n\r\t]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(rb"\.([0-9]*)")
_EXPONENT = re.compile(rb"[eE]([+-]?)([0-9]*)")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_ESCAPES = {
    ord(letter): value for letter, value in zip('"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True)
}
_WORDS = {ord("n"): (b"null", None), ord("t"): (b"true", True), ord("f"): (b"false", False)}


class JsonSyntaxError(ValueError):
    """The text is no JSON; says what is wrong, and at which byte."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"{what} at offset: {offset}")


class JsonScanner:
    """Reads one piece of the text after another.

    Args:
        data: the text; a byte order mark is passed over.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0
        for byte in BYTE_ORDER_MARK:
            self.position += data[self.position : self.position + 1] == bytes([byte])

    def scalar(self, byte: int) -> Any:
        """The string, number or word that begins with `byte` here."""
        if byte == ord('"'):
            return self.string()
        if byte not in _WORDS:
            return self._number()
        word, value = _WORDS[byte]
        self._consume(word)
        return value

    def _consume(self, word: bytes) -> None:
        """Pass over a word; where it differs, that is where the value is not valid."""
        if not self._passes(word):
            raise JsonSyntaxError(INVALID, self.position)

    def string(self) -> str:
        """The string that begins here; bytes that are no UTF-8 as surrogate escapes."""
        self.position += 1
        pieces = []
        while True:
            plain = self._match(_PLAIN)
            pieces.append(plain[0])
            byte = self.peek()
            if byte == ord('"'):
                self.position += 1
                return b"".join(pieces).decode("utf-8", "surrogateescape")
            if not byte:
                raise JsonSyntaxError("Missing a closing quotation mark in string.", self.position)
            pieces.append(self._escaped())

    def _escaped(self) -> bytes:
        start = self.position
        code = self._data[start + 1 : start + 2]
        if self.peek() == ord("\\") and code == b"u":
            self.position += 2
            return self._unicode(start)
        if self.peek() != ord("\\") or not code or code[0] not in _ESCAPES:
            raise JsonSyntaxError("Invalid escape character in string.", start)
        self.position += 2
        return bytes([_ESCAPES[code[0]]])

    def _unicode(self, start: int) -> bytes:
        code = self._hex(start)
        if 0xD800 <= code <= 0xDBFF:
            low = 0
            if self._data[self.position : self.position + 2] == b"\\u":
                self.position += 2
                low = self._hex(start)
            if not 0xDC00 <= low <= 0xDFFF:
                raise JsonSyntaxError("The surrogate pair in string is invalid.", start)
            code = 0x10000 + (code - 0xD800 << 10) + (low - 0xDC00)
        # The second half of a pair alone is written like any other character.
        return chr(code).encode("utf-8", "surrogatepass")

    def _hex(self, start: int) -> int:
        digits = _HEX.match(self._data, self.position)
        if digits is None:
            raise JsonSyntaxError("Incorrect hex digit after \\u escape in string.", start)
        self.position = digits.end()
        return int(digits[0], 16)

    def _number(self) -> int | float:
        start = self.position
        whole = _INTEGER.match(self._data, start)
        # As RapidJSON does, a fraction and an exponent are taken behind `NaN` and `Infinity`, too.
        special = self._not_finite() if whole is None else None
        text = whole[0] if whole else b"-0" if self._data[start : start + 1] == b"-" else b"0"
        if whole is not None:
            self.position = whole.end()
        digits = text.lstrip(b"-")
        # Only then may it have thousands of digits, which Python reads as no integer.
        is_large = len(digits) > MAX_EXPONENT
        if is_large and float(digits[:-1]) >= DOUBLE_TENTH:
            raise JsonSyntaxError("Number too big to be stored in double.", start)
        end_of_whole = self.position
        places = self._fraction(digits)
        exponent = self._exponent(start, MAX_EXPONENT + (places or 0))
        if places is not None or exponent:
            return float(text + self._data[end_of_whole : self.position])
        if special is not None:
            return special
        value = float(text) if is_large else int(text)
        return int(value) if -(2**63) <= value <= LARGEST_UINT64 else float(value)

    def _not_finite(self) -> float:
        """Pass over `NaN`, `Inf` or `Infinity`, which may have a sign."""
        sign = -1.0 if self.peek() == ord("-") else 1.0
        self.position += sign < 0
        if self.peek() not in b"NI":
            raise JsonSyntaxError(INVALID, self.position)
        if self._passes(b"NaN"):
            return math.nan
        self._consume(b"Inf")
        if self.peek() == ord("i"):
            self._consume(b"inity")
        return sign * math.inf

    def _passes(self, word: bytes) -> bool:
        """Pass over as much of a word as is there; whether it is all."""
        for byte in word:
            if self.peek() != byte:
                return False
            self.position += 1
        return True

    def _fraction(self, whole: bytes) -> int | None:
        """Pass over `.25`; how many of its digits RapidJSON takes into account, None without."""
        fraction = _FRACTION.match(self._data, self.position)
        if fraction is None:
            return None
        if not fraction[1]:
            raise JsonSyntaxError("Miss fraction part in number.", fraction.end())
        self.position = fraction.end()
        if len(whole) > len(str(LARGEST_UINT64)):
            return 0
        significand = int(whole)
        places = 0
        for digit in fraction[1]:
            if significand > 2**53 - 1:
                break
            significand = significand * 10 + digit - ord("0")
            places += 1
        return places

    def _exponent(self, start: int, most: int) -> bool:
        """Pass over `e-7`; whether it is there."""
        exponent = _EXPONENT.match(self._data, self.position)
        if exponent is None:
            return False
        if not exponent[2]:
            raise JsonSyntaxError("Miss exponent in number.", exponent.end())
        self.position = exponent.end()
        # The first digit alone is never too much.
        digits = exponent[2].lstrip(b"0") if len(exponent[2]) > 1 else b""
        if exponent[1] != b"-" and (len(digits) > len(str(most)) or int(digits or b"0") > most):
            raise JsonSyntaxError("Number too big to be stored in double.", start)
        return True

    def skip_space(self) -> None:
        """Pass over white space."""
        self._match(_SPACE)

    def _match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        """What a pattern matches that matches nothing, too."""
        match = pattern.match(self._data, self.position)
        if match is None:
            raise AssertionError(pattern.pattern)
        self.position = match.end()
        return match

    def peek(self) -> int:
        """The next byte; 0 at the end, where RapidJSON sees one."""
        return self._data[self.position] if self.position < len(self._data) else 0
