"""The score threshold that a detector has of its own, in its model card or as its gateway says."""

import json
from dataclasses import dataclass
from pathlib import Path

from model_repository.card import MODEL_CARD_NAME, BadModelCard, read_model_card
from model_repository.publishing.fsync import replace_text
from training.evaluation.chosen_threshold import ChosenThreshold
from training.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class ThresholdInUse:
    """What scores less is not shown.

    Args:
        value: 0..1; None where nobody says one, for the best on the images that are measured.
        source: who says it, in words.
    """

    value: float | None = None
    source: str = ""


NOBODYS = ThresholdInUse()


def threshold_of_card(folder: Path) -> ThresholdInUse:
    """What the model card of a version says.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        card = read_model_card(folder)
    except BadModelCard as error:
        raise EvaluationError(str(error)) from error
    value = None if card is None else card.own_score_threshold
    return NOBODYS if value is None else ThresholdInUse(value, "the model card's")


def write_to_card(folder: Path, chosen: ChosenThreshold) -> Path:
    """Write a threshold into the model card of a version; gateways that run read it at once.

    Args:
        folder: of the version.
        chosen: the threshold.

    Returns:
        The card.

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
            f"{folder} has no {MODEL_CARD_NAME} that a threshold could be written into; "
            "`boxwright models import` and `boxwright export` make one"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"{path} cannot be written anew: {error}") from error
    return path
