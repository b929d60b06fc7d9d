"""Projects of docker-compose, under a name of their own and always taken down."""

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.shared import REPOSITORY
from tests.support.waiting import wait_until

BUILD_TIMEOUT_S = 900.0
COMMAND_TIMEOUT_S = 180.0
# The words to start Compose with, for instance "docker compose"; else the first that is there.
COMPOSE_VARIABLE = "BOXWRIGHT_COMPOSE"


def docker(*arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
    """What `docker` prints; fails with what it says."""
    return run(["docker", *arguments], timeout_s=timeout_s)


def run(
    command: Sequence[str], *, timeout_s: float, environment: Mapping[str, str] | None = None
) -> str:
    """What a command prints to stdout; fails with stdout and stderr where it does not succeed."""
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, (
        f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    )
    return done.stdout


def compose_command() -> list[str]:
    """How Compose is started here; skips the test where there is no engine, or no Compose."""
    if shutil.which("docker") is None:
        pytest.skip("needs Docker, and there is no `docker` on the PATH")
    info = subprocess.run(
        ["docker", "info", "--format", "{{.ServerVersion}}"],
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if info.returncode != 0 or not info.stdout.strip():
        pytest.skip(f"needs a Docker engine, and `docker info` says: {info.stderr.strip()}")
    if chosen := os.environ.get(COMPOSE_VARIABLE):
        return chosen.split()
    if shutil.which("docker-compose") is not None:
        return ["docker-compose"]
    plugin = subprocess.run(
        ["docker", "compose", "version"],
        capture_output=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if plugin.returncode == 0:
        return ["docker", "compose"]
    pytest.skip("needs docker-compose or `docker compose`, and neither is there")


def _environment_without_settings() -> dict[str, str]:
    """This process's environment, less what docker-compose.yaml or Compose would take from it."""
    text = (REPOSITORY / "docker-compose.yaml").read_text()
    settings = {*re.findall(r"\$\{(\w+)", text), *re.findall(r"^ +([A-Z_]+):$", text, re.MULTILINE)}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in settings and not name.startswith("COMPOSE_")
    }


class ComposeProject:
    """The repository's docker-compose.yaml as a project that nobody else uses.

    Args:
        command: starts Compose.
        variables: what an operator sets; the caller's own settings are kept out.
        profile: for `--profile`; none leaves it to `.env`.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], profile: str | None = None
    ) -> None:
        self.name = f"boxwright-test-{uuid.uuid4().hex[:8]}"
        self._environment = {
            **_environment_without_settings(),
            "COMPOSE_PROJECT_NAME": self.name,
            **variables,
        }
        self._command = [*command, *(("--profile", profile) if profile else ())]

    def __call__(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
        """Run a subcommand; what it prints."""
        return run([*self._command, *arguments], timeout_s=timeout_s, environment=self._environment)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of the project's containers, by service, stopped ones too."""
        ids = self._labelled("ps", "--all").split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def left_over(self) -> str:
        """The ids of the containers, networks and volumes that carry the project's label."""
        return " ".join(
            (
                self._labelled("ps", "--all"),
                self._labelled("network", "ls"),
                self._labelled("volume", "ls"),
            )
        ).strip()

    def wait_until_healthy(self, timeout_s: float = 60) -> None:
        """Until every container's health check has succeeded."""

        def healthy() -> bool:
            states = [each["State"]["Health"]["Status"] for each in self.containers().values()]
            return set(states) == {"healthy"}

        wait_until(healthy, f"all containers of {self.name} are healthy", timeout_s)

    def _labelled(self, *words: str) -> str:
        label = f"label=com.docker.compose.project={self.name}"
        return docker(*words, "--quiet", "--filter", label).strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self("down", "--volumes", "--remove-orphans")
