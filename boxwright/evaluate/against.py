"""`--against OTHER`: compare with another detector on the same images."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from boxwright.evaluate.detectors import DetectorOptions, opened
from boxwright.evaluate.measurement import found_by, matched
from boxwright.evaluate.threshold_choice import threshold_in_use
from training.datasets.workers import Workers
from training.evaluation.comparison import Comparison, compare
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.saved_detections import saved_beside

_URL = re.compile(
    r"(?P<url>https?://[^?#]*?)/?(?:/models/(?P<model>[^/?#]+)(?:/versions/(?P<version>\d+))?/?)?"
)


def asked_other(other: str, asked: DetectorOptions) -> tuple[DetectorOptions, float | None]:
    """Parse OTHER; also return the threshold of an earlier report.

    Args:
        other: a path like DETECTOR, the folder of an earlier report, or a gateway's URL, which may
            end with `/models/NAME` or `/models/NAME/versions/NUMBER`.
        asked: the detector that is evaluated; its API key and files are used for the other too.

    Raises:
        click.UsageError: the URL is not a gateway's.
    """
    nothing = replace(
        asked, path=None, url="http://none", model=None, version=None, label=None, pipeline=None
    )
    if "://" in other:
        found = _URL.fullmatch(other)
        if found is None:
            raise click.UsageError(
                f"--against {other} is not a gateway's URL, such as http://localhost:5000 or "
                "http://localhost:5000/models/NAME/versions/2"
            )
        version = int(found["version"]) if found["version"] else None
        return replace(nothing, url=found["url"], model=found["model"], version=version), None
    kept = saved_beside(Path(other))
    path, threshold = kept if kept is not None else (Path(other), None)
    return replace(nothing, path=path, url=None), threshold


def comparison_with(
    other: str,
    asked: DetectorOptions,
    evaluation: Evaluation,
    groups: Sequence[int],
    workers: Workers,
    samples: int,
) -> Comparison:
    """Run the other detector on the evaluated images, and compare.

    Raises:
        EvaluationError: it cannot be used, is not of boxes, or has no class of the data.
    """
    another, threshold = asked_other(other, asked)
    truth = evaluation.truth
    with opened(another, workers, with_data=False) as what:
        if not what.is_of_boxes:
            raise EvaluationError(f"--against compares boxes, but {other} finds {what.kind}")
        what.prepared_for(truth)
        if threshold is None:
            threshold = threshold_in_use(what, None, workers, on_own_data=False).value
        found = found_by(what.detector, truth, workers)
        names = matched(what.detector, truth)
        description = what.detector.description
    known = [names.as_data(each) for each in found]
    with workers.progress("drawing bootstrap samples", 2 * samples or 1) as advance:
        return compare(
            evaluation, known, description, groups, other_threshold=threshold, samples=samples,
            advance=advance,
        )  # fmt: skip
