from pathlib import Path

import pytest

from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import ModelsFolder
from tests.support.small_graphs import affine, write_saved_model


@pytest.fixture
def config(tmp_path: Path) -> ModelsConfigWriter:
    """A folder of models, empty, with the models.config that it does not have yet."""
    (tmp_path / "models").mkdir()
    return ModelsConfigWriter(ModelsFolder(tmp_path / "models"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A SavedModel with the things that lie beside one."""
    folder = write_saved_model(tmp_path / "exported", affine())
    (folder / "variables").mkdir()
    # It ends as a table of LevelDB's format does.
    end = 0xDB4775248B80FB57.to_bytes(8, "little")
    (folder / "variables" / "variables.index").write_bytes(b"index" + end)
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(b"data")
    (folder / "label_map.pbtxt").write_text("item { id: 1 name: 'open' }\n")
    return folder
