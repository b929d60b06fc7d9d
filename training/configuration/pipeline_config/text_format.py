"""Protobuf's text format without a schema: names, values, and the lines that they are in.

protobuf's own parser needs the message's definition, and says nothing of a field that it does not
have; a file of somebody's fork of the Object Detection API has some.

Source: https://protobuf.dev/reference/protobuf/textformat-spec/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from training.configuration.errors import ConfigurationError

MAX_DEPTH = 100
_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f\v]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>-?\s*(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?)(?![\w.]))
    |(?P<word>-?[A-Za-z_][\w.]*)
    |(?P<sign>[{}<>\[\]:,;/])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CLOSES = {"{": "}", "<": ">"}

# `true` and `false` are bool, other words, such as RELU_6, `Word`.
Scalar = str | int | float | bool


class Word(str):
    """A value without quotes: one of an enumeration."""

    __slots__ = ()


@dataclass
class Field:
    """A field as it is written.

    Args:
        name: its name.
        value: a scalar, or the fields of a message.
        line: of the file, from 1.
    """

    name: str
    value: "Scalar | list[Field]"
    line: int


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def parse_text_format(text: str, name: str) -> list[Field]:
    """The fields of a message; a list is a field a value.

    Args:
        text: of the file.
        name: what errors call it.

    Raises:
        ConfigurationError: the text is none of that format; names the line.

    Example:
        >>> parse_text_format("a { b: 1 }", "file")
        [Field(name='a', value=[Field(name='b', value=1, line=1)], line=1)]
    """
    return _Parser(list(_tokens(text, name)), name).message("", 0)


def _tokens(text: str, name: str) -> Iterator[_Token]:
    line, position = 1, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            cut = text[position : position + 20].split("\n")[0]
            raise ConfigurationError(f"{name}, line {line}: {cut!r} is no text format of protobuf")
        kind = found.lastgroup or ""
        if kind == "newline":
            line += 1
        elif kind != "blank":
            yield _Token(kind, found.group(), line)
            line += found.group().count("\n")
        position = found.end()


@dataclass
class _Parser:
    tokens: list[_Token]
    name: str
    position: int = field(default=0)

    def message(self, end: str, depth: int) -> list[Field]:
        if depth > MAX_DEPTH:
            raise self._error(f"messages are nested more than {MAX_DEPTH} deep")
        fields: list[Field] = []
        while (token := self._peek()) is not None and token.text != end:
            fields += self._field(depth)
        if end and self._peek() is None:
            raise self._error(f"{end} is missing at the end")
        self.position += bool(end)
        return fields

    def _field(self, depth: int) -> list[Field]:
        token = self._next("a field's name")
        if token.kind == "sign" and token.text == "[":
            # An extension, or a type's address.
            parts = []
            while (part := self._next("]")).text != "]":
                parts.append(part.text)
            name = f"[{''.join(parts)}]"
        elif token.kind == "word":
            name = token.text
        else:
            raise self._error(f"a field's name was expected, not {token.text!r}", token)
        has_colon = self._skip(":")
        following = self._peek()
        if following is None:
            raise self._error(f"{name} has no value")
        if following.text not in (*_CLOSES, "[") and not has_colon:
            raise self._error(f"{name} is followed by neither : nor {{", following)
        values = self._values(depth)
        if not self._skip(","):
            self._skip(";")
        return [Field(name, value, line) for value, line in values]

    def _values(self, depth: int) -> "list[tuple[Scalar | list[Field], int]]":
        if not self._skip("["):
            return [self._value(depth)]
        values = []
        while not self._skip("]"):
            values.append(self._value(depth))
            if not self._skip(",") and (token := self._peek()) is not None and token.text != "]":
                raise self._error(f", or ] was expected, not {token.text!r}", token)
        return values

    def _value(self, depth: int) -> "tuple[Scalar | list[Field], int]":
        token = self._next("a value")
        if token.text in _CLOSES:
            return self.message(_CLOSES[token.text], depth + 1), token.line
        if token.kind == "string":
            text = _unescaped(token.text)
            while (following := self._peek()) is not None and following.kind == "string":
                text += _unescaped(self._next("a text").text)
            return text, token.line
        if token.kind == "number":
            return _number(token.text), token.line
        if token.kind == "word":
            return _word(token.text), token.line
        raise self._error(f"a value was expected, not {token.text!r}", token)

    def _peek(self) -> _Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _next(self, wanted: str) -> _Token:
        token = self._peek()
        if token is None:
            raise self._error(f"it ends where {wanted} was expected")
        self.position += 1
        return token

    def _skip(self, text: str) -> bool:
        token = self._peek()
        found = token is not None and token.kind == "sign" and token.text == text
        self.position += found
        return found

    def _error(self, reason: str, token: _Token | None = None) -> ConfigurationError:
        line = token.line if token else self.tokens[-1].line if self.tokens else 1
        return ConfigurationError(f"{self.name}, line {line}: {reason}")


def _unescaped(quoted: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found.group(1)
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8))
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(one, quoted[1:-1])


def _number(text: str) -> int | float:
    text = re.sub(r"\s", "", text)
    if "0x" in text.lower():
        return int(text, 16)
    text = text.rstrip("fF")
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _word(text: str) -> Scalar:
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    if lowered.lstrip("-") in ("inf", "infinity", "nan"):
        return float(lowered)
    return Word(text)
