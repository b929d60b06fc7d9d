"""What the server tells whoever counts its requests (`metrics.py`)."""

from typing import Literal, Protocol

import grpc

Transport = Literal["GRPC", "REST"]
# Over REST what is no prediction has no name, as in TensorFlow Serving's metrics.
Api = Literal["Predict", "Classify", "Regress", "MultiInference", ""]


class RequestObserver(Protocol):
    """Is told of every prediction, and of every request over REST; several threads call at once."""

    def request_finished(
        self,
        model_name: str,
        transport: Transport,
        code: grpc.StatusCode,
        duration_s: float,
        api: Api = "Predict",
    ) -> None:
        """A request was answered.

        Args:
            model_name: of a configured model; empty where the caller named another, so that
                callers cannot make up series without end.
            transport: how the request came.
            code: of the answer; `OK` or an error's.
            duration_s: from the decoded request to the answer.
            api: what was asked for.
        """

    def run_finished(
        self, model_name: str, engine: str, duration_s: float, api: Api = "Predict"
    ) -> None:
        """An engine ran a model (with batching, once for each request in the batch)."""

    def examples_computed(self, model_name: str, count: int) -> None:
        """A MultiInference's run took so many examples."""

    def counted(self, metric: str) -> int:
        """The value of a counter, by TensorFlow Serving's name; 0 where it is not counted here."""


class NobodyObserves:
    """An observer for servers without monitoring."""

    def request_finished(
        self,
        model_name: str,
        transport: Transport,
        code: grpc.StatusCode,
        duration_s: float,
        api: Api = "Predict",
    ) -> None:
        """Do nothing."""

    def run_finished(
        self, model_name: str, engine: str, duration_s: float, api: Api = "Predict"
    ) -> None:
        """Do nothing."""

    def examples_computed(self, model_name: str, count: int) -> None:
        """Do nothing."""

    def counted(self, metric: str) -> int:
        """Nothing is."""
        del metric
        return 0
