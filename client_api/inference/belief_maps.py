"""The client of the model server for belief maps: where a model thinks that keypoints are."""

from collections.abc import Iterable

from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.errors import ModelIsNoDetector
from client_api.inference.deadline import Deadline
from client_api.inference.detector_client import CHANGED_TOO_OFTEN, MAX_ATTEMPTS, group_images
from client_api.inference.error_mapping import translate_errors
from client_api.inference.traceback_release import release_traceback
from detection.images import DecodedImage
from serving_protocol.belief_maps import BeliefMaps, belief_signature, decode_belief_maps
from serving_protocol.client_errors import ModelNotFound
from serving_protocol.detector_answer import NotADetection
from serving_protocol.detector_request import image_batches
from serving_protocol.image_input import NotADetector
from serving_protocol.model_server import ModelChoice, ModelServer


class BeliefMapClient:
    """Asks a model server for belief maps.

    Args:
        server: the one to ask.
        versions: what each version of its models can be asked.
        max_pixels_together: as `DetectorClient`'s.
    """

    def __init__(
        self, server: ModelServer, versions: ServedVersionCache, max_pixels_together: int
    ) -> None:
        self._server = server
        self._versions = versions
        self._max_pixels_together = max_pixels_together

    def predict(
        self, choice: ModelChoice, images: Iterable[DecodedImage], deadline: Deadline
    ) -> list[BeliefMaps]:
        """A model of keypoints' belief maps, (h, w, K) of each image, all of one version.

        Args:
            choice: the model.
            images: decoded one by one, each time that they are gone through.
            deadline: for all of it.

        Raises:
            GatewayError: the model server, or its answer, was of no use, or the model has none.
        """
        with translate_errors(choice, self._server):
            for _ in range(MAX_ATTEMPTS):
                version = self._versions.find(choice, deadline.remaining_s())
                try:
                    return self._predict_with(version, images, deadline)
                except ModelNotFound as error:
                    self._versions.forget(choice, is_gone=True)
                    if choice.version is not None:
                        raise
                    release_traceback(error)
            raise NotADetection(CHANGED_TOO_OFTEN)

    def _predict_with(
        self, version: ServedVersion, images: Iterable[DecodedImage], deadline: Deadline
    ) -> list[BeliefMaps]:
        try:
            signature = belief_signature(version.signatures)
        except NotADetector as error:
            raise ModelIsNoDetector(
                f"model {version.name}, version {version.version}, has no belief maps; a model of "
                "keypoints has"
            ) from error
        model = ModelChoice(version.name, version.version)
        maps: list[BeliefMaps] = []
        for group in group_images(images, self._max_pixels_together, deadline):
            found: dict[int, BeliefMaps] = {}
            for batch in image_batches(signature, group, model):
                answer = self._server.predict(batch.request, deadline.remaining_s())
                found.update(zip(batch.images, decode_belief_maps(answer, batch), strict=True))
            maps += [found[row] for row in range(len(group))]
        return maps
