"""Compare the engines on the same images: the first one's detections are the reference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detection.agreement import MOST_SHOWN, disagreements, sure_count
from detection.detections import Detections
from detection.images import DecodedImage
from detection.tolerance import SAME_FILE
from export.errors import ParityError
from export.importing.box_probing import Probed, probed
from export.importing.errors import NoServingEngine
from model_repository.canary.requests import ask_detector
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from model_repository.errors import CanaryFailed
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.client_errors import ModelServerError, PredictionRefused
from serving_protocol.detector_answer import detections_of
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_facts import ModelFacts
from serving_protocol.model_server import ModelServer

TIMEOUT_S = 300.0
InferFacts = Callable[[DetectorSignature, Sequence[AnswerRows], Probed], ModelFacts]


@dataclass
class EngineAnswers:
    """Result of the comparison.

    Args:
        engine: name of the reference engine.
        found: its detections, by the image's name.
        cannot: the reason of each engine that cannot load the model.
        facts: what the numbers of the answers mean.
        mismatches: by engine, the number of detections without a counterpart in the reference.
    """

    engine: str
    found: Mapping[str, Detections]
    cannot: Mapping[str, str]
    facts: ModelFacts
    mismatches: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """For the model card."""
        return {
            "pictures": len(self.found),
            "answers": self.engine,
            "tolerance_same_file": SAME_FILE.as_json(),
            "without_counterpart": self.mismatches,
            "cannot_serve": dict(self.cannot),
        }


def ask_engines(
    folder: Path,
    detectors: Sequence[DetectorSignature],
    images: Mapping[str, DecodedImage],
    engines: Mapping[str, ModelServerCanary],
    infer: InferFacts,
    say: Callable[[str], None] = lambda _: None,
) -> EngineAnswers:
    """Serve a version with each engine, and compare what they detect.

    Args:
        folder: of the version; named by a number and alone in its folder.
        detectors: signatures to compare; the first one's detections are returned.
        images: by name; at least one.
        engines: by name; the first that can serve the version is the reference.
        infer: infers what the reference's answers mean, from all images and `box_probing.probed`.
        say: called with each line of progress.

    Raises:
        NoServingEngine: no engine can serve it, or one answers without detections.
        ParityError: an engine detects something else than the reference.
        ContradictoryFacts: as `infer`.
    """
    answers: EngineAnswers | None = None
    cannot: dict[str, str] = {}
    for name, engine in engines.items():
        say(f"detecting in {len(images)} images with {name}")
        facts_of = infer if answers is None else _known(answers.facts)
        try:
            found, facts = _found(folder, detectors, images, name, engine, facts_of)
        except CanaryFailed as error:
            cannot[name] = str(error)
            continue
        if answers is None:
            answers = EngineAnswers(name, found, cannot, facts)
        else:
            answers.mismatches[name] = _compared(answers, name, found)
    if answers is None:
        reasons = "; ".join(f"{name}: {why}" for name, why in cannot.items())
        raise NoServingEngine(f"no engine can serve the model: {reasons}")
    return answers


def _known(facts: ModelFacts) -> InferFacts:
    return lambda *_: facts


def _found(
    folder: Path,
    detectors: Sequence[DetectorSignature],
    images: Mapping[str, DecodedImage],
    name: str,
    engine: ModelServerCanary,
    infer: InferFacts,
) -> tuple[dict[str, Detections], ModelFacts]:
    every = list(images.values())
    with engine.serving(folder) as (server, _):
        for number, detector in enumerate(detectors):
            try:
                taken, rows = ask_detector(server, detector, every, MODEL, TIMEOUT_S)
                if number == 0:
                    facts = infer(taken, rows, _probed(server, taken, images))
                    found = [detections_of(each, facts) for each in rows]
            except (ModelServerError, NotADetection) as error:
                raise NoServingEngine(
                    f"{name} loads the model, but its signature {detector.name!r} does not return "
                    f"detections: {error}"
                ) from error
    return dict(zip(images, found, strict=True)), facts


def _probed(
    server: ModelServer, detector: DetectorSignature, images: Mapping[str, DecodedImage]
) -> Probed:
    def ask(chosen: Sequence[DecodedImage]) -> list[AnswerRows]:
        return ask_detector(server, detector, chosen, MODEL, TIMEOUT_S)[1]

    try:
        return probed(images, ask)
    except (PredictionRefused, NotADetection):
        # A model may take some sizes only; then the unchanged images have to do.
        return Probed()


def _compared(answers: EngineAnswers, name: str, found: Mapping[str, Detections]) -> int:
    wrong = {
        image: disagreements(answers.found[image], each, SAME_FILE) for image, each in found.items()
    }
    sure = sum(sure_count(answers.found[image], each) for image, each in found.items())
    without = sum(map(len, wrong.values()))
    if without > SAME_FILE.share * sure:
        image, told = next((which, what) for which, what in wrong.items() if what)
        raise ParityError(
            f"{name} and {answers.engine} disagree: {without} of {sure} detections have no "
            f"counterpart, as in {image}: {'; '.join(told[:MOST_SHOWN])}; --engine picks the one "
            "that will serve the model"
        )
    return without
