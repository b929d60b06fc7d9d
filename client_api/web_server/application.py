"""gunicorn as the gateway's server: worker processes with threads, made from the settings.

What worker processes share lies in a folder that exists while the gateway runs: the metrics'
values, and the files that prediction slots are made of.
"""

import ctypes
import logging
import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types

from client_api.limits.caller_counts import TABLES, CallerCounts
from client_api.limits.concurrency import (
    ANY_IMAGE,
    COSTLY_IMAGE,
    LARGE_IMAGE,
    LARGE_SLOTS,
    FileSlots,
    costly_slots,
)
from client_api.limits.worker_threads import thread_count
from client_api.settings import Settings

# How long requests in flight may take once the gateway is told to stop, beyond a prediction's.
STOP_GRACE_S = 5
# How long a worker may be silent before it is replaced; its threads may be busy much longer.
WORKER_TIMEOUT_S = 60

# Of a worker at once; one that receives or sends takes some 20 kB, and no thread.
MAX_CONNECTIONS = 4000
# Files that a worker wants to be allowed to have open, connections above all. 1024 are usual, on
# macOS 256.
MAX_OPEN_FILES = 8192

# Of mallopt(3): glibc's numbers.
M_ARENA_MAX = -8
M_MMAP_THRESHOLD = -3
MMAP_THRESHOLD_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


class GatewayServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The gateway under gunicorn.

    Args:
        settings: what the operator chose.
        folder: of this run; `prepare_folder` made it.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its configuration; no file, variable or argument changes it."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        config: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "threads": thread_count(settings.max_concurrent_predictions),
            "worker_class": "client_api.web_server.worker.BoundedThreadWorker",
            "timeout": WORKER_TIMEOUT_S,
            "graceful_timeout": round(settings.predict_timeout_s) + STOP_GRACE_S,
            "keepalive": 5,
            "worker_connections": MAX_CONNECTIONS,
            "worker_tmp_dir": str(self._folder),
            "control_socket_disable": True,
            # `requests` decides which proxies are believed, and nothing before it.
            "forwarded_allow_ips": "",
            "logger_class": "client_api.observability.server_log.ServerLog",
            "post_fork": _after_fork,
            "child_exit": _after_worker,
            "proc_name": "boxwright-gateway",
        }
        for name, value in config.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application; runs in each worker, so that nothing is shared but the folder."""
        from client_api.app import create_app, warm_up

        app = create_app(self._settings, slots_folder=slots_folder(self._folder))
        warm_up(app)
        return app


def prepare_folder(settings: Settings) -> Path:
    """Make the folder of a run, and point prometheus_client to it.

    Must run before anything imports prometheus_client, which reads the variable then.
    """
    folder = Path(tempfile.mkdtemp(prefix="boxwright-gateway-"))
    metrics = folder / "metrics"
    try:
        FileSlots.prepare(slots_folder(folder) / ANY_IMAGE, settings.max_concurrent_predictions)
        FileSlots.prepare(slots_folder(folder) / LARGE_IMAGE, LARGE_SLOTS)
        count = costly_slots(settings.max_concurrent_predictions)
        FileSlots.prepare(slots_folder(folder) / COSTLY_IMAGE, count)
        for table in TABLES:
            CallerCounts.prepare(slots_folder(folder) / table)
        metrics.mkdir()
    except BaseException:
        # No room on the disk, or told to stop.
        remove_folder(folder)
        raise
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    # gRPC's core writes to standard error by itself, in a format of its own.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    return folder


def slots_folder(folder: Path) -> Path:
    """Where the prediction slots and the quotas of a run lie."""
    return folder / "slots"


def remove_folder(folder: Path) -> None:
    """Remove the folder of a run that is over."""
    shutil.rmtree(folder, ignore_errors=True)


def spare_memory() -> None:
    """Keep a process small that decodes images in many threads.

    glibc gives every thread an arena of its own and keeps freed images in it; numpy's OpenBLAS
    starts a thread a core, each with buffers, for matrices that the gateway has none of. Must run
    before NumPy is imported.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)


def allow_open_files() -> None:
    """Raise how many files may be open to `MAX_OPEN_FILES`, as far as this user may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _after_fork(server: Any, worker: Any) -> None:
    worker.masters_signals = server.SIG_QUEUE
    spare_memory()


def _after_worker(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone; its counters stay."""
    del server
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # untyped
