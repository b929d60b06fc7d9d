"""What was done to a model's versions, a line each; a folder made by hand has none of it.

`NAME/.history.jsonl`. It is written before what it tells of, so its last line may tell of something
that did not happen, where the publisher was killed in between.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

JOURNAL_NAME = ".history.jsonl"
PUBLISHED, LABELLED, ROLLED_BACK, REMOVED = "published", "labelled", "rolled back", "removed"


@dataclass(frozen=True)
class Event:
    """One thing that was done.

    Args:
        what: `PUBLISHED`, `LABELLED`, `ROLLED_BACK` or `REMOVED`.
        version: the one that it was done to, or that got the label; 0 where a label was taken away.
        label: which, where it is about one.
        before: the version that had the label until then; None where none had.
        newest: the one that requests without a version got then, where nothing was `stable` yet.
        at: when, ISO 8601 in UTC.
    """

    what: str
    version: int
    label: str = ""
    before: int | None = None
    newest: int | None = None
    at: str = ""


def read_journal(model_dir: Path) -> list[Event]:
    """The events, oldest first; a line cut short, as by a full disk, is passed over."""
    try:
        lines = (model_dir / JOURNAL_NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    events = []
    for line in lines:
        try:
            events.append(Event(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return events


def append_event(model_dir: Path, event: Event) -> None:
    """Add an event, with the time, and wait until it is on the disk."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({**asdict(event), "at": event.at or now})
    with (model_dir / JOURNAL_NAME).open("ab+") as file:
        if file.tell() and not _ends_with_newline(file.fileno()):
            line = "\n" + line
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def versions_before(events: Sequence[Event], label: str, current: int | None) -> list[int]:
    """Which versions had a label before `current`, the last one first.

    Args:
        events: of the model.
        label: such as stable.
        current: the version that has it now; what the journal's last line says may not have
            happened, and the configuration may have been edited by hand.

    Example:
        >>> moves = [Event("labelled", 1, "stable"), Event("labelled", 2, "stable", 1)]
        >>> versions_before(moves, "stable", 2)
        [1]
    """
    moves = [each for each in events if each.label == label]
    if moves and moves[-1].version != (current or 0) and moves[-1].before == current:
        moves = moves[:-1]
    held: list[int] = []
    for move in moves:
        left = move.newest if move.before is None else move.before
        if move.what == ROLLED_BACK and held:
            held.pop()
        elif move.what != ROLLED_BACK and left is not None:
            held.append(left)
    if moves and moves[-1].version not in (0, current):
        held.append(moves[-1].version)
    return held[::-1]


def _ends_with_newline(descriptor: int) -> bool:
    end = os.lseek(descriptor, 0, os.SEEK_END)
    return os.pread(descriptor, 1, end - 1) == b"\n"
