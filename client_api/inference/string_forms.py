"""Whether a model takes strings as files, `tf.Example`s or base64, where no name in it says so.

Model Garden calls the input `inputs` whatever it takes. The form that the names suggest is asked
first; where the model cannot decode it, another one is tried, and the one that is answered is
written down.
"""

import threading
from collections import Counter

from client_api.catalog.served_versions import ServedVersion
from client_api.model_facts.tracker import FactTracker
from serving_protocol.client_errors import PredictionRefused
from serving_protocol.detector_request import ImageBatch, in_form
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_input import ImageForm
from serving_protocol.messages import PredictResponse
from serving_protocol.string_forms import cannot_decode, other_form

# So often both forms of a request are tried in vain; then the model is broken in another way.
MAX_FAILED_ATTEMPTS = 3


class StringInputForms:
    """Knows or finds out which form each version takes. Thread-safe.

    Args:
        facts: where it is written down.
    """

    def __init__(self, facts: FactTracker) -> None:
        self._facts = facts
        self._lock = threading.Lock()
        self._failures: Counter[tuple[str, int, str]] = Counter()

    def signature(self, version: ServedVersion) -> DetectorSignature:
        """The version's, with the form that is known.

        Raises:
            NotADetector: the version has none.
        """
        signature = version.as_detector()
        if not signature.takes_strings:
            return signature
        return signature.with_form(self._facts.of(version).image_form or signature.image_input.form)

    def is_known(self, version: ServedVersion) -> bool:
        """Whether nothing has to be tried."""
        return not version.as_detector().takes_strings or self._facts.is_form_sure(version)

    def other(
        self, version: ServedVersion, batch: ImageBatch, error: PredictionRefused
    ) -> tuple[ImageForm, ImageBatch] | None:
        """Another form and the request in it, where the refusal and what is known speak for it."""
        if self.is_known(version) or not cannot_decode(error):
            return None
        with self._lock:
            if self._failures[_key(version)] >= MAX_FAILED_ATTEMPTS:
                return None
        image_input = self.signature(version).image_input
        form = other_form(image_input.form, error)
        return form, in_form(batch, image_input, form)

    def count_failure(self, version: ServedVersion) -> None:
        """Count that another form was refused too."""
        with self._lock:
            self._failures[_key(version)] += 1

    def as_known(
        self, version: ServedVersion, signature: DetectorSignature, batch: ImageBatch
    ) -> ImageBatch:
        """`batch`, which was made by `signature`, in the form that is known by now."""
        if not signature.takes_strings:
            return batch
        form = self.signature(version).image_input.form
        return in_form(batch, signature.image_input, form)

    def note(
        self, asked: ServedVersion, answer: PredictResponse, form: ImageForm | None = None
    ) -> None:
        """Write down the form that was answered, where it was by the version that was asked.

        Args:
            asked: the version.
            answer: of whichever version took its place meanwhile, too.
            form: None for the one that is taken for the version's.
        """
        number = answer.model_spec.version.value or asked.version
        if number == asked.version and not self.is_known(asked):
            self._facts.takes(asked, form or self.signature(asked).image_input.form)


def _key(version: ServedVersion) -> tuple[str, int, str]:
    return version.name, version.version, version.digest
