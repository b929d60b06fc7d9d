"""What the command line says where `make up` alone has been run: help always, and what to install.

The packages that requirements/up.txt does not list cannot be imported by a process of its own.
"""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from boxwright.absent_packages import how_to_install
from tests.support.shared import REPOSITORY

REQUIREMENTS = REPOSITORY / "requirements"
RUN = """
import json, sys
packages, calls = json.load(sys.stdin)
packages = set(packages)

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
from click.testing import CliRunner
from boxwright.__main__ import boxwright

answers = []
for call in calls:
    answer = CliRunner().invoke(boxwright, call)
    answers.append([answer.exit_code, answer.output, repr(answer.exception)])
json.dump(answers, sys.stdout)
"""


def locked(file: str) -> set[str]:
    """The distributions of a lock file, as their names are compared."""
    text = (REQUIREMENTS / file).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def absent_after_make_up() -> list[str]:
    """Top-level packages that are installed here, and are of other extras."""
    there = locked("up.txt") | {"boxwright", "pip", "setuptools"}
    return [
        package
        for package, distributions in metadata.packages_distributions().items()
        if there.isdisjoint(re.sub(r"[-_.]+", "-", name).lower() for name in distributions)
    ]


def run(calls: list[list[str]]) -> list[tuple[int, str, str]]:
    """What each call answers in one process that has what `make up` installs."""
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([absent_after_make_up(), calls]),
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers = json.loads(done.stdout)
    return [(code, output, exception) for code, output, exception in answers]


def every_command(
    group: click.Group = boxwright, path: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += every_command(command, (*path, name))
    return found


def test_every_help_is_the_same_without_the_extras() -> None:
    commands = every_command()
    assert {("train",), ("dataset", "check"), ("models", "import")} <= set(commands)
    calls = [[*command, "--help"] for command in commands]
    for call, (code, output, exception) in zip(calls, run(calls), strict=True):
        with_all = CliRunner().invoke(boxwright, call)
        assert code == 0, (call, output, exception)
        assert output == with_all.output


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    folder = tmp_path_factory.mktemp("folder")
    file = folder / "file.yaml"
    file.write_text("{}")
    output = str(folder / "output")
    calls = {
        "train": ["train", str(file)],
        "average": ["average", str(folder), "--output", output],
        "export": ["export", str(folder), "--name", "hands"],
        "evaluate": ["evaluate", str(folder)],
        "dataset check": ["dataset", "check", str(folder)],
        "dataset synthesize": ["dataset", "synthesize", output],
        "models import": ["models", "import", str(folder), "--name", "x", "--models", str(folder)],
        # --help is the value of an option here.
        "dataset split": ["dataset", "split", str(folder), output, "--classes", "--help"],
    }
    return dict(zip(calls, run(list(calls.values())), strict=True))


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("train", "train"),
        ("average", "train"),
        ("export", "train"),
        ("evaluate", "train"),
        ("dataset check", "training"),
        ("dataset split", "training"),
        ("dataset synthesize", "training"),
        ("models import", "training"),
    ],
)
def test_a_command_that_needs_more_names_what_to_install(
    refusals: dict[str, tuple[int, str, str]], command: str, extra: str
) -> None:
    code, output, exception = refusals[command]
    assert (code, exception) == (1, "SystemExit(1)"), output
    said = re.fullmatch(
        rf"Error: 'boxwright {command}' needs the package '([a-z_.]+)', which is not installed: "
        rf"(\S*python\S* -m pip install -r requirements/{extra}\.txt)\n",
        output,
    )
    assert said is not None, output
    # And the file that it names has the package.
    distributions = metadata.packages_distributions()[said[1].partition(".")[0]]
    assert locked(f"{extra}.txt") & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions}


def test_outside_of_a_checkout_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("boxwright.absent_packages._REQUIREMENTS", tmp_path)
    assert how_to_install("train").endswith("-m pip install 'boxwright[train]'")


def test_a_module_of_ours_that_is_missing_is_no_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("boxwright.predict.command", "boxwright.predict.gateway_client"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "boxwright.predict.gateway_client", None)
    answer = CliRunner().invoke(boxwright, ["predict", "--help"])
    assert isinstance(answer.exception, ModuleNotFoundError)
