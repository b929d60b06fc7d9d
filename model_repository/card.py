"""`model_card.json`: what a version says of itself, beside its graph.

`export` writes it; the embedded server reads how images are decoded, `boxwright models list` the
metrics. A version may have none; what cannot be read in one is as if it were not there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts

MODEL_CARD_NAME = "model_card.json"
SCHEMA = 1
# Each side on its own, bilinear over all pixels that are covered: Pillow's BILINEAR.
RESIZE = "bilinear_antialias"


_OWN_FACTS = ModelFacts(
    BoxUnit.NORMALIZED,
    BoxOrder.YXYX,
    1,
    sources=dict.fromkeys(("box_unit", "box_order", "first_class"), FactSource.CARD),
)


class BadModelCard(ValueError):
    """The file is no model card; the message says what is wrong with it."""


@dataclass(frozen=True)
class Preprocessing:
    """What becomes of an image before the network sees it. The graph does it, or whoever asks.

    Who has the image decoded already resizes it as `resize` says and asks `resized_signature`, for
    the answer that `encoded_signature` gives. So does who computes the graph and has no operation
    that decodes images; of a version without such a signature, by `pixels_signature`.

    Args:
        encoded_signature: takes image files, a string each.
        encoded_input: its input.
        pixels_signature: takes (N, H, W, 3) uint8, RGB; answers the same outputs.
        pixels_input: its input.
        input_size_hw: height and width that every image is resized to.
        resized_signature: takes (N, height, width, 3) of `dtype`, RGB, of that size, and resizes
            nothing; empty where there is none.
        resized_input: its input.
        dtype: of the pixels that the signatures take.
        formats: of the files.
        resize: how; `RESIZE`.
        exif_orientation: whether an image is turned as its EXIF data says.
        pixel_values: what the network takes, in words.
    """

    encoded_signature: str
    encoded_input: str
    pixels_signature: str
    pixels_input: str
    input_size_hw: tuple[int, int]
    resized_signature: str = ""
    resized_input: str = ""
    dtype: str = "uint8"
    formats: tuple[str, ...] = ("JPEG", "PNG", "BMP", "GIF")
    resize: str = RESIZE
    exif_orientation: bool = False
    pixel_values: str = "RGB, 0..255; normalized in the network"

    def __post_init__(self) -> None:
        sides = self.input_size_hw
        if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
            raise BadModelCard(f"input_size_hw is a height and a width, not {sides!r}")
        if self.resize != RESIZE:
            raise BadModelCard(f"resize is {RESIZE!r}, not {self.resize!r}")


@dataclass(frozen=True)
class ModelCard:
    """A version's own account.

    Args:
        title: what it is, in a line.
        created_at: ISO 8601 in UTC.
        model: name in the registry, input size, number of weights.
        classes: id, name and, where it has one, display name of each.
        signatures: name -> inputs and outputs, each with dtype and shape (null for a free size).
        preprocessing: of images; None of a model that was brought in as it was, of whose graph
            no more is known than its signatures say.
        training: the experiment.
        metrics: numbers by name, or groups of them.
        parity: how the exported model was compared with the trained one, and what came of it.
        software: versions by package.
        notes: attribution, limits, whatever a person should know.
        facts: what the numbers of its answers mean, as `ModelFacts.as_json` has it, and under
            `sources` who says each, where that was found out when it was imported.
        score_threshold: under `value` the lowest score that is answered where a caller names none,
            0..1; beside it, how it was chosen, and what it gave there. Empty where none was chosen.
    """

    title: str
    created_at: str
    model: Mapping[str, Any]
    classes: tuple[Mapping[str, Any], ...]
    signatures: Mapping[str, Any]
    preprocessing: Preprocessing | None
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    score_threshold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own_score_threshold(self) -> float | None:
        """The lowest score that is answered where a caller names none; None where it says none.

        What is no number from 0 to 1 says none.
        """
        told = self.score_threshold
        value = told.get("value") if isinstance(told, Mapping) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return float(value) if 0 <= value <= 1 else None

    @property
    def model_facts(self) -> ModelFacts:
        """What the card says of the model's answers.

        What `boxwright export` wrote, of which it knows the preprocessing, answers as the Object
        Detection API does.

        Raises:
            BadModelFacts: it says what cannot be.
        """
        facts = ModelFacts.from_json(self.facts, FactSource.CARD)
        told = self.facts.get("sources", {})
        if isinstance(told, Mapping):
            by_word = {each.value: each for each in FactSource}
            sources = {
                name: by_word.get(str(told.get(name)), FactSource.CARD) for name in facts.known
            }
            facts = replace(facts, sources=sources)
        return facts if self.preprocessing is None else facts.over(_OWN_FACTS)

    def as_json(self) -> str:
        """The file's text."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse a file's text; fields that are not known are passed over.

        Raises:
            BadModelCard: it is no card of this schema.
        """
        try:
            values = json.loads(text)
            schema = values["schema"]
            known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
            known["preprocessing"] = _preprocessing(values["preprocessing"])
            known["classes"] = tuple(values["classes"])
            known["notes"] = tuple(values.get("notes", ()))
            card = cls(**known)
        except BadModelCard:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise BadModelCard(f"no model card: {type(error).__name__} {error}") from error
        except RecursionError as error:
            raise BadModelCard("no model card: nested too deeply") from error
        if schema != SCHEMA:
            raise BadModelCard(f"schema {SCHEMA} was expected, not {schema!r}")
        return card


def read_model_card(version_dir: Path) -> ModelCard | None:
    """The card of a version; None where it has none.

    Raises:
        BadModelCard: there is one that cannot be read.
    """
    path = version_dir / MODEL_CARD_NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadModelCard(f"{path}: {error.strerror}") from error
    try:
        return ModelCard.from_json(text)
    except BadModelCard as error:
        raise BadModelCard(f"{path}: {error}") from error


def _preprocessing(values: Mapping[str, Any] | None) -> Preprocessing | None:
    if values is None:
        return None
    known = {name: values[name] for name in Preprocessing.__dataclass_fields__ if name in values}
    known["input_size_hw"] = tuple(known["input_size_hw"])
    if "formats" in known:
        known["formats"] = tuple(known["formats"])
    return Preprocessing(**known)
