"""Fetches a row of the catalog from its official address: resumed, bounded, checked, whole."""

import hashlib
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from training.datasets.downloading import DownloadFailed, Progress, download
from training.pretrained.catalog import Pretrained
from training.pretrained.source_weights import PretrainedWeightsError

# More than any row of the catalog has.
MAX_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Fetched:
    """What came: the file or an archive's folder, and the SHA-256 of what was downloaded."""

    path: Path
    sha256: str


def fetch(row: Pretrained, progress: Progress = lambda *_: None) -> Fetched:
    """Download a row's file into the weights folder; what a broken download left is gone on from.

    Args:
        row: with a `url`.
        progress: called after each part.

    Raises:
        PretrainedWeightsError: it cannot be reached or written, is too large, or is another file
            than the catalog says.
    """
    if row.url is None:
        raise PretrainedWeightsError(
            f"{row.name} is part of the repository; there is nothing to fetch"
        )
    folder = row.path.parent
    partial = folder / f"{row.url.rpartition('/')[2]}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        download(row.url, partial, MAX_BYTES, progress)
        digest = _sha256(partial)
        if row.sha256 is not None and digest != row.sha256:
            partial.unlink()
            raise PretrainedWeightsError(
                f"{row.url} gave a file whose SHA-256 is {digest}, but the catalog has "
                f"{row.sha256}; it was removed"
            )
        _put_in_place(partial, row.path)
    except DownloadFailed as error:
        raise PretrainedWeightsError(
            f"{row.url} cannot be fetched: {error}. Where there is no network, download it "
            f"elsewhere and name the file in model.init_from"
        ) from error
    except OSError as error:
        raise PretrainedWeightsError(
            f"cannot write {error.filename or folder}: {error.strerror}"
        ) from error
    return Fetched(row.path, digest)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put_in_place(partial: Path, path: Path) -> None:
    """Rename the file, or unpack the archive's only folder, so that `path` is there whole."""
    if not partial.name.endswith(".tar.gz.part"):
        partial.replace(path)
        return
    unpacked = path.with_name(f"{path.name}.unpacking")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        with tarfile.open(partial) as archive:
            if sum(member.size for member in archive) > MAX_BYTES:
                raise PretrainedWeightsError(f"{partial} unpacks to over {MAX_BYTES} bytes")
            archive.extractall(unpacked, filter="data")
    except tarfile.TarError as error:
        partial.unlink()
        raise PretrainedWeightsError(f"{partial.name} is no archive: {error}") from error
    inside = unpacked / path.name
    shutil.rmtree(path, ignore_errors=True)
    (inside if inside.is_dir() else unpacked).rename(path)
    shutil.rmtree(unpacked, ignore_errors=True)
    partial.unlink()
