"""What `boxwright up` says of the models: what answers, what failed, what is none."""

import time
from collections.abc import Callable
from pathlib import Path

from boxwright.up.folder_config import LEFT_OUT_S
from boxwright.up.serving_state import ServingState, is_ready, serving_state
from model_repository.diagnosis.models import diagnose_models
from model_repository.model_folder import version_dirs

HOW_TO_ADD_A_MODEL = (
    "No model in {models_dir} yet. Put a SavedModel there as NAME/1/saved_model.pb, with "
    "NAME/label_map.pbtxt beside the version; it is served as soon as it is there."
)
NONE_CAN_BE_SERVED = "No model in {models_dir} can be served as it lies there:"
# Looks at the default model for each look at all of them, which the gateway's log tells of.
LOOKS_AT_ALL = 12
# So many before the default model, which is available, is said not to answer.
LOOKS_AT_FIRST = 60
NOT_SERVED = "Not served: "
# Longer than a model is left out for that is loaded anew.
SETTLE_S = LEFT_OUT_S + 1.0


class Announcements:
    """Says each thing once.

    Args:
        models_dir: the folder of models.
        model_name: the default model's, where one is chosen.
        say: takes a line for whoever started us.
    """

    def __init__(
        self, models_dir: Path, model_name: str | None, say: Callable[[str], None]
    ) -> None:
        self._models_dir = models_dir
        self._model_name = model_name
        self._say = say
        self._said: set[str] = set()
        self._broken: dict[str, set[int]] = {}
        self._is_away_told = False
        self.restart()

    def begin(self, found: list[str]) -> None:
        """Say what is there before anything is started."""
        diagnoses = diagnose_models(self._models_dir)
        if not found:
            text = NONE_CAN_BE_SERVED if diagnoses else HOW_TO_ADD_A_MODEL
            self._say(text.format(models_dir=self._models_dir))
        elif self._model_name is not None and self._model_name not in found:
            self._say(
                f"No model {self._model_name!r} in {self._models_dir} yet; "
                f"there is {', '.join(found)}."
            )
        self.look_at_folder()

    def look_at_folder(self) -> set[str]:
        """Say what has been found wrong since the last look; what is mended may be said again.

        Returns:
            The names of models of which every version was broken, and none is any more.
        """
        diagnoses = diagnose_models(self._models_dir)
        lines = {f"{NOT_SERVED}{each}" for each in diagnoses}
        for line in sorted(lines - self._said):
            self._say(line)
        self._said = lines
        broken: dict[str, set[int]] = {}
        for each in diagnoses:
            if each.version is not None:
                broken.setdefault(each.model, set()).add(each.version)
        mended = {
            name
            for name, versions in self._broken.items()
            if name not in broken and versions >= set(version_dirs(self._models_dir / name))
        }
        self._broken = broken
        return mended

    def restart(self) -> None:
        """Other models are there now, of which more is going to be heard."""
        self.is_done, self._looks = False, 0
        self._ready: list[str] = []
        self._told_failures: set[tuple[str, str]] = set()
        self._settled_at_s = time.monotonic() + SETTLE_S

    def look_at_gateway(self, url: str) -> None:
        """Say which models answer, once the default does or will not; and which failed."""
        self._looks += 1
        ready = is_ready(url)
        if (not ready or self._ready) and self._looks % LOOKS_AT_ALL:
            return
        state = serving_state(url)
        if state is None:
            return
        # Its first prediction may take a while.
        is_coming = state.default in (*state.loading, *state.answering)
        if not ready and (state.loading or (is_coming and self._looks < LOOKS_AT_FIRST)):
            return
        # Until the server has looked at its config, what failed before is still told as failed.
        is_settled = time.monotonic() >= self._settled_at_s
        if is_settled:
            self._tell_failures(state)
        self._tell_answering(state, url, ready=ready)
        self.is_done = is_settled and not state.loading and (ready or not is_coming)

    def _tell_failures(self, state: ServingState) -> None:
        diagnosed = {line.removeprefix(NOT_SERVED).partition("/")[0] for line in self._said}
        for name, reason in state.failed:
            if name not in diagnosed and (name, reason) not in self._told_failures:
                self._say(f"{NOT_SERVED}{name}: {reason}")
        self._told_failures |= set(state.failed)

    def _tell_answering(self, state: ServingState, url: str, *, ready: bool) -> None:
        answering = [each for each in state.answering if ready or each != state.default]
        if answering and answering != self._ready:
            self._say(f"Ready: {', '.join(answering)} at {url}")
        self._ready = answering
        if not ready and not self._is_away_told:
            default = state.default or "the default model"
            self._say(f"Not ready: {default} does not answer; {url}/readyz says why")
        self._is_away_told = not ready
