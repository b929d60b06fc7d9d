"""Models that failed while their files were still being copied, and are whole now."""

from collections.abc import Callable, Collection
from pathlib import Path

from boxwright.up.serving_state import ServingState
from model_repository.diagnosis.versions import MAX_ENTRIES
from model_repository.model_folder import version_dirs

_Stamp = frozenset[tuple[str, int, int]]


class CopiedModels:
    """Compares each model's files with those that the server found when it came to know it.

    Args:
        models_dir: the folder of models.
        state: tells which models failed; None where nobody knows.
    """

    def __init__(self, models_dir: Path, state: Callable[[], ServingState | None]) -> None:
        self._models_dir = models_dir
        self._state = state
        self._known: dict[str, _Stamp] = {}
        self._last: dict[str, _Stamp] = {}

    def know(self, names: Collection[str]) -> None:
        """Take the files of these models, and no others, for what the server finds now."""
        known = {name: self._known.get(name) or self._stamp(name) for name in names}
        self._known = known

    def complete(self) -> set[str]:
        """Models that failed, whose files are others since, and no longer change."""
        now = {name: self._stamp(name) for name in self._known}
        settled = {name for name, stamp in now.items() if stamp == self._last.get(name)}
        self._last = now
        changed = {name for name in settled if now[name] != self._known[name]}
        state = self._state() if changed else None
        if state is None:
            return set()
        failed = {name for name, _ in state.failed}
        for name in changed.difference(state.loading):
            self._known[name] = now[name]
        return changed & failed

    def _stamp(self, name: str) -> _Stamp:
        """Names, sizes and dates of the files of a model's versions."""
        found: set[tuple[str, int, int]] = set()
        for folder in version_dirs(self._models_dir / name).values():
            try:
                for path in sorted(folder.rglob("*"))[:MAX_ENTRIES]:
                    stat = path.stat()
                    found.add((str(path), stat.st_size, stat.st_mtime_ns))
            except OSError:
                # It changes at this moment, and is looked at again.
                continue
        return frozenset(found)
