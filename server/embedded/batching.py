"""Requests that come together run as one, over dim 0, with the results they would have alone.

The first request of a batch leads it: it waits for others until the batch is full or the time is
up, runs the model for all, and the others take their rows. TensorFlow Serving batches whatever
comes and fails where rows cannot be told apart; here such requests run on their own: those of a
signature with a fixed or unknown dim 0, of unequal dim 0, or without any. A batch that fails is run
again one request at a time, so that nobody is refused for a neighbour's mistake.
"""

import threading
from collections.abc import Mapping, Sequence

import grpc
import numpy as np

from server.embedded.configs.batching_parameters import BatchingParameters
from server.embedded.engines.engine import Array, LoadedModel
from server.embedded.errors import ServingError
from serving_protocol.messages import SignatureDef, TensorInfo

Results = dict[str, Array]
_Key = tuple[object, ...]


class BatchSlots:
    """The places for batches that run at the same time, shared by all models."""

    def __init__(self, parameters: BatchingParameters) -> None:
        self.parameters = parameters
        self.running = threading.Semaphore(parameters.threads)


class _Batch:
    """Requests that will run as one; changed under the model's lock until it is closed."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Array]] = []
        self.rows = 0
        self.is_full = threading.Event()
        self.is_done = threading.Event()
        self.outcomes: list[Results | ServingError] = []


class BatchingModel:
    """A loaded model that runs requests in batches; itself a `LoadedModel`."""

    def __init__(self, model: LoadedModel, slots: BatchSlots) -> None:
        self._model = model
        self._slots = slots
        self._parameters = slots.parameters
        self._lock = threading.Lock()
        self._open: dict[_Key, _Batch] = {}
        self._waiting = 0
        self._batchable = {
            name for name, signature in model.signatures.items() if _is_batchable(signature)
        }

    @property
    def engine(self) -> str:
        """Of the model inside."""
        return self._model.engine

    @property
    def signatures(self) -> Mapping[str, SignatureDef]:
        """Of the model inside."""
        return self._model.signatures

    def close(self) -> None:
        """Close the model inside."""
        self._model.close()

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> Results:
        """As the model inside, together with other requests where that changes nothing.

        Raises:
            ServingError: what the model raised for these inputs; UNAVAILABLE where too many
                batches wait.
        """
        rows = _rows(inputs)
        if (
            signature_name not in self._batchable
            or rows is None
            or not 0 < rows <= self._parameters.max_batch_size
        ):
            return self._model.run(signature_name, inputs, outputs)
        key = (
            signature_name,
            tuple(outputs),
            tuple(
                (alias, inputs[alias].dtype, inputs[alias].shape[1:]) for alias in sorted(inputs)
            ),
        )
        batch, place = self._join(key, inputs, rows)
        if place == 0:
            self._lead(key, batch, signature_name, outputs)
        batch.is_done.wait()
        outcome = batch.outcomes[place]
        if isinstance(outcome, ServingError):
            raise outcome
        return outcome

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, Results]:
        """As the model inside; a signature alone in a batch, several on their own.

        TensorFlow Serving too batches what is asked of one signature.
        """
        if len(outputs) == 1:
            return {name: self.run(name, inputs[name], outputs[name]) for name in outputs}
        return self._model.run_together(inputs, outputs)

    def _join(self, key: _Key, inputs: Mapping[str, Array], rows: int) -> tuple[_Batch, int]:
        """The batch that takes the request, and the request's place in it; 0 leads."""
        with self._lock:
            batch = self._open.get(key)
            if batch is None or batch.rows + rows > self._parameters.max_batch_size:
                if self._waiting >= self._parameters.max_waiting_batches:
                    raise ServingError(
                        grpc.StatusCode.UNAVAILABLE,
                        "The batch scheduling queue to which this task was submitted is full",
                    )
                if batch is not None:
                    batch.is_full.set()
                batch = self._open[key] = _Batch()
                self._waiting += 1
            batch.requests.append(inputs)
            batch.rows += rows
            if batch.rows == self._parameters.max_batch_size:
                batch.is_full.set()
            return batch, len(batch.requests) - 1

    def _lead(self, key: _Key, batch: _Batch, signature_name: str, outputs: Sequence[str]) -> None:
        if self._parameters.timeout_s:
            batch.is_full.wait(self._parameters.timeout_s)
        with self._slots.running:
            with self._lock:
                self._waiting -= 1
                if self._open.get(key) is batch:
                    del self._open[key]
            failure = ServingError(grpc.StatusCode.INTERNAL, "the batch broke; see the log")
            batch.outcomes = [failure] * len(batch.requests)
            try:
                batch.outcomes = self._run_all(signature_name, batch, outputs)
            finally:
                batch.is_done.set()

    def _run_all(
        self, signature_name: str, batch: _Batch, outputs: Sequence[str]
    ) -> list[Results | ServingError]:
        if len(batch.requests) > 1:
            try:
                together = self._model.run(signature_name, self._concatenate(batch), outputs)
            except ServingError:
                together = None
            if together is not None and (
                parts := _split(together, batch, self._filled(batch.rows))
            ):
                return parts
        return [self._run_one(signature_name, inputs, outputs) for inputs in batch.requests]

    def _run_one(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> Results | ServingError:
        try:
            return self._model.run(signature_name, inputs, outputs)
        except ServingError as error:
            return error

    def _concatenate(self, batch: _Batch) -> Results:
        """All rows, and the first one again up to an allowed size."""
        padding = self._filled(batch.rows) - batch.rows
        return {
            alias: np.concatenate(
                [
                    *(inputs[alias] for inputs in batch.requests),
                    *([batch.requests[0][alias][:1]] * padding),
                ]
            )
            for alias in batch.requests[0]
        }

    def _filled(self, rows: int) -> int:
        return next((size for size in self._parameters.allowed_sizes if size >= rows), rows)


def _is_batchable(signature: SignatureDef) -> bool:
    """Whether every input and output says that its dim 0 may be of any size."""
    tensors = [*signature.inputs.values(), *signature.outputs.values()]
    return bool(signature.inputs) and all(_has_free_rows(tensor) for tensor in tensors)


def _has_free_rows(tensor: TensorInfo) -> bool:
    shape = tensor.tensor_shape
    return not shape.unknown_rank and len(shape.dim) > 0 and shape.dim[0].size == -1


def _rows(inputs: Mapping[str, Array]) -> int | None:
    """The dim 0 that all inputs share; None where they share none."""
    sizes = {array.shape[0] if array.ndim else None for array in inputs.values()}
    return sizes.pop() if len(sizes) == 1 else None


def _split(together: Results, batch: _Batch, rows: int) -> list[Results | ServingError] | None:
    """Each request's rows; None where the outputs do not have a row for each input row."""
    if any(array.ndim == 0 or array.shape[0] != rows for array in together.values()):
        return None
    parts: list[Results | ServingError] = []
    start = 0
    for inputs in batch.requests:
        end = start + (_rows(inputs) or 0)
        parts.append({alias: array[start:end] for alias, array in together.items()})
        start = end
    return parts
