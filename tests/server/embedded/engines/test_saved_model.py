import shutil
from pathlib import Path

import grpc
import pytest
from google.protobuf import text_format

from server.embedded.engines.saved_model import callable_signatures, read_saved_model
from server.embedded.errors import ModelLoadError
from serving_protocol.messages import NodeDef, SavedModel
from tests.support.small_graphs import affine, write_saved_model

SERVE = frozenset({"serve"})


def test_signatures_are_those_of_the_file(model_with_variables: Path) -> None:
    on_disk = SavedModel.FromString((model_with_variables / "saved_model.pb").read_bytes())
    folder = read_saved_model(model_with_variables, SERVE)
    assert folder.signatures == dict(on_disk.meta_graphs[0].signature_def)
    assert "__saved_model_init_op" in folder.signatures
    assert callable_signatures(folder.signatures).keys() == {"serving_default"}


def test_the_text_form_is_read_too(tmp_path: Path) -> None:
    model = SavedModel(saved_model_schema_version=1, meta_graphs=[affine()])
    (tmp_path / "saved_model.pbtxt").write_text(text_format.MessageToString(model))
    assert read_saved_model(tmp_path, SERVE).meta_graph == affine()


def test_the_tags_choose_the_graph(tmp_path: Path) -> None:
    write_saved_model(tmp_path, affine(tags=["serve", "gpu"]), affine(factor=3))
    assert read_saved_model(tmp_path, SERVE).meta_graph == affine(factor=3)
    with pytest.raises(ModelLoadError, match=r"matching supplied tags: \{ train \}.*serve"):
        read_saved_model(tmp_path, frozenset({"train"}))


def test_an_empty_folder_is_said_to_hold_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"Could not find SavedModel \.pb or \.pbtxt") as error:
        read_saved_model(tmp_path, SERVE)
    assert error.value.code is grpc.StatusCode.NOT_FOUND


def test_what_the_system_cannot_read_is_named_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / ("1" * 300)
    with pytest.raises(ModelLoadError, match="Could not read the SavedModel") as error:
        read_saved_model(folder, SERVE)
    assert "File name too long" in str(error.value)


@pytest.mark.parametrize("kept", [1, 2, 50, 200])
def test_a_graph_that_is_still_being_copied_is_refused(kept: int, tmp_path: Path) -> None:
    file = write_saved_model(tmp_path, affine()) / "saved_model.pb"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ModelLoadError, match=str(tmp_path)):
        read_saved_model(tmp_path, SERVE)


def test_a_text_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pbtxt").write_bytes(b"meta_graphs { \xff")
    with pytest.raises(ModelLoadError, match="damaged or still being copied"):
        read_saved_model(tmp_path, SERVE)


@pytest.mark.parametrize("missing", ["variables.index", "variables.data-00000-of-00001"])
def test_missing_variables_are_refused(
    missing: str, model_with_variables: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model_with_variables, tmp_path / "1"))
    (copy / "variables" / missing).unlink()
    with pytest.raises(ModelLoadError, match=f"incomplete.*{missing} is missing") as error:
        read_saved_model(copy, SERVE)
    assert error.value.code is grpc.StatusCode.DATA_LOSS


def test_variables_that_are_cut_short_are_refused(
    model_with_variables: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model_with_variables, tmp_path / "1"))
    data = copy / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ModelLoadError, match=r"has \d+ bytes of at least \d+"):
        read_saved_model(copy, SERVE)


def test_a_frozen_graph_needs_no_variables(tmp_path: Path) -> None:
    assert read_saved_model(write_saved_model(tmp_path, affine()), SERVE).path == tmp_path


def test_a_graph_with_a_saver_needs_its_variables(tmp_path: Path) -> None:
    graph = affine()
    graph.graph_def.node.append(NodeDef(name="v", op="VarHandleOp"))
    graph.saver_def.restore_op_name = "save/restore_all"
    with pytest.raises(ModelLoadError, match="restores variables"):
        read_saved_model(write_saved_model(tmp_path, graph), SERVE)


def test_a_missing_asset_is_named(tmp_path: Path) -> None:
    graph = affine()
    graph.asset_file_def.add().filename = "vocabulary.txt"
    write_saved_model(tmp_path, graph)
    with pytest.raises(ModelLoadError, match=r"the asset .*vocabulary\.txt is missing"):
        read_saved_model(tmp_path, SERVE)
