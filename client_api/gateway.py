"""The parts of the gateway, wired together once, which its resources are handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client_api.catalog.default_model import DefaultModel
from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersionCache
from client_api.catalog.stable_version import VersionLabels
from client_api.inference.detector_client import DetectorClient
from client_api.inference.keypoint_client import KeypointClient
from client_api.inference.readiness import Readiness
from client_api.limits.concurrency import ConcurrencyLimit
from client_api.limits.rate_limit import RateLimit
from client_api.model_facts.tracker import FactTracker
from client_api.observability.metrics import Metrics
from client_api.settings import Settings
from serving_protocol.model_server import ModelServer


@dataclass(frozen=True)
class Gateway:
    """What the resources work with; `app.create_app` makes it.

    Attributes:
        settings: as read at the start.
        model_server: answers predictions.
        served: what is known of its models.
        published: label maps and model cards.
        facts: what is known of models' answers.
        labels: which version is stable.
        default_model: which model `/predict` asks.
        asker: asks the model server about images.
        hand_pointer: asks it for the keypoints of what was found.
        admission: how many predictions run at once.
        quotas: how many predictions each caller may ask for; None where that is not limited.
        readiness: whether the default model answers.
        metrics: what operators watch.
    """

    settings: Settings
    model_server: ModelServer
    served: ServedVersionCache
    published: ModelCatalog
    facts: FactTracker
    labels: VersionLabels
    default_model: DefaultModel
    asker: DetectorClient
    hand_pointer: KeypointClient
    admission: ConcurrencyLimit
    quotas: RateLimit | None
    readiness: Readiness
    metrics: Metrics

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While a prediction runs; see `ConcurrencyLimit.prediction_slot`."""
        with self.admission.prediction_slot(), self.metrics.predictions_running.track_inprogress():
            yield
