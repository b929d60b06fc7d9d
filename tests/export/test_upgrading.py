"""A version of an export that had two signatures gets the third, and answers as it did."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from PIL import Image

from boxwright.__main__ import boxwright
from export.errors import NotUpgradable
from export.importing.sample_images import drawn_images
from export.upgrading import upgrade
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.card import MODEL_CARD_NAME, read_model_card
from serving_protocol.messages import PredictionLog, SavedModel
from tests.support.exported_detector import SIZE_HW, images
from tests.support.small_graphs import affine, write_saved_model
from tfrecord.records import read_records
from training.input_pipeline.resizing import resized_image

OPENVINO = ModelServerCanary([sys.executable, "-m", "server.embedded", "--engine=openvino"])
WARMUP = "assets.extra/tf_serving_warmup_requests"


@pytest.fixture(scope="module")
def older(version_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What exports were before: no such signature, and no operation behind it."""
    folder = tmp_path_factory.mktemp("older") / "1"
    folder.mkdir()
    saved = SavedModel.FromString((version_dir / "saved_model.pb").read_bytes())
    [meta_graph] = saved.meta_graphs
    del meta_graph.signature_def["resized_images"]
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    pending = [
        info.name for each in meta_graph.signature_def.values() for info in each.outputs.values()
    ]
    read: set[str] = set()
    while pending:
        name = pending.pop().lstrip("^").partition(":")[0]
        if name not in read:
            read.add(name)
            pending.extend(nodes[name].input)
    kept = [node for name, node in nodes.items() if name in read]
    assert len(kept) < len(nodes)
    del meta_graph.graph_def.node[:]
    meta_graph.graph_def.node.extend(kept)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    card = (version_dir / MODEL_CARD_NAME).read_text()
    assert card.count("resized_images") == 2
    (folder / MODEL_CARD_NAME).write_text(card.replace("resized_images", ""))
    return folder


@pytest.fixture(scope="module")
def upgraded(older: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upgraded") / "1"
    upgrade(older, folder, drawn_images(), OPENVINO)
    return folder


def constants_of(version_dir: Path) -> dict[str, bytes]:
    [meta_graph] = SavedModel.FromString((version_dir / "saved_model.pb").read_bytes()).meta_graphs
    return {
        node.name: node.attr["value"].tensor.SerializeToString()
        for node in meta_graph.graph_def.node
        if node.name.startswith("weights/")
    }


def test_its_answers_stay_and_the_third_signature_gives_the_same(
    older: Path, upgraded: Path
) -> None:
    before, after = (tf.saved_model.load(str(each)) for each in (older, upgraded))
    for pixels in images(2, (90, 150)):
        file = tf.constant([tf.io.encode_png(pixels).numpy()])
        wanted = before.signatures["serving_default"](image_bytes=file)
        resized = np.asarray(resized_image(Image.fromarray(pixels), SIZE_HW))[None]
        asked: list[Callable[[], Any]] = [
            lambda file=file: after.signatures["serving_default"](image_bytes=file),  # type: ignore[misc]
            lambda resized=resized: after.signatures["resized_images"](  # type: ignore[misc]
                resized_images=tf.constant(resized)
            ),
        ]
        for ask in asked:
            found = ask()
            for name, value in wanted.items():
                assert np.array_equal(found[name].numpy(), value.numpy()), name


def test_its_weights_are_the_same_and_stored_once(older: Path, upgraded: Path) -> None:
    assert constants_of(upgraded) == constants_of(older)


def test_card_and_warm_up_requests_name_the_signature(older: Path, upgraded: Path) -> None:
    card, was = read_model_card(upgraded), read_model_card(older)
    assert card is not None
    assert was is not None
    assert card.preprocessing is not None
    assert card.preprocessing.resized_signature == "resized_images"
    assert card.preprocessing.resized_input == "resized_images"
    assert card.parity["resized_images"]["compared_with"] == "serving_default"
    assert set(card.parity["resized_images"]["largest_difference_of_scores"]) == {
        "tensorflow", "openvino",
    }  # fmt: skip
    assert (card.title, card.created_at) == (was.title, was.created_at)
    [log] = [PredictionLog.FromString(each) for each in read_records(upgraded / WARMUP)]
    assert log.predict_log.request.model_spec.signature_name == "resized_images"


def test_what_has_it_already_is_left_alone(upgraded: Path, tmp_path: Path) -> None:
    with pytest.raises(NotUpgradable, match="has the signature resized_images already"):
        upgrade(upgraded, tmp_path / "1", drawn_images(), OPENVINO)


def test_the_command_says_what_is_no_export(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "models" / "affine" / "1", affine())
    result = CliRunner().invoke(
        boxwright, ["models", "upgrade", "affine", "--models", str(tmp_path / "models")]
    )
    assert result.exit_code == 1
    assert "has no model card that says how images are resized" in result.output
