import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from click.testing import CliRunner

from boxwright.__main__ import SUBCOMMANDS, boxwright
from tests.support.shared import REPOSITORY

HEAVY = (
    "numpy", "PIL", "google.protobuf", "grpc", "openvino", "tensorflow", "keras", "flask", "httpx",
    "rich", "gunicorn", "werkzeug", "client_api", "server", "serving_protocol", "detection",
)  # fmt: skip
IMPORTED = """
import json, sys
from boxwright.__main__ import main

try:
    main(sys.argv[1:])
except SystemExit as done:
    code = done.code
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("arguments", [["--help"], [], ["nonsense"]])
def test_only_a_called_subcommand_imports_what_it_needs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert [each for each in modules if each in HEAVY] == []
    assert code == (0 if arguments == ["--help"] else 2)


def test_help_shows_a_row_for_every_subcommand() -> None:
    shown = CliRunner().invoke(boxwright, ["--help"]).output
    for name, (_, line) in SUBCOMMANDS.items():
        assert f"  {name} " in shown
        assert line in shown


@pytest.mark.parametrize("name", ["up", "gateway", "predict", "engines"])
def test_every_subcommand_has_help(name: str) -> None:
    shown = CliRunner().invoke(boxwright, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"{name} [OPTIONS]" in shown.output


def test_the_version_is_the_installed_packages() -> None:
    try:
        installed = version("boxwright")
    except PackageNotFoundError:
        pytest.skip("boxwright is not installed here (make test installs it)")
    assert (
        CliRunner().invoke(boxwright, ["--version"]).output == f"boxwright, version {installed}\n"
    )


def test_an_unknown_subcommand_is_named() -> None:
    answer = CliRunner().invoke(boxwright, ["serv"])
    assert answer.exit_code == 2
    assert "No such command 'serv'" in answer.output


def test_a_missing_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in sys.modules is Python's own way to say that a package cannot be imported.
    for module in ("boxwright.predict.command", "boxwright.predict.gateway_client"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    answer = CliRunner().invoke(boxwright, ["predict", "x.jpg"])
    assert answer.exit_code == 1
    assert "needs the package 'httpx', which is not installed" in answer.output


def test_engines_of_an_empty_folder_need_nothing(tmp_path: Path) -> None:
    answer = CliRunner().invoke(boxwright, ["engines", str(tmp_path), "--check"])
    assert (answer.exit_code, answer.output) == (0, "")


def test_engines_say_of_a_broken_model_that_none_can_load_it(tmp_path: Path) -> None:
    (tmp_path / "hands" / "1").mkdir(parents=True)
    answer = CliRunner().invoke(boxwright, ["engines", str(tmp_path)])
    assert answer.exit_code == 0
    assert answer.output.startswith("hands version 1: none. Could not find SavedModel")
    checked = CliRunner().invoke(boxwright, ["engines", str(tmp_path), "--check"])
    assert (checked.exit_code, checked.output) == (0, "")


def test_engines_of_a_folder_that_is_not_there_name_it(tmp_path: Path) -> None:
    answer = CliRunner().invoke(boxwright, ["engines", str(tmp_path / "mistyped")])
    assert answer.exit_code == 2
    assert "mistyped" in answer.output
