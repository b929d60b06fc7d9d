from pathlib import Path
from typing import Any

import pytest

from tests.training.configuration.pipeline_config.pipelines import MASK_RCNN, SSD
from training.configuration.errors import ConfigurationError
from training.configuration.experiment import experiment_of
from training.configuration.pipeline_config.conversion import read_pipeline
from training.configuration.pipeline_config.data import files_of
from training.configuration.pipeline_config.tree import Outcome


def converted(text: str, folder: Path, model: str | None = None) -> dict[str, Any]:
    file = folder / "pipeline.config"
    file.write_text(text)
    pipeline = read_pipeline(file, model)
    experiment_of(pipeline.settings, file)
    settings: dict[str, Any] = pipeline.settings.plain()
    return settings


def outcomes(text: str, folder: Path) -> dict[str, tuple[Outcome, str]]:
    file = folder / "pipeline.config"
    file.write_text(text)
    return {line.setting: (line.outcome, line.told) for line in read_pipeline(file).lines}


def test_a_single_shot_detector(tmp_path: Path) -> None:
    assert converted(SSD, tmp_path) == {
        "model": {
            "name": "ssd_mobilenet_v2",
            "input_size": [256, 320],
            "init_from": "weights/model.ckpt",
            "options": {
                "width": 0.75, "matched_iou": 0.55, "unmatched_iou": 0.45, "smallest_anchor": 0.1,
                "largest_anchor": 0.9, "box_loss_weight": 2.0, "focal_gamma": 1.5,
                "focal_alpha": 0.75, "nms_iou": 0.55, "detections": 50, "score_threshold": 0.001,
            },
        },
        "optimization": {
            "batch_norm_momentum": 0.997, "weight_decay": 4e-05, "batch_size": 24, "steps": 1200,
            "stop_after_steps": 900, "schedule": "cosine", "learning_rate": 0.08,
            "final_share": 0.0, "warmup_steps": 90, "optimizer": "sgd", "ema_decay": None,
        },
        "augmentation": {"horizontal_flip": 0.5, "hue_degrees": 18.0},
        "data": {
            "train": [{"path": "train.record", "format": "tfrecord"}],
            "validation": [{"path": "val.record", "format": "tfrecord"}],
            "label_map": "hands.pbtxt",
        },
    }  # fmt: skip


def test_an_rcnn_with_masks(tmp_path: Path) -> None:
    settings = converted(MASK_RCNN, tmp_path)
    assert settings["model"] == {
        "name": "mask_rcnn_resnet50_fpn",
        "input_size": [608, 1024],
        "options": {
            "proposals": 100, "box_loss_weight": 2.0, "nms_iou": 0.6, "score_threshold": 0.3,
        },
    }  # fmt: skip
    assert settings["optimization"] == {
        "batch_size": 1, "steps": 100, "optimizer": "adamw", "learning_rate": 1e-3,
        "schedule": "cosine",
    }  # fmt: skip


def test_what_becomes_of_each_setting(tmp_path: Path) -> None:
    maps, differs, left_out = Outcome
    rcnn, rms_prop = "model.faster_rcnn", "train_config.optimizer.rms_prop_optimizer"
    resizer = f"{rcnn}.image_resizer.keep_aspect_ratio_resizer"
    post = f"{rcnn}.second_stage_post_processing"
    told = outcomes(MASK_RCNN, tmp_path)
    assert {setting: outcome for setting, (outcome, _) in told.items()} == {
        f"{rcnn}.num_classes: 3": maps,
        f"{resizer}.min_dimension: 600": differs,
        f"{resizer}.max_dimension: 1024": differs,
        f"{rcnn}.number_of_stages: 3": maps,
        f"{rcnn}.feature_extractor.type: faster_rcnn_resnet50": differs,
        f"{rcnn}.feature_extractor.first_stage_features_stride: 16": left_out,
        f"{rcnn}.first_stage_max_proposals: 100": maps,
        f"{rcnn}.second_stage_localization_loss_weight: 2": maps,
        f"{rcnn}.second_stage_box_predictor.mask_rcnn_box_predictor.predict_instance_masks: true":
            maps,
        f"{post}.batch_non_max_suppression.score_threshold: 0.3": maps,
        f"{post}.batch_non_max_suppression.iou_threshold: 0.6": maps,
        f"{post}.score_converter: SOFTMAX": maps,
        "train_config.batch_size: 1": maps,
        f"{rms_prop}.learning_rate.exponential_decay_learning_rate.initial_learning_rate: 0.004":
            differs,
        "train_config.fine_tune_checkpoint: PATH_TO_BE_CONFIGURED/model.ckpt": left_out,
        "train_config.num_steps: 100": maps,
        "train_input_reader.tf_record_input_reader.input_path: train.record": maps,
    }  # fmt: skip
    rate = f"{rms_prop}.learning_rate.exponential_decay_learning_rate.initial_learning_rate: 0.004"
    assert told[rate][1] == (
        "optimization.learning_rate 0.001: what suits AdamW, in whose place RMSProp's rate is none"
    )
    assert told[f"{rcnn}.feature_extractor.type: faster_rcnn_resnet50"][1] == (
        "model.name mask_rcnn_resnet50_fpn: on a feature pyramid, where the API's looks at one "
        "level"
    )


@pytest.mark.parametrize(
    ("extractor", "predictor", "model"),
    [
        ("ssd_mobilenet_v1", "", "ssd_mobilenet_v1"),
        ("ssd_mobilenet_v2_keras", "", "ssd_mobilenet_v2"),
        ("ssd_mobilenet_v2", "use_depthwise: true", "ssdlite_mobilenet_v2"),
        ("ssd_mobilenet_v2_fpn_keras", "", "ssd_mobilenet_v2_fpnlite"),
        ("ssd_mobilenet_v3_large", "use_depthwise: true", "ssdlite_mobilenet_v3_large"),
    ],
)
def test_the_model_of_a_feature_extractor(
    extractor: str, predictor: str, model: str, tmp_path: Path
) -> None:
    text = SSD.replace("ssd_mobilenet_v2", extractor).replace("kernel_size: 3", predictor)
    assert converted(text, tmp_path)["model"]["name"] == model


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SSD.replace("ssd_mobilenet_v2", "ssd_inception_v3"),
         "{file}, line 7: there is no ssd_inception_v3 here; the nearest is "
         "ssd_mobilenet_v2_fpnlite: boxwright config import {file} --model "
         "ssd_mobilenet_v2_fpnlite"),
        ("model { center_net { } } train_config { }",
         "{file}, line 1: there is no center_net here; the nearest is dfine_nano: boxwright config "
         "import {file} --model dfine_nano"),
        ("model { }", "{file} has no train_config: it is no pipeline.config of the Object "
         "Detection API"),
        (SSD.replace("train_input_reader", "other"), "{file}, line 1: no train_input_reader with a "
         "tf_record_input_reader and its input_path"),
        (SSD.replace("batch_size: 24", "batch_size: many"),
         "{file}, line 43: train_config.batch_size is a number, not many"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_here_names_the_line_and_the_way(
    text: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "pipeline.config"
    with pytest.raises(ConfigurationError) as raised:
        converted(text, tmp_path)
    assert str(raised.value) == reason.format(file=file)


def test_a_value_that_cannot_be_is_told_by_the_pipelines_line(tmp_path: Path) -> None:
    wrong = r"pipeline\.config, line 43: .*batch_size must be 1 or more, but is 0"
    with pytest.raises(ConfigurationError, match=wrong):
        converted(SSD.replace("batch_size: 24", "batch_size: 0"), tmp_path)


def test_another_model_may_be_chosen(tmp_path: Path) -> None:
    text = SSD.replace("ssd_mobilenet_v2", "ssd_inception_v3")
    chosen = "ssd_mobilenet_v2_fpnlite"
    assert converted(text, tmp_path, chosen)["model"]["name"] == chosen


def test_shards_are_found_by_pattern_or_count(tmp_path: Path) -> None:
    files = [tmp_path / f"train.record-{number:05d}-of-00003" for number in range(3)]
    for file in files:
        file.touch()
    wanted = [str(file) for file in files]
    assert files_of(f"{tmp_path}/train.record-?????-of-00003") == wanted
    assert files_of(f"{tmp_path}/train.record@3") == wanted
    assert files_of(f"{tmp_path}/val.record-?????-of-00003") == [
        f"{tmp_path}/val.record-?????-of-00003"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes_is_read(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.config"
    file.write_bytes(SSD.replace("\n", "\r\n").encode(encoding))
    assert read_pipeline(file).settings.plain() == converted(SSD, tmp_path)


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "train.record").touch()
    text = SSD.replace('"train.record"', f'"{tmp_path}/train.record"').replace(
        '"val.record"', '"PATH_TO_BE_CONFIGURED/val.record-?????-of-00010"'
    )
    told = outcomes(text, tmp_path)
    reader = "tf_record_input_reader.input_path"
    assert told[f"train_input_reader.{reader}: {tmp_path}/train.record"][1] == (
        f"data.train: {tmp_path}/train.record"
    )
    assert told["train_input_reader.label_map_path: hands.pbtxt"][1] == (
        "data.label_map: hands.pbtxt (not there)"
    )
    [placeholder] = [said for setting, (_, said) in told.items() if "PATH_TO_BE" in setting]
    assert placeholder == (
        "data.validation: PATH_TO_BE_CONFIGURED/val.record-?????-of-00010, a placeholder: put the "
        "files' path there"
    )


@pytest.mark.parametrize(
    ("names", "outcome", "said"),
    [
        ("ab", Outcome.MAPS, "the number of classes in data.label_map"),
        ("abc", Outcome.DIFFERS, "data.label_map has 3 classes, and all are trained"),
    ],
)
def test_another_number_of_classes_than_the_label_maps_is_told(
    names: str, outcome: Outcome, said: str, tmp_path: Path
) -> None:
    items = (f"item {{ id: {number} name: '{name}' }}" for number, name in enumerate(names, 1))
    (tmp_path / "hands.pbtxt").write_text("\n".join(items))
    text = SSD.replace('"hands.pbtxt"', f'"{tmp_path}/hands.pbtxt"')
    assert outcomes(text, tmp_path)["model.ssd.num_classes: 2"] == (outcome, said)
