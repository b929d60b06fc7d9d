"""What the README says is so."""

import re
import shlex

import click
import pytest

from boxwright.__main__ import SUBCOMMANDS, boxwright
from client_api import errors as errors_module
from client_api import settings as settings_module
from client_api.setting_values import Environment
from client_api.settings import Settings
from tests.support.shared import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def test_every_make_command_is_a_target() -> None:
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"up", "test", "check"} <= named
    assert named <= targets


def test_the_words_of_the_project_are_phony_targets() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert {"up", "test", "check", "down"} <= set(phony.group(1).split())


def test_every_variable_given_to_make_is_one_of_its_own() -> None:
    given = re.findall(r"make [\w-]+((?: [A-Z]+=\S+)+)", README)
    names = {name for each in given for name in re.findall(r"([A-Z]+)=", each)}
    assert {"MODELS", "MODEL", "PORT"} <= names
    for name in names:
        assert re.search(rf"^{name} \?=|\$\({name}\)", MAKEFILE, re.MULTILINE), name


def shown_commands() -> list[list[str]]:
    """The words after each `boxwright`, with continued lines put together."""
    text = README.replace("\\\n", " ")
    lines = re.findall(r"^ {4}(?:\S*/)?boxwright (.*)$", text, re.MULTILINE)
    lines += re.findall(r"`boxwright ([^`]*)`", text)
    return [shlex.split(line, comments=True) for line in lines]


def test_every_command_of_the_command_line_is_one() -> None:
    commands = shown_commands()
    assert {"predict", "serve"} <= {words[0] for words in commands}
    for name, *words in commands:
        assert name in SUBCOMMANDS
        if name == "serve":
            continue
        command = boxwright.get_command(click.Context(boxwright), name)
        if isinstance(command, click.Group) and words:
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None
        options = {option for each in command.params for option in each.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def settings_rows() -> dict[str, str]:
    """name -> default, of the README's table; a row may be about several names."""
    table = README.split("## Settings")[1].split("\n## ")[0]
    rows: dict[str, str] = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`([A-Z][A-Z_]+)`", cells[0])
        if not names:
            continue
        defaults = [each.strip() for each in cells[1].split(",")]
        for row, name in enumerate(names):
            rows[name] = defaults[min(row, len(defaults) - 1)].strip("`")
        # What is accepted too is named in the explanation.
        rows.update(dict.fromkeys(re.findall(r"`(TF_[A-Z_]+)`", cells[2]), ""))
    return rows


def test_the_settings_table_is_what_the_gateway_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    class Recording(Environment):
        def text(self, name: str) -> str | None:
            asked.add(name)
            return super().text(name)

    monkeypatch.setattr(settings_module, "Environment", Recording)
    Settings.from_environment({"MODEL_NAME": "hands"})
    assert set(settings_rows()) == asked


def test_settings_are_options_of_boxwright_up_too_where_it_has_such() -> None:
    command = boxwright.get_command(click.Context(boxwright), "up")
    assert command is not None
    taken = {each.envvar: each.opts for each in command.params if each.envvar}
    assert taken == {
        "HOST": ["--host"],
        "PORT": ["--port"],
        "MODEL_NAME": ["--model"],
        "MODELS_DIR": ["--models"],
    }
    assert settings_rows().keys() >= taken.keys()


def test_the_settings_table_has_the_gateways_defaults() -> None:
    defaults = Settings.from_environment({"MODEL_NAME": "hands"})
    shown = settings_rows()
    assert {
        "HOST": defaults.host,
        "PORT": str(defaults.port),
        "SERVING_ADDRESS": ",".join(defaults.serving_addresses),
        "PREDICT_TIMEOUT_S": f"{defaults.predict_timeout_s:g}",
        "MAX_REQUEST_BYTES": str(defaults.max_request_bytes),
        "MAX_UPLOAD_MEMORY_BYTES": str(Settings.max_upload_memory_bytes),
        "MAX_IMAGE_PIXELS": str(defaults.max_image_pixels),
        "MAX_IMAGES_PER_REQUEST": str(defaults.max_images_per_request),
        "LOG_LEVEL": defaults.log_level,
        "LOG_FORMAT": defaults.log_format,
    }.items() <= shown.items()
    assert (defaults.models_dir, defaults.api_key) == (None, None)
    assert (shown["MODELS_DIR"], shown["API_KEY"]) == ("none", "none")


def test_every_status_that_a_request_can_get_is_explained() -> None:
    table = README.split("| status | when |")[1].split("\n\n")[0]
    explained = set(
        re.findall(r"\b\d{3}\b", " ".join(re.findall(r"^\| ([\d, ]+) \|", table, re.M)))
    )
    errors = [each for each in vars(errors_module).values() if isinstance(each, type)]
    raised = {str(each.status) for each in errors if hasattr(each, "status")}
    assert len(raised) > 8
    assert raised - explained == set()


def test_every_image_and_link_in_the_repository_is_there() -> None:
    targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", README)
    assert targets
    assert [each for each in targets if not (REPOSITORY / each).exists()] == []


def test_every_folder_of_the_tree_is_there() -> None:
    tree = README.split("## The repository")[1].split("\n## ")[0]
    folders = re.findall(r"^ {4}([\w/]+/) ", tree, re.MULTILINE)
    assert len(folders) > 4
    assert [each for each in folders if not (REPOSITORY / each).is_dir()] == []
