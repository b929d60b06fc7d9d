"""Downloads from a server on this machine that breaks off, lies about sizes and serves ranges."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.publisher import Publisher, publishing
from training.pretrained.catalog import CATALOG, Pretrained
from training.pretrained.fetching import fetch
from training.pretrained.source_weights import PretrainedWeightsError

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(Publisher(CONTENT, "some_weights.h5")) as about:
        yield about


@pytest.fixture
def row(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretrained:
    monkeypatch.setenv("BOXWRIGHT_WEIGHTS_DIR", str(tmp_path))
    return replace(CATALOG["mobilenet_v1_imagenet"], url=publisher.url)


def test_a_file_is_downloaded_whole_and_its_digest_told(row: Pretrained) -> None:
    told = []
    fetched = fetch(row, lambda done, total: told.append((done, total)))
    assert fetched.path == row.path
    assert row.path.read_bytes() == CONTENT
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_download_that_broke_off_goes_on_where_it_was(
    row: Pretrained, publisher: Publisher
) -> None:
    publisher.breaks_after = 300_000
    with pytest.raises(PretrainedWeightsError, match="cannot be fetched"):
        fetch(row)
    assert not row.is_here
    publisher.breaks_after = None
    fetch(row)
    assert row.path.read_bytes() == CONTENT
    assert publisher.ranges == [None, "bytes=300000-"]


def test_a_server_without_ranges_is_asked_for_all_again(
    row: Pretrained, publisher: Publisher
) -> None:
    publisher.breaks_after = 300_000
    with pytest.raises(PretrainedWeightsError):
        fetch(row)
    publisher.breaks_after, publisher.understands_ranges = None, False
    fetch(row)
    assert row.path.read_bytes() == CONTENT


def test_another_file_than_the_catalogs_is_removed(row: Pretrained) -> None:
    with pytest.raises(PretrainedWeightsError, match=r"SHA-256 is .* but the catalog has 000"):
        fetch(replace(row, sha256="0" * 64))
    assert list(row.path.parent.iterdir()) == []


def test_a_file_above_the_limit_is_refused_by_its_header(
    row: Pretrained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.pretrained.fetching.MAX_BYTES", 1000)
    with pytest.raises(PretrainedWeightsError, match="larger than the 1000 bytes"):
        fetch(row)
    assert list(row.path.parent.iterdir()) == []


def _archive(*names: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"bytes"))
    return file.getvalue()


def test_an_archive_becomes_its_folder(row: Pretrained, publisher: Publisher) -> None:
    publisher.content = _archive("ssd/saved_model/saved_model.pb", "ssd/checkpoint/ckpt-0.index")
    row = replace(row, url=publisher.url.replace("some_weights.h5", "ssd.tar.gz"))
    fetch(row)
    assert (row.path / "saved_model" / "saved_model.pb").read_bytes() == b"bytes"
    assert [each.name for each in row.path.parent.iterdir()] == ["ssd"]


def test_an_archive_that_leads_out_of_its_folder_writes_nothing_there(
    row: Pretrained, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.content = _archive("../../outside.txt")
    row = replace(row, url=publisher.url.replace("some_weights.h5", "ssd.tar.gz"))
    with pytest.raises(PretrainedWeightsError, match="is no archive"):
        fetch(row)
    assert not list(tmp_path.rglob("outside.txt"))
