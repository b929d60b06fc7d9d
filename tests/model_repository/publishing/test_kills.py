"""Publishers killed at any moment leave whole versions, and a config that servers read."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

from model_repository.model_folder import version_dirs
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import STAGING_PREFIX
from model_repository.publishing.version_labels import labels_of, rollback
from tests.model_repository.publishing.publishing import publish_one
from tests.support.shared import REPOSITORY

KILLS = int(os.environ.get("BOXWRIGHT_KILLS", "12"))
# A round of the publisher, which publishes twice, takes about so long.
PUBLISHER = "tests.model_repository.publishing.publisher"
ROUND_S = 0.6


def test_killed_publishers_leave_whole_versions_only(
    config: ModelsConfigWriter, source: Path
) -> None:
    for number in range(12):
        (source / "variables" / f"part-{number}").write_bytes(os.urandom(20_000))
    whole = files_of(source)
    model_dir = config.folder.path / "hands"
    moments = random.Random(1)
    caught = seen = 0
    for _ in range(KILLS):
        kill_a_publisher(source, config.folder.path, moments.uniform(0, ROUND_S))
        versions = version_dirs(model_dir)
        seen = max(seen, max(versions, default=0))
        assert all(files_of(path) == whole for path in versions.values())
        # Either there is none, or it parses and its label is a version's.
        assert set(labels_of(config, "hands").values()) <= versions.keys()
        caught += bool(list(model_dir.glob(f"{STAGING_PREFIX}*")))
    assert caught > KILLS / 4, "too few were killed in the middle of it"
    before, newest = (publish_one(config, source, label="stable").version for _ in range(2))
    assert newest > before > seen
    assert rollback(config, "hands").after == before
    assert list(model_dir.glob(f"{STAGING_PREFIX}*")) == []


def kill_a_publisher(source: Path, models_dir: Path, after_s: float) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            PUBLISHER,
            str(source),
            str(models_dir),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begins\n"
    # The moment is what is tested, so it is drawn and not waited for.
    threading.Event().wait(after_s)
    process.kill()
    _, errors = process.communicate()
    assert process.returncode == -9, errors.decode()


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
