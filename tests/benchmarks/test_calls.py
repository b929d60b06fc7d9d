"""What counts as a function of ours, and what as a change of file."""

import re
from pathlib import Path
from threading import Thread

from benchmarks.calls import Call, Calls, Counts
from benchmarks.walks import prediction_calls, voc_calls
from detection.label_map import LabelMap, LabelMapItem
from tests.support.shared import REPOSITORY


def watched_in_detection() -> list[Call]:
    calls = Calls()
    with calls.watched():
        LabelMap((LabelMapItem(2, "two"), LabelMapItem(5, "five"))).label(5)
    return calls.noted


def test_a_call_is_known_by_its_file_and_its_class() -> None:
    assert Call("detection/label_map.py", "LabelMap.label") in watched_in_detection()


def test_other_peoples_functions_tests_and_comprehensions_are_not_counted() -> None:
    calls = watched_in_detection()
    assert {call.file for call in calls} == {"detection/label_map.py"}
    assert [call for call in calls if "<" in call.function] == []


def test_a_file_is_changed_by_each_call_into_another() -> None:
    calls = [Call("a/one.py", "f"), Call("a/one.py", "g"), Call("b/two.py", "f"),
             Call("a/one.py", "f")]  # fmt: skip
    assert Counts.of(calls) == (2, 3, 2)
    assert Counts.of(calls, "a/") == (1, 2, 0)


def test_another_threads_calls_are_noted_by_what_it_runs_and_once() -> None:
    calls = Calls()
    function = calls.watching(lambda: LabelMap((LabelMapItem(1, "one"),)).label(1))
    for _ in range(2):
        thread = Thread(target=function)
        thread.start()
        thread.join()
    assert [call.function for call in calls.noted].count("LabelMap.label") == 1


def told_by_the_page(first_line: str) -> list[str]:
    """The first file of each step of a walk in docs/architecture.md."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    [walk] = re.findall(rf"^{first_line}.*\n\n((?:(?: |\d).*\n)+)", page, re.MULTILINE)
    return re.findall(r"^\d+\. `([^`]+)`", walk, re.MULTILINE)


def entered(calls: list[Call], files: list[str]) -> list[str]:
    """Those of `files` that are called, in the order in which they first are."""
    return [file for file in dict.fromkeys(call.file for call in calls) if file in files]


def test_a_prediction_goes_the_way_that_the_page_tells(tmp_path: Path) -> None:
    told = told_by_the_page("`POST /predict`, from")
    assert len(told) > 10
    assert entered(prediction_calls(tmp_path), told) == told


def test_a_voc_file_goes_the_way_that_the_page_tells(tmp_path: Path) -> None:
    told = told_by_the_page("A Pascal VOC XML file, from")
    assert len(told) > 5
    assert entered(voc_calls(tmp_path), told) == told
