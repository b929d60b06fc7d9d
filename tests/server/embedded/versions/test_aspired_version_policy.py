import pytest

from server.embedded.versions.aspired_version_policy import Stage, Step, VersionView, next_step

READY, NEW, LOADING, FAILED = Stage.READY, Stage.NEW, Stage.LOADING, Stage.FAILED


@pytest.mark.parametrize(
    ("what", "versions", "expected"),
    [
        ("nothing there", [], None),
        ("the highest new one comes first", [(1, NEW, True), (2, NEW, True)], Step("load", 2)),
        ("a new one before the old goes", [(1, READY, False), (2, NEW, True)], Step("load", 2)),
        ("the old stays while it loads", [(1, READY, False), (2, LOADING, True)], None),
        ("the old goes after it", [(1, READY, False), (2, READY, True)], Step("unload", 1)),
        ("the old stays if it failed", [(1, READY, False), (2, FAILED, True)], None),
        ("back to an older one", [(2, READY, False), (1, NEW, True)], Step("load", 1)),
        ("nothing is wanted", [(1, READY, False)], Step("unload", 1)),
        (
            "of two that are left over one may go",
            [(1, READY, False), (2, READY, False), (3, NEW, True)],
            Step("unload", 1),
        ),
        (
            "unloading comes before more loading",
            [(1, READY, False), (2, READY, True), (3, NEW, True)],
            Step("unload", 1),
        ),
    ],
)
def test_availability_comes_before_memory(
    what: str, versions: list[tuple[int, Stage, bool]], expected: Step | None
) -> None:
    assert next_step([VersionView(*version) for version in versions]) == expected, what
