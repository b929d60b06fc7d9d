import numpy as np
import pytest

from tests.training.pretrained.detectors import new_detector
from training.models.detector import Detector


@pytest.fixture(scope="session")
def trained() -> Detector:
    """A detector of two classes whose weights are nobody's defaults."""
    return new_detector(class_count=2, seed=7)


@pytest.fixture
def images() -> np.ndarray:
    generator = np.random.default_rng(5)
    coarse = generator.uniform(0, 255, (6, 8, 12, 3))
    return coarse.repeat(8, axis=1).repeat(8, axis=2).astype(np.float32)
