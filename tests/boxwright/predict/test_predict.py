"""`boxwright predict` against a real HTTP server."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.boxwright.gateways import Answer, Asked, detection, found, gateway, problem
from tests.boxwright.predict.asking import open_hand, predict


def test_a_table_has_a_row_a_detection(photos: Path) -> None:
    with gateway(open_hand) as (url, _):
        result = predict(url, photos / "a.png")
    assert result.exit_code == 0, result.output
    rows = [line.split("│")[1:-1] for line in result.stdout.splitlines() if "a.png" in line]
    assert [[cell.strip() for cell in row[1:]] for row in rows] == [
        ["open", "0.94", "12.0", "8.5", "101.2", "230.0"],
        ["7", "0.50", "0.0", "0.0", "1.0", "2.0"],
    ]


def test_a_table_says_where_nothing_was_found(photos: Path) -> None:
    with gateway(lambda asked: found()) as (url, _):
        result = predict(url, photos / "a.png")
    assert "(nothing found)" in result.stdout


def test_brackets_and_colons_are_no_markup(tmp_path: Path) -> None:
    photo = tmp_path / "hand [bold] :smile: [" / "x].jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"x")
    with gateway(lambda asked: found(detection("[red]open[/]", 0.5, 0, 0, 1, 1))) as (url, _):
        result = predict(url, photo)
    assert result.exit_code == 0, result.output
    assert "hand [bold] :smile: [" in result.stdout
    assert "[red]open[/]" in result.stdout


def test_a_table_in_a_file_cuts_no_path(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*(["x" * 60] * 5))
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(b"x")
    with gateway(open_hand) as (url, _):
        assert predict(url, deep, "--output", tmp_path / "table.txt").exit_code == 0
    assert str(deep / "a.jpg") in (tmp_path / "table.txt").read_text(encoding="utf-8")


def test_a_folder_is_searched_for_images_at_any_depth(photos: Path) -> None:
    with gateway(open_hand) as (url, asked):
        result = predict(url, photos, "--format", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    names = ["a.png", "b.JPG", "deep/d.jpeg", "deep/er/c.webp"]
    assert [line["picture"] for line in lines] == [str(photos / name) for name in names]
    assert sorted(each.parts["image"][1].decode() for each in asked) == sorted(
        f"content of {name}" for name in names
    )
    assert lines[0]["detections"][0]["label"] == "open"


def test_a_file_that_is_named_is_sent_whatever_it_is_called(photos: Path) -> None:
    with gateway(open_hand) as (url, asked):
        assert predict(url, photos / "notes.txt", photos / "notes.txt").exit_code == 0
    assert [each.parts["image"] for each in asked] == [("notes.txt", b"content of notes.txt")]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ([], "/predict"),
        (["--model", "hands"], "/models/hands/predict"),
        (["--model", "hands", "--version", 2], "/models/hands/versions/2/predict"),
        (["--model", "hands", "--label", "stable"], "/models/hands/labels/stable/predict"),
        (["--model", "a/b c"], "/models/a%2Fb%20c/predict"),
        (["--score-threshold", 0.25], "/predict?score_threshold=0.25"),
        (["--max-detections", 3, "--classes", "open,4"],
         "/predict?max_detections=3&classes=open%2C4"),
        (["--pipeline", "hands"], "/predict?pipeline=hands"),
        (["--truncated", "accept"], "/predict?truncated=accept"),
        (["--model", "gestures", "--pipeline", "hands", "--overlay", "belief"],
         "/models/gestures/predict?pipeline=hands&overlay=belief"),
    ],
)  # fmt: skip
def test_what_is_asked_reaches_the_gateway(photos: Path, options: list[Any], path: str) -> None:
    with gateway(open_hand) as (url, asked):
        assert predict(url, photos / "a.png", *options).exit_code == 0
    assert [each.path for each in asked] == [path]
    assert asked[0].headers["Accept"] == "application/json"
    assert asked[0].headers["Authorization"] is None


def test_key_and_label_map_are_sent_along(photos: Path, tmp_path: Path) -> None:
    label_map = tmp_path / "map.pbtxt"
    label_map.write_text("item { id: 1 name: 'x' }")
    with gateway(open_hand) as (url, asked):
        predict(url, photos / "a.png", "--api-key", "secret", "--label-map", label_map)
    assert asked[0].headers["Authorization"] == "Bearer secret"
    assert asked[0].parts["label_map"][1] == label_map.read_bytes()


def test_coco_results_are_numbered_as_the_annotations_number_them(
    photos: Path, tmp_path: Path
) -> None:
    annotations = tmp_path / "coco.json"
    images = [{"id": 17, "file_name": "train/b.JPG"}, {"id": 40, "file_name": "z.jpg"}]
    annotations.write_text(json.dumps({"images": images}))
    with gateway(lambda asked: found(detection("open", 0.94, 12, 8.5, 101.2, 230))) as (url, _):
        result = predict(
            url, photos / "b.JPG", photos / "a.png", "--format", "coco",
            "--coco-images", annotations, "--output", tmp_path / "results.json",
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "results.json").read_text()) == [
        {"image_id": 17, "category_id": 1, "bbox": [12, 8.5, 89.2, 221.5], "score": 0.94,
         "file_name": "b.JPG"},
        {"image_id": 41, "category_id": 1, "bbox": [12, 8.5, 89.2, 221.5], "score": 0.94,
         "file_name": "a.png"},
    ]  # fmt: skip


def test_the_points_of_a_pipeline_are_written_down_whole(photos: Path) -> None:
    points = [{"name": "wrist", "x": 14.5, "y": 9.25, "score": 0.875},
              {"name": "thumb_tip", "x": -1.0, "y": 4.0, "score": 0.5}]  # fmt: skip
    hand = detection("open", 0.94, 12, 8.5, 101.25, 230) | {"keypoints": points}
    asked = ("--pipeline", "hands", "--format")
    with gateway(lambda asked: found(hand)) as (url, _):
        lines = predict(url, photos / "a.png", *asked, "jsonl").stdout
        records = json.loads(predict(url, photos / "a.png", *asked, "coco").stdout)
        table = predict(url, photos / "a.png", *asked, "table")
    assert json.loads(lines)["detections"][0]["keypoints"] == points
    # As the gateway's own COCO results: x, y and score of each.
    assert records[0]["keypoints"] == [14.5, 9.25, 0.875, -1.0, 4.0, 0.5]
    assert "open" in table.stdout


def test_a_pipeline_that_the_gateway_does_not_know_is_its_refusal(photos: Path) -> None:
    detail = "pipeline: none (PIPELINES sets none up) is expected, not 'feet'"
    with gateway(lambda asked: problem(400, detail)) as (url, _):
        result = predict(url, photos / "a.png", "--pipeline", "feet")
    assert result.exit_code == 1
    assert f"HTTP 400: {detail}" in " ".join(result.stderr.split())


def test_coco_of_nothing_is_an_empty_list(photos: Path) -> None:
    with gateway(lambda asked: found()) as (url, _):
        assert json.loads(predict(url, photos, "--format", "coco").stdout) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": 3}', '{"images": [{"id": "x"}]}'])
def test_annotations_that_are_not_cocos_are_refused(
    photos: Path, tmp_path: Path, text: str
) -> None:
    annotations = tmp_path / "coco.json"
    annotations.write_text(text)
    with gateway(open_hand) as (url, _):
        result = predict(url, photos, "--format", "coco", "--coco-images", annotations)
    assert result.exit_code == 1
    assert "is not COCO JSON" in result.stderr


def test_annotated_images_go_into_a_folder_under_their_names(photos: Path, tmp_path: Path) -> None:
    (photos / "deep" / "a.png").write_bytes(b"another")

    def annotated(asked: Asked) -> Answer:
        media_type = str(asked.headers["Accept"])
        return Answer(media_type.encode() + asked.parts["image"][1], media_type=media_type)

    output = tmp_path / "new" / "annotated"
    with gateway(annotated) as (url, _):
        result = predict(url, photos, "--format", "pictures", "--output", output)
    assert result.exit_code == 0, result.output
    assert {each.name: each.read_bytes() for each in output.iterdir()} == {
        "a.png": b"image/pngcontent of a.png",
        "a-2.png": b"image/pnganother",
        "b.jpg": b"image/jpegcontent of b.JPG",
        "c.webp": b"image/webpcontent of deep/er/c.webp",
        "d.jpg": b"image/jpegcontent of deep/d.jpeg",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'PATHS...'"),
        (["missing.jpg"], "missing.jpg does not exist"),
        ([".", "--format", "pictures"], "--format images needs --output FOLDER"),
        (["a.png", "--version", "2"], "choose among the versions of --model"),
        (["a.png", "--model", "m", "--version", "2", "--label", "x"], "not both"),
        (["a.png", "--score-threshold", "1.5"], "--score-threshold"),
        (["a.png", "--max-detections", "0"], "--max-detections"),
        (["a.png", "--output", "no/such/folder/x"], "cannot write no/such/folder/x"),
        (["a.png", "--output", "."], "cannot write .: Is a directory"),
        (["a.png", "--format", "pictures", "--output", "a.png/x"], "cannot write into a.png/x"),
        (["empty"], "no images in empty"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(
    photos: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    (photos / "empty").mkdir()
    monkeypatch.chdir(photos)
    with gateway(open_hand) as (url, asked):
        result = predict(url, *arguments)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())
    assert asked == []


def test_a_table_marks_what_was_cut_short(photos: Path) -> None:
    def cut(asked: Asked) -> Answer:
        image = {"width": 64, "height": 48, "truncated": True}
        return Answer(json.dumps({"image": image, "detections": []}).encode())

    with gateway(cut) as (url, _):
        result = predict(url, photos / "a.png", "--truncated", "accept")
    assert "a.png (cut short)" in result.output
