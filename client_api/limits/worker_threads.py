"""How many threads a worker process has, and how many of them predictions may hold."""

# Threads that no prediction takes: pages, health and metrics are answered however full it is.
SPARE_THREADS = 32
# Predictions that wait for their turn, for each one that runs.
WAITING_PER_SLOT = 2
MIN_WAITING = 32


def max_requests_held(max_concurrent_predictions: int) -> int:
    """How many predictions one worker holds at once, running or waiting."""
    waiting = max(MIN_WAITING, WAITING_PER_SLOT * max_concurrent_predictions)
    return max_concurrent_predictions + waiting


def thread_count(max_concurrent_predictions: int) -> int:
    """How many threads a worker needs; a thread is made when it is first needed."""
    return max_requests_held(max_concurrent_predictions) + SPARE_THREADS
