"""A task of Label Studio: which of its annotations counts."""

from dataclasses import dataclass
from typing import Any

from training.datasets.formats.text.json_file import as_list, as_object

# What JSON-MIN writes beside the data and the results.
_MINIMAL = frozenset({
    "id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement",
})  # fmt: skip
_LEFT_BY_ANNOTATORS = frozenset({"annotator", "annotation_id", "lead_time"})


@dataclass(frozen=True)
class Chosen:
    """What of a task is read.

    Args:
        results: of the annotation; None where no annotation counts.
        others: how many other annotations count too.
        cancelled: how many were cancelled.
        predicted: whether there are predictions.
        minimal: whether it is of JSON-MIN.
    """

    results: list[Any] | None
    others: int = 0
    cancelled: int = 0
    predicted: bool = False
    minimal: bool = False


def as_task(value: Any) -> dict[str, Any]:
    """A task with `data` and `annotations`, of either export.

    Raises:
        ValueError: it is none.
    """
    task = as_object(value, "a task")
    if isinstance(task.get("data"), dict):
        return task
    inner = task.get("task")
    if isinstance(inner, dict) and isinstance(inner.get("data"), dict) and "result" in task:
        # Storages get a file an annotation, with its task inside.
        return {**inner, "annotations": [task]}
    if "data" in task or not any(isinstance(each, str) for each in task.values()):
        raise ValueError("a task with `data` was expected")
    # JSON-MIN: the data's keys and the controls' names beside each other.
    results: list[Any] = []
    data: dict[str, Any] = {}
    for key, each in value.items():
        if key in _MINIMAL:
            continue
        if isinstance(each, list) and all(isinstance(result, dict) for result in each):
            results += [{"type": _type(result), "value": result, **_sizes(result)}
                        for result in each]  # fmt: skip
        else:
            data[key] = each
    annotation = {"result": results, "created_at": value.get("created_at")}
    return {"id": value.get("id"), "data": data, "annotations": [annotation], "minimal": True}


def is_unsure(task: dict[str, Any]) -> bool:
    """Whether a task of JSON-MIN has no region and nothing else that an annotator leaves."""
    is_told = "data" in task or "task" in task or not _LEFT_BY_ANNOTATORS.isdisjoint(task)
    return not is_told and not any(isinstance(each, list) for each in task.values())


def choose_annotation(task: dict[str, Any]) -> Chosen:
    """The ground truth, else the newest annotation that was not cancelled.

    Raises:
        ValueError: `annotations` is no list, or `result` is none.
    """
    annotations = as_list(task.get("annotations", task.get("completions")) or [], "`annotations`")
    given = [each for each in annotations if isinstance(each, dict)]
    counting = [each for each in given
                if not (each.get("was_cancelled") or each.get("skipped"))]  # fmt: skip
    cancelled, predicted = len(given) - len(counting), bool(task.get("predictions"))
    if not counting:
        if annotations and not given:
            as_object(annotations[0], "an annotation")
        return Chosen(None, 0, cancelled, predicted)
    best = max(counting, key=lambda each: (each.get("ground_truth") is True,
                                           str(each.get("created_at", ""))))  # fmt: skip
    results = as_list(best.get("result"), "`result`")
    return Chosen(results, len(counting) - 1, cancelled, predicted, task.get("minimal") is True)


def _type(result: dict[str, Any]) -> Any:
    named = next((key for key in result if key.endswith("labels")), None)
    return result.get("type", named)


def _sizes(result: dict[str, Any]) -> dict[str, Any]:
    return {key: result[key] for key in ("original_width", "original_height", "id", "parentID")
            if key in result}  # fmt: skip
