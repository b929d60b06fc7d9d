"""XML as a tree that knows its lines."""

from xml.dom import minidom

import pytest

from training.datasets.formats.text.xml_tree import parse_xml

DEEP = 50_000


@pytest.mark.parametrize(
    "inside",
    ["", " cat ", "ca<!-- a comment -->t", "<![CDATA[<cat>]]>", "a<i>b</i>c<i/>d ", "&lt;&#233;"],
)
def test_an_element_has_the_text_that_stands_in_it_alone(inside: str) -> None:
    data = f"<a>\n<name>{inside}</name>\n</a>".encode()
    [name] = minidom.parseString(data).getElementsByTagName("name")
    texts = [each.data for each in name.childNodes if isinstance(each, minidom.Text)]
    expected = "".join(texts).strip()
    root = parse_xml(data).root
    assert root.text_of("name") == expected
    assert [each.own_text for each in root.children] == [expected]


def test_elements_know_their_lines() -> None:
    root = parse_xml(b"<a>\n\n<b/>\n<b x='1'/></a>").root
    assert (root.line, [each.line for each in root.all("b")]) == (1, [3, 4])
    assert root.children[1].attributes == {"x": "1"}


def test_elements_may_be_nested_deeply() -> None:
    assert parse_xml(b"<a>" * DEEP + b"</a>" * DEEP).root.tag == "a"
