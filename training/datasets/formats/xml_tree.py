"""XML as a small tree that knows its lines, without entities.

The standard library's ElementTree forgets lines and expands entities, of which a file of 1 kB can
declare a billion; expat, which it is made of, tells both.
"""

from dataclasses import dataclass, field
from xml.parsers import expat


class BadXml(ValueError):
    """The file is no XML, or declares a document type; the message names the line."""


@dataclass
class Node:
    """An element: `line` from 1, and its text without the spaces around it."""

    tag: str
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def first(self, tag: str) -> "Node | None":
        """The first child of that tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> list["Node"]:
        """Every child of that tag."""
        return [child for child in self.children if child.tag == tag]

    def text_of(self, tag: str, default: str = "") -> str:
        """The text of the first child of that tag."""
        child = self.first(tag)
        return child.text if child is not None else default


def parse_xml(data: bytes) -> Node:
    """The root element.

    Raises:
        BadXml: with the line.
    """
    parser = expat.ParserCreate()
    document = Node("", 0)
    path = [document]

    def start(tag: str, _attributes: dict[str, str]) -> None:
        node = Node(tag, parser.CurrentLineNumber)
        path[-1].children.append(node)
        path.append(node)

    def end(_tag: str) -> None:
        node = path.pop()
        node.text = node.text.strip()

    def text(characters: str) -> None:
        path[-1].text += characters

    def refuse(*_declared: object) -> None:
        raise BadXml(f"line {parser.CurrentLineNumber}: a document type; annotations have none")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadXml(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
    except (ValueError, LookupError) as error:
        # An encoding that Python does not know.
        if isinstance(error, BadXml):
            raise
        raise BadXml(f"line {parser.CurrentLineNumber}: {error}") from error
    return document.children[0]
