import unicodedata
from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.files.image_finder import FoundImage, ImageFinder, ImageName
from training.datasets.formats.files.path_lookup import PathLookup
from training.datasets.formats.files.source_files import SourceFiles


def finder_of(root: Path, *files: str, first: Path | None = None) -> ImageFinder:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return ImageFinder(FileIndex.of(root), FileIndex.of(first) if first is not None else None)


def place(found: FoundImage, root: Path) -> str | None:
    return str(found.source).removeprefix(f"{root}/") if found.source is not None else None


@pytest.mark.parametrize(
    ("said", "there", "name"),
    [
        ("a.jpg", "images/a.jpg", "a.jpg"),
        ("./a.jpg", "images/a.jpg", "a.jpg"),
        ("a.jpg", "images/default/a.jpg", "a.jpg"),
        ("cam/a.jpg", "images/cam/a.jpg", "cam/a.jpg"),
        ("cam\\a.jpg", "cam/a.jpg", "cam/a.jpg"),
        ("C:\\Users\\me\\set\\a.jpg", "JPEGImages/a.jpg", "a.jpg"),
        ("..\\..\\label-studio\\media\\4\\c-b.png", "images/c-b.png", "c-b.png"),
        ("/content/drive/MyDrive/x/train/a.jpg", "train/a.jpg", "train/a.jpg"),
        ("https://host.example/d/a.jpg?sig=1#x", "images/a.jpg", "a.jpg"),
        ("https://host.example/d/b%20c.jpg", "images/b c.jpg", "b c.jpg"),
        ("/data/local-files/?d=set/a%20b.jpg", "set/a b.jpg", "set/a b.jpg"),
        ("s3://bucket/d/100%.jpg", "100%.jpg", "100%.jpg"),
        ("AmlDatastore://store/images/a.jpg", "images/a.jpg", "images/a.jpg"),
        ("a.jpg", "images/a.JPG", "a.JPG"),
        ("Images/A.jpg", "images/a.jpg", "images/a.jpg"),
        ("a.jpg", "images/a.jpeg", "a.jpeg"),
        ("a", "images/a.png", "a.png"),
        ("a.1", "images/a.1.JPG", "a.1.JPG"),
        ("no-suffix", "images/no-suffix", "no-suffix"),
        (unicodedata.normalize("NFD", "\u00fc.jpg"), "images/\u00fc.jpg", "\u00fc.jpg"),
        (unicodedata.normalize("NFC", "\u00fc.jpg"), unicodedata.normalize("NFD", "\u00fc.jpg"),
         unicodedata.normalize("NFD", "\u00fc.jpg")),
    ],
)  # fmt: skip
def test_a_name_leads_to_the_only_file_that_it_can_mean(
    said: str, there: str, name: str, tmp_path: Path
) -> None:
    found = finder_of(tmp_path, there, "images/other.jpg").find(said)
    assert (place(found, tmp_path), found.name) == (there, name)


@pytest.mark.parametrize(
    "said",
    ["", "/", "..", "a\0.jpg", "https://b.example/" + "x" * 300 + ".jpg", "x" * 5000, "\ud800.jpg"],
)
def test_what_cannot_be_a_file_is_missing_and_no_error(said: str, tmp_path: Path) -> None:
    found = finder_of(tmp_path, "images/a.jpg").find(said)
    assert found.source is None
    assert found.failure
    assert len(found.failure) < 400 + 3 * len(str(tmp_path))


def test_a_missing_image_names_the_places_where_it_was_looked_for(tmp_path: Path) -> None:
    found = finder_of(tmp_path, "images/a.jpg", "train/b.jpg").find(
        ImageName(("c.jpg",), folders=("train",))
    )
    assert f"{tmp_path}/train/c.jpg" in found.failure
    assert f"{tmp_path}/images/c.jpg" in found.failure


def test_a_base_name_of_several_files_is_none_of_them(tmp_path: Path) -> None:
    found = finder_of(tmp_path, "x/a.jpg", "y/a.jpg").find("z/a.jpg")
    assert found.source is None
    assert "x/a.jpg, y/a.jpg" in found.failure


def test_two_names_that_come_to_one_file_get_none_of_it(tmp_path: Path) -> None:
    finder = finder_of(tmp_path, "images/0001.jpg")
    names = [ImageName((f"cam{number}/0001.jpg",)) for number in (1, 2)]
    first, second = finder.find_all(names)
    assert (first.source, second.source) == (None, None)
    assert "cam2/0001.jpg" in first.failure
    assert "cam1/0001.jpg" in second.failure
    assert finder.unused == ["images/0001.jpg"]


def test_the_plain_name_keeps_its_file_from_one_that_would_come_to_it(tmp_path: Path) -> None:
    finder = finder_of(tmp_path, "images/0001.jpg")
    plain, other = finder.find_all([ImageName(("0001.jpg",)), ImageName(("cam2/0001.jpg",))])
    assert place(plain, tmp_path) == "images/0001.jpg"
    assert other.source is None


@pytest.mark.parametrize(
    "said", ["0a1b2c3d-a.jpg", "images/1/0a1b2c3d-a.jpg", "s3://b/0a1b2c3d-A.JPG"]
)
def test_what_a_tool_puts_before_an_upload_is_passed_over_and_told(
    said: str, tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    files = SourceFiles(tmp_path)
    found = files.images.find_all([ImageName((said,))])
    assert [each.name for each in found] == ["a.jpg"]
    (note,) = files.found_otherwise()
    assert f"{said} as a.jpg" in note.message
    # A file that has it keeps it, and two that come to one file get none.
    image_file(tmp_path, "0a1b2c3d-a.jpg")
    (own,) = SourceFiles(tmp_path).images.find_all([ImageName((said,))])
    assert own.name == "0a1b2c3d-a.jpg"
    two = ImageFinder(FileIndex.of(tmp_path)).find_all(
        [ImageName(("11111111-a.jpg",)), ImageName(("22222222-a.jpg",))]
    )
    assert [each.source for each in two] == [None, None]


def test_one_name_said_twice_is_one_file_twice(tmp_path: Path) -> None:
    finder = finder_of(tmp_path, "images/a.JPG")
    assert all(each.source for each in finder.find_all([ImageName(("a.jpg",))] * 2))


def test_of_files_of_one_name_the_nearest_and_the_splits_own_is_meant(tmp_path: Path) -> None:
    finder = finder_of(tmp_path, "train/x/a.jpg", "valid/x/a.jpg")
    near = finder.find(ImageName(("/mnt/me/a.jpg",), beside="valid/annots"))
    assert place(near, tmp_path) == "valid/x/a.jpg"
    of_split = finder.find(ImageName(("/mnt/me/a.jpg",), split="train"))
    assert place(of_split, tmp_path) == "train/x/a.jpg"


def test_the_folder_that_a_person_names_goes_first(tmp_path: Path) -> None:
    mine, set_ = tmp_path / "mine", tmp_path / "set"
    finder_of(mine, "a.jpg")
    finder = finder_of(set_, "images/a.jpg", "images/b.jpg", first=mine)
    assert place(finder.find("images/a.jpg"), tmp_path) == "mine/a.jpg"
    assert place(finder.find("b.jpg"), tmp_path) == "set/images/b.jpg"
    assert finder.unused == ["images/a.jpg"]


def test_a_whole_path_is_taken_as_it_is_below_the_root_and_the_folder_of_images(
    tmp_path: Path,
) -> None:
    mine, set_ = tmp_path / "mine", tmp_path / "set"
    finder_of(mine, "a.jpg")
    finder = finder_of(set_, "x/a.jpg", "y/a.jpg", first=mine)
    assert place(finder.find(str(set_ / "y" / "a.jpg")), tmp_path) == "set/y/a.jpg"
    assert place(finder.find(str(mine / "a.jpg")), tmp_path) == "mine/a.jpg"
    beside = ImageName(("../y/a.jpg",), beside="x")
    assert place(finder_of(set_).find(beside), tmp_path) == "set/y/a.jpg"


@pytest.mark.parametrize("said", ["../elsewhere/b.jpg", "WHOLE", "x/../../elsewhere/b.jpg"])
def test_a_path_that_leads_out_is_not_opened(said: str, tmp_path: Path) -> None:
    finder_of(tmp_path / "elsewhere", "b.jpg", "a.jpg")
    finder = finder_of(tmp_path / "set", "images/a.jpg")
    said = said.replace("WHOLE", str(tmp_path / "elsewhere" / "b.jpg"))
    found = finder.find(said)
    assert (found.source, found.failure) == (
        None, f"{said!r} lies outside of {tmp_path / 'set'} and was not opened"
    )  # fmt: skip
    # What is here by its last name is another machine's path.
    assert place(finder.find(said.replace("b.jpg", "a.jpg")), tmp_path) == "set/images/a.jpg"


def test_links_are_followed_and_a_ring_ends(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.jpg").write_bytes(b"")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "images").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "ring").symlink_to(tmp_path / "set")
    assert FileIndex.of(tmp_path / "set").files == ("images/a.jpg",)


def test_a_link_that_was_unpacked_as_text_is_followed(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a.jpg").write_bytes(b"x")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "images").write_text("../store")
    index = FileIndex.of(tmp_path / "set")
    assert index.files == ("images/a.jpg",)
    assert index.path("images/a.jpg").read_bytes() == b"x"


def test_what_systems_and_tools_leave_behind_is_passed_over(tmp_path: Path) -> None:
    left = ["__MACOSX/images/._a.jpg", ".cache/b.jpg", "images/._a.jpg", "images/Thumbs.db"]
    finder = finder_of(tmp_path, "images/a.jpg", *left)
    assert finder.index.files == ("images/a.jpg",)


def test_a_path_of_thousands_of_folders_is_looked_for_as_often_as_a_deep_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    ending = PathLookup.ending

    def counted(lookup: PathLookup, tail: str) -> list[str]:
        calls.append(tail)
        return ending(lookup, tail)

    monkeypatch.setattr(PathLookup, "ending", counted)
    finder = ImageFinder(FileIndex(Path("set"), ("images/a.jpg",)))
    counts = []
    for depth in (20, 3000):
        calls.clear()
        assert finder.find("x/" * depth + "b.jpg").source is None
        counts.append(len(calls))
    assert counts[0] == counts[1]
    found = finder.find("x/" * 3000 + "images/a.jpg")
    assert str(found.source) == "set/images/a.jpg"
