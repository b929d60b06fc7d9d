"""The command line beside files, and beside other distributions, that are called like our packages.

Every such file ends the program that imports it, and leaves its name in a folder.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from boxwright.__main__ import SUBCOMMANDS
from boxwright.__main__ import boxwright as group
from boxwright.own_packages import PACKAGES as LOOKED_FOR
from model_repository.publishing.models_folder import STAGED_VERSION
from tests.architecture.repository import PACKAGES
from tests.support import plain_http
from tests.support.annotated_folders import coco_box, coco_file, coco_image, images
from tests.support.model_servers import is_serving
from tests.support.programs import Program, environment_with
from tests.support.shared import REPOSITORY
from tests.support.small_graphs import affine, write_saved_model
from tests.support.tiny_detector import write_colored_boxes
from tests.support.waiting import free_port, wait_until
from tests.training.loop.experiments import write_settings

# Python itself looks for the module after `-m` in the current folder first.
STARTED = "boxwright"
ENTRY_POINT = """
import sys
from boxwright.__main__ import main
if __name__ == "__main__":
    sys.exit(main())
"""
# Every command's help in one process, which is started as the command line is.
HELP_OF_ALL = """
import contextlib, io, runpy, sys
for line in sys.stdin:
    sys.argv[1:] = [*line.split(), "--help"]
    shown = io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        runpy.run_module("boxwright", run_name="__main__")
    shown.flush()
    print(line.strip() if "usage" in shown.buffer.getvalue().decode().lower() else shown)
"""
# More than one process reads.
IMAGES = 300
WAYS = ("script", "module", "beside another distribution")


class Place:
    """A way to start the command line where others' modules have our packages' names."""

    def __init__(self, way: str, folder: Path) -> None:
        self.executed = folder / "executed"
        self.executed.mkdir()
        self.cwd = folder / "current"
        self.cwd.mkdir()
        self.variables: dict[str, str] = {}
        names = set(PACKAGES)
        if way == "beside another distribution":
            site_packages = folder / "site-packages"
            for name in names - {STARTED}:
                self._trap(site_packages / name / "__init__.py", name)
            self.variables["PYTHONPATH"] = str(site_packages)
        else:
            for name in names if way == "script" else names - {STARTED}:
                self._trap(self.cwd / f"{name}.py", name)
        self.is_script = way == "script"
        self.script = folder / "bin" / STARTED
        self.script.parent.mkdir()
        self.script.write_text(ENTRY_POINT)

    def _trap(self, path: Path, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = self.executed / name
        path.write_text(f"open({str(mark)!r}, 'w').close()\nraise SystemExit('not {name}')\n")

    def run(self, *words: object) -> str:
        """What a command prints that ends well."""
        start = [str(self.script)] if self.is_script else ["-m", STARTED]
        return self._printed([*start, *map(str, words)])

    def run_text(self, text: str, given: str) -> str:
        """What a program prints that is started likewise, and reads `given`."""
        if not self.is_script:
            return self._printed(["-c", text], given)
        other = self.script.with_name("other")
        other.write_text(text)
        return self._printed([str(other)], given)

    def _printed(self, words: list[str], given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=self.cwd, env=environment_with(self.variables),
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def program(self, *words: object, module: str = STARTED, **variables: str) -> Program:
        """A command that goes on; it is started by `-m` whatever the way."""
        safe = "1" if self.is_script else ""
        environment = {**self.variables, "PYTHONSAFEPATH": safe, **variables}
        log = self.cwd.parent / "log"
        return Program(module, list(map(str, words)), log, environment, cwd=self.cwd)


@pytest.fixture(params=WAYS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "place").mkdir()
    place = Place(request.param, tmp_path / "place")
    yield place
    assert sorted(each.name for each in place.executed.iterdir()) == []


def commands(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of every subcommand, at any depth."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None
            yield from commands(each, *words, name)
    else:
        yield words


def test_every_package_of_ours_is_looked_for() -> None:
    assert {*LOOKED_FOR, "benchmarks", "boxwright"} == set(PACKAGES)


def test_every_subcommand_shows_its_help(place: Place) -> None:
    helped = [" ".join(words) for words in commands(group)]
    assert {line.partition(" ")[0] for line in helped} == set(SUBCOMMANDS)
    assert place.run_text(HELP_OF_ALL, "\n".join(helped)).splitlines() == helped


def test_engines_are_chosen(place: Place, tmp_path: Path) -> None:
    write_saved_model(tmp_path / "models" / "m" / "1", affine())
    assert place.run("engines", tmp_path / "models") == "m version 1: OpenVINO\n"


def test_a_data_set_is_checked_by_several_processes(place: Place, tmp_path: Path) -> None:
    names = [f"{number}.jpg" for number in range(IMAGES)]
    images(tmp_path / "photos", *names)
    coco_file(
        tmp_path / "photos" / "annotations.json",
        [coco_image(number + 1, name) for number, name in enumerate(names)],
        [{**coco_box(number + 1), "id": number + 1} for number in range(IMAGES)],
    )
    assert f"{IMAGES} images" in place.run("dataset", "stats", tmp_path / "photos")


def test_a_version_is_asked_before_it_is_published(place: Place, tmp_path: Path) -> None:
    source = write_saved_model(tmp_path / STAGED_VERSION, affine())
    (tmp_path / "models").mkdir()
    said = place.run("models", "publish", source, "--name", "m", "--engine", "openvino",
                     "--models", tmp_path / "models")  # fmt: skip
    assert "m/1: serving_default: y for made-up x" in said


def test_the_model_server_serves(place: Place, tmp_path: Path) -> None:
    write_saved_model(tmp_path / "m" / "1", affine())
    port = free_port()
    flags = [f"--port={port}", "--model_name=m", f"--model_base_path={tmp_path / 'm'}"]
    with place.program("serve", *flags, "--enable_grpc_healthcheck_service") as server:
        wait_until(lambda: is_running(server) and is_serving(f"127.0.0.1:{port}"), "it serves")


def test_the_gateway_answers(place: Place) -> None:
    port = free_port()
    settings = {"MODEL_NAME": "m", "PORT": str(port), "GATEWAY_WORKERS": "1"}
    with place.program("gateway", **settings) as gateway:
        gateway.wait_for(f"http://127.0.0.1:{port}/healthz")


def test_model_server_and_gateway_answer_together(place: Place, tmp_path: Path) -> None:
    write_saved_model(tmp_path / "models" / "m" / "1", affine())
    port = free_port()
    words = ["--models", tmp_path / "models", "--port", port]
    with place.program("up", *words, GATEWAY_WORKERS="1") as up:
        up.wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_until(lambda: states(port) == {"m": ["AVAILABLE"]}, "the model is served")


def test_a_detector_is_trained(tmp_path: Path) -> None:
    place = Place("script", tmp_path)
    photos = write_colored_boxes(tmp_path / "photos")
    config = write_settings(tmp_path / "boxes.yaml", photos)
    words = ["train", config, "--output", tmp_path / "run", "--optimization.steps", 4]
    # The tiny detector is the tests' own.
    with place.program(
        *words, module="tests.support.tiny_training", PYTHONPATH=str(REPOSITORY)
    ) as training:
        assert training.process.wait(600) == 0, training.text()
    assert list(place.executed.iterdir()) == []


def states(port: int) -> dict[str, list[str]]:
    """The states of each model's versions, as the gateway tells them."""
    models = plain_http.get(f"http://127.0.0.1:{port}/models").json()["models"]
    return {each["name"]: [version["state"] for version in each["versions"]] for each in models}


def is_running(program: Program) -> bool:
    assert program.process.poll() is None, program.text()
    return True


def test_a_checkout_that_is_not_the_installed_one_starts_its_own_programs(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for package in set(PACKAGES) - {"benchmarks"}:
        shutil.copytree(REPOSITORY / package, checkout / package)
    marked = checkout / "server" / "embedded" / "command.py"
    marked.write_text(marked.read_text() + "\nprint('of the checkout', flush=True)\n")
    (tmp_path / "models").mkdir()
    port = free_port()
    words = ["up", "--models", str(tmp_path / "models"), "--port", str(port)]
    settings = {"GATEWAY_WORKERS": "1"}
    with Program(STARTED, words, tmp_path / "log", settings, cwd=checkout) as up:
        up.wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_until(lambda: "of the checkout" in up.text(), "the checkout's model server started")
