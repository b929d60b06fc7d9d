"""Loads and unloads versions until those that are aspired to are served.

One thread chooses the steps; loads and unloads run in threads of their own, as many at a time as
the settings allow. Requests hold a version while they use it, and it is closed once nobody does.
Semantics: `aspired_versions_manager.cc`, `basic_manager.cc` of TensorFlow Serving.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.embedded.errors import ServingError
from server.embedded.servable import Servable
from server.embedded.versions import state_monitor as states
from server.embedded.versions.aspired_version_policy import Stage, next_step
from server.embedded.versions.loader_harness import Loader, LoaderHarness
from server.embedded.versions.source import Aspired
from server.embedded.versions.state_monitor import ServableStateMonitor, VersionStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadSettings:
    """How versions are loaded.

    Attributes:
        load_threads: loads at a time; 0 counts as 1.
        unload_threads: unloads at a time; 0 counts as 1.
        max_retries: tries after a first one that failed.
        retry_interval_s: seconds from a failed try to the next.
        after_unload: is called whenever a version's model was closed.
    """

    load_threads: int = 0
    unload_threads: int = 0
    max_retries: int = 5
    retry_interval_s: float = 60.0
    after_unload: Callable[[], None] = lambda: None


class VersionManager:
    """The versions of all models.

    Args:
        loader: loads one version; called from several threads at once.
        settings: threads and retries.
    """

    def __init__(self, loader: Loader, settings: LoadSettings) -> None:
        self._loader = loader
        self._settings = settings
        self._load_slots = max(1, settings.load_threads)
        self._busy = {Stage.LOADING: 0, Stage.UNLOADING: 0}
        self._changed = threading.Condition()
        self._wanted: dict[str, dict[int, Path]] = {}
        self._managed: dict[str, dict[int, LoaderHarness]] = {}
        self._closing = False
        self.state_monitor = ServableStateMonitor()
        self._thread = threading.Thread(target=self._run, name="manager", daemon=True)
        self._thread.start()

    # What callers ask

    @contextmanager
    def hold(self, name: str, version: int | None) -> Iterator[Servable | None]:
        """The version if it is ready, or the highest ready one; None if there is none.

        It is not unloaded before the block ends.
        """
        with self._changed:
            held = self._ready(name, version)
            if held is not None:
                held.uses += 1
        try:
            yield held.servable if held is not None else None
        finally:
            if held is not None:
                with self._changed:
                    held.uses -= 1
                    if held.uses == 0 and held.stage is Stage.QUIESCING:
                        self._changed.notify_all()

    def is_available(self, name: str, version: int | None = None) -> bool:
        """Whether that version, or any version, of the model answers requests."""
        with self._changed:
            return self._ready(name, version) is not None

    def failures(self, name: str) -> dict[int, ServingError]:
        """Errors by version, where none is ready and nothing is left to be tried; else empty."""
        with self._changed:
            versions = [v for v in self._managed.get(name, {}).values() if v.is_aspired]
            if not all(v.stage is Stage.FAILED for v in versions) or self._has_new(name):
                return {}
            if self._ready(name, None) is not None:
                return {}
            return {v.version: v.error for v in versions if v.error is not None}

    def wait_until_settled(
        self, names: Collection[str], is_cancelled: Callable[[], bool], poll_s: float = 0.5
    ) -> bool:
        """Wait until each model answers or has failed.

        Args:
            names: of models that are aspired to.
            is_cancelled: asked at every change and every `poll_s`.
            poll_s: seconds.

        Returns:
            False if it was cancelled.
        """
        with self._changed:
            while not all(self.is_available(name) or self.failures(name) for name in names):
                if is_cancelled() or self._closing:
                    return False
                self._changed.wait(poll_s)
        return True

    # What the source and the configuration say

    def aspire(self, aspired: Aspired) -> None:
        """Serve these versions of these models; other models stay as they are."""
        with self._changed:
            for name, versions in aspired.items():
                self._wanted[name] = dict(versions)
            self._changed.notify_all()

    def set_load_threads(self, count: int) -> None:
        """Loads at a time from now on; 0 counts as 1."""
        with self._changed:
            self._load_slots = max(1, count)
            self._changed.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Unload everything; False if something was still loading or used after `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while any(self._managed.values()):
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    return False
                self._changed.wait(left_s)
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        return True

    # The manager's thread

    def _run(self) -> None:
        with self._changed:
            while True:
                if self._closing:
                    self._wanted = {}
                for name in {*self._wanted, *self._managed}:
                    self._reconcile(name)
                    self._step(name)
                if self._closing and not any(self._managed.values()):
                    return
                self._changed.wait(self._next_retry_in_s())

    def _reconcile(self, name: str) -> None:
        """Compare what is wanted with what is there; nothing is loaded or unloaded yet."""
        wanted = self._wanted.get(name, {})
        managed = self._managed.setdefault(name, {})
        for version in list(managed.values()):
            path = wanted.get(version.version)
            version.is_aspired = path is not None
            idle = version.stage in (Stage.NEW, Stage.RETRYING, Stage.FAILED)
            if idle and path != version.path:
                if version.stage is not Stage.FAILED:
                    self._record(version, states.END, version.error)
                del managed[version.version]
                self._changed.notify_all()
        for number, path in wanted.items():
            if number not in managed:
                managed[number] = LoaderHarness(name, number, path)
                self._record(managed[number], states.START)
        if not wanted and not managed:
            self._wanted.pop(name, None)
            del self._managed[name]

    def _step(self, name: str) -> None:
        """Start every load and unload that may run now."""
        managed = self._managed.get(name, {})
        now_s = time.monotonic()
        for version in managed.values():
            if version.stage is Stage.RETRYING and version.retry_at_s <= now_s:
                version.stage = Stage.NEW
            elif version.stage is Stage.QUIESCING and version.uses == 0:
                self._start(Stage.UNLOADING, self._unload, version)
        while (step := next_step([v.view() for v in managed.values()])) is not None:
            version = managed[step.version]
            if step.action == "unload":
                version.stage = Stage.QUIESCING
                self._record(version, states.UNLOADING)
                if version.uses == 0:
                    self._start(Stage.UNLOADING, self._unload, version)
            elif not self._start(Stage.LOADING, self._load, version):
                return

    def _start(
        self, stage: Stage, work: Callable[[LoaderHarness], None], version: LoaderHarness
    ) -> bool:
        """Enter `stage` and do `work` in a thread; False while all places for it are taken."""
        slots = (
            self._load_slots if stage is Stage.LOADING else max(1, self._settings.unload_threads)
        )
        if self._busy[stage] >= slots:
            return False
        self._busy[stage] += 1
        version.stage = stage
        if stage is Stage.LOADING:
            self._record(version, states.LOADING)
        name = f"{stage.name.lower()} {version.name} {version.version}"
        threading.Thread(target=work, args=(version,), name=name, daemon=True).start()
        return True

    def _load(self, version: LoaderHarness) -> None:
        version.attempts += 1
        outcome: Servable | ServingError
        try:
            outcome = Servable(version.name, version.version, version.load(self._loader))
        except ServingError as error:
            outcome = error
        with self._changed:
            self._busy[Stage.LOADING] -= 1
            if isinstance(outcome, Servable):
                version.servable, version.error = outcome, None
                version.stage = Stage.READY
                self._record(version, states.AVAILABLE)
            else:
                version.error = outcome
                self._retry_or_fail(version)
            self._changed.notify_all()

    def _retry_or_fail(self, version: LoaderHarness) -> None:
        if version.attempts <= self._settings.max_retries:
            version.stage = Stage.RETRYING
            version.retry_at_s = time.monotonic() + self._settings.retry_interval_s
        else:
            version.stage = Stage.FAILED
            self._record(version, states.END, version.error)

    def _unload(self, version: LoaderHarness) -> None:
        version.unload()
        with self._changed:
            self._busy[Stage.UNLOADING] -= 1
            self._managed[version.name].pop(version.version)
            self._record(version, states.END)
            self._changed.notify_all()
        self._settings.after_unload()

    # Under the lock

    def _ready(self, name: str, number: int | None) -> LoaderHarness | None:
        managed = self._managed.get(name, {})
        ready = [v for v in managed.values() if v.stage is Stage.READY]
        if number is not None:
            ready = [v for v in ready if v.version == number]
        return max(ready, key=lambda v: v.version, default=None)

    def _has_new(self, name: str) -> bool:
        return any(v not in self._managed.get(name, {}) for v in self._wanted.get(name, {}))

    def _next_retry_in_s(self) -> float | None:
        retries = [
            version.retry_at_s
            for managed in self._managed.values()
            for version in managed.values()
            if version.stage is Stage.RETRYING
        ]
        return max(0.0, min(retries) - time.monotonic()) if retries else None

    def _record(
        self, version: LoaderHarness, state: int, error: ServingError | None = None
    ) -> None:
        self.state_monitor.record(version.name, version.version, VersionStatus(state, error))
