import pytest

from training.datasets.grouping.shot_names import original_name, shot_names


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("IMG-20230312-WA0065_jpg.rf.465771d5e2525d1245add62b20dac28e.jpg", "IMG-20230312-WA0065"),
        ("a/Screenshot-2023-03-14-211416_png.rf.ac32365fd8736cec.jpg",
         "a/Screenshot-2023-03-14-211416"),
        ("spin_mp4-0034_jpg.rf.ABCDEF012345.jpg", "spin_mp4-0034"),
        ("frame_0012.png", "frame_0012"),
        ("DSC_1234.JPG", "DSC_1234"),
        ("photo.jpeg.jpg", "photo"),
        ("IMG_1234 - Copy (2).jpg", "IMG_1234"),
        ("IMG_1234 - Kopie.jpg", "IMG_1234"),
        ("IMG_1234 copy 2.jpg", "IMG_1234"),
        ("IMG_1234 - 副本.jpg", "IMG_1234"),
        ("Copy of IMG_1234.jpg", "IMG_1234"),
        ("photocopy.jpg", "photocopy"),
        ("3fa9c1d2-IMG_0001.jpg", "IMG_0001"),
        ("20240101-IMG_0001.jpg", "20240101-IMG_0001"),
        ("train_original_a1.jpg_0a1b2c3d-0a1b-0a1b-0a1b-0123456789ab.jpg", "train_original_a1"),
        ("no suffix", "no suffix"),
        (".rf.465771d5e2525d12.jpg", ".rf.465771d5e2525d12"),
        ("my.rf.cat.jpg", "my.rf.cat"),
    ],
)  # fmt: skip
def test_what_a_tool_has_hung_on_is_no_part_of_a_name(name: str, original: str) -> None:
    assert original_name(name) == original


@pytest.mark.parametrize(
    ("names", "shots"),
    [
        (["x", "x_flip", "x_rot90", "x-edited"], ["x"] * 4),
        (["d/x", "d/x_hflip_bright_1.2", "e/x_flip"], ["d/x", "d/x", "e/x_flip"]),
        (["x7_flip", "x7_rot90"], ["x7", "x7"]),
        (["x7_flip", "x8_rot90"], ["x7_flip", "x8_rot90"]),
        (["cat_dark", "cat_blur"], ["cat_dark", "cat_blur"]),
        (["cat_dark", "cat"], ["cat", "cat"]),
        (["IMG_1234", "IMG_E1234", "IMG_1234~2", "IMG_1235"],
         ["IMG_1234", "IMG_1234", "IMG_1234", "IMG_1235"]),
        (["x", "x_aug_3", "x_aug_4", "aug_5_x"], ["x"] * 4),
        (["crop_0001", "crop_0002"], ["crop_0001", "crop_0002"]),
        (["camera1_dark_001", "camera1_dark_002"], ["camera1_dark_001", "camera1_dark_002"]),
        (["flip", "rot90"], ["flip", "rot90"]),
        # Of messages and downloads each is a photo of its own; `image_series` links them.
        (["IMG_1234", "IMG_1234 (1)"], ["IMG_1234", "IMG_1234 (1)"]),
    ],
)  # fmt: skip
def test_edits_and_augmentations_are_forms_of_a_shot_that_is_there(
    names: list[str], shots: list[str]
) -> None:
    assert shot_names([f"{name}.jpg" for name in names]) == shots


def test_many_frames_of_a_video_are_no_forms_of_one_shot() -> None:
    names = [f"camera1_dark_{number}.jpg" for number in range(1, 60)]
    assert len(set(shot_names(names))) == len(names)
