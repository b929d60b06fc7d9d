"""What it takes to make a folder a version that answers: engine, limits, warm-up, batching."""

from dataclasses import dataclass
from pathlib import Path

from server.embedded.batching import BatchingModel, BatchSlots
from server.embedded.engines.engine import Engine, EngineSettings, LoadedModel
from server.embedded.engines.saved_model import read_saved_model
from server.embedded.image_batches import MAX_IMAGES, limit_images
from server.embedded.servable import Servable
from server.embedded.warmup import warm_up


@dataclass(frozen=True)
class VersionLoader:
    """Loads a version the way the flags say; a `Loader` for the manager.

    Attributes:
        engine: loads the SavedModel.
        warmup_iterations: how often each warm-up request is replayed; 0: not at all.
        batch_slots: places for batches; None for no batching.
        check_method_names: a warm-up request for a signature of another method fails.
        tags: of the MetaGraph.
        max_images: that a request may bring.
    """

    engine: Engine
    warmup_iterations: int = 1
    batch_slots: BatchSlots | None = None
    check_method_names: bool = False
    tags: frozenset[str] = EngineSettings.tags
    max_images: int = MAX_IMAGES

    def __call__(self, name: str, version: int, version_dir: Path) -> LoadedModel:
        """Load and warm up the SavedModel in `version_dir`.

        Raises:
            ModelLoadError: it cannot be served, or a warm-up request failed.
        """
        model = limit_images(
            self.engine.load(version_dir),
            lambda: read_saved_model(version_dir, self.tags).meta_graph,
            self.max_images,
        )
        if self.warmup_iterations:
            try:
                warm_up(
                    Servable(name, version, model),
                    version_dir,
                    self.warmup_iterations,
                    check_method_names=self.check_method_names,
                )
            except BaseException:
                model.close()
                raise
        return BatchingModel(model, self.batch_slots) if self.batch_slots else model
