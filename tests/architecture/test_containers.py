"""What docker-compose.yaml, the Dockerfiles and the workflow promise, read without Docker."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shared import REPOSITORY

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
MODEL_SERVERS = {"tf-serving": "tf-serving", "tf-serving-gpu": "gpu", "embedded": "embedded"}
WORKFLOW = (REPOSITORY / ".github" / "workflows" / "ci.yaml").read_text()

DOCKERFILES = {
    "gateway": REPOSITORY / "client_api" / "Dockerfile",
    "embedded": REPOSITORY / "server" / "embedded" / "Dockerfile",
}
# What a gateway in a container does not take from the operator's environment, and why.
NOT_PASSED_ON = {
    "API_KEY_FILE": "a path outside the container",
    "TF_SERVER_NAME": "SERVING_ADDRESS says it",
    "TF_SERVER_PORT": "SERVING_ADDRESS says it",
}


def variables_and_defaults(text: str) -> dict[str, set[str]]:
    """What `${NAME:-default}` says in `text`."""
    found: dict[str, set[str]] = {}
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        found.setdefault(name, set()).add(default)
    return found


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """A Dockerfile's instructions with their arguments, continuation lines joined."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for word, _, rest in (x.partition(" ") for x in lines) if word]


def test_every_model_server_has_a_profile_and_dot_env_names_one() -> None:
    profiles = {name: each["profiles"] for name, each in SERVICES.items() if "profiles" in each}
    assert profiles == {name: [profile] for name, profile in MODEL_SERVERS.items()}
    assert "COMPOSE_PROFILES=tf-serving\n" in (REPOSITORY / ".env").read_text()


def test_images_have_versions_and_the_gpus_is_the_same() -> None:
    images = {name: each["image"] for name, each in SERVICES.items()}
    defaults = variables_and_defaults(json.dumps(COMPOSE))
    assert defaults["TF_SERVING_VERSION"] == {"2.20.0"}
    assert len(defaults["BOXWRIGHT_VERSION"]) == 1
    assert images["tf-serving-gpu"] == images["tf-serving"] + "-gpu"
    assert not [image for image in images.values() if "latest" in image or ":" not in image]


def test_our_images_carry_the_projects_version() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text()
    version = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    assert variables_and_defaults(json.dumps(COMPOSE))["BOXWRIGHT_VERSION"] == set(version)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_confined(service: str) -> None:
    settings = SERVICES[service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert int(settings["user"].partition(":")[0]) > 0
    assert settings["mem_limit"]
    assert settings["pids_limit"]
    assert all(
        volume["read_only"] if isinstance(volume, dict) else volume.endswith(":ro")
        for volume in settings["volumes"]
    )
    assert not settings.keys() & {"privileged", "cap_add", "network_mode", "pid", "ipc"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_watched_restarted_and_stopped_in_order(service: str) -> None:
    settings = SERVICES[service]
    assert settings["healthcheck"]["test"][0] == "CMD"
    assert settings["restart"] == "unless-stopped"
    assert settings["init"] is True
    assert settings["stop_grace_period"]
    assert settings["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_only_the_gateway_is_published_and_by_default_to_this_machine() -> None:
    assert {name: each["ports"] for name, each in SERVICES.items() if "ports" in each} == {
        "gateway": ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-5000}:5000"]
    }
    assert COMPOSE["networks"]["serving"] == {"internal": True}
    assert all(list(SERVICES[name]["networks"]) == ["serving"] for name in MODEL_SERVERS)


def test_whichever_model_server_runs_is_where_the_gateway_looks() -> None:
    address = SERVICES["gateway"]["environment"]["SERVING_ADDRESS"]
    for name in MODEL_SERVERS:
        assert SERVICES[name]["networks"]["serving"]["aliases"] == [address.partition(":")[0]]


def test_the_gateway_starts_without_waiting_for_a_model() -> None:
    assert "depends_on" not in SERVICES["gateway"]


def test_the_gateway_gets_every_setting_that_the_readme_lists() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    section = readme.partition("\n## Settings\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)
    listed = {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}
    assert {"PORT", "MODEL_NAME", "API_KEY", "LOG_FORMAT"} <= listed
    assert listed - NOT_PASSED_ON.keys() <= SERVICES["gateway"]["environment"].keys()


def test_the_gpus_memory_is_not_taken_whole() -> None:
    gpu = SERVICES["tf-serving-gpu"]
    assert gpu["environment"]["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    devices = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile_ends_with_a_program_that_is_not_root(name: str) -> None:
    found = instructions(DOCKERFILES[name])
    last = dict(found)
    assert int(last["USER"].partition(":")[0]) > 0
    assert isinstance(json.loads(last["ENTRYPOINT"]), list)
    assert last["HEALTHCHECK"].rpartition("CMD ")[2].startswith("[")
    assert next(rest for word, rest in found if word == "ARG") == "PYTHON_IMAGE=python:3.11-slim"


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile_installs_locked_packages_before_it_copies_code(name: str) -> None:
    found = instructions(DOCKERFILES[name])
    install = next(i for i, (_, rest) in enumerate(found) if "pip" in rest)
    assert "--require-hashes" in found[install][1]
    copied = [rest for word, rest in found[:install] if word == "COPY"]
    assert all(part.startswith("requirements/") for rest in copied for part in rest.split()[:-1])


def test_the_workflow_pins_what_it_runs() -> None:
    uses = re.findall(r"uses: (\S+)", WORKFLOW)
    assert uses
    assert [each for each in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)] == []
    runners = set(re.findall(r"runs-on: (\S+)", WORKFLOW))
    assert runners == {"ubuntu-24.04"}
