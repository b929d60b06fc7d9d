"""Asking the model about the images of one request, whatever versions come and go meanwhile."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.errors import ModelIsNoDetector
from client_api.inference.box_order_probing import BoxOrderProber
from client_api.inference.deadline import Deadline
from client_api.inference.found import InferenceResult
from client_api.inference.string_forms import StringInputForms
from client_api.inference.traceback_release import release_traceback
from client_api.model_facts.tracker import FactTracker
from detection.detections import Detections
from detection.images import DecodedImage
from serving_protocol.belief_maps import BeliefMaps, belief_signature, decode_belief_maps
from serving_protocol.client_errors import ModelNotFound, PredictionRefused
from serving_protocol.detector_answer import NotADetection, detections_of, read_answer
from serving_protocol.detector_request import ImageBatch, image_batches
from serving_protocol.image_input import NotADetector
from serving_protocol.messages import PredictResponse
from serving_protocol.model_server import ModelChoice, ModelServer

# A version can be replaced between two looks at it; three in a row are no coincidence.
MAX_ATTEMPTS = 3


class _Outdated(Exception):
    """What was known of the version asked is not true any more; everything is asked again."""


class DetectorClient:
    """Asks a model server about images.

    Args:
        server: the one to ask.
        served: what is known of its models.
        facts: what is known of their answers.
        orders: finds out in which order their boxes come.
        max_pixels_together: images are decoded and sent in groups of at most so many pixels, so
            that a request's memory does not grow with the number of its images.
    """

    def __init__(
        self,
        server: ModelServer,
        served: ServedVersionCache,
        facts: FactTracker,
        orders: BoxOrderProber,
        max_pixels_together: int,
    ) -> None:
        self._server = server
        self._served = served
        self._facts = facts
        self._forms = StringInputForms(facts)
        self._orders = orders
        self._max_pixels_together = max_pixels_together

    def ask(
        self,
        choice: ModelChoice,
        images: Callable[[], Iterable[DecodedImage]],
        deadline: Deadline,
        check: Callable[[ServedVersion], None],
    ) -> InferenceResult:
        """Find what is in the images.

        Args:
            choice: the model.
            images: decodes them, one by one, each time that it is called.
            deadline: for all of it.
            check: raises where the request does not suit a version; called before it is asked.

        Raises:
            ModelServerError, NotADetector, NotADetection: as the port and the protocol.
            PredictionTimeout: the deadline passed.
        """
        for _ in range(MAX_ATTEMPTS):
            version = self._served.find(choice, deadline.remaining_s())
            version.as_detector()
            check(version)
            try:
                found = self._ask_version(choice, version, images(), deadline)
            except _Outdated as outdated:
                release_traceback(outdated)
                continue
            if found.version.version != version.version:
                check(found.version)
            return found
        raise _changed_too_often(choice)

    def find(self, choice: ModelChoice, deadline: Deadline) -> ServedVersion:
        """The version that would be asked, and what it can be asked.

        Raises:
            ModelServerError: as the port.
        """
        return self._served.find(choice, deadline.remaining_s())

    def belief_maps(
        self, choice: ModelChoice, images: Callable[[], Iterable[DecodedImage]], deadline: Deadline
    ) -> list[BeliefMaps]:
        """A model of keypoints' belief maps, (h, w, K) of each image, all of one version.

        Args:
            choice: the model.
            images: as for `ask`.
            deadline: for all of it.

        Raises:
            ModelServerError, NotADetection: as the port and the protocol.
            ModelIsNoDetector: it has none.
            PredictionTimeout: the deadline passed.
        """
        for _ in range(MAX_ATTEMPTS):
            version = self.find(choice, deadline)
            try:
                return self._belief_maps_of(version, images(), deadline)
            except ModelNotFound as error:
                self._served.forget(choice, is_gone=True)
                if choice.version is not None:
                    raise
                release_traceback(error)
        raise _changed_too_often(choice)

    def _belief_maps_of(
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
        for group in self._groups(deadline.not_counting(images)):
            found: dict[int, BeliefMaps] = {}
            for batch in image_batches(signature, group, model):
                answer = self._server.predict(batch.request, deadline.remaining_s())
                found.update(zip(batch.images, decode_belief_maps(answer, batch), strict=True))
            maps += [found[row] for row in range(len(group))]
        return maps

    def _ask_version(
        self,
        choice: ModelChoice,
        version: ServedVersion,
        images: Iterable[DecodedImage],
        deadline: Deadline,
    ) -> InferenceResult:
        detections: list[Detections] = []
        sizes_wh: list[tuple[int, int]] = []
        misfits: list[int] = []
        for group in self._groups(deadline.not_counting(images)):
            sizes_wh += [(each.width, each.height) for each in group]
            signature = self._forms.signature(version)
            resizes = self._facts.resizes_files(version)
            found: dict[int, Detections] = {}
            for made in image_batches(signature, group, choice, resizes=resizes):
                batch = self._forms.as_known(version, signature, made)
                first = not detections and not found
                if not first:
                    # What is left of the images goes to the version that answered the others.
                    batch.request.model_spec.version.value = version.version
                asked_at_s = time.monotonic()
                answer = self._predict(choice, version, batch, deadline, first=first)
                took_s = time.monotonic() - asked_at_s
                version = self._version_of(answer, choice, version, deadline)
                asked = [group[row] for row in batch.images]
                decoded, rows = self._decoded(
                    choice, version, answer, batch, asked, deadline, took_s
                )
                found.update(zip(batch.images, decoded, strict=True))
                misfits += [len(detections) + batch.images[row] for row in rows]
            detections += [found[row] for row in range(len(group))]
        warnings = self._facts.warnings_of_answers(version, sorted(misfits))
        return InferenceResult(version, detections, sizes_wh, tuple(warnings))

    def _groups(self, images: Iterable[DecodedImage]) -> Iterator[list[DecodedImage]]:
        group: list[DecodedImage] = []
        pixels = 0
        for image in images:
            pixels += image.width * image.height
            if group and pixels > self._max_pixels_together:
                yield group
                group, pixels = [], image.width * image.height
            group.append(image)
        if group:
            yield group

    def _predict(
        self,
        choice: ModelChoice,
        version: ServedVersion,
        batch: ImageBatch,
        deadline: Deadline,
        *,
        first: bool,
    ) -> PredictResponse:
        try:
            answer = self._server.predict(batch.request, deadline.remaining_s())
        except PredictionRefused as error:
            self._raise_if_outdated(choice, version, deadline)
            other = self._in_other_form(version, batch, deadline, error)
            if other is None:
                raise
            return other
        except ModelNotFound as error:
            self._served.forget(choice, is_gone=True)
            if not first and choice.version is None:
                raise _Outdated from error
            raise
        self._forms.note(version, answer)
        return answer

    def _in_other_form(
        self,
        version: ServedVersion,
        batch: ImageBatch,
        deadline: Deadline,
        error: PredictionRefused,
    ) -> PredictResponse | None:
        """What is answered to another form of strings; None where that is of no use either."""
        other = self._forms.other(version, batch, error)
        if other is None:
            return None
        form, changed = other
        try:
            answer = self._server.predict(changed.request, deadline.remaining_s())
        except PredictionRefused as refusal:
            release_traceback(refusal)
            self._forms.count_failure(version)
            return None
        self._forms.note(version, answer, form)
        return answer

    def _version_of(
        self,
        answer: PredictResponse,
        choice: ModelChoice,
        asked: ServedVersion,
        deadline: Deadline,
    ) -> ServedVersion:
        """The version that gave `answer`: the one that was asked, or one that replaced it."""
        number = answer.model_spec.version.value or asked.version
        if number == asked.version:
            return asked
        try:
            version = self._served.find(ModelChoice(choice.name, number), deadline.remaining_s())
        except ModelNotFound as error:
            self._served.forget(choice, is_gone=True)
            raise _Outdated from error
        self._served.note(choice, version)
        if version.detector != asked.detector:
            raise _Outdated
        return version

    def _decoded(
        self,
        choice: ModelChoice,
        version: ServedVersion,
        answer: PredictResponse,
        batch: ImageBatch,
        images: Sequence[DecodedImage],
        deadline: Deadline,
        took_s: float,
    ) -> tuple[list[Detections], list[int]]:
        try:
            rows = read_answer(answer, version.as_detector(), batch)
            self._facts.learn(version, rows)
            signature = self._forms.signature(version)
            self._orders.probe(version, signature, images, rows, deadline, took_s)
            facts = self._facts.of(version)
            decoded = [detections_of(each, facts) for each in rows]
            return decoded, self._facts.misfits(version, rows)
        except NotADetection:
            self._raise_if_outdated(choice, version, deadline)
            raise

    def _raise_if_outdated(
        self, choice: ModelChoice, version: ServedVersion, deadline: Deadline
    ) -> None:
        """Raise `_Outdated` where the server, restarted maybe, has another signature by now."""
        self._served.forget(ModelChoice(version.name, version.version))
        now = self._served.refresh(choice, deadline.remaining_s())
        if now.detector != version.detector:
            raise _Outdated


def _changed_too_often(choice: ModelChoice) -> NotADetection:
    return NotADetection(f"model {choice.name} changed {MAX_ATTEMPTS} times while it was asked")
