import pytest

from detection.label_map import MAX_ID, LabelMap, LabelMapError, LabelMapItem

HANDS = LabelMap(
    (
        LabelMapItem(2, "closed", "fist"),
        LabelMapItem(1, "open"),
        LabelMapItem(90, "/m/01g317", "person"),
        LabelMapItem(91, "person"),
    )
)


def test_a_display_name_is_what_people_are_shown() -> None:
    assert HANDS.labels == ("fist", "open", "person", "person")


@pytest.mark.parametrize(
    ("class_id", "label"), [(1, "open"), (2, "fist"), (90, "person"), (3, None), (0, None)]
)
def test_a_class_number_has_its_label_or_none(class_id: int, label: str | None) -> None:
    assert HANDS.label(class_id) == label


@pytest.mark.parametrize(
    ("label", "ids"),
    [("fist", (2,)), ("closed", (2,)), ("person", (90, 91)), ("Open", ()), ("", ())],
)
def test_ids_are_found_by_name_and_by_display_name(label: str, ids: tuple[int, ...]) -> None:
    assert HANDS.ids_of(label) == ids


def test_items_keep_their_order_and_the_highest_id_is_known() -> None:
    assert [item.id for item in HANDS] == [2, 1, 90, 91]
    assert len(HANDS) == 4
    assert HANDS.max_id == 91


def test_an_empty_display_name_is_none() -> None:
    assert LabelMapItem(1, "open", "") == LabelMapItem(1, "open")


@pytest.mark.parametrize(
    ("class_id", "name", "message"),
    [
        (-1, "open", "ids start at 0 or 1, but 'open' has id -1"),
        (-3, "open", "ids start at 0 or 1, but 'open' has id -3"),
        (MAX_ID + 1, "open", f"ids end at {MAX_ID}"),
        (1, "", "the item with id 1 has no name"),
    ],
)
def test_an_item_that_cannot_be_says_why(class_id: int, name: str, message: str) -> None:
    with pytest.raises(LabelMapError, match=message):
        LabelMapItem(class_id, name)


def test_a_map_without_items_is_refused() -> None:
    with pytest.raises(LabelMapError, match="at least one item"):
        LabelMap(())


def test_an_id_that_comes_twice_names_both_items() -> None:
    with pytest.raises(LabelMapError, match="id 1 comes twice: for 'open' and for 'closed'"):
        LabelMap((LabelMapItem(1, "open"), LabelMapItem(1, "closed")))


def test_two_ids_may_share_a_name_and_are_both_found_by_it() -> None:
    names = LabelMap((LabelMapItem(1, "open"), LabelMapItem(2, "fist"), LabelMapItem(5, "open")))
    assert names.shared_names == ("open",)
    assert names.ids_of("open") == (1, 5)


def test_a_message_does_not_repeat_a_name_of_a_megabyte() -> None:
    with pytest.raises(LabelMapError) as error:
        LabelMapItem(-1, "x" * 1_000_000)
    assert len(str(error.value)) < 200
