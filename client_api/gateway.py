"""The parts of the gateway, wired together once, which its resources are handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client_api.catalog.default_model import DefaultModel
from client_api.catalog.published_models import PublishedModels
from client_api.catalog.served_models import ServedModels
from client_api.catalog.stable_version import PublishedLabels
from client_api.inference.detector_client import Asker
from client_api.inference.hand_keypoints import HandPointer
from client_api.inference.readiness import Readiness
from client_api.limits.concurrency import Admission
from client_api.limits.rate_limit import Quotas
from client_api.model_facts.facts import ModelFactsBook
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
    served: ServedModels
    published: PublishedModels
    facts: ModelFactsBook
    labels: PublishedLabels
    default_model: DefaultModel
    asker: Asker
    hand_pointer: HandPointer
    admission: Admission
    quotas: Quotas | None
    readiness: Readiness
    metrics: Metrics

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While a prediction runs; see `Admission.turn`."""
        with self.admission.turn(), self.metrics.predictions_running.track_inprogress():
            yield
