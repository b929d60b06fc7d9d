"""A program that publishes until it is killed; see test_kills.

python -m tests.model_repository.publishing.publisher SOURCE MODELS
"""

import itertools
import sys
from contextlib import suppress
from pathlib import Path

from model_repository.errors import NothingToRollBackTo
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import ModelsFolder
from model_repository.publishing.removal import remove_version
from model_repository.publishing.version_labels import rollback
from tests.model_repository.publishing.publishing import publish_one


def main(source: Path, models_dir: Path) -> None:
    """Publish with a label, roll back, publish without one, remove the oldest; again and again."""
    config = ModelsConfigWriter(ModelsFolder(models_dir))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    for _ in itertools.count():
        publish_one(config, source, label="stable")
        publish_one(config, source)
        # In the first round the label has pointed at one version only.
        with suppress(NothingToRollBackTo):
            rollback(config, "hands")
        remove_version(config, "hands", min(config.folder.versions("hands")), force=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
