"""What each engine finds in the same images: the first one's answers are those that count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detection.agreement import MOST_SHOWN, disagreements, sure_count
from detection.detections import Detections
from detection.images import DecodedImage
from detection.tolerance import SAME_FILE
from export.errors import PartedAnswers
from export.importing.box_probing import Probed, probed
from export.importing.errors import NoAnswer
from model_repository.canary.requests import ask_detector
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from model_repository.publishing.errors import CanaryFailed
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.client_errors import ModelServerError, PredictionRefused
from serving_protocol.detector_answer import detections_of
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_facts import ModelFacts
from serving_protocol.model_server import ModelServer

TIMEOUT_S = 300.0
Settle = Callable[[DetectorSignature, Sequence[AnswerRows], Probed], ModelFacts]


@dataclass
class EngineAnswers:
    """What came of asking.

    Args:
        engine: whose answers count.
        found: in each image, by its name.
        cannot: the engines that do not load the model, and why.
        facts: what the numbers of the answers mean.
        parted: by engine, how many detections have no counterpart in the answers that count.
    """

    engine: str
    found: Mapping[str, Detections]
    cannot: Mapping[str, str]
    facts: ModelFacts
    parted: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """For the model card."""
        return {
            "pictures": len(self.found),
            "answers": self.engine,
            "tolerance_same_file": SAME_FILE.as_json(),
            "without_counterpart": self.parted,
            "cannot_serve": dict(self.cannot),
        }


def ask_engines(
    folder: Path,
    detectors: Sequence[DetectorSignature],
    images: Mapping[str, DecodedImage],
    engines: Mapping[str, ModelServerCanary],
    settle: Settle,
    say: Callable[[str], None] = lambda _: None,
) -> EngineAnswers:
    """Serve a version with each engine, and ask it.

    Args:
        folder: of the version; named by a number and alone in its folder.
        detectors: the signatures that are asked; the answers of the first count.
        images: by name; at least one.
        engines: serve it, by name. Of those that can, the first counts.
        settle: says what the first one's answers mean, of all images and of `box_probing.probed`.
        say: told what is being done.

    Raises:
        NoAnswer: none can; or one loads it and does not answer with detections.
        PartedAnswers: one finds something else than the first.
        ContradictedFacts: as `settle`.
    """
    answers: EngineAnswers | None = None
    cannot: dict[str, str] = {}
    for name, engine in engines.items():
        say(f"asking it about {len(images)} images under {name}")
        settled = settle if answers is None else _settled(answers.facts)
        try:
            found, facts = _found(folder, detectors, images, name, engine, settled)
        except CanaryFailed as error:
            cannot[name] = str(error)
            continue
        if answers is None:
            answers = EngineAnswers(name, found, cannot, facts)
        else:
            answers.parted[name] = _compared(answers, name, found)
    if answers is None:
        reasons = "; ".join(f"{name}: {why}" for name, why in cannot.items())
        raise NoAnswer(f"no engine serves it. {reasons}")
    return answers


def _settled(facts: ModelFacts) -> Settle:
    return lambda *_: facts


def _found(
    folder: Path,
    detectors: Sequence[DetectorSignature],
    images: Mapping[str, DecodedImage],
    name: str,
    engine: ModelServerCanary,
    settle: Settle,
) -> tuple[dict[str, Detections], ModelFacts]:
    every = list(images.values())
    with engine.serving(folder) as (server, _):
        for number, detector in enumerate(detectors):
            try:
                taken, rows = ask_detector(server, detector, every, MODEL, TIMEOUT_S)
                if number == 0:
                    facts = settle(taken, rows, _probed(server, taken, images))
                    found = [detections_of(each, facts) for each in rows]
            except (ModelServerError, NotADetection) as error:
                raise NoAnswer(
                    f"{name} loads it, but signature {detector.name!r} does not answer with "
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
        # A model may take some sizes alone; then the images themselves have to tell.
        return Probed()


def _compared(answers: EngineAnswers, name: str, found: Mapping[str, Detections]) -> int:
    wrong = {
        image: disagreements(answers.found[image], each, SAME_FILE) for image, each in found.items()
    }
    sure = sum(sure_count(answers.found[image], each) for image, each in found.items())
    without = sum(map(len, wrong.values()))
    if without > SAME_FILE.share * sure:
        image, told = next((which, what) for which, what in wrong.items() if what)
        raise PartedAnswers(
            f"{name} and {answers.engine} find different things: {without} of {sure} detections "
            f"have no counterpart. In {image}: {'; '.join(told[:MOST_SHOWN])}. --engine chooses "
            "one of them, with which it must then be served"
        )
    return without
