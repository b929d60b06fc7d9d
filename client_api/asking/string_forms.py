"""Whether a model's strings are files or `tf.Example`s, where no name in its signature says it.

Model Garden calls the input `inputs` whatever it takes. The form that the names suggest is asked
first; where the model cannot decode it, the other one is tried, and the one that is answered is
written down.
"""

import threading
from collections import Counter

from client_api.asking.model_facts import ModelFactsBook
from client_api.asking.served_models import ServedVersion
from serving_protocol.client_errors import PredictionRefused
from serving_protocol.detector_request import PictureBatch, in_form
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.messages import PredictResponse
from serving_protocol.string_forms import OTHER_FORM, cannot_decode

# So often both forms of a request are tried in vain; then the model is broken in another way.
MOST_IN_VAIN = 3


class StringForms:
    """Knows or finds out which form each version takes. Thread-safe.

    Args:
        facts: where it is written down.
    """

    def __init__(self, facts: ModelFactsBook) -> None:
        self._facts = facts
        self._lock = threading.Lock()
        self._in_vain: Counter[tuple[str, int, str]] = Counter()

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
        if not version.as_detector().takes_strings:
            return True
        return self._facts.of(version).image_form is not None

    def other(
        self, version: ServedVersion, batch: PictureBatch, error: PredictionRefused
    ) -> PictureBatch | None:
        """The request in the other form, where the refusal and what is known speak for trying."""
        if self.is_known(version) or not cannot_decode(error):
            return None
        with self._lock:
            if self._in_vain[_key(version)] >= MOST_IN_VAIN:
                return None
        image_input = version.as_detector().image_input
        return in_form(batch, image_input, OTHER_FORM[image_input.form])

    def was_in_vain(self, version: ServedVersion) -> None:
        """Count that the other form was refused too."""
        with self._lock:
            self._in_vain[_key(version)] += 1

    def as_known(
        self, version: ServedVersion, signature: DetectorSignature, batch: PictureBatch
    ) -> PictureBatch:
        """`batch`, which was made by `signature`, in the form that is known by now."""
        if not signature.takes_strings:
            return batch
        form = self.signature(version).image_input.form
        return in_form(batch, signature.image_input, form)

    def note(self, asked: ServedVersion, answer: PredictResponse, *, other: bool) -> None:
        """Write down the form that was answered, where it was by the version that was asked.

        Args:
            asked: the version.
            answer: of whichever version took its place meanwhile, too.
            other: whether it was not the form that the signature's names suggest.
        """
        number = answer.model_spec.version.value or asked.version
        if number == asked.version and not self.is_known(asked):
            form = asked.as_detector().image_input.form
            self._facts.takes(asked, OTHER_FORM[form] if other else form)


def _key(version: ServedVersion) -> tuple[str, int, str]:
    return version.name, version.version, version.digest
