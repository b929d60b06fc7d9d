"""`Calls`: which functions of this repository ran, in their order."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import CO_OPTIMIZED
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeVar

REPOSITORY = Path(__file__).parents[1]
# What watches is not what is watched.
LEFT_OUT = frozenset({"benchmarks", "tests", ".venv"})
_Result = TypeVar("_Result")


class Call(NamedTuple):
    """A call of a function.

    Args:
        file: in the repository, such as `detection/boxes.py`.
        function: with its class, such as `LabelMap.label`.
    """

    file: str
    function: str


class Counts(NamedTuple):
    """How much there is to read along a way.

    Args:
        files: that a function is called in.
        functions: each once; comprehensions and lambdas are part of what they stand in.
        changes_of_file: calls of a function in another file than the last one's.
    """

    files: int
    functions: int
    changes_of_file: int

    @classmethod
    def of(cls, calls: Iterable[Call], below: str = "") -> "Counts":
        """Those of the calls in files whose path begins with `below`.

        Example:
            >>> Counts.of([Call("a.py", "f"), Call("b.py", "g"), Call("a.py", "f")])
            Counts(files=2, functions=2, changes_of_file=2)
        """
        chosen = [call for call in calls if call.file.startswith(below)]
        files = [call.file for call in chosen]
        changes = sum(one != other for one, other in pairwise(files))
        return cls(len({*files}), len({*chosen}), changes)


class Calls:
    """The calls of our functions, of each thread that is watched, as they come."""

    def __init__(self) -> None:
        self.noted: list[Call] = []
        self._known: dict[CodeType, Call | None] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes calls in this thread meanwhile."""
        before = sys.getprofile()
        sys.setprofile(self.note)
        try:
            yield
        finally:
            sys.setprofile(before)

    def watching(self, function: Callable[..., _Result]) -> Callable[..., _Result]:
        """A function that notes the calls of its own first run, in whichever thread that is."""
        is_first = iter([True])

        @wraps(function)
        def watched(*arguments: Any) -> _Result:
            if not next(is_first, False):
                return function(*arguments)
            with self.watched():
                return function(*arguments)

        return watched

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """What `sys.setprofile` takes."""
        if event == "call":
            code = frame.f_code
            if code not in self._known:
                self._known[code] = _ours(code)
            call = self._known[code]
            if call is not None:
                self.noted.append(call)


def _ours(code: CodeType) -> Call | None:
    file, function = Path(code.co_filename), code.co_qualname
    # Bodies of classes, which importing runs, are no functions.
    is_function = code.co_flags & CO_OPTIMIZED and not function.endswith(">")
    if REPOSITORY not in file.parents or not is_function:
        return None
    relative = file.relative_to(REPOSITORY)
    return None if relative.parts[0] in LEFT_OUT else Call(relative.as_posix(), function)


class RequestCalls(Calls):
    """The calls of each work item that a pool's thread took: gunicorn's way to serve a request.

    Args:
        path: of the file that gets a line of JSON for each item: its calls.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """What `threading.setprofile` takes; one thread works at a time."""
        if frame.f_code.co_qualname != "_WorkItem.run":
            super().note(frame, event, argument)
        elif event == "call":
            self.noted = []
        elif event == "return":
            with self._path.open("a") as file:
                file.write(f"{json.dumps(self.noted)}\n")
