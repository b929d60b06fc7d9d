"""The report's files: complete, valid, and with nothing from elsewhere."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tests.support.small_datasets import HEIGHT, WIDTH, boxes_only
from tests.training.evaluation.perturbed import detections, noisy, perfect, scene
from training.datasets.dataset import label_map_of
from training.datasets.workers import Workers
from training.evaluation.class_names import ClassNames
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation, evaluate
from training.evaluation.plots import DARK, plot_confusion, plot_precision_recall
from training.evaluation.report import Circumstances, write_report
from training.evaluation.report_files import MORE_FILES, REPORT_FILES, SUSPECTS, SUSPECTS_SHEET
from training.evaluation.saved_detections import KEPT
from training.evaluation.side_by_side import side_by_side

CIRCUMSTANCES = Circumstances("<b>model</b> & co", "data, val", 0.0, 100, ("Mind the <gap>.",))
WITHOUT_END = {"meta", "img", "source", "br"}


class Page(HTMLParser):
    """Checks that every element is closed by its own tag, and collects what would be loaded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.loaded += [value or "" for name, value in attrs if name in ("src", "srcset", "href")]
        if tag == "img":
            assert dict(attrs)["alt"]
        if tag == "source":
            assert self._open[-1] == "picture"
        if tag not in WITHOUT_END:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def an_evaluation(folder: Path) -> Evaluation:
    """Of four images that can be read, with a mistake in two."""
    truth = boxes_only(folder)
    found = perfect(truth)
    found[2] = detections([[0.1, 0.1, 0.5, 0.4]], [0.95], [1])
    found[3] = detections([], [], [])
    return evaluate(truth, found, ClassNames({1: 1, 2: 2, 3: 3}, ("<script>x</script>",), ("a&b",)))


def write(evaluation: Evaluation, folder: Path) -> dict[str, Path]:
    with Workers(processes=1) as workers:
        paths = write_report(evaluation, CIRCUMSTANCES, folder, workers)
    return {each.name: each for each in paths}


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return an_evaluation(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def files(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write(evaluation, tmp_path_factory.mktemp("report"))


def test_the_page_is_valid_and_loads_nothing_from_elsewhere(
    evaluation: Evaluation, files: dict[str, Path]
) -> None:
    html = files["report.html"].read_text(encoding="utf-8")
    page = Page(html)
    assert page.loaded
    assert all(each.startswith("data:image/") for each in page.loaded)
    assert not re.search(r"https?://|url\(|@import|<script", html)
    assert page.tags.count("figure") == len(evaluation.worst) == 2
    assert "prefers-color-scheme: dark" in html
    for line in evaluation.metrics.lines:
        assert line in page.text


def test_names_are_text_and_never_markup(files: dict[str, Path]) -> None:
    page = Page(files["report.html"].read_text(encoding="utf-8"))
    assert "script" not in page.tags
    for text in ("<script>x</script>", "a&b", "<b>model</b> & co", "Mind the <gap>."):
        assert text in page.text


def test_the_json_holds_all_numbers(evaluation: Evaluation, files: dict[str, Path]) -> None:
    content = json.loads(files["report.json"].read_text(encoding="utf-8"))
    assert content["coco"] == evaluation.metrics.values
    assert content["coco_lines"] == list(evaluation.metrics.lines)
    assert [each["name"] for each in content["classes"]] == ["white", "red cell", "platelet"]
    assert content["classes"][2]["ap"] == -1
    assert content["pictures"] == 4
    assert content["lowest_score"] == 0
    assert content["confusion"]["labels"][-1] == "background"
    assert {each["iou"] for each in content["precision_recall"]} == {0.5, 0.75}
    assert [each["picture"] for each in content["worst"]] == ["val/fourth.jpg", "val/third.jpg"]


def test_the_sheet_shows_the_worst(files: dict[str, Path]) -> None:
    with Image.open(files["worst.jpg"]) as sheet:
        assert sheet.width > sheet.height


def test_all_that_a_report_consists_of_is_known(files: dict[str, Path]) -> None:
    assert set(files) == {*REPORT_FILES, SUSPECTS, SUSPECTS_SHEET, KEPT}
    assert set(files) <= {*REPORT_FILES, *MORE_FILES}


def test_a_report_on_nothing_is_written_and_an_older_sheet_goes(tmp_path: Path) -> None:
    truth = boxes_only(tmp_path)
    bare = replace(truth, images=tuple(replace(each, objects=()) for each in truth.images))
    (tmp_path / "worst.jpg").write_bytes(b"of another evaluation")
    files = write(evaluate(bare, [detections([], [], [])] * 4), tmp_path)
    assert not (tmp_path / "worst.jpg").exists()
    assert "worst.jpg" not in files
    page = Page(files["report.html"].read_text(encoding="utf-8"))
    assert "Nothing is wrong" in page.text


def test_where_it_cannot_be_written_is_named(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match=r"cannot write .*file"):
        write(evaluation, tmp_path / "file")


def test_many_classes_with_odd_names_are_plotted() -> None:
    truth = scene(40)
    odd = replace(
        truth, label_map=label_map_of(["cell", "platelet", *(f"$x_{n}$" * 9 for n in range(40))])
    )
    evaluation = evaluate(odd, noisy(truth))
    for plot in (
        plot_precision_recall(evaluation.at_50, evaluation.at_75, evaluation.overall, DARK),
        plot_confusion(evaluation.confusion, DARK),
    ):
        assert plot.startswith(b"\x89PNG")


def test_truth_stands_left_of_what_was_found(tmp_path: Path) -> None:
    truth = boxes_only(tmp_path)
    image = truth.images[2]
    found = detections([[0.0, 0.0, 1.0, 1.0]], [0.9], [1])
    pair = side_by_side(image, found, truth.label_map, longer_side_px=4 * WIDTH)
    assert pair.size == (8 * WIDTH + 4, 4 * HEIGHT)
    plain = side_by_side(image, found[:0], truth.label_map, longer_side_px=4 * WIDTH)
    left, right = (0, 0, 4 * WIDTH, 4 * HEIGHT), (4 * WIDTH + 4, 0, 8 * WIDTH + 4, 4 * HEIGHT)
    assert pair.crop(left).tobytes() == plain.crop(left).tobytes()
    assert pair.crop(right).tobytes() != plain.crop(right).tobytes()


def test_an_image_that_cannot_be_read_says_so() -> None:
    truth = scene(2)
    pair = side_by_side(
        truth.images[1], detections([], [], []), truth.label_map, longer_side_px=320
    )
    assert len(set(pair.convert("L").tobytes())) > 2
