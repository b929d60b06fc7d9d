"""`ImageNames`: which of the names in a file of detections is an image's."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from training.datasets.annotated import AnnotatedImage
from training.evaluation.errors import EvaluationError


class ImageNames:
    """Finds the names of images in a file.

    Args:
        path: the file, for messages.
        written: the names in it.
    """

    def __init__(self, path: Path, written: Iterable[str]) -> None:
        self._path = path
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for name in written:
            self._by_last[PurePosixPath(name).name].append(name)
        self.taken: dict[str, str] = {}

    def of(self, image: AnnotatedImage) -> str | None:
        """Its name in the file; None where it has none.

        Raises:
            EvaluationError: it could be several, or another image's.
        """
        names = self._by_last.get(PurePosixPath(image.name).name, [])
        if len(names) > 1:
            names = [name for name in names if f"/{name}".endswith(f"/{image.name}")] or names
        if len(names) > 1:
            file = Path(str(image.source)).resolve()
            names = [name for name in names if Path(name).resolve() == file] or names
        if len(names) > 1:
            raise EvaluationError(
                f"{self._path}: {' and '.join(names[:2])} could both be {image.name}"
            )
        if not names:
            return None
        other = self.taken.setdefault(names[0], image.full_name)
        if other != image.full_name:
            raise EvaluationError(
                f"{self._path}: {names[0]} could be {other} and {image.full_name}; images are "
                "told apart by their files' names"
            )
        return names[0]
