import dataclasses
from pathlib import Path

import pytest

from training.configuration.errors import ConfigurationError
from training.configuration.experiment import Experiment, differences, read_experiment
from training.configuration.fields import settings_of
from training.configuration.located import parse_located
from training.configuration.writing import format_experiment

SMALL = """
model: {name: tiny}
data:
  train:
    - path: images
optimization:
  steps: 10
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "hands.yaml"
    path.write_text(text)
    return path


def test_what_nobody_says_has_a_default_and_the_name_is_the_files(tmp_path: Path) -> None:
    experiment = read_experiment(written(tmp_path, SMALL))

    assert experiment.name == "hands"
    assert experiment.folder == Path("runs/hands")
    assert experiment.data.train[0].path == Path("images")
    assert experiment.optimization.optimizer == "adamw"


def test_what_is_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    text = SMALL + "  class_weights: {open: 2}\nvalidation: {early_stopping_patience: 3}\n"
    experiment = read_experiment(written(tmp_path, text))

    assert read_experiment(written(tmp_path, format_experiment(experiment))) == experiment


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  learning_rat: 1", "line 8: there is no setting `optimization.learning_rat`; did you "
         "mean `learning_rate`?"),
        ("  learning_rate: fast", "line 8: `optimization.learning_rate` is a number, but got "
         "'fast'"),
        ("  learning_rate: -1", "line 8: optimization.learning_rate must be above 0, but is -1.0"),
        ("  batch_size: 2.5", "line 8: `optimization.batch_size` is a whole number, but got 2.5"),
        ("  batch_size: true", "line 8: `optimization.batch_size` is a whole number, but got True"),
        ("  optimizer: adam", "line 8: `optimization.optimizer` must be one of adamw, sgd, but is "
         "'adam'; did you mean `adamw`?"),
        ("  epochs: 3", "line 8: optimization.epochs or steps says how long, one of the two"),
        ("  steps: 3", "line 8: `steps` comes twice"),
        ("  class_weights: {open: 0}", "class_weights of 'open' must be above 0, but is 0.0"),
        ("augmentation: 3", "line 8: augmentation: settings by name were expected, but got 3"),
        ("augmentation: {horizontal_flip: 3}", "line 8: augmentation.horizontal_flip"),
        ("seed: -3", "line 8: seed must be in 0..2147483647, but is -3"),
        ("  optimizer: [", "line 9"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_what_was_wanted(
    tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_experiment(written(tmp_path, SMALL + line + "\n"))
    assert said in str(raised.value)
    assert str(tmp_path / "hands.yaml") in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SMALL.replace("path:", "folder:"), "line 5: there is no setting `data.train[0].folder`"),
        (SMALL.replace("path: images", "split: val"), "`data.train[0].path` is missing"),
        (SMALL.replace("model: {name: tiny}", ""), "model.name` is missing"),
        ("- a\n- b\n", "settings by name were expected"),
        (SMALL.replace("steps: 10", "batch_size: 1"), "one of the two"),
        (SMALL.replace("{name: tiny}", "{name: tiny, input_size: [3]}"), "input_size"),
        (
            SMALL.replace("path: images", "{path: a, share: 2}\n    - {path: b}"),
            "train must give a share to each source or to none",
        ),
    ],
)
def test_what_is_missing_or_of_another_form_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_experiment(written(tmp_path, text))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("text", "size"), [("[240, 320]", (240, 320)), ("224", (224, 224)), ("null", None)]
)
def test_an_input_size_is_two_numbers_or_one(
    tmp_path: Path, text: str, size: tuple[int, int] | None
) -> None:
    text = SMALL.replace("{name: tiny}", f"{{name: tiny, input_size: {text}}}")
    assert read_experiment(written(tmp_path, text)).model.input_size_hw == size


def test_a_number_without_a_point_is_one_all_the_same(tmp_path: Path) -> None:
    experiment = read_experiment(written(tmp_path, SMALL + "  learning_rate: 1e-3\n"))
    assert experiment.optimization.learning_rate == 1e-3


def test_a_change_goes_over_the_file_and_is_named_where_it_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    name = ("optimization", "steps")

    changed = read_experiment(path, {name: parse_located("20", "--steps", numbered=False)})
    assert changed.optimization.steps == 20
    with pytest.raises(
        ConfigurationError, match=r"--steps: `optimization.steps` is a whole number"
    ):
        read_experiment(path, {name: parse_located("many", "--steps", numbered=False)})


def test_only_what_changes_the_weights_is_a_difference(tmp_path: Path) -> None:
    before = read_experiment(written(tmp_path, SMALL))
    same = dataclasses.replace(before, name="other", output=Path("elsewhere"))
    other = read_experiment(written(tmp_path, SMALL + "  batch_size: 3\n"))

    assert differences(before, same) == []
    assert differences(before, other) == ["optimization.batch_size: 16 before, 3 now"]


def with_options(tmp_path: Path, options: str) -> Experiment:
    text = SMALL.replace("{name: tiny}", f"{{name: tiny, options: {options}}}")
    return read_experiment(written(tmp_path, text))


def test_a_run_from_before_an_option_goes_on_with_the_value_that_leaves_it_out(
    tmp_path: Path,
) -> None:
    before, now = (with_options(tmp_path, each) for each in ("{queries: 30}",
                   "{queries: 30, num_denoising: 0}"))  # fmt: skip
    assert differences(before, now) == []
    for options in ("{queries: 30, num_denoising: 50}", "{queries: 31}", "{}"):
        [changed] = differences(before, with_options(tmp_path, options))
        assert changed.startswith("model.options: {'queries': 30} before")
    [changed] = differences(with_options(tmp_path, "{num_denoising: 50}"), now)
    assert changed.startswith("model.options: {'num_denoising': 50} before")


def test_former_names_of_a_model_s_options_are_taken(tmp_path: Path) -> None:
    experiment = with_options(tmp_path, "{denoising: 7, label_noise: 0.2, box_noise: 0.3}")
    assert experiment.model.options == {
        "num_denoising": 7, "label_noise_ratio": 0.2, "box_noise_scale": 0.3,
    }  # fmt: skip


def test_every_setting_says_what_it_is() -> None:
    settings = list(settings_of(Experiment))

    assert [setting.path for setting in settings if not setting.help] == []
    assert ("optimization", "batch_size") in [setting.path for setting in settings]


def test_former_names_of_settings_are_taken_in_files(tmp_path: Path) -> None:
    text = SMALL.replace("optimization:", "optimisation:") + "validation: {pictures: 3}\n"
    text = text.replace("- path: images", "- pictures: shots\n      path: images")
    experiment = read_experiment(written(tmp_path, text))
    assert experiment.optimization == read_experiment(written(tmp_path, SMALL)).optimization
    assert experiment.data.train[0].images == Path("shots")
    assert experiment.validation.images == 3
    value = parse_located("[{path: a, pictures: shots}]", "--data.train", numbered=False)
    given = read_experiment(written(tmp_path, SMALL), {("data", "train"): value})
    assert given.data.train[0].images == Path("shots")
    both = SMALL + "optimisation: {steps: 3}\n"
    with pytest.raises(ConfigurationError, match="`optimisation` is the former name of `optim"):
        read_experiment(written(tmp_path, both))
