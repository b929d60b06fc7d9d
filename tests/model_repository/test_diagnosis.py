"""What people have in a models folder: each thing named with what it is and what to do."""

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from model_repository.diagnosis.models import diagnose_models
from model_repository.diagnosis.versions import diagnose_version
from serving_protocol.messages import GraphDef, SavedModel
from tests.support.shared import shared
from tests.support.small_graphs import affine, write_saved_model

NOBODY = 65534
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name in names:
            written.writestr(name, "x")
    return file.getvalue()


def frozen_graph() -> bytes:
    graph: GraphDef = affine().graph_def
    data: bytes = graph.SerializeToString()
    return data


def onnx() -> bytes:
    """The first fields of an ONNX model: version 8 of the format, made by pytorch."""
    return b"\x08\x08\x12\x07pytorch\x1a\x052.1.0"


# name of the file, what is in it, what is said
FILES: list[tuple[str, bytes, str, str]] = [
    ("saved_model.pb", b"", "saved_model.pb is an empty file", "copy it again"),
    ("saved_model.pb", LFS, "a pointer of Git LFS", "git lfs pull"),
    ("saved_model.pb", b"<!DOCTYPE html><html>404", "a web page", "download"),
    ("saved_model.pb", b"\n  <HTML><head>", "a web page", "download"),
    ("saved_model.pb", b"<?xml version='1.0'?><Error><Code>AccessDenied", "XML", "download"),
    ("saved_model.pb", b'{"message": "Bad credentials"}', "JSON", "download"),
    ("saved_model.pb", b"Not Found", "a text", "download"),
    ("saved_model.pb", frozen_graph(), "a frozen graph", "saved_model"),
    ("saved_model.pb", onnx(), "an ONNX model", "SavedModel"),
    ("saved_model.pb", b"\x1f\x8b\x08\x00", "gzip", "unpack"),
    ("saved_model.pb", archive("m/saved_model.pb"), "ZIP archive with a SavedModel", "unpack"),
    ("saved_model.pbtxt", LFS, "a pointer of Git LFS", "git lfs pull"),
    ("frozen_inference_graph.pb", frozen_graph(), "a frozen graph", "saved_model"),
    ("model.onnx", onnx(), "an ONNX model", "SavedModel"),
    ("model.onnx", LFS, "a pointer of Git LFS", "git lfs pull"),
    ("detect.tflite", b"\x1c\x00\x00\x00TFL3\x14\x00", "a TFLite model", "converted from"),
    ("detect.lite", b"\x1c\x00\x00\x00TFL3\x14\x00", "a TFLite model", "converted from"),
    ("model.keras", archive("config.json", "model.weights.h5"), "a Keras file", "models import"),
    ("model.keras", b"PK\x03\x04 cut short", "a Keras file", "models import"),
    ("model.h5", b"\x89HDF\r\n\x1a\n", "a Keras file", "models import"),
    ("best.pt", archive("best/data.pkl"), "a PyTorch file", "SavedModel"),
    ("best.pth", b"\x80\x02\x8a\nl\xfc\x9c", "a PyTorch file", "SavedModel"),
    ("model.zip", archive("a/saved_model.pb"), "a ZIP archive with a SavedModel", "unpack"),
    ("model.tar.gz", b"\x1f\x8b\x08\x00", "an archive of gzip", "unpack"),
    ("model.json", b'{"format": "graph-model", "modelTopology": {}}', "TensorFlow.js", "converted"),
    (
        "model.xml",
        b'<?xml version="1.0"?><net name="m" version="11">',
        "OpenVINO's IR",
        "converted",
    ),
    ("checkpoint", b'model_checkpoint_path: "ckpt-7"', "a checkpoint", "export"),
    ("ckpt-7.index", b"\x00\x00", "a checkpoint", "export"),
    ("model.ckpt-9.data-00000-of-00001", b"\x00\x00", "a checkpoint", "export"),
    ("model.safetensors", b"\x40\x00\x00\x00", "safetensors", "SavedModel"),
]


@pytest.mark.parametrize(("name", "content", "what", "remedy"), FILES)
def test_a_file_in_the_place_of_a_saved_model_is_named(
    tmp_path: Path, name: str, content: bytes, what: str, remedy: str
) -> None:
    for folder in ("numbered/1", "plain"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_bytes(content)
        (tmp_path / folder / "label_map.pbtxt").write_text("item { id: 1 name: 'a' }")
    numbered, plain = diagnose_models(tmp_path)
    assert (numbered.where, numbered.model, numbered.version) == ("numbered/1", "numbered", 1)
    assert (plain.where, plain.model, plain.version) == ("plain", "plain", None)
    for diagnosis in (numbered, plain):
        assert what in diagnosis.what
        assert remedy in diagnosis.remedy
        assert "\n" not in str(diagnosis)
        assert str(tmp_path) not in str(diagnosis)


def saved_model(folder: Path) -> None:
    write_saved_model(folder, affine())


def called(name: str) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        saved_model(folder)
        (folder / "saved_model.pb").rename(folder / name)

    return write


def linked(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to(folder.parents[1] / "gone")


def file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


LAYOUTS: list[tuple[Callable[[Path], object], str, str, str]] = [
    (saved_model, "flat", "no numbered folder", "into flat/1"),
    (saved_model, "v/v1", "no version", "rename v/v1 to v/1"),
    (saved_model, "v/V2", "no version", "rename v/V2 to v/2"),
    (saved_model, "v/version_3", "no version", "rename v/version_3 to v/3"),
    (saved_model, "v/0.1", "no version", "rename v/0.1 to v/1"),
    (saved_model, "v/1.0", "no version", "rename v/1.0 to v/1"),
    (saved_model, f"v/{10**19}", "below 2^63", "to v/1"),
    (called("SAVED_MODEL.PB"), "m/1", "is called SAVED_MODEL.PB", "rename it to saved_model.pb"),
    (called("saved_model (1).pb"), "m/1", "saved_model (1).pb", "rename it to saved_model.pb"),
    (called("model.pb"), "m/1", "is called model.pb", "rename it to saved_model.pb"),
    (saved_model, "v/latest", "latest, in no numbered", "move v/latest to v/1"),
    (saved_model, "n/saved_model", "saved_model, in no numbered", "move n/saved_model to n/1"),
    (saved_model, "n/saved_model/1", "saved_model/1", "move n/saved_model/1 to n/1"),
    (saved_model, "n/export/Servo/1699", "export/Servo/1699", "to n/1"),
    (saved_model, "n/1/saved_model", "lies deeper, in saved_model", "up into 1"),
    (lambda path: path.mkdir(parents=True), "empty", "an empty folder", "empty/1/saved_model.pb"),
    (lambda path: path.mkdir(parents=True), "m/1", "is empty", "copy the model"),
    (lambda path: file(path / "label_map.pbtxt"), "m", "a label map without a model", "m/1"),
    (lambda path: file(path / "notes.txt"), "m", "no SavedModel", "m/1/saved_model.pb"),
    (lambda path: file(path / "variables" / "variables.index"), "m/1", "is missing beside", "copy"),
    (lambda path: path.mkdir(parents=True), "m/1/saved_model.pb", "is a folder", "one folder up"),
    (file, "m/1", "1 is a file", "m/1/saved_model.pb"),
    (file, "hands", "a file, where a model is a folder", "hands/1"),
    (file, "label_map.pbtxt", "belongs to no model", "NAME/label_map.pbtxt"),
    (linked, "m/1", "1 is a link to what is not there", "m/1"),
    (linked, "m/1/saved_model.pb", "is a link to what is not there", "copy the file"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "where", "what", "remedy"), LAYOUTS)
def test_a_layout_that_is_not_served_is_named(
    tmp_path: Path, make: Callable[[Path], object], where: str, what: str, remedy: str
) -> None:
    make(tmp_path / where)
    [diagnosis] = diagnose_models(tmp_path)
    assert what in diagnosis.what
    assert remedy in diagnosis.remedy
    assert diagnosis.model == where.partition("/")[0]


def test_a_link_among_the_models_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "hands").symlink_to(tmp_path / "gone")
    [diagnosis] = diagnose_models(tmp_path)
    assert str(diagnosis) == "hands: a link to what is not there; copy the folder itself"


def test_weights_that_are_a_pointer_or_nothing_are_named(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_saved_model(tmp_path / name / "1", affine())
        weights = tmp_path / name / "1" / "variables"
        if name == "c":
            weights.write_bytes(b"x")
            continue
        weights.mkdir()
        data = weights / "variables.data-00000-of-00001"
        if name == "a":
            data.write_bytes(LFS)
        else:
            data.symlink_to("elsewhere")
    said = [str(each) for each in diagnose_models(tmp_path)]
    assert [each.partition(":")[0] for each in said] == ["a/1", "b/1", "c/1"]
    for each, what in zip(said, ["Git LFS", "a link to what is not there", "variables is a file"],
                          strict=True):  # fmt: skip
        assert what in each


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything, and so is nobody for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_what_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        models_dir = Path(folder)
        models_dir.chmod(0o755)
        write_saved_model(models_dir / "file" / "1", affine())
        (models_dir / "file" / "1" / "saved_model.pb").chmod(0)
        write_saved_model(models_dir / "folder" / "1", affine())
        (models_dir / "folder").chmod(0)
        write_saved_model(models_dir / "version" / "1", affine())
        (models_dir / "version" / "1").chmod(0)
        with as_somebody_else():
            found = diagnose_models(models_dir)
        for each in ("folder", "version/1"):
            (models_dir / each).chmod(0o700)
    assert [each.model for each in found] == ["file", "folder", "version"]
    assert "saved_model.pb cannot be read (Permission denied)" in found[0].what
    assert all("cannot be read (Permission denied)" in each.what for each in found)
    assert all("chmod" in each.remedy for each in found)


def test_what_is_no_ordinary_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "m" / "1").mkdir(parents=True)
    os.mkfifo(tmp_path / "m" / "1" / "saved_model.pb")
    os.mkfifo(tmp_path / "pipe")
    of_version, of_model = diagnose_models(tmp_path)
    assert "saved_model.pb is no ordinary file" in of_version.what
    assert "no ordinary file" in of_model.what


def test_what_is_served_or_lies_beside_models_is_not_named(tmp_path: Path) -> None:
    for version in ("1", "0002"):
        write_saved_model(tmp_path / "hands" / version, affine())
    text = SavedModel(saved_model_schema_version=1, meta_graphs=[affine()])
    (tmp_path / "text" / "1").mkdir(parents=True)
    (tmp_path / "text" / "1" / "saved_model.pbtxt").write_text(str(text))
    # A copy that is on its way has another name until it is whole.
    write_saved_model(tmp_path / "hands" / "3.copying", affine())
    write_saved_model(tmp_path / "hands" / ".publishing-x" / "1", affine())
    for name in ("README.md", "README", "LICENSE", "models.config", ".gitignore", "list.json"):
        (tmp_path / name).write_text("{}")
    for name in (".copying", "lost+found"):
        (tmp_path / name).mkdir()
    assert diagnose_models(tmp_path) == []
    assert diagnose_models(tmp_path / "gone") == []


def test_a_version_under_a_wrong_name_beside_a_right_one_is_named(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "hands" / "1", affine())
    write_saved_model(tmp_path / "hands" / "v2", affine())
    [diagnosis] = diagnose_models(tmp_path)
    assert diagnosis.where == "hands/v2"
    assert "no version" in diagnosis.what


def test_a_folder_of_models_is_told_from_a_model(tmp_path: Path) -> None:
    for name in ("cars", "hands"):
        write_saved_model(tmp_path / "all" / name / "1", affine())
    [diagnosis] = diagnose_models(tmp_path)
    assert "a folder of models (cars, hands)" in diagnosis.what


def test_a_folder_that_is_one_step_too_deep_is_named(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "models" / "hands" / "1", affine())
    assert diagnose_models(tmp_path / "models") == []
    [diagnosis] = diagnose_models(tmp_path / "models" / "hands")
    assert "a model's own folder, with version 1 in it" in diagnosis.what
    assert diagnosis.remedy == "name the folder that hands lies in"
    [diagnosis] = diagnose_models(tmp_path / "models" / "hands" / "1")
    assert "a SavedModel, where a folder of models is expected" in diagnosis.what


def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "m" / "a").mkdir(parents=True)
    (tmp_path / "m" / "a" / "again").symlink_to(tmp_path / "m")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [each.model for each in diagnose_models(tmp_path)] == ["loop", "m"]


@pytest.mark.parametrize("kept", [1, 2, 50, 200])
def test_a_saved_model_that_is_being_copied_is_nothing_else(tmp_path: Path, kept: int) -> None:
    file = write_saved_model(tmp_path / "1", affine()) / "saved_model.pb"
    file.write_bytes(file.read_bytes()[:kept])
    assert diagnose_version(tmp_path / "1") is None


def test_every_folder_of_the_cases_is_named() -> None:
    layout = diagnose_models(shared("cases/serving/layout"))
    assert [each.where for each in layout] == ["dotted", "flat", "nested", "vnamed"]
    broken = diagnose_models(shared("cases/serving/broken"))
    names = ["empty", "frozen", "frozen_name", "html", "keras", "lfs", "onnx", "tflite"]
    assert [each.where for each in broken] == [f"{name}/1" for name in names]
    assert diagnose_models(shared("cases/serving/models")) == []
