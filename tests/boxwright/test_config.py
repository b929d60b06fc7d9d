from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.training.configuration.pipeline_config.pipelines import SSD


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, [*map(str, arguments)])


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    file = tmp_path / "pipeline.config"
    file.write_text(SSD)
    return file


def test_a_config_is_written_that_says_what_became_of_each_setting(pipeline: Path) -> None:
    answer = run("config", "import", pipeline)
    assert answer.exit_code == 0, answer.output
    written = pipeline.with_suffix(".yaml").read_text()
    line = "line 43   maps      train_config.batch_size: 24 -> optimization.batch_size 24\n"
    assert line in answer.output
    assert f"#   {line}" in written
    assert answer.output.endswith(f"Next: boxwright train {pipeline.with_suffix('.yaml')}\n")


def test_a_pipeline_trains_as_the_config_made_of_it(pipeline: Path) -> None:
    run("config", "import", pipeline)
    of_config = run("train", pipeline.with_suffix(".yaml"), "--print-config", "--name", "x")
    of_pipeline = run("train", pipeline, "--print-config", "--name", "x")
    assert of_config.exit_code == of_pipeline.exit_code == 0, of_pipeline.output
    assert of_pipeline.stdout == of_config.stdout
    assert "of its settings map" in of_pipeline.stderr


def test_a_file_is_not_written_over_unless_forced(pipeline: Path) -> None:
    written = pipeline.with_suffix(".yaml")
    written.write_text("mine")
    refused = run("config", "import", pipeline)
    assert refused.exit_code == 1
    assert refused.output == (
        f"Error: {written} exists: --output says another, --force writes over\n"
    )
    assert written.read_text() == "mine"
    assert run("config", "import", pipeline, "--force").exit_code == 0


def test_flags_go_over_a_pipeline(pipeline: Path) -> None:
    answer = run("train", pipeline, "--print-config", "--optimization.batch-size", "5")
    assert "batch_size: 5\n" in answer.stdout
