"""The port `Canary`, and the canary that is a model server of its own, for one version."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from model_repository.canary.checks import (
    QuestionFailed,
    ask_known_image,
    ask_signatures,
)
from model_repository.canary.known_image import BadCanary, read_known_image
from model_repository.card import MODEL_CARD_NAME, BadModelCard, read_model_card
from model_repository.errors import CanaryFailed
from model_repository.model_folder import WARMUP_FILE
from serving_protocol.client import GrpcModelServer
from serving_protocol.client_errors import ModelServerUnavailable
from serving_protocol.model_facts import (
    MODEL_FACTS_NAME,
    BadModelFacts,
    ModelFacts,
    facts_in,
)
from serving_protocol.model_server import ModelChoice, ServedSignatures

MODEL = ModelChoice("canary")
POLL_S = 0.05


class Canary(Protocol):
    """Loads a version and asks it once, before anybody else can."""

    def __call__(self, version_dir: Path) -> str:
        """What it answered, in a line.

        Args:
            version_dir: a folder named by a number, alone in its folder.

        Raises:
            CanaryFailed: it does not load, or does not answer.
        """


class ModelServerCanary:
    """Serves the version with a program of its own, which ends when this one does.

    The server replays the version's warm-up requests; then each of its signatures is asked once,
    and about the image in the version's `canary/` folder, if it has one, of which the answer is
    known.

    Args:
        command: starts a server with `tensorflow_model_server`'s flags.
        timeout_s: for loading and answering.
    """

    def __init__(self, command: Sequence[str], timeout_s: float = 300.0) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s

    def __call__(self, version_dir: Path) -> str:
        """See `Canary`."""
        deadline_s = time.monotonic() + self._timeout_s
        try:
            known = read_known_image(version_dir)
        except BadCanary as error:
            raise CanaryFailed(str(error)) from error
        facts = declared_facts(version_dir)
        with self.serving(version_dir) as (server, served):
            was_warmed = (version_dir / WARMUP_FILE).is_file()
            left_s = max(1.0, deadline_s - time.monotonic())
            try:
                told = ask_signatures(
                    server, MODEL, served.signatures, timeout_s=left_s, was_warmed=was_warmed,
                    facts=facts,
                )  # fmt: skip
                if known is not None:
                    told += f"; {ask_known_image(server, MODEL, served, known, left_s, facts)}"
            except QuestionFailed as error:
                raise CanaryFailed(f"the version loads, but {error}") from error
        return told

    @contextmanager
    def serving(self, version_dir: Path) -> Iterator[tuple[GrpcModelServer, ServedSignatures]]:
        """A server that has the version loaded, as `MODEL`, and what it serves.

        Raises:
            CanaryFailed: it does not load.
        """
        deadline_s = time.monotonic() + self._timeout_s
        # A socket's path has a hundred bytes at most, which a models folder may need alone.
        with tempfile.TemporaryDirectory(prefix="boxwright-canary-") as folder:
            log, socket_path = Path(folder) / "log", Path(folder) / "socket"
            with (
                self._running(version_dir, log, socket_path) as process,
                closing(GrpcModelServer([f"unix:{socket_path}"])) as server,
            ):
                yield server, self._wait(server, process, log, socket_path, deadline_s)

    @contextmanager
    def _running(
        self, version_dir: Path, log: Path, socket_path: Path
    ) -> Iterator["subprocess.Popen[bytes]"]:
        flags = [
            "--port=0",
            f"--grpc_socket_path={socket_path}",
            f"--model_name={MODEL.name}",
            f"--model_base_path={version_dir.parent.resolve()}",
            "--file_system_poll_wait_seconds=0",
            "--max_num_load_retries=0",
        ]
        launcher = [sys.executable, "-P", "-m", "model_repository.canary.parent_watchdog"]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # the caller's program, without a shell
                [*launcher, *self._command, *flags],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            # The end of its input is the launcher's sign to end the server.
            process.communicate()

    def _wait(
        self,
        server: GrpcModelServer,
        process: "subprocess.Popen[bytes]",
        log: Path,
        socket_path: Path,
        deadline_s: float,
    ) -> ServedSignatures:
        """Until the version is loaded, which is when the server's socket answers."""
        while (left_s := deadline_s - time.monotonic()) > 0:
            if process.poll() is not None:
                raise CanaryFailed(f"the version does not load: {_last_line(log)}")
            if socket_path.exists():
                try:
                    return server.signatures(MODEL, left_s)
                except ModelServerUnavailable:
                    pass
            time.sleep(POLL_S)
        raise CanaryFailed(
            f"the version was not loaded within {self._timeout_s:g} s: {_last_line(log)}"
        )


def declared_facts(version_dir: Path) -> ModelFacts:
    """What a version's folder says of its answers, in its own file and in its card.

    Raises:
        CanaryFailed: one of them says what cannot be.
    """
    try:
        facts = facts_in(version_dir)
    except (BadModelFacts, OSError) as error:
        raise CanaryFailed(f"{MODEL_FACTS_NAME}: {error}") from error
    try:
        card = read_model_card(version_dir)
        return facts if card is None else facts.over(card.model_facts)
    except BadModelFacts as error:
        raise CanaryFailed(f"{MODEL_CARD_NAME}: {error}") from error
    except BadModelCard:
        # As if it were not there, for everyone who reads it.
        return facts


def _last_line(log: Path) -> str:
    """Of what the server has printed: why it left."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")
