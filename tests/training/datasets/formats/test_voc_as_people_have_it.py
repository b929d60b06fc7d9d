"""Pascal VOC in the layouts in which it is published and exported, and with its usual slips."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    images,
    notes_of,
    text_file,
    voc_xml,
)
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset


def a_set(root: Path, *pairs: tuple[str, str]) -> Path:
    """An image and its XML file for each pair of paths."""
    for image, xml in pairs:
        image_file(root / image)
        text_file(root / xml, voc_xml(Path(image).name))
    return root


LAYOUTS: dict[str, tuple[list[tuple[str, str]], list[str | None]]] = {
    "Roboflow": (
        [("train/a.jpg", "train/a.xml"), ("valid/b.jpg", "valid/b.xml"),
         ("test/c.jpg", "test/c.xml")],
        ["train", "val", "test"],
    ),
    "annots and images": (
        [("images/a.jpg", "annots/a.xml"), ("images/b.jpg", "annots/b.xml")], [None, None]
    ),
    "Kaggle": ([("images/a.png", "annotations/a.xml")], [None]),
    "Oxford pets": ([("images/a.jpg", "annotations/xmls/a.xml")], [None]),
    "a folder of annots a split": (
        [("train/images/a.jpg", "train/annots/a.xml"),
         ("valid/images/b.jpg", "valid/annots/b.xml")],
        ["train", "val"],
    ),
    "Annotations a split": (
        [("train/JPEGImages/a.jpg", "train/Annotations/a.xml"),
         ("valid/JPEGImages/b.jpg", "valid/Annotations/b.xml")],
        ["train", "val"],
    ),
    "images and annotations, splits below": (
        [("images/train/a.jpg", "annotations/train/a.xml"),
         ("images/val/b.jpg", "annotations/val/b.xml")],
        ["train", "val"],
    ),
    "an archive's own folder around it": (
        [("archive/set/images/a.jpg", "archive/set/annotations/a.xml")], [None]
    ),
    "beside": ([("a.jpg", "a.xml")], [None]),
    "a name that no tool has": ([("photos/a.jpg", "boxes_2023/a.xml")], [None]),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_whole_without_an_option(layout: str, tmp_path: Path) -> None:
    pairs, splits = LAYOUTS[layout]
    dataset = read_dataset(a_set(tmp_path, *pairs))
    names = [Path(image).name for image, _ in pairs]
    assert boxes_of(dataset) == [
        (name, split, "cup", CUP_XYXY) for name, split in zip(names, splits, strict=True)
    ]
    assert dataset.defects == ()
    for _, xml in pairs:
        assert f"read: {(tmp_path / xml).parent}: " in notes_of(dataset)


def test_two_years_of_a_devkit_are_both_read_with_their_lists(tmp_path: Path) -> None:
    for year, name in (("VOC2007", "a"), ("VOC2012", "b")):
        root = tmp_path / "VOCdevkit" / year
        a_set(root, (f"JPEGImages/{name}.jpg", f"Annotations/{name}.xml"))
        text_file(root / "ImageSets" / "Main" / "train.txt", f"{name}\n")
    dataset = read_dataset(tmp_path)
    assert [each[:2] for each in boxes_of(dataset)] == [("a.jpg", "train"), ("b.jpg", "train")]


def test_two_years_that_call_an_image_alike_keep_both(tmp_path: Path) -> None:
    for year in ("VOC2007", "VOC2012"):
        a_set(tmp_path / year, ("JPEGImages/a.jpg", "Annotations/a.xml"))
    dataset = read_dataset(tmp_path)
    assert [each[0] for each in boxes_of(dataset)] == ["a-2.jpg", "a.jpg"]
    assert len({str(image.source) for image in dataset.images}) == 2
    assert dataset.defects == ()
    assert "called like another, and numbered" in notes_of(dataset)


def test_what_lies_beside_in_another_format_is_said_and_can_be_chosen(tmp_path: Path) -> None:
    root = a_set(tmp_path, ("images/a.jpg", "Annotations/a.xml"))
    image_file(root / "images" / "b.jpg")
    records = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg")]
    coco_file(root / "annotations.json", records, [coco_box(1), coco_box(2)])
    dataset = read_dataset(root)
    assert [each[0] for each in boxes_of(dataset)] == ["a.jpg"]
    assert "COCO JSON lies there too (annotations.json)" in notes_of(dataset)
    assert "--from coco reads the other" in notes_of(dataset)
    assert len(boxes_of(read_dataset(root, "coco"))) == 2


@pytest.mark.parametrize(
    ("boxes", "first_pixel", "expected"),
    [
        # Pascal VOC's own: whole pixels from 1, up to the last one.
        ([(11, 9, 30, 28), (1, 1, 64, 48)], None, [CUP_XYXY, (0, 0, 64, 48)]),
        # CVAT's: edges with fractions.
        (
            [("10.0", "8.0", "30.0", "28.0"), (40.25, 30.5, 50.75, 40.0)],
            None,
            [CUP_XYXY, (40.25, 30.5, 50.75, 40)],
        ),
        ([(10, 8, 30, 28), (0, 5, 20, 20)], None, [CUP_XYXY, (0, 5, 20, 20)]),
        ([(11, 9, 30, 28), (0, 5, 20, 20)], 1, [CUP_XYXY, (0, 4, 20, 20)]),
        ([(10, 8, 30, 28)], 0, [CUP_XYXY]),
    ],
)
def test_corners_count_from_where_they_can(
    boxes: list[tuple[object, ...]],
    first_pixel: int | None,
    expected: list[tuple[float, ...]],
    tmp_path: Path,
) -> None:
    image_file(tmp_path / "a.jpg")
    text_file(tmp_path / "a.xml", voc_xml("a.jpg", *(("cup", box) for box in boxes)))
    dataset = read_dataset(tmp_path, None, ReadOptions(voc_first_pixel=first_pixel))
    assert sorted(each[3] for each in boxes_of(dataset)) == sorted(expected)
    assert ("--voc-first-pixel" in notes_of(dataset)) == (first_pixel is None)


def test_a_handful_of_fractions_among_whole_pixels_changes_nothing(tmp_path: Path) -> None:
    for number in range(40):
        image_file(tmp_path / f"{number:02}.jpg")
        box = (45.7000007, 9, 60, 28) if number == 7 else (11, 9, 30, 28)
        text_file(tmp_path / f"{number:02}.xml", voc_xml(f"{number:02}.jpg", ("cup", box)))
    dataset = read_dataset(tmp_path)
    assert boxes_of(dataset)[0][3] == CUP_XYXY
    assert "as good as all corners are whole pixels" in notes_of(dataset)


def test_our_own_fractions_come_back_to_the_hundredth(tmp_path: Path) -> None:
    image_file(tmp_path / "in" / "a.jpg")
    coco_file(tmp_path / "in" / "c.json", annotations=[coco_box(bbox=[10.25, 8.5, 20.5, 20])])
    write_dataset(read_dataset(tmp_path / "in"), tmp_path / "out", "voc")
    again = read_dataset(tmp_path / "out")
    assert boxes_of(again)[0][3] == (10.25, 8.5, 30.75, 28.5)
    assert "--voc-first-pixel" not in notes_of(again)


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>",
                                  "<size><width></width></size>"])  # fmt: skip
def test_a_size_that_is_missing_or_zero_is_the_images(size: str, tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg")
    text_file(tmp_path / "a.xml", voc_xml("a.jpg", size=size))
    dataset = read_dataset(tmp_path)
    assert (boxes_of(dataset)[0][3], dataset.defects) == (CUP_XYXY, ())


def test_a_box_with_the_size_of_the_stored_image_is_turned_with_it(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg", orientation=6)
    text_file(tmp_path / "a.xml", voc_xml("a.jpg"))
    dataset = read_dataset(tmp_path)
    # 48 high as stored: what was 28 from its top is 20 from the upright image's left.
    assert boxes_of(dataset) == [("a.jpg", None, "cup", (20.0, 10.0, 40.0, 30.0))]
    assert dataset.defects == ()
    assert "annotated with the size of the stored one" in notes_of(dataset)


@pytest.mark.parametrize("declared", ["gbk", "gb2312", "utf-8", None])
def test_chinese_files_are_read_in_their_encoding(declared: str | None, tmp_path: Path) -> None:
    image_file(tmp_path / "照片.jpg")
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    xml = head + voc_xml("照片.jpg", ("杯子", (11, 9, 30, 28)))
    text_file(tmp_path / "照片.xml", xml.encode("gbk"))
    dataset = read_dataset(tmp_path)
    assert boxes_of(dataset) == [("照片.jpg", None, "杯子", CUP_XYXY)]
    guessed = declared in ("utf-8", None)
    assert ("taken as gb18030" in notes_of(dataset)) == guessed


@pytest.mark.parametrize("encoding", ["cp1252", "windows-1251", "iso-8859-1", "utf-16"])
def test_files_of_other_encodings_are_read_as_they_declare(encoding: str, tmp_path: Path) -> None:
    label = "чашка" if encoding == "windows-1251" else "Gläser"
    image_file(tmp_path / "a.jpg")
    xml = f'<?xml version="1.0" encoding="{encoding}"?>' + voc_xml(
        "a.jpg", (label, (11, 9, 30, 28))
    )
    text_file(tmp_path / "a.xml", xml.encode(encoding))
    assert [each[2] for each in boxes_of(read_dataset(tmp_path))] == [label]


def test_german_text_without_a_word_on_its_encoding_is_not_taken_for_chinese(
    tmp_path: Path,
) -> None:
    image_file(tmp_path / "a.jpg")
    xml = voc_xml("a.jpg", ("Größe", (11, 9, 30, 28)), ("Straße", (1, 1, 9, 9)))
    text_file(tmp_path / "a.xml", xml.encode("cp1252"))
    dataset = read_dataset(tmp_path)
    assert [each[2] for each in boxes_of(dataset)] == ["Größe", "Straße"]
    assert "taken as cp1252" in notes_of(dataset)


def test_classes_that_differ_in_case_alone_are_said(tmp_path: Path) -> None:
    for name, label in (("a", "cup"), ("b", " Cup"), ("c", "cup ")):
        image_file(tmp_path / f"{name}.jpg")
        text_file(tmp_path / f"{name}.xml", voc_xml(f"{name}.jpg", (label, (11, 9, 30, 28))))
    dataset = read_dataset(tmp_path)
    assert dataset.class_names == ("Cup", "cup")
    assert "the classes 'Cup', 'cup' differ in case or spaces alone" in notes_of(dataset)


def test_images_that_nobody_annotated_are_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, ("JPEGImages/a.jpg", "Annotations/a.xml"))
    images(root / "JPEGImages", "b.jpg", "c.jpg")
    said = "no annotation was read for 2 images: JPEGImages/b.jpg, JPEGImages/c.jpg"
    assert said in notes_of(read_dataset(root))


def test_a_file_name_without_suffix_and_with_dots_is_found(tmp_path: Path) -> None:
    images(tmp_path, "a.1.JPG", "n0_18.JPEG")
    for stem in ("a.1", "n0_18"):
        text_file(tmp_path / f"{stem}.xml", voc_xml(stem))
    assert [each[0] for each in boxes_of(read_dataset(tmp_path))] == ["a.1.JPG", "n0_18.JPEG"]


def test_files_that_were_copied_with_the_first_ones_name_keep_their_own_image(
    tmp_path: Path,
) -> None:
    for stem in ("a", "b", "c"):
        image_file(tmp_path / f"{stem}.jpg")
        text_file(tmp_path / f"{stem}.xml", voc_xml("a.jpg"))
    dataset = read_dataset(tmp_path)
    assert [each[0] for each in boxes_of(dataset)] == ["a.jpg", "b.jpg", "c.jpg"]
    assert dataset.defects == ()


def test_of_two_images_of_a_stem_the_named_one_is_meant(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "a.png")
    text_file(tmp_path / "a.xml", voc_xml("a.png"))
    dataset = read_dataset(tmp_path)
    assert [each[0] for each in boxes_of(dataset)] == ["a.png"]
    assert "no annotation was read for 1 image: a.jpg" in notes_of(dataset)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("<annotation><filename>b.jpg</filename>", "no element found"),
        ('<!DOCTYPE a SYSTEM "a.dtd"><annotation></annotation>', "a document type"),
        ("<html></html>", "<annotation> was expected, but there is <html>"),
        ("", "no element found"),
        ("\0\0", "not well-formed"),
        (voc_xml("b.jpg", ("cup", ("", 9, 30, 28))), "xmin is '', a number was expected"),
        (voc_xml("b.jpg", ("cup", ("nan", 9, 30, 28))), "xmin is 'nan', a number was expected"),
        (voc_xml("b.jpg", ("cup", ("1e999", 9, 30, 28))), "xmin is '1e999'"),
        (voc_xml("b.jpg", ("", (11, 9, 30, 28))), "the class's name is empty"),
        (voc_xml("b.jpg", ("cup", (30, 9, 11, 28))), "has a maximum below its minimum"),
        (
            "<annotation><filename>b.jpg</filename><object><name>cup</name><robndbox><cx>4</cx>"
            "</robndbox></object></annotation>",
            "without a bndbox, but a robndbox",
        ),
        (
            voc_xml("b.jpg", size="<size><width>[</width><height>48</height></size>"),
            "the width is '[', a number was expected",
        ),
    ],
)
def test_a_broken_file_is_a_defect_and_the_others_are_read(
    xml: str, message: str, tmp_path: Path
) -> None:
    root = a_set(tmp_path, ("a.jpg", "a.xml"))
    image_file(root / "b.jpg")
    text_file(root / "b.xml", xml)
    dataset = read_dataset(root)
    (defect,) = dataset.defects
    assert message in str(defect)
    assert defect.where.startswith(f"{root}/b.xml")
    assert ("a.jpg", None, "cup", CUP_XYXY) in boxes_of(dataset)


def test_shares_in_the_place_of_pixels_are_said_to_look_like_it(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg")
    text_file(tmp_path / "a.xml", voc_xml("a.jpg", ("cup", (0.1, 0.2, 0.5, 0.6))))
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("cup",)))
    assert dataset.object_count == 0
    assert "looks like shares" in dataset.defects[0].message
