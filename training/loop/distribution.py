"""The devices that a training uses, and the part of each batch that each of them takes."""

import json
import os
from typing import Any, Literal

import tensorflow as tf

from training.input_pipeline.batches import TrainingBatches
from training.loop.errors import TrainingError


class Devices:
    """The strategy of a training.

    Args:
        strategy: `one`, `mirrored` or `multi_worker`.

    Raises:
        TrainingError: there is no TF_CONFIG where it is needed.
    """

    def __init__(self, strategy: Literal["one", "mirrored", "multi_worker"]) -> None:
        if strategy == "multi_worker":
            check_cluster(os.environ.get("TF_CONFIG"))
            # Several replicas on a machine's GPUs, one on its CPU.
            self.strategy: tf.distribute.Strategy = tf.distribute.MultiWorkerMirroredStrategy()
        elif strategy == "mirrored":
            self.strategy = tf.distribute.MirroredStrategy()
        else:
            self.strategy = tf.distribute.get_strategy()

    @property
    def is_chief(self) -> bool:
        """Whether this process writes what is kept; one of all does."""
        resolver = self.strategy.cluster_resolver
        if resolver is None or resolver.task_type is None:
            return True
        has_chief = "chief" in resolver.cluster_spec().as_dict()
        is_first = resolver.task_id == 0
        return bool(is_first and resolver.task_type == ("chief" if has_chief else "worker"))

    @property
    def replicas(self) -> int:
        """How many devices compute, on all machines."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def description(self) -> str:
        """What computes, by its maker's name; a processor by the cores that this process may use.

        Example:
            >>> Devices("one").description
            'the processor, 2 cores'
        """
        gpus = tf.config.list_physical_devices("GPU")
        if not gpus:
            cores = len(os.sched_getaffinity(0))
            return f"the processor, {cores} {'core' if cores == 1 else 'cores'}"
        # One device is the first; several are all of this machine's.
        used = gpus if self.strategy.num_replicas_in_sync > 1 else gpus[:1]
        details = [tf.config.experimental.get_device_details(each) for each in used]
        names = [str(each.get("device_name", "a GPU")) for each in details]
        return ", ".join(names)

    def iterator(self, batches: TrainingBatches, first_step: int) -> Any:
        """An endless iterator over batches, of which each replica gets its part.

        Raises:
            TrainingError: a batch does not go into equal parts.
        """
        try:
            if self.replicas == 1:
                return iter(_with_own_threads(batches.dataset(first_step, whole_values=True)))
            return iter(
                self.strategy.distribute_datasets_from_function(
                    lambda context: self._parts(batches, first_step, context)
                )
            )
        except ValueError as error:
            raise TrainingError(f"optimization.batch_size: {error}") from error

    def local_ids(self, image_ids: Any) -> list[int]:
        """Those of a batch's `image_ids` that this process's replicas have."""
        parts = self.strategy.experimental_local_results(image_ids)
        return [number for part in parts for number in part.numpy().tolist()]

    def _parts(
        self, batches: TrainingBatches, first_step: int, context: tf.distribute.InputContext
    ) -> tf.data.Dataset:
        # A pipeline feeds its machine's replicas in turn.
        local = self.replicas // context.num_input_pipelines
        first = context.input_pipeline_id * local
        parts = [
            batches.dataset(first_step, (first + number, self.replicas), whole_values=True)
            for number in range(local)
        ]
        turns = tf.data.Dataset.range(local).repeat()
        return tf.data.Dataset.choose_from_datasets(parts, turns)


def _with_own_threads(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The same, made by threads that no operation of the model waits for."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = len(os.sched_getaffinity(0))
    return dataset.with_options(options)


def check_cluster(tf_config: str | None) -> None:
    """Look at TF_CONFIG, which TensorFlow takes for one machine where it cannot read it.

    Raises:
        TrainingError: it is not there, or names no workers or no task among them.
    """
    example = (
        '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", '
        '"index": 0}}'
    )
    try:
        config = json.loads(tf_config or "")
        cluster, task = config["cluster"], config["task"]
        cluster[task["type"]][int(task["index"])]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise TrainingError(
            f"devices.strategy multi_worker needs the variable TF_CONFIG on each machine, such as "
            f"{example}; it is {tf_config!r}"
        ) from error
