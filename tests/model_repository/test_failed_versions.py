"""A version that failed to load is told what its files lack."""

import shutil
from pathlib import Path

import pytest

from model_repository.diagnosis.versions import why_failed
from tests.support.shared import shared
from tests.support.small_graphs import affine, write_saved_model

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def test_weights_that_are_missing_are_named_of_a_version_that_failed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shared("cases/serving/broken/good/1"), tmp_path / "1"))
    assert why_failed(folder) is None
    (folder / "variables" / "variables.data-00000-of-00001").unlink()
    problem = why_failed(folder)
    assert problem is not None
    assert problem.what == "variables/variables.data-00000-of-00001 is missing"
    # A graph without variables needs none.
    assert why_failed(write_saved_model(tmp_path / "2", affine())) is None
    (folder / "saved_model.pb").write_bytes(LFS)
    pointer = why_failed(folder)
    assert pointer is not None
    assert "Git LFS" in pointer.what


@pytest.mark.parametrize("name", ["VarHandleOp", "VariableV2"])
def test_a_graph_with_variables_needs_their_folder(tmp_path: Path, name: str) -> None:
    graph = affine()
    graph.graph_def.node.add(name="w", op=name)
    problem = why_failed(write_saved_model(tmp_path / "1", graph))
    assert problem is not None
    assert problem.what == "variables/variables.index is missing"


@pytest.mark.parametrize("size", [0, 5, 60])
def test_weights_that_were_copied_in_part_are_named(tmp_path: Path, size: int) -> None:
    folder = Path(shutil.copytree(shared("cases/serving/broken/good/1"), tmp_path / "1"))
    index = folder / "variables" / "variables.index"
    index.write_bytes(index.read_bytes()[:size])
    problem = why_failed(folder)
    assert problem is not None
    assert problem.what == "variables/variables.index is damaged or cut short"


def test_weights_under_the_name_of_a_download_are_missing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shared("cases/serving/broken/good/1"), tmp_path / "1"))
    data = folder / "variables" / "variables.data-00000-of-00001"
    data.rename(data.with_name(f"{data.name}.part"))
    problem = why_failed(folder)
    assert problem is not None
    assert problem.what == "variables/variables.data-00000-of-00001 is missing"
