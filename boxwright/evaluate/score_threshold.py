"""A detector's own score threshold: from its model card, or as its gateway tells."""

import json
from dataclasses import dataclass
from pathlib import Path

from model_repository.card import MODEL_CARD_NAME, BadModelCard, read_model_card
from model_repository.publishing.fsync import replace_text
from training.evaluation.chosen_threshold import ChosenThreshold
from training.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class ScoreThreshold:
    """Score threshold of a measurement, and its source.

    Args:
        value: 0..1; None if not set: then the one with the best F1 on the measured images.
        source: where the value is from, in words for the report.
    """

    value: float | None = None
    source: str = ""


NO_THRESHOLD = ScoreThreshold()


def threshold_of_card(folder: Path) -> ScoreThreshold:
    """Read the threshold from a version's model card.

    Raises:
        EvaluationError: the card cannot be read.
    """
    try:
        card = read_model_card(folder)
    except BadModelCard as error:
        raise EvaluationError(str(error)) from error
    value = None if card is None else card.own_score_threshold
    return NO_THRESHOLD if value is None else ScoreThreshold(value, "the model card's")


def write_to_card(folder: Path, chosen: ChosenThreshold) -> Path:
    """Write a threshold into a version's model card; running gateways read it at once.

    Args:
        folder: the version's.
        chosen: the threshold.

    Returns:
        Path of the card.

    Raises:
        EvaluationError: there is no card, or it cannot be written.
    """
    path = folder / MODEL_CARD_NAME
    try:
        content = json.loads(path.read_bytes())
        content["score_threshold"] = chosen.as_json()
        replace_text(path, json.dumps(content, indent=2) + "\n")
    except FileNotFoundError as error:
        raise EvaluationError(
            f"{folder} has no {MODEL_CARD_NAME} to write the threshold to; "
            "`boxwright models import` and `boxwright export` create one"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"cannot rewrite {path}: {error}") from error
    return path
