"""XML as a small tree that knows its lines, without entities.

The standard library's ElementTree forgets lines and expands entities, of which a file of 1 kB can
declare a billion; expat, which it is made of, tells both. Its tree is built here by an expat that
refuses a document type.
"""

import re
from dataclasses import dataclass
from typing import cast
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.guessing import GuessedText, guess_text

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*['\"]([A-Za-z0-9._-]{1,40})['\"]")
# People's GB2312 files hold characters of its two extensions, which the last one reads as well.
_CHINESE = "gb18030"
_PARTS_OF_IT = frozenset({"gb2312", "gbk", "x-gbk", "cp936", "gb_2312-80"})


class BadXml(ValueError):
    """The file is no XML, or declares a document type; the message names the line."""


class Node(Element):
    """An element that knows its line, from 1; its searches are ElementTree's, written in C."""

    __slots__ = ("line",)
    line: int

    @property
    def attributes(self) -> dict[str, str]:
        """Its attributes."""
        return self.attrib

    @property
    def children(self) -> list["Node"]:
        """The elements in it, in their order."""
        return cast("list[Node]", list(self))

    @property
    def own_text(self) -> str:
        """What stands in it and in none of its children, without the spaces around it."""
        if not len(self):
            return (self.text or "").strip()
        return "".join([self.text or "", *(child.tail or "" for child in self)]).strip()

    def first(self, tag: str) -> "Node | None":
        """The first child of that tag, which is a plain name."""
        return cast("Node | None", self.find(tag))

    def all(self, tag: str) -> list["Node"]:
        """Every child of that tag, which is a plain name."""
        return cast("list[Node]", self.findall(tag))

    def text_of(self, tag: str, default: str = "") -> str:
        """The text of the first child of that tag."""
        child = self.find(tag)
        if child is None:
            return default
        # Nearly every one has no children; `own_text` once more would double the time.
        return (child.text or "").strip() if not len(child) else cast("Node", child).own_text


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Args:
        root: its outermost element.
        guessed: the encoding that it was taken as, where the file says none or a wrong one; empty
            where it was what the file says.
        by_chance: as `GuessedText.by_chance`.
    """

    root: Node
    guessed: str = ""
    by_chance: bool = False


def parse_xml(data: bytes, encoding: str | None = None) -> Document:
    """Parse a file in the encoding that it declares, or if that cannot be, in one that fits.

    Args:
        data: the whole file.
        encoding: what a person says, which goes before what the file does.

    Raises:
        BadXml: with the line.
    """
    if encoding is not None and not data.isascii():
        return _parse_text(_read_as(data, encoding))
    try:
        root = _parse(data, None)
    except _WrongEncoding as error:
        return _parse_text(_decoded(data, error))
    # An Asian name of one letter may be two bytes that are UTF-8 as well.
    read = _unsure(data)
    if read is not None and read.guessed:
        return _parse_text(read)
    return Document(root, by_chance=read is not None and read.by_chance)


def _unsure(data: bytes) -> GuessedText | None:
    """What the letters say of a file that is UTF-8, or says nothing; None where it says another."""
    declared = _DECLARED.match(data.lstrip())
    if data.isascii() or (declared and declared.group(1).lower() not in (b"utf-8", b"utf8")):
        return None
    try:
        return guess_text(data)
    except UnknownEncoding:
        return None


def _read_as(data: bytes, encoding: str) -> GuessedText:
    try:
        return guess_text(data, encoding)
    except UnknownEncoding as error:
        raise BadXml(str(error)) from error


def _parse_text(decoded: GuessedText) -> Document:
    root = _parse(decoded.text.encode("utf-8", "replace"), "utf-8")
    return Document(root, decoded.note, decoded.by_chance)


class _WrongEncoding(BadXml):
    """The bytes are not what the file declares, or nothing that expat reads."""


def _decoded(data: bytes, reason: BadXml) -> GuessedText:
    """The text in what the file declares, or in what it looks like."""
    declared = _DECLARED.match(data.lstrip())
    name = declared.group(1).decode("ascii").lower() if declared else ""
    if name not in ("", "utf-8"):
        try:
            encoding = _CHINESE if name in _PARTS_OF_IT else name
            return GuessedText(data.decode(encoding), encoding)
        except (LookupError, ValueError):
            # An encoding that nobody knows, or another than it is.
            pass
    try:
        return guess_text(data)
    except UnknownEncoding:
        raise BadXml(str(reason)) from None


def _parse(data: bytes, encoding: str | None) -> Node:
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True

    def node(tag: str, attributes: dict[str, str]) -> Node:
        made = Node(tag, attributes)
        made.line = parser.CurrentLineNumber
        return made

    builder = TreeBuilder(node)

    def refuse(*_declared: object) -> None:
        raise BadXml(f"line {parser.CurrentLineNumber}: a document type; annotations have none")

    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        kind = BadXml if encoding else _WrongEncoding
        raise kind(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
    except (ValueError, LookupError) as error:
        # An encoding that Python does not know, or of several bytes a letter.
        if isinstance(error, BadXml):
            raise
        kind = BadXml if encoding else _WrongEncoding
        raise kind(f"line {parser.CurrentLineNumber}: {error}") from error
    return cast("Node", builder.close())
