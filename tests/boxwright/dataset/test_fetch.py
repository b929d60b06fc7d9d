"""Downloads from a server on this machine: the authors' is another's, and may be gone."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.egohands import egohands
from tests.support.publisher import Publisher, publishing


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["dataset", *map(str, arguments)])


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    unpacked = egohands(tmp_path / "unpacked")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(unpacked.rglob("*")):
            archive.write(file, file.relative_to(unpacked))
    with publishing(Publisher(buffer.getvalue(), "mirror.zip")) as about:
        yield about


def test_an_archive_is_fetched_where_it_broke_off_and_read_as_it_is(
    publisher: Publisher, tmp_path: Path
) -> None:
    half = len(publisher.content) // 2
    publisher.breaks_after = half
    broken = run("fetch", "egohands", "--url", publisher.url, "--to", tmp_path / "data")
    archive = tmp_path / "data" / "egohands_data.zip"
    assert broken.exit_code == 1
    assert f"{publisher.url} cannot be fetched: IncompleteRead" in broken.output
    assert f"a copy from elsewhere belongs at {archive}" in broken.output
    assert not archive.exists()

    publisher.breaks_after = None
    whole = run("fetch", "egohands", "--url", publisher.url, "--to", tmp_path / "data")
    assert whole.exit_code == 0, whole.output
    assert archive.read_bytes() == publisher.content
    assert publisher.ranges == [None, f"bytes={half}-"]
    assert f"Next: boxwright dataset check {archive} --from egohands\n" in whole.output

    checked = run("stats", archive, "--from", "egohands")
    assert checked.exit_code == 0, checked.output
    assert "2 images" in checked.output


def test_what_is_there_is_not_fetched_again(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "egohands_data.zip").write_bytes(publisher.content)
    answer = run("fetch", "egohands", "--url", publisher.url, "--to", tmp_path)
    assert answer.exit_code == 0
    assert publisher.ranges == []


def test_what_is_no_archive_is_removed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.content = b"<html>this has moved</html>"
    answer = run("fetch", "hands-synth", "--url", publisher.url, "--to", tmp_path / "data")
    assert answer.exit_code == 1
    assert f"the 27 bytes that {publisher.url} gave are no ZIP archive; removed" in answer.output
    assert list((tmp_path / "data").iterdir()) == []


def test_an_address_of_another_kind_is_refused(tmp_path: Path) -> None:
    answer = run("fetch", "egohands", "--url", "file:///etc/passwd", "--to", tmp_path)
    assert answer.exit_code == 1
    assert "file:///etc/passwd begins with neither http:// nor https://" in answer.output
