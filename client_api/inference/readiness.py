"""Whether the default model can be asked: AVAILABLE, and one real prediction answered.

A model server's own word is not enough: TensorFlow Serving's REST status is 200 for a model that
is still loading, its gRPC health service says SERVING from the start, and a half-copied model
loads and then fails every prediction.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from client_api.errors import GatewayError, NotReady, UnknownModel
from client_api.inference.deadline import Deadline
from client_api.inference.detector_client import DetectorClient
from client_api.inference.error_mapping import translate_errors, unavailable_error
from detection.images import DecodedImage, read_image
from serving_protocol.model_server import ModelChoice, ModelServer

# How long a caller waits for an answer. A first prediction may take longer than that; it goes on
# meanwhile, and the next caller hears how it ended.
WAIT_S = 2.0
STATUS_TIMEOUT_S = 1.5
PROBE_SIZE_WH = (320, 240)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """The default model answers.

    Attributes:
        model: its name.
        version: the one that a prediction without a version gets.
    """

    model: str
    version: int


class Readiness:
    """Finds out whether the gateway is ready, one check at a time.

    Args:
        server: whose model it is about.
        client: of it, for the first prediction.
        default_model: its name, or raises why there is none.
        predict_timeout_s: deadline of the first prediction.
        stable_version: a model's, which is asked in place of the newest; None where none is.
    """

    def __init__(
        self,
        server: ModelServer,
        client: DetectorClient,
        default_model: Callable[[], str],
        predict_timeout_s: float,
        stable_version: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        self._server = server
        self._stable_version = stable_version
        self._client = client
        self._default_model = default_model
        self._predict_timeout_s = predict_timeout_s
        self._lock = threading.Lock()
        self._check: _ReadinessCheck | None = None
        self._answered: tuple[str, int] | None = None
        # What was available and stable then: when it is other versions, it is asked again.
        self._probed_state: tuple[str, list[int], int | None] | None = None

    def check(self) -> Ready:
        """Check now, or wait for the check that is under way, at most `WAIT_S`.

        Raises:
            NotReady: the detail says what is waited for.
        """
        with self._lock:
            if self._check is None or self._check.done.is_set():
                self._check = _ReadinessCheck(self._find_out)
            check = self._check
        if not check.done.wait(WAIT_S):
            raise NotReady("the model server has not answered yet; a first prediction runs")
        return check.result()

    def _find_out(self) -> Ready:
        name = self._default_model()
        choice = ModelChoice(name)
        try:
            with translate_errors(choice, self._server):
                states = self._server.status(name, STATUS_TIMEOUT_S)
        except UnknownModel as error:
            raise NotReady(
                f"{error.detail} to the model server; copy it into the models folder as "
                f"{name}/1/saved_model.pb, with {name}/label_map.pbtxt beside it"
            ) from error
        available = [each.version for each in states if each.state == "AVAILABLE"]
        if not available:
            raise unavailable_error(choice, states)
        state = (name, available, self._stable_version(name))
        if self._probed_state != state or self._answered is None:
            deadline = Deadline(self._predict_timeout_s)
            known = self._client.find(choice, deadline)
            version = self._client.predict(choice, known, [_probe()], deadline).known.served.version
            self._answered = (name, version)
            self._probed_state = state
            _log.info("version %s of model %s answers", version, name)
        return Ready(*self._answered)


class _ReadinessCheck:
    """One check, in a thread of its own: it may take longer than any caller waits."""

    def __init__(self, find_out: Callable[[], Ready]) -> None:
        self.done = threading.Event()
        self._find_out = find_out
        self._ready: Ready | None = None
        self._error: GatewayError = NotReady("the first prediction failed in the gateway")
        threading.Thread(target=self._run, name="readiness", daemon=True).start()

    def _run(self) -> None:
        try:
            self._ready = self._find_out()
        except GatewayError as error:
            self._error = error
        except Exception:  # noqa: BLE001  # a thread's boundary; nobody above would see it
            _log.exception("looking whether the model is ready failed")
        finally:
            self.done.set()

    def result(self) -> Ready:
        """What was found out.

        Raises:
            NotReady: and why.
        """
        if self._ready is None:
            raise NotReady(self._error.detail)
        return self._ready


def _probe() -> DecodedImage:
    """A small image of nothing."""
    file = BytesIO()
    Image.new("RGB", PROBE_SIZE_WH, (127, 127, 127)).save(file, "PNG")
    return read_image(file.getvalue(), max_pixels=PROBE_SIZE_WH[0] * PROBE_SIZE_WH[1])
