"""pycocotools' printed lines, for people."""

from collections.abc import Iterable

# What pycocotools prints where no object counts.
_NOT_MEASURED = "-1.000"


def explained(lines: Iterable[str]) -> str:
    """The lines below each other, and below them what -1 means, where one says it.

    Example:
        >>> print(explained([" Average Recall     (AR) @[ area= large ] = -1.000"]))
         Average Recall     (AR) @[ area= large ] = -1.000
        -1.000: no such objects
    """
    table = "\n".join(lines)
    return f"{table}\n{_NOT_MEASURED}: no such objects" if f"= {_NOT_MEASURED}" in table else table
