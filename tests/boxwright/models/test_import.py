"""`boxwright models import`: detectors that others exported, with what they lack beside them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from boxwright.__main__ import boxwright
from model_repository.canary.known_image import read_known_image
from model_repository.card import ModelCard, read_model_card
from serving_protocol.messages import PredictionLog
from serving_protocol.tensors import decode_tensor
from tests.support.shared import shared
from tests.support.small_detector import write_small_detector
from tests.support.small_graphs import affine, write_saved_model
from tfrecord.records import read_records

ONE_CLASS = "item { id: 1 name: 'box' }"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["models", *map(str, words)])


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A detector that finds one box in the middle, with a label map beside it."""
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "label_map.pbtxt").write_text(ONE_CLASS)
    return write_small_detector(tmp_path / "cells" / "saved_model")


def card_of(version_dir: Path) -> ModelCard:
    card = read_model_card(version_dir)
    assert card is not None
    return card


def test_a_saved_model_becomes_a_whole_version_and_keeps_its_graph(
    source: Path, models_dir: Path
) -> None:
    result = run("import", source, "--name", "cells", "--models", models_dir, "--engine",
                 "openvino", "--label", "stable", "--note", "MIT")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "the canary image is answered as it must be" in result.stdout
    version = models_dir / "cells" / "1"
    files = {each.relative_to(version).as_posix() for each in version.rglob("*") if each.is_file()}
    assert files == {
        "saved_model.pb",
        "label_map.pbtxt",
        "model_card.json",
        "assets.extra/tf_serving_warmup_requests",
        "canary/picture.jpg",
        "canary/detections.json",
    }
    assert not any(each.is_symlink() for each in version.rglob("*"))
    assert (version / "saved_model.pb").read_bytes() == (source / "saved_model.pb").read_bytes()
    card = card_of(version)
    assert card.preprocessing is None
    assert [each["name"] for each in card.classes] == ["box"]
    assert card.signatures["serving_default"]["inputs"] == {
        "input_tensor": {"dtype": "uint8", "shape": [1, None, None, 3]}
    }
    assert card.notes[0] == "MIT"
    assert "openvino, drawn hands); whether that is right was not checked" in card.notes[1]
    assert card.notes[1] in result.stderr
    [listed] = json.loads(run("list", "--json", "--models", models_dir).stdout)
    assert (listed["name"], listed["version"], listed["labels"]) == ("cells", 1, ["stable"])


def test_canary_and_warm_up_are_of_an_image_that_was_given_made_smaller(
    source: Path, models_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (1200, 500), (10, 200, 90)).save(tmp_path / "photos" / "wide.png")
    result = run("import", source, "--name", "cells", "--models", models_dir, "--engine",
                 "openvino", "--pictures", tmp_path / "photos")  # fmt: skip
    assert result.exit_code == 0, result.output
    version = models_dir / "cells" / "1"
    known = read_known_image(version)
    assert known is not None
    assert known.detections.boxes_yxyx.tolist() == [[0.25, 0.25, 0.75, 0.75]]
    with Image.open(version / "canary" / "picture.png") as image:
        assert image.size == (480, 200)
    [record] = read_records(version / "assets.extra" / "tf_serving_warmup_requests")
    request = PredictionLog.FromString(record).predict_log.request
    assert request.model_spec.signature_name == "serving_default"
    pixels = decode_tensor(request.inputs["input_tensor"])
    assert pixels.shape == (1, 200, 480, 3)
    assert pixels[0, 7, 9].tolist() == [10, 200, 90]
    assert "given images" in card_of(version).notes[0]


def test_a_model_that_nobody_here_trained_is_asked_under_both_engines(models_dir: Path) -> None:
    result = run("import", shared("models/hands/1"), "--name", "hands", "--models", models_dir,
                 "--pictures", shared("images/hands"))  # fmt: skip
    assert result.exit_code == 0, result.output
    card = card_of(models_dir / "hands" / "1")
    assert card.title == (
        "TF Object Detection API detector of open, closed, pinch, point, face, tip, pinchtip"
    )
    assert (card.parity["answers"], card.parity["pictures"]) == ("tensorflow", 12)
    assert card.parity["without_counterpart"].keys() == {"openvino"}
    known = read_known_image(models_dir / "hands" / "1")
    assert known is not None
    assert (known.detections.scores > 0.9).sum() >= 2


def write_garden_detector(version_dir: Path) -> None:
    """As TF Model Garden exports: takes files, answers in pixels of the image as it scaled it."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "inputs")])  # type: ignore[untyped-decorator]  # the package has no types
    def detect(inputs: Any) -> dict[str, Any]:
        images = tf.map_fn(
            lambda data: tf.image.resize(tf.io.decode_image(data, 3, expand_animations=False),
                                         (64, 96)),
            inputs, fn_output_signature=tf.TensorSpec((64, 96, 3)),
        )  # fmt: skip
        count = tf.shape(images)[0]
        info = tf.constant([[[640.0, 960.0], [64.0, 96.0], [0.1, 0.1], [0.0, 0.0]]])
        return {
            "detection_boxes": tf.tile([[[16.0, 24.0, 48.0, 72.0]]], [count, 1, 1]),
            "detection_scores": 0.5 + tf.reduce_mean(images, [1, 2, 3])[:, None] / 1000,
            "detection_classes": tf.ones([count, 1], tf.int32),
            "num_detections": tf.ones([count], tf.int32),
            "image_info": tf.tile(info, [count, 1, 1]),
        }

    tf.saved_model.save(tf.Module(), str(version_dir), {"serving_default": detect})


def test_model_gardens_export_that_decodes_images_is_served_by_tensorflow_and_that_is_said(
    models_dir: Path, tmp_path: Path
) -> None:
    write_garden_detector(tmp_path / "garden")
    (tmp_path / "names.pbtxt").write_text(ONE_CLASS)
    result = run("import", tmp_path / "garden", "--name", "garden", "--models", models_dir,
                 "--label-map", tmp_path / "names.pbtxt")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "openvino cannot serve it: the version does not load: " in result.stderr
    card = card_of(models_dir / "garden" / "1")
    assert card.model["name"] == "TF Model Garden"
    assert "string input" in card.parity["cannot_serve"]["openvino"]
    known = read_known_image(models_dir / "garden" / "1")
    assert known is not None
    assert np.allclose(known.detections.boxes_yxyx, [[0.25, 0.25, 0.75, 0.75]])
    assert (models_dir / "garden" / "1" / "variables" / "variables.index").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{source}", "--name", "a/b"), "a model's name is a folder's, without slashes"),
        (("{source}", "--name", ".hidden"), "without slashes or a dot in front, not '.hidden'"),
        (("{source}", "--name", "x", "--label-map", "{other}"), "detects class 1, which the label"),
        (("{affine}", "--name", "x"), "is not a detector that can be served"),
        (("{bare}", "--name", "x"), "no class names: there is no label_map.pbtxt"),
        (("{models}", "--name", "x"), "is not a SavedModel: it has no saved_model.pb"),
        (
            ("{other}", "--name", "x"),
            "other.pbtxt is neither a SavedModel's folder nor a .keras file",
        ),
        (("{source}", "--name", "x", "--pictures", "{models}"), "has no readable image"),
    ],
)
def test_what_cannot_be_brought_in_is_said_and_leaves_nothing(
    source: Path, models_dir: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "other.pbtxt").write_text("item { id: 2 name: 'dust' }")
    shutil.copytree(source, tmp_path / "bare" / "1")
    places = {
        "source": source,
        "models": models_dir,
        "affine": write_saved_model(tmp_path / "affine", affine()),
        "bare": tmp_path / "bare" / "1",
        "other": tmp_path / "other.pbtxt",
    }
    result = run("import", *(word.format(**places) for word in words), "--models", models_dir,
                 "--engine", "openvino")  # fmt: skip
    assert result.exit_code in (1, 2)
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert [each for each in models_dir.iterdir() if not each.name.startswith(".")] == []


def test_a_model_that_no_engine_serves_is_refused_with_each_ones_reason(
    models_dir: Path, tmp_path: Path
) -> None:
    source = write_small_detector(tmp_path / "cells" / "1")
    (source / "variables").mkdir()
    (source / "variables" / "variables.index").write_bytes(b"cut short")
    (source / "label_map.pbtxt").write_text(ONE_CLASS)
    result = run("import", source, "--name", "cells", "--models", models_dir, "--engine",
                 "openvino")  # fmt: skip
    assert result.exit_code == 1
    assert "no engine can serve the model: openvino: the version does not load: " in result.stderr
    assert not (models_dir / "cells").exists()
