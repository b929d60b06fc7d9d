"""What a request and a version of a model make of each other, before its images are decoded."""

from client_api.inference.known_version import KnownVersion
from client_api.prediction.request_labels import check_labels
from client_api.prediction.requested_prediction import PredictionJob
from client_api.requests.lazy_images import LazyImages


def suit_version(job: PredictionJob, images: LazyImages, known: KnownVersion) -> None:
    """Refuse what does not suit a version, and decode no more for it than is looked at.

    Raises:
        GatewayError: as `check_labels`.
    """
    sent, classes = job.payload.label_map, job.parameters.classes
    if sent is not None or classes is not None:
        check_labels(known, sent=sent, classes=classes)
    images.reduce_large(None if job.shows_pixels else known.signature.reduced_side_px)
