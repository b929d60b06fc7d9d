"""The client of the model server: a request's images in, detections out, whatever is reloaded."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.inference.box_order_probing import BoxOrderProber
from client_api.inference.deadline import Deadline
from client_api.inference.error_mapping import MODEL_ERRORS, translated
from client_api.inference.known_version import KnownVersion, KnownVersions
from client_api.inference.string_forms import StringInputForms
from client_api.inference.traceback_release import release_traceback
from client_api.model_facts.tracker import FactTracker
from detection.detections import Detections
from detection.images import DecodedImage
from serving_protocol.client_errors import ModelNotFound, PredictionRefused
from serving_protocol.detector_answer import NotADetection, detections_of, read_answer
from serving_protocol.detector_request import ImageBatch, image_batches
from serving_protocol.messages import PredictResponse
from serving_protocol.model_server import ModelChoice, ModelServer

# A version can be replaced between two looks at it; three in a row are no coincidence.
MAX_ATTEMPTS = 3
CHANGED_TOO_OFTEN = f"it was reloaded {MAX_ATTEMPTS} times during the request"


class _Outdated(Exception):
    """What was known of the version asked is not true any more; everything is asked again."""


@dataclass(frozen=True)
class InferenceResult:
    """What a model answers of the images of one request.

    Attributes:
        known: the version that answered, for every image the same.
        detections: of each image, in order.
        sizes_wh: width and height of each upright image.
        warnings: what in the answers does not fit what is known of the model.
    """

    known: KnownVersion
    detections: Sequence[Detections]
    sizes_wh: Sequence[tuple[int, int]]
    warnings: Sequence[str] = ()


class DetectorClient:
    """Asks a model server about images.

    Args:
        server: the one to ask.
        versions: what each version of its models can be asked.
        known: what is known of each.
        forms: of strings, where they are not known.
        facts: what is found out of their answers.
        prober: finds out in which order their boxes come.
        max_pixels_together: images are decoded and sent in groups of at most so many pixels, so
            that a request's memory does not grow with the number of its images.
    """

    def __init__(
        self,
        server: ModelServer,
        versions: ServedVersionCache,
        known: KnownVersions,
        forms: StringInputForms,
        facts: FactTracker,
        prober: BoxOrderProber,
        max_pixels_together: int,
    ) -> None:
        self._server = server
        self._versions = versions
        self._known = known
        self._forms = forms
        self._facts = facts
        self._prober = prober
        self._max_pixels_together = max_pixels_together

    def find(self, choice: ModelChoice, deadline: Deadline) -> KnownVersion:
        """The version that `choice` means, which is a detector, and what is known of it.

        Raises:
            GatewayError: there is none, or the model server does not say.
        """
        try:
            return self._known.find(choice, deadline.remaining_s())
        except MODEL_ERRORS as error:
            raise translated(error, choice, self._server) from error

    def predict(
        self,
        choice: ModelChoice,
        known: KnownVersion,
        images: Iterable[DecodedImage],
        deadline: Deadline,
        check: Callable[[KnownVersion], object] | None = None,
    ) -> InferenceResult:
        """Find what is in the images.

        Args:
            choice: the model.
            known: what it means, by `find`.
            images: decoded one by one, each time that they are gone through.
            deadline: for all of it.
            check: raises where the request does not suit a version; called for one that takes the
                place of the one that is known meanwhile.

        Raises:
            GatewayError: the model server, or its answer, was of no use.
        """
        try:
            for attempt in range(MAX_ATTEMPTS):
                if attempt:
                    known = self._known.find(choice, deadline.remaining_s())
                    if check is not None:
                        check(known)
                try:
                    result = self._predict_with(choice, known, images, deadline)
                except _Outdated as outdated:
                    release_traceback(outdated)
                    continue
                if check is not None and result.known.served.version != known.served.version:
                    check(result.known)
                return result
            raise NotADetection(CHANGED_TOO_OFTEN)
        except MODEL_ERRORS as error:
            raise translated(error, choice, self._server) from error

    def _predict_with(
        self,
        choice: ModelChoice,
        known: KnownVersion,
        images: Iterable[DecodedImage],
        deadline: Deadline,
    ) -> InferenceResult:
        detections: list[Detections] = []
        sizes_wh: list[tuple[int, int]] = []
        outside: list[int] = []
        for group in group_images(images, self._max_pixels_together, deadline):
            sizes_wh += [(each.width, each.height) for each in group]
            signature, resizes = known.signature, known.resizes_files
            found: dict[int, Detections] = {}
            for made in image_batches(signature, group, choice, resizes=resizes):
                batch = made
                if not known.is_settled:
                    batch = self._forms.as_known(known.served, signature, made)
                first = not detections and not found
                if not first:
                    # What is left of the images goes to the version that answered the others.
                    batch.request.model_spec.version.value = known.served.version
                sent_at_s = time.monotonic()
                answer = self._send(choice, known, batch, deadline, first=first)
                took_s = time.monotonic() - sent_at_s
                number = answer.model_spec.version.value or known.served.version
                if number != known.served.version:
                    known = self._replacement(number, choice, known, deadline)
                asked = [group[row] for row in batch.images]
                decoded, rows = self._decoded(choice, known, answer, batch, asked, deadline, took_s)
                found.update(zip(batch.images, decoded, strict=True))
                outside += [len(detections) + batch.images[row] for row in rows]
            detections += [found[row] for row in range(len(group))]
        warnings: list[str] = []
        if outside:
            warnings.append(self._facts.warning_of_boxes_outside(known.served, sorted(outside)))
        return InferenceResult(known, detections, sizes_wh, tuple(warnings))

    def _send(
        self,
        choice: ModelChoice,
        known: KnownVersion,
        batch: ImageBatch,
        deadline: Deadline,
        *,
        first: bool,
    ) -> PredictResponse:
        version = known.served
        try:
            answer = self._server.predict(batch.request, deadline.remaining_s())
        except PredictionRefused as error:
            self._raise_if_outdated(choice, version, deadline)
            other = self._in_other_form(version, batch, deadline, error)
            if other is None:
                raise
            return other
        except ModelNotFound as error:
            self._versions.forget(choice, is_gone=True)
            if not first and choice.version is None:
                raise _Outdated from error
            raise
        if not known.is_settled:
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

    def _replacement(
        self, number: int, choice: ModelChoice, asked: KnownVersion, deadline: Deadline
    ) -> KnownVersion:
        """The version of that number, which answered in place of the one that was asked."""
        try:
            version = self._versions.find(ModelChoice(choice.name, number), deadline.remaining_s())
        except ModelNotFound as error:
            self._versions.forget(choice, is_gone=True)
            raise _Outdated from error
        self._versions.note(choice, version)
        if version.detector != asked.served.detector:
            raise _Outdated
        return self._known.of(version)

    def _decoded(
        self,
        choice: ModelChoice,
        known: KnownVersion,
        answer: PredictResponse,
        batch: ImageBatch,
        images: Sequence[DecodedImage],
        deadline: Deadline,
        took_s: float,
    ) -> tuple[list[Detections], list[int]]:
        """The detections of each image, and the images whose boxes lie far outside of them."""
        version = known.served
        try:
            rows = read_answer(answer, known.signature, batch)
            if known.explains(rows):
                return [detections_of(each, known.facts) for each in rows], []
            self._facts.learn(version, rows)
            signature = self._forms.signature(version)
            self._prober.probe(version, signature, images, rows, deadline, took_s)
            facts = self._facts.of(version)
            decoded = [detections_of(each, facts) for each in rows]
            return decoded, self._facts.boxes_outside(version, rows)
        except NotADetection:
            self._raise_if_outdated(choice, version, deadline)
            raise

    def _raise_if_outdated(
        self, choice: ModelChoice, version: ServedVersion, deadline: Deadline
    ) -> None:
        """Raise `_Outdated` where the server, restarted maybe, has another signature by now."""
        self._versions.forget(ModelChoice(version.name, version.version))
        now = self._versions.refresh(choice, deadline.remaining_s())
        if now.detector != version.detector:
            raise _Outdated


def group_images(
    images: Iterable[DecodedImage], max_pixels: int, deadline: Deadline
) -> Iterator[list[DecodedImage]]:
    """The images in groups of at most so many pixels, at least one image in each.

    The deadline is put off by the time that decoding them takes.
    """
    iterator, group, pixels = iter(images), list[DecodedImage](), 0
    while True:
        with deadline.paused():
            image = next(iterator, None)
        if image is None:
            break
        count = image.pixels.width * image.pixels.height
        pixels += count
        if group and pixels > max_pixels:
            yield group
            group, pixels = [], count
        group.append(image)
    if group:
        yield group
