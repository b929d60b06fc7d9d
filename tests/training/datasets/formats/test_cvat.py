"""CVAT's XML for images and for video. Images are 48x32 pixels."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.annotated_folders import notes_of
from tests.support.small_datasets import image_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.registry import detect, read_dataset
from training.datasets.notes import NoteKind, counted

BOX = '<box label="cup" occluded="0" xtl="6.00" ytl="8.00" xbr="24.00" ybr="24.00" z_order="0"/>'
LABELS = "<labels><label><name>fork</name></label><label><name>cup</name></label></labels>"


def an_image(shapes: str, attributes: str = 'name="a.jpg"') -> str:
    return f'<image id="0" {attributes} width="48" height="32">{shapes}</image>'


def a_set(folder: Path, inside: str) -> Dataset:
    image_file(folder / "images", "a.jpg")
    (folder / "annotations.xml").write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
        f"<meta><task>{LABELS}</task></meta>\n{inside}\n</annotations>\n"
    )
    return read_dataset(folder)


def boxes(dataset: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    (image,) = dataset.images
    return [(each.label, image.pixels_xyxy(each.box_yxyx)) for each in image.objects]


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        (BOX, (6, 8, 24, 24)),
        # Turned by a quarter around its center, 15, 16.
        (BOX.replace("z_order", 'rotation="90.00" z_order'), (7, 7, 23, 25)),
        ('<polygon label="cup" points="6.0,8.0;24.0,9;12,24.0"/>', (6, 8, 24, 24)),
        ('<polyline label="cup" points="6.0,8.0;24.0,24"/>', (6, 8, 24, 24)),
        ('<ellipse label="cup" cx="20" cy="16" rx="8" ry="4"/>', (12, 12, 28, 20)),
        ('<ellipse label="cup" cx="20" cy="16" rx="8" ry="4" rotation="90"/>', (16, 8, 24, 24)),
        ('<cuboid label="cup" xtl1="6" ytl1="8" xbl1="6" ybl1="20" xtr1="20" ytr1="8" xbr1="20" '
         'ybr1="20" xtl2="10" ytl2="12" xbl2="10" ybl2="24" xtr2="24" ytr2="12" xbr2="24" '
         'ybr2="24"/>', (6, 8, 24, 24)),
    ],
)  # fmt: skip
def test_the_box_of_each_shape(shape: str, box: tuple[float, ...], tmp_path: Path) -> None:
    dataset = a_set(tmp_path, an_image(shape))
    assert dataset.defects == ()
    assert dataset.class_names == ("fork", "cup")
    assert boxes(dataset) == [("cup", box)]


def test_a_masks_run_lengths_go_row_by_row(tmp_path: Path) -> None:
    # .##
    # ###
    mask = '<mask label="cup" rle="1, 5" left="10" top="4" width="3" height="2"/>'
    dataset = a_set(tmp_path, an_image(mask))
    (found,) = dataset.images[0].objects
    assert found.mask is not None
    expected = np.zeros((32, 48), bool)
    expected[4:6, 10:13] = [[False, True, True], [True, True, True]]
    assert (found.mask.bitmap() == expected).all()
    assert boxes(dataset) == [("cup", (10, 4, 13, 6))]


def test_a_skeletons_points_are_keypoints_and_those_outside_are_not_labelled(
    tmp_path: Path,
) -> None:
    skeleton = (
        '<skeleton label="cup"><points label="rim" outside="0" occluded="0" points="6,8"/>'
        '<points label="foot" outside="0" occluded="1" points="24,24"/>'
        '<points label="ear" outside="1" occluded="0" points="1,1"/></skeleton>'
    )
    dataset = a_set(tmp_path, an_image(skeleton))
    assert dataset.keypoint_names == ("rim", "foot", "ear")
    (found,) = dataset.images[0].objects
    assert found.keypoints is not None
    assert found.keypoints.tolist() == [[0.25, 0.125, 2], [0.75, 0.5, 1], [0, 0, 0]]
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]


def test_flags_of_attributes_and_an_image_without_shapes(tmp_path: Path) -> None:
    image_file(tmp_path / "images", "b.jpg")
    hard = BOX.replace("/>", '><attribute name="difficult">true</attribute></box>')
    both = an_image(hard + BOX.replace('occluded="0"', 'occluded="1"'))
    dataset = a_set(tmp_path, both + an_image("", 'name="b.jpg"'))
    assert [(each.difficult, each.truncated) for each in dataset.images[0].objects] == [
        (True, False), (False, True)
    ]  # fmt: skip
    assert dataset.images[1].objects == ()


def test_the_subset_of_a_projects_task_is_the_split(tmp_path: Path) -> None:
    for name in ("Train/0.jpg", "Validation/0.jpg"):
        image_file(tmp_path / "images", name)
    images = [an_image(BOX, f'subset="{split}" task_id="1" name="0.jpg"')
              for split in ("Train", "Validation")]  # fmt: skip
    dataset = a_set(tmp_path, "".join(images))
    assert dataset.defects == ()
    assert [(each.split, each.source.read()) for each in dataset.images] == [
        ("train", (tmp_path / "images/Train/0.jpg").read_bytes()),
        ("val", (tmp_path / "images/Validation/0.jpg").read_bytes()),
    ]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ('<points label="cup" points="1,2;3,4"/>', "have no area"),
        ('<box label="cup" xtl="1" ytl="2" xbr="x" ybr="4"/>', "xbr is 'x', a number"),
        ('<box label="cup"/>', "xtl is None"),
        ('<polygon label="cup" points="1,2;3"/>', "x and y were expected"),
        ('<polygon label="cup" points=""/>', "list of x and y was expected"),
        ('<mask label="cup" rle="1, 2" left="0" top="0" width="3" height="2"/>', "cover 3 pixels"),
        ('<mask label="cup" rle="6" left="0" top="0" width="999999999" height="2"/>', "a mask of"),
        ('<mask label="cup" rle="" left="0" top="0" width="2" height="2"/>', "rle is ''"),
        ('<skeleton label="cup"/>', "none of whose points"),
        ('<star label="cup"/>', "<star>, which is not known"),
        ('<box label="" xtl="1" ytl="2" xbr="5" ybr="6"/>', "class's name is empty"),
    ],
)
def test_a_shape_that_is_none_is_a_defect_with_its_line(
    shape: str, message: str, tmp_path: Path
) -> None:
    dataset = a_set(tmp_path, an_image(f"\n{shape}\n{BOX}"))
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where == f"{tmp_path / 'annotations.xml'}, image 'a.jpg', line 6"
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]


def test_an_image_of_another_size_than_the_xml_says(tmp_path: Path) -> None:
    image_file(tmp_path / "images", "b.jpg")
    turned = an_image(BOX, 'name="b.jpg"').replace('width="48" height="32"',
                                                   'width="32" height="48"')  # fmt: skip
    dataset = a_set(tmp_path, turned + an_image(BOX))
    assert [each.kind for each in dataset.defects] == [DefectKind.SIZE_DIFFERS]


TRACKS = """<track id="0" label="cup" source="manual">
<box frame="0" outside="0" occluded="0" keyframe="1" xtl="6" ytl="8" xbr="24" ybr="24"/>
<box frame="1" outside="0" occluded="1" keyframe="0" xtl="8" ytl="8" xbr="26" ybr="24"/>
<box frame="2" outside="1" occluded="0" keyframe="1" xtl="8" ytl="8" xbr="26" ybr="24"/>
</track>
<track id="1" label="fork"><box frame="1" outside="0" xtl="0" ytl="0" xbr="4" ybr="4"/></track>"""


def test_a_videos_tracks_are_the_objects_of_its_frames(tmp_path: Path) -> None:
    for number in range(3):
        image_file(tmp_path / "images", f"frame_{number:06d}.png")
    dataset = a_set(tmp_path, TRACKS)
    assert dataset.defects == ()
    first, second, third = dataset.images
    assert third.objects == ()
    assert [each.label for each in first.objects] == ["cup"]
    assert [each.label for each in second.objects] == ["cup", "fork"]
    assert second.pixels_xyxy(second.objects[0].box_yxyx) == (8, 8, 26, 24)
    assert second.objects[0].truncated


def test_a_frame_that_an_object_has_left_need_not_be_there(tmp_path: Path) -> None:
    for number in range(2):
        image_file(tmp_path / "images", f"frame_{number:06d}.png")
    dataset = a_set(tmp_path, TRACKS)
    assert (len(dataset), dataset.defects) == (2, ())


def a_task(folder: Path, meta: str, inside: str) -> Dataset:
    (folder / "annotations.xml").write_text(
        f"<annotations><meta>{meta}</meta>{inside}</annotations>"
    )
    return read_dataset(folder)


@pytest.mark.parametrize(
    ("meta", "names"),
    [
        ("<task><size>9</size><start_frame>0</start_frame><stop_frame>8</stop_frame></task>",
         ["000000", "000001", "000002", "000003", "000006", "000008"]),
        ("<job><size>4</size><start_frame>0</start_frame><stop_frame>3</stop_frame></job>",
         ["000000", "000001", "000002", "000003"]),
        ("<task><size>4</size></task>", ["000000", "000001", "000002", "000003"]),
        # Nothing says how far somebody has looked.
        ("<task></task>", ["000000", "000001", "000002"]),
    ],
)  # fmt: skip
def test_frames_of_the_task_without_a_box_have_no_objects(
    meta: str, names: list[str], tmp_path: Path
) -> None:
    for number in (0, 1, 2, 3, 6, 8, 12):
        image_file(tmp_path / "images", f"frame_{number:06d}.png")
    image_file(tmp_path / "images", "cover.png")
    dataset = a_task(tmp_path, meta, TRACKS)
    found = {each.name[-10:-4]: len(each.objects) for each in dataset.images}
    assert found == {**dict.fromkeys(names, 0), "000000": 1, "000001": 2}
    assert dataset.defects == ()
    told = " ".join(str(note) for note in dataset.notes if note.kind == NoteKind.GUESSED)
    count = len(names) - 3
    assert (f"{counted(count, 'image')} without a shape taken as" in told) == (count > 0)


@pytest.mark.parametrize(("size", "count"), [(3, 3), (4, 3), (2, 1), (None, 1)])
def test_images_that_the_file_does_not_list_are_the_tasks_where_its_size_says_so(
    size: int | None, count: int, tmp_path: Path
) -> None:
    for name in "abc":
        image_file(tmp_path / "images", f"{name}.jpg")
    meta = f"<task><size>{size}</size></task>" if size else "<task/>"
    dataset = a_task(tmp_path, meta, an_image(BOX))
    assert [len(each.objects) for each in dataset.images] == [1, *[0] * (count - 1)]
    unread = any("no annotation was read for 2 images" in note.message for note in dataset.notes)
    assert unread == (count == 1)


def test_a_videos_tracks_without_its_frames_say_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"whose frames are not there; .*frame_000000\.png"):
        a_set(tmp_path, TRACKS)


@pytest.mark.parametrize("text", ["<annotations>", "<annotations><image/>", "", "<a/>"])
def test_xml_that_is_none_says_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "annotations.xml").write_text(text)
    with pytest.raises(DatasetError, match=str(tmp_path)):
        read_dataset(tmp_path, "cvat")


def test_a_single_file_is_cvats_and_not_vocs(tmp_path: Path) -> None:
    a_set(tmp_path, an_image(BOX))
    assert detect(tmp_path / "annotations.xml").name == "cvat"
    assert boxes(read_dataset(tmp_path / "annotations.xml")) == [("cup", (6, 8, 24, 24))]


def test_a_file_called_like_a_split_is_one(tmp_path: Path) -> None:
    a_set(tmp_path, an_image(BOX))
    (tmp_path / "annotations.xml").rename(tmp_path / "val.xml")
    assert [each.split for each in read_dataset(tmp_path).images] == ["val"]


def test_a_polyline_that_becomes_an_object_is_told(tmp_path: Path) -> None:
    line = '<polyline label="cup" points="6.0,8.0;24.0,24"/>'
    told = "taken as: 2 lines taken as objects by the boxes around them: cup (2); the first is "
    assert told in notes_of(a_set(tmp_path, an_image(BOX + line * 2)))
    assert "taken as objects" not in notes_of(a_set(tmp_path, an_image(BOX)))
