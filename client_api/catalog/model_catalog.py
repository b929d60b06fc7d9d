"""Label maps and model cards published with models, read from `MODELS_DIR`."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from client_api.catalog.file_cache import FileCache
from client_api.catalog.last_good import LastGood, Published
from client_api.catalog.stable_version import VersionLabels
from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import (
    LABEL_MAP_NAME,
    MAX_LABEL_MAP_BYTES,
    PLACES_IN_VERSION,
    parse_label_map,
)
from model_repository.card import MODEL_CARD_NAME, BadModelCard, ModelCard, read_model_card
from model_repository.diagnosis.models import Diagnosis, diagnose_models
from model_repository.diagnosis.versions import why_failed
from model_repository.model_folder import (
    SAVED_MODEL_NAME,
    is_model_name,
    is_version,
    models_in,
    version_dirs,
)
from serving_protocol.model_facts import (
    MODEL_FACTS_NAME,
    BadModelFacts,
    ModelFacts,
    read_model_facts,
)

# Of a version whose card says none.
USUAL_SCORE_THRESHOLD = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedLabelMap(Published):
    """What was found for a version.

    Attributes:
        label_map: None where there is none, or none but one that was broken from the start.
    """

    label_map: LabelMap | None = None


@dataclass(frozen=True)
class PublishedCard(Published):
    """What was found of a version's model card.

    Attributes:
        card: None where there is none, or none but one that was broken from the start.
    """

    card: ModelCard | None = None


@dataclass(frozen=True)
class PublishedFacts(Published):
    """What is said of a version's answers.

    Attributes:
        facts: by `model_facts.json` of the version, of the model, and by the card, in that order.
        stamp: changes when the version's graph is replaced; empty where it cannot be seen.
        folder_stamp: changes when its folder is, too, even by the same one; empty as before.
    """

    facts: ModelFacts = field(default_factory=ModelFacts)
    stamp: str = ""
    folder_stamp: str = ""


class ModelCatalog:
    """The models in `MODELS_DIR`, looked at anew each time; parsed files are kept by their date.

    Args:
        folder: with `NAME/VERSION/` in it; None where there is none.

    Attributes:
        version_labels: of its `models.config`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.version_labels = VersionLabels(folder)
        self._label_maps = FileCache(_read_label_map)
        self._cards = FileCache(_read_card)
        self._facts = FileCache(_read_facts)
        self._good_label_maps = LastGood(PublishedLabelMap())
        self._good_cards = LastGood(PublishedCard())
        self._good_facts = LastGood(PublishedFacts())

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder to add models to."""
        return self._folder is not None

    def names(self) -> list[str]:
        """The models that are there now, sorted."""
        return [] if self._folder is None else models_in(self._folder)

    def versions(self, name: str) -> list[int]:
        """The versions of a model that are there now, highest first."""
        model = self._model(name)
        return [] if model is None else list(version_dirs(model))

    def diagnoses(self) -> list[Diagnosis]:
        """What lies in the folder, looks like a model and has no version that could be served."""
        if self._folder is None:
            return []
        # What is wrong with a version, its model's document tells.
        return [each for each in diagnose_models(self._folder) if each.version is None]

    def problem(self, name: str, version: int) -> str | None:
        """What is wrong with the folder of a version that could not be loaded, where that shows."""
        for folder in self._version_dirs(name, version):
            found = why_failed(folder)
            if found is not None:
                return f"{found.what}; {found.remedy}"
        return None

    def read_all(self) -> None:
        """Read every version's files, so that there is something before should they break."""
        for name in self.names():
            for version in self.versions(name):
                self.label_map(name, version)
                self.facts(name, version)

    def places(self, name: str, version: int) -> list[Path]:
        """The files and folders whose dates tell that something is said anew of a version.

        Those that may come are among them, and the model's folder, where another folder of the same
        version may.
        """
        model = self._model(name)
        if model is None:
            return []
        beside = (SAVED_MODEL_NAME, MODEL_CARD_NAME, MODEL_FACTS_NAME, *PLACES_IN_VERSION)
        folders = self._version_dirs(name, version)
        of_version = [folder / each for folder in folders for each in beside]
        return [model, *folders, *of_version, model / MODEL_FACTS_NAME, model / LABEL_MAP_NAME]

    def label_map(self, name: str, version: int) -> PublishedLabelMap:
        """The label map of a version, or the one of the whole model; never an error."""
        folders = self._version_dirs(name, version)
        return self._good_label_maps.instead_of(
            self._label_map_now(name, folders),
            (LABEL_MAP_NAME, name, str(version)),
            _stamps(folders)[0],
        )

    def _label_map_now(self, name: str, folders: Iterable[Path]) -> PublishedLabelMap:
        for path in self._label_map_places(name, folders):
            try:
                found = self._label_maps.get(path)
            except OSError as error:
                _log.warning("label map %s cannot be read: %s", path, error)
                return PublishedLabelMap(problem="the label map cannot be read")
            if found is not None:
                return found
        return PublishedLabelMap()

    def card(self, name: str, version: int) -> PublishedCard:
        """The model card of a version; never an error."""
        folders = self._version_dirs(name, version)
        return self._card_in(folders, (MODEL_CARD_NAME, name, str(version)), _stamps(folders)[0])

    def _card_in(self, folders: Iterable[Path], key: tuple[str, ...], stamp: str) -> PublishedCard:
        return self._good_cards.instead_of(self._card_now(folders), key, stamp)

    def score_threshold(self, name: str, version: int) -> float:
        """The lowest score that a version answers where a caller names none; never an error."""
        card = self.card(name, version).card
        own = None if card is None else card.own_score_threshold
        return USUAL_SCORE_THRESHOLD if own is None else own

    def _card_now(self, folders: Iterable[Path]) -> PublishedCard:
        for folder in folders:
            try:
                found = self._cards.get(folder / MODEL_CARD_NAME)
            except BadModelCard as error:
                return _unused(error)
            if found is not None:
                return found
        return PublishedCard()

    def facts(self, name: str, version: int) -> PublishedFacts:
        """What is said of a version's answers; never an error."""
        model = self._model(name)
        if model is None:
            return PublishedFacts()
        facts, problems = ModelFacts(), []
        folders = self._version_dirs(name, version)
        stamp, folder_stamp = _stamps(folders)
        for folder in (*folders, model):
            key = (MODEL_FACTS_NAME, name, str(version), folder.name)
            found = self._good_facts.instead_of(self._facts_in(folder), key, stamp)
            facts = facts.over(found.facts)
            problems += [found.problem] if found.problem else []
        card = self._card_in(folders, (MODEL_CARD_NAME, name, str(version)), stamp).card
        if card is not None:
            try:
                facts = facts.over(card.model_facts)
            except BadModelFacts as error:
                problems.append(f"the model card's facts are not used: {error}")
        return PublishedFacts(facts, stamp, folder_stamp, problem="; ".join(problems) or None)

    def _facts_in(self, folder: Path) -> PublishedFacts:
        try:
            return self._facts.get(folder / MODEL_FACTS_NAME) or PublishedFacts()
        except OSError as error:
            _log.warning("%s cannot be read: %s", folder / MODEL_FACTS_NAME, error)
            return PublishedFacts(problem=f"{MODEL_FACTS_NAME} cannot be read")

    def _model(self, name: str) -> Path | None:
        # A name comes from a URL: it must not lead out of the folder.
        if self._folder is None or not is_model_name(name):
            return None
        return self._folder / name

    def _version_dirs(self, name: str, version: int) -> list[Path]:
        """The folders of a version: one, or several where zeros are put before its number."""
        model = self._model(name)
        if model is None:
            return []
        try:
            return [e for e in model.iterdir() if is_version(e.name) and int(e.name) == version]
        except OSError:
            return []

    def _label_map_places(self, name: str, folders: Iterable[Path]) -> Iterator[Path]:
        model = self._model(name)
        if model is None:
            return
        for folder in folders:
            yield from (folder / place for place in PLACES_IN_VERSION)
        yield model / LABEL_MAP_NAME


def has_shifted_ids(label_map: LabelMap, first_class: int | None) -> bool:
    """Whether a label map begins at 0 and the model's classes at 1, so that each name is wrong."""
    return first_class == 1 and label_map.min_id == 0


def _read_label_map(path: Path) -> PublishedLabelMap:
    with path.open("rb") as file:
        text = file.read(MAX_LABEL_MAP_BYTES + 1)
    try:
        return PublishedLabelMap(parse_label_map(text))
    except LabelMapError as error:
        _log.warning("label map %s is not used: %s", path, error)
        return PublishedLabelMap(problem=str(error))


def _read_card(path: Path) -> PublishedCard:
    try:
        card = read_model_card(path.parent)
    except BadModelCard as error:
        if isinstance(error.__cause__, OSError):
            raise
        return _unused(error)
    if card is None:
        raise FileNotFoundError(path)
    return PublishedCard(card)


def _stamps(version_dirs: Iterable[Path]) -> tuple[str, str]:
    """`PublishedFacts.stamp` and `folder_stamp`."""
    for folder in version_dirs:
        try:
            graph, around = (folder / SAVED_MODEL_NAME).stat(), folder.stat()
        except OSError:
            continue
        stamp = f"{graph.st_mtime_ns} {graph.st_size}"
        # A rename changes the folder's ctime; what is written into it changes that too, as
        # `boxwright models set` does, which only costs another look.
        return stamp, f"{stamp} {graph.st_ino} {around.st_ino} {around.st_ctime_ns}"
    return "", ""


def _read_facts(path: Path) -> PublishedFacts:
    try:
        return PublishedFacts(read_model_facts(path))
    except BadModelFacts as error:
        _log.warning("%s is not used: %s", path, error)
        return PublishedFacts(problem=f"{MODEL_FACTS_NAME} is not used: {error}")


def _unused(error: BadModelCard) -> PublishedCard:
    _log.warning("a model card is not used: %s", error)
    return PublishedCard(problem="the model card cannot be read")
