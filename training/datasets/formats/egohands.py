"""EgoHands: 48 videos of 100 labelled frames each, hands as polygons; read from folder or zip.

Source: Bambach et al., "Lending a hand" (ICCV 2015). A video's folder has `frame_*.jpg` and
`polygons.mat`, a struct of four polygons a frame, frames in the order of their names. Points are
pixels counted from 1, as MATLAB does.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from training.datasets.archives.reading import ZIP_ERRORS
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_files import draft_of_file
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.text.mat_file import BadMatFile, Fields, read_struct_array
from training.datasets.notes import NoteKind, counted
from training.datasets.sources import FileImage, ImageSource, ZippedImage
from training.datasets.workers import Workers

HANDS = ("myleft", "myright", "yourleft", "yourright")
ONE_CLASS = "hand"
POLYGONS = "polygons.mat"
# Above a video's file.
MAX_FOLDERS = 4
# Two points do not make a hand, and some of the published polygons are such leftovers.
FEWEST_POINTS = 3


@dataclass(frozen=True)
class _Video:
    """A folder, or the part of a zip file, with one video's frames."""

    name: str
    origin: str
    polygons: ImageSource
    frames: tuple[tuple[str, ImageSource], ...]


def find(files: SourceFiles) -> list[str]:
    """The zip file, or the `polygons.mat` of each video."""
    path = files.path
    if path.is_file():
        holds = path.suffix.lower() == ".zip" and zipfile.is_zipfile(path) and any(
            PurePosixPath(info.filename).name == POLYGONS for info in _members(path)
        )  # fmt: skip
        return [files.inside(path)] if holds else []
    return [each for each in files.index.by_name.get(POLYGONS, ()) if each.count("/") < MAX_FOLDERS]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read the published zip file, its unpacked folder, or one video's.

    Raises:
        DatasetError: there is no `polygons.mat`.
    """
    path = files.path
    videos = list(_zipped_videos(path) if path.is_file() else _video_folders(files))
    if not videos:
        raise DatasetError(f"{path}: no {POLYGONS}")
    read_one = partial(_read_video, one_class=options.one_hand_class)
    parsed = [each for video in workers.map(read_one, videos, "videos", heavy=True)
              for each in video]  # fmt: skip
    files.note(NoteKind.READ, counted(len(videos), "video"), path)
    classes = (ONE_CLASS,) if options.one_hand_class else HANDS
    return gather(parsed, path, options, classes=options.classes or classes)


def _members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (OSError, *ZIP_ERRORS) as error:
        raise DatasetError(f"{path}: {error}") from error


def _zipped_videos(path: Path) -> Iterator[_Video]:
    folders: dict[PurePosixPath, list[zipfile.ZipInfo]] = {}
    for info in _members(path):
        folders.setdefault(PurePosixPath(info.filename).parent, []).append(info)
    for folder, members in sorted(folders.items()):
        by_name = {PurePosixPath(info.filename).name: info for info in members}
        if POLYGONS in by_name and "__MACOSX" not in folder.parts:
            frames = tuple((name, ZippedImage.of(path, by_name[name]))
                           for name in sorted(by_name) if name.endswith(".jpg"))  # fmt: skip
            yield _Video(folder.name, f"{path}/{folder}/{POLYGONS}",
                         ZippedImage.of(path, by_name[POLYGONS]), frames)  # fmt: skip


def _video_folders(files: SourceFiles) -> Iterator[_Video]:
    for path in files.index.by_name.get(POLYGONS, ()):
        inside = [each for each in files.index.directly_in(parent(path)) if each.endswith(".jpg")]
        files.use(path)
        files.images.used.update(inside)
        file = files.index.path(path)
        frames = tuple((PurePosixPath(each).name, FileImage(files.index.path(each)))
                       for each in inside)  # fmt: skip
        yield _Video(file.parent.name, str(file), FileImage(file), frames)


def _read_video(video: _Video, one_class: bool) -> list[Parsed]:
    try:
        polygons = _load(video.polygons)
    except (DatasetError, OSError) as error:
        return [dropped(video.origin, DefectKind.BAD_ANNOTATION, str(error))]
    if len(polygons) != len(video.frames):
        message = f"{len(polygons)} frames, but {len(video.frames)} images"
        return [dropped(video.origin, DefectKind.BAD_ANNOTATION, message)]
    return [
        _read_frame(video, name, source, hands, one_class=one_class)
        for (name, source), hands in zip(video.frames, polygons, strict=True)
    ]


def _load(source: ImageSource) -> list[Fields]:
    """A record a frame.

    Raises:
        DatasetError: the file is not MATLAB's, or holds something else.
        OSError: it cannot be read.
    """
    try:
        frames = read_struct_array(source.read(), "polygons")
    except BadMatFile as error:
        raise DatasetError(f"not a MATLAB file: {error}") from error
    if not all(set(HANDS) <= set(frame) for frame in frames):
        raise DatasetError(f"a struct `polygons` of {', '.join(HANDS)} was expected")
    return frames


def _read_frame(
    video: _Video, name: str, source: ImageSource, hands: Fields, *, one_class: bool
) -> Parsed:
    origin = f"{video.origin}, {name}"
    draft = draft_of_file(f"{video.name}/{name}", source, origin)
    if isinstance(draft, Parsed):
        return draft
    draft.group = video.name
    for hand in HANDS:
        points = hands[hand]
        if points is None:
            draft.drop(hand, DefectKind.BAD_ANNOTATION, "points (N, 2) were expected")
            continue
        if points.size < 2 * FEWEST_POINTS:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            message = f"points (N, 2) were expected, but they are {points.shape}"
            draft.drop(hand, DefectKind.BAD_ANNOTATION, message)
            continue
        label = ONE_CLASS if one_class else hand
        draft.add(hand, label, None, polygons_xy=[points - 1])
    return draft.finish()
