"""How many examples Hypothesis draws: few in every run, more where somebody wants to search."""

import os

# `EFFORT=20 python -m pytest tests/training/...` draws twenty times as many.
EFFORT = int(os.environ.get("EFFORT", "1"))


def examples(count: int) -> int:
    """`count` in a run of every day."""
    return count * EFFORT
