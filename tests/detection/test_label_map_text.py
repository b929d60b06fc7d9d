import contextlib
import gc
import time
import tracemalloc
from collections.abc import Callable

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from detection.label_map import MAX_ID, LabelMap, LabelMapError, LabelMapItem
from detection.label_map_message import string_int_label_map
from detection.label_map_text import MAX_LABEL_MAP_BYTES, format_label_map, parse_label_map
from tests.support.shared import shared

OPEN = LabelMapItem(1, "open")
FIST = LabelMapItem(2, "closed", "fist")

# what is written -> what it means
FORMS: dict[str, tuple[LabelMapItem, ...]] = {
    "item { id: 1 name: 'open' }": (OPEN,),
    'item { id: 1 name: "open" }': (OPEN,),
    "item{name:'open'id:1}": (OPEN,),
    "item: { id: 1, name: 'open'; }": (OPEN,),
    "item < id: 1 name: 'open' >": (OPEN,),
    "item: < id: 1 name: 'open' >;": (OPEN,),
    "item: [{ id: 1 name: 'open' }, <id: 2 name: 'closed' display_name: 'fist'>]": (OPEN, FIST),
    "item { display_name: 'fist' id: 2 name: 'closed' } item { id: 1 name: 'open' }": (FIST, OPEN),
    "# hands\nitem { # first\n  id: 1 # of two\n  name: 'open'\n}\n#": (OPEN,),
    "item {\r\n  id: 1\r\n  name: 'open'\r\n}\r\n": (OPEN,),
    "\ufeffitem { id: 1 name: 'open' }": (OPEN,),
    "item { id: 0x10 name: 'a' } item { id: 010 name: 'b' }": (
        LabelMapItem(16, "a"),
        LabelMapItem(8, "b"),
    ),
    r"""item { id: 1 name: 'it\'s \"a\"\n\303\251\x41\u00e9' }""": (
        LabelMapItem(1, 'it\'s "a"\néAé'),
    ),
    "item { id: 1 name: 'op' \"en\" }": (OPEN,),
    "item { id: 1 name: 'a } { # b' }": (LabelMapItem(1, "a } { # b"),),
    "item { id: 1 name: 'Hände 手' }": (LabelMapItem(1, "Hände 手"),),
    "item { id: 7 display_name: 'only' }": (LabelMapItem(7, "only", "only"),),
    "item { id: 1 name: 'open' display_name: '' }": (OPEN,),
    "item { id: 1 name: 'open' keypoints { id: 1 label: 'tip' } frequency: RARE "
    "instance_count: 3 ancestor_ids: [2, 3] descendant_ids: 4 }": (OPEN,),
}


@pytest.mark.parametrize("text", FORMS)
def test_every_way_to_write_a_label_map_is_read(text: str) -> None:
    assert parse_label_map(text).items == FORMS[text]
    assert parse_label_map(text.encode()).items == FORMS[text]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_byte_order_mark(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    text = (mark + "item {\r\n id: 1\r\n name: 'Hände 手'\r\n}\r\n").encode(encoding)
    assert parse_label_map(text).label(1) == "Hände 手"


@pytest.mark.parametrize("text", ["cat\ndog\n", '{"1": "cat"}', "1: cat"])
def test_what_has_no_items_is_told_how_they_look(text: str) -> None:
    with pytest.raises(LabelMapError, match=r"items such as item \{ id: 1 name: 'cat' \}"):
        parse_label_map(text)


# what is written -> where and why it is refused
MISTAKES = {
    "": "has none",
    "# nothing yet\n": "has none",
    "item: []": "has none",
    "item {\n id: 1\n name: 'a'\n}\nitem {\n id: 1\n name: 'b'\n}":
        "line 5: id 1 comes twice, first in line 1",
    "item { id: 1 name: 'a' }\n\nitem\n{ name: 'b' }": "line 4: the item 'b' has no id",
    "item { id: 1 name: 'a' }\nitem { }": "line 2: an empty item",
    "item { id: 1 name: 'a' }\nitem { id: 2 }": "line 2: the item with id 2 has no name",
    "item: [{ id: 1 name: 'a' },\n{ id: -1 name: 'b' }]": "line 2: ids start at 0 or 1, but 'b'",
    "\nitem { id: -5 name: 'a' }": "line 2: ids start at 0 or 1, but 'a' has id -5",
    "item {\n id: 1\n id: 2\n name: 'a' }": 'line 3, column 6: .* multiple "id" fields',
    "item {\n id: 1\n name: 'a'\n item { id: 2 name: 'b' }\n}":
        'line 4, column 2: .* no field named "item"',
    "item {\n id: 1\n name: 'a'\n color: 'red' }": 'line 4, column 2: .* no field named "color"',
    "name: 'a'": 'line 1, column 1: .*"StringIntLabelMap" has no field named "name"',
    "item {\n id: one\n}": "line 2, column 6: a whole number is expected, not one",
    "item {\n id: 1.5 name: 'a' }": "line 2, column 6: a whole number is expected, not 1.5",
    "item {\n id: '1' name: 'a' }":
        "line 2, column 6: a whole number is expected, not the text '1'",
    "item {\n id: 4294967297 name: 'a' }": "line 2, column 6: Value out of range",
    f"item {{ id: 0x{'f' * 5000} name: 'a' }}": "Value out of range: a number of thousands",
    "item {\n id: 1\n name: 'a\n}": "line 3, column 8: String missing ending quote",
    "item {\n id: 1 name: 'a'\n": 'line 2, column .*Expected "}"',
    "item { id: 1 name: 'a' }\n}": "line 2, column 1: Expected identifier",
    "item { id: 1 name: open }": "line 1, column 20: Expected string",
    r"item { id: 1 name: '\xff' }": "line 1, column .*can't decode byte 0xff",
    '{"item": [{"id": 1, "name": "open"}]}': "line 1, column 1: Expected identifier",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_is_named_with_its_line(text: str) -> None:
    with pytest.raises(LabelMapError, match=MISTAKES[text]):
        parse_label_map(text)


@pytest.mark.parametrize("text", MISTAKES)
def test_no_mistake_shows_names_of_ours(text: str) -> None:
    with pytest.raises(LabelMapError) as error:
        parse_label_map(text)
    assert "object_detection" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"item {\n id: 1\n name: '\xe4'\n}", "line 3: not UTF-8 text"),
        ("item { id: 1 name: 'a' }".encode("utf-16-le"), "line 1"),
        (b"\xff\xfei\x00\x00\xd8", "line 1: not UTF-16 text"),
        (bytes(range(256)), "not UTF-8 text"),
        (b" " * (MAX_LABEL_MAP_BYTES + 1), "more than the 1000000 bytes that are taken"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(LabelMapError, match=message):
        parse_label_map(data)


def test_the_size_of_text_counts_in_bytes() -> None:
    with pytest.raises(LabelMapError, match="more than the 1000000 bytes"):
        parse_label_map("é" * (MAX_LABEL_MAP_BYTES // 2 + 1))


def test_half_a_surrogate_from_json_is_refused() -> None:
    with pytest.raises(LabelMapError, match="line 1"):
        parse_label_map("item { id: 1 name: '\ud800' }")
    with pytest.raises(LabelMapError, match="line 2: not UTF-8 text"):
        parse_label_map("item { id: 1 name: 'a' }\n\ud800")


HOSTILE = {
    "a line of empty items": "item{}" * 160_000,
    "the same id again and again": "item{id:1 name:'a'}" * 50_000,
    "items in items": "item{" * 190_000,
    "brackets": "[" * 900_000,
    "quotes": '"' * 900_000,
    "backslashes": "'" + "\\" * 900_000,
    "an id of a megabyte": "item{id:" + "9" * 900_000 + " name:'a'}",
    "an unknown field of a megabyte": "x" * 900_000 + ": 1",
    "a field of an unknown extension": "[" + "a." * 400_000 + "b]: 1",
    "comments": "#\n" * 499_000,
}


def cpu_s(work: Callable[[], object]) -> float:
    """What `work` costs this thread at best; only to be compared with what other work costs it."""
    # A collection walks whatever the tests before left in memory, which is no cost of `work`.
    gc.disable()
    try:
        return min(thread_s(work) for _ in range(3))
    finally:
        gc.enable()


def thread_s(work: Callable[[], object]) -> float:
    began_s = time.thread_time()
    work()
    return time.thread_time() - began_s


@pytest.fixture(scope="module")
def megabyte() -> str:
    """As long an ordinary label map as may be."""
    text = "".join(f'item {{\n  id: {n}\n  name: "c{n}"\n}}\n' for n in range(1, 26_001))
    assert 900_000 < len(text) < MAX_LABEL_MAP_BYTES
    return text


@pytest.fixture(scope="module")
def ordinary_cpu_s(megabyte: str) -> float:
    return cpu_s(lambda: parse_label_map(megabyte))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_map_is_refused_in_few_words_and_costs_little_more_than_an_ordinary_one(
    what: str, ordinary_cpu_s: float
) -> None:
    def refuse() -> None:
        with pytest.raises(LabelMapError) as error:
            parse_label_map(HOSTILE[what])
        assert len(str(error.value)) < 400

    # Measured: 1.5 times; 12 times where the line was copied for each item.
    assert cpu_s(refuse) < 6 * ordinary_cpu_s


def test_a_map_of_a_megabyte_costs_little_more_than_protobuf_takes(
    megabyte: str, ordinary_cpu_s: float
) -> None:
    protobuf_cpu_s = cpu_s(lambda: text_format.Parse(megabyte, string_int_label_map()))
    assert ordinary_cpu_s < 6 * protobuf_cpu_s
    label_map = parse_label_map(megabyte)
    assert len(label_map) == 26_000
    assert label_map.label(26_000) == "c26000"


def test_a_long_name_takes_no_more_memory_than_some_copies() -> None:
    text = f"item {{ id: 1 name: '{'x' * 990_000}' }}"
    tracemalloc.start()
    try:
        parse_label_map(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


names = st.text(min_size=1, max_size=20)
label_maps = st.lists(
    st.builds(LabelMapItem, st.integers(1, MAX_ID), names, st.none() | st.text(max_size=20)),
    min_size=1,
    max_size=6,
    unique_by=lambda item: item.id,
).map(lambda items: LabelMap(tuple(items)))


@given(label_maps)
def test_what_is_formatted_is_parsed_back(label_map: LabelMap) -> None:
    text = format_label_map(label_map)
    assert parse_label_map(text) == label_map
    assert parse_label_map(text.encode()) == label_map


@given(label_maps)
def test_protobuf_reads_the_same_from_what_is_formatted(label_map: LabelMap) -> None:
    message = text_format.Parse(format_label_map(label_map), string_int_label_map())
    read = tuple(
        LabelMapItem(item.id, item.name, item.display_name or None) for item in message.item
    )
    assert read == label_map.items


@given(st.text(alphabet="item{}<>[]:,;'\"id name1\\#\n", max_size=60) | st.binary(max_size=60))
def test_whatever_comes_is_a_label_map_or_a_label_map_error(text: str | bytes) -> None:
    with contextlib.suppress(LabelMapError):
        assert len(parse_label_map(text)) > 0


def test_two_parsers_do_not_disturb_the_default_pool() -> None:
    first, second = string_int_label_map(), string_int_label_map()
    assert first.DESCRIPTOR.full_name == second.DESCRIPTOR.full_name


def test_the_hands_map_is_read() -> None:
    hands = parse_label_map(shared("models/hands/label_map.pbtxt").read_bytes())
    assert hands.labels == ("open", "closed", "pinch", "point", "face", "tip", "pinchtip")


BACKGROUNDS = ("background", "__background__", "BACKGROUND", "bg", "_background_", "???")


@pytest.mark.parametrize("name", BACKGROUNDS)
@pytest.mark.parametrize("field", ["name", "display_name"])
def test_the_background_is_no_class_where_its_id_is_0(name: str, field: str) -> None:
    found = parse_label_map(f"item {{ id: 0 {field}: '{name}' }} item {{ id: 1 name: 'cat' }}")
    assert [(item.id, item.name) for item in found] == [(1, "cat")]
    assert len(parse_label_map(f"item {{ id: 3 {field}: '{name}' }}")) == 1
    with pytest.raises(LabelMapError, match="line 1: the background is the only item"):
        parse_label_map(f"item {{ id: 0 {field}: '{name}' }}")


def test_a_class_may_have_the_id_0() -> None:
    found = parse_label_map("item { id: 0 name: 'cat' } item { id: 1 name: 'background' }")
    assert (found.min_id, found.max_id, found.label(0)) == (0, 1, "cat")
    assert parse_label_map(format_label_map(found)) == found


def test_the_background_and_a_class_do_not_share_an_id() -> None:
    with pytest.raises(LabelMapError, match="line 2: id 0 comes twice, first in line 1"):
        parse_label_map("item { id: 0 name: 'background' }\nitem { id: 0 name: 'cat' }")
