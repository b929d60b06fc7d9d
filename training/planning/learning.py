"""What is learned, and how fast: losses, layers that stay as they are, the learning rate."""

from collections.abc import Mapping
from typing import Any

from training.planning.choices import DEFAULT_MODEL, PLAIN_SSD_MODELS, Choice
from training.planning.facts import DataFacts
from training.pretrained.catalog import CATALOG, default_weights

# Maps of an eighth of the input's sides and more: most of a step's work.
FROZEN_STAGES = 3


def loss_choices(facts: DataFacts, model: str) -> list[Choice]:
    """Losses with which a single-shot detector tells classes apart within some hundred steps."""
    if model != DEFAULT_MODEL and model not in PLAIN_SSD_MODELS:
        return []
    choices = [
        Choice(("model", "options", "box_loss"), "ciou",
               "learns the overlap of boxes, which is what AP measures"),
    ]  # fmt: skip
    if sum(map(bool, facts.objects.values())) > 1:
        choices += [
            Choice(("model", "options", "focal_gamma"), 1.0,
                   "with 2, what is one class and not another is learned late"),
            Choice(("model", "options", "focal_alpha"), 0.5,
                   "a wrong class counts as much as a missed one"),
        ]  # fmt: skip
    return choices


def freeze_choice(model: str, chosen: Mapping[tuple[str, ...], Any]) -> Choice | None:
    """Whether the backbone's first layers stay as they are; None where they have to be learned.

    Args:
        model: its name.
        chosen: what somebody has set, by its path.
    """
    if chosen.get(("model", "freeze"), "none") != "none":
        return None
    start = chosen.get(("model", "init_from"))
    weights = default_weights(model) if start is None else CATALOG.get(str(start))
    if weights is None or model not in weights.models:
        return None
    return Choice(
        ("model", "freeze_stages"), FROZEN_STAGES,
        "edges and textures are known already, and a step is a third less work",
    )  # fmt: skip


def learning_rate_choice() -> Choice:
    """The highest."""
    reason = "AdamW's usual, falling to 0 by a cosine"
    return Choice(("optimization", "learning_rate"), 1e-3, reason)
