import pytest

from training.datasets.image_series import original_name, series_pairs


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
        ("no suffix", "no suffix"),
        (".rf.465771d5e2525d12.jpg", ".rf.465771d5e2525d12"),
        ("my.rf.cat.jpg", "my.rf.cat"),
    ],
)  # fmt: skip
def test_what_a_tool_has_hung_on_is_no_part_of_a_name(name: str, original: str) -> None:
    assert original_name(name) == original


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (["IMG-20230312-WA0065", "IMG-20230312-WA0066", "IMG-20230313-WA0067"], [(0, 1)]),
        (["DSC_0012", "DSC_0010", "DSC_0011"], [(1, 2), (2, 0)]),
        (["frame_000010", "frame_000040", "frame_000070"], [(0, 1), (1, 2)]),
        (["a/1", "b/2"], []),
        (["video1_mp4-1", "video1_mp4-2", "video2_mp4-3"], [(0, 1)]),
        (["IMG_20230312_235959", "IMG_20230313_000001", "IMG_20230313_001500"], [(0, 1)]),
        (["WIN_20220411_16_00_55_Pro", "WIN_20220411_16_01_40_Pro"], [(0, 1)]),
        (["WIN_20220411_16_00_55_Pro", "WIN_20220411_17_00_55_Pro"], []),
        (["Screenshot-2023-03-14-211416", "Screenshot-2023-03-14-211431"], [(0, 1)]),
        (["PXL_20230312_101112123", "PXL_20230312_101113456"], [(0, 1)]),
        (["IMG_20230312_101112", "IMG_20230312_101112_1"], [(0, 1)]),
        (["cat", "dog", ""], []),
        (["x_99991301_256199", "x_99991301_256200"], [(0, 1)]),
        (["id_34734346", "id_84734399", "id_94734399"], []),
        (["1234567890123", "1234567890124"], []),
    ],
)
def test_neighbors_by_number_or_time_are_pairs(
    names: list[str], pairs: list[tuple[int, int]]
) -> None:
    assert series_pairs(names) == pairs


def test_a_gap_in_the_numbers_parts_a_series_and_a_missing_one_does_not() -> None:
    names = [f"IMG_{number:04d}" for number in (1, 2, 4, 5, 6, 90, 91)]
    assert series_pairs(names) == [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6)]
