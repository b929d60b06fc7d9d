"""Splits in other languages and in names of several words: folders side by side, CSV columns."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import image_file, images, notes_of, text_file
from tests.training.datasets.formats.flat_annotations import BY_FORMAT
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import read_dataset
from training.datasets.formats.splits.folders import split_of_folder, split_of_list, words_of
from training.datasets.formats.splits.words import split_among_words

IMAGES = {"a.jpg": "train", "b.jpg": "train", "c.jpg": "val", "d.jpg": "test"}


def placed(called: tuple[str, str, str], layout: str = "{}") -> list[str]:
    of = dict(zip(("train", "val", "test"), called, strict=True))
    return [f"{layout.format(of[split])}/{name}" for name, split in IMAGES.items()]


def splits_of(dataset: Dataset) -> dict[str, str | None]:
    assert dataset.defects == ()
    return {Path(each.name).name: each.split for each in dataset.images}


@pytest.mark.parametrize("name", ["coco", "voc", "yolo"])
@pytest.mark.parametrize("called", [
    ("Training", "Validierung", "Test"), ("Trainingsdaten", "Validierungsdaten", "Testdaten"),
    ("entraînement", "validation", "essai"), ("entrenamiento", "validación", "prueba"),
    ("treino", "validação", "teste"), ("addestramento", "convalida", "prova"),
    ("trening", "walidacja", "testowy"), ("обучающая", "валидационная", "тестовая"),
    ("训练集", "验证集", "测试集"), ("学習", "検証", "テスト"), ("훈련", "검증", "테스트"),
    ("my_train_set", "my_val_set", "my_test_set"), ("dataset-train", "dataset-val", "other test"),
    ("part_train", "part_val", "part_test"), ("fooTrainBar", "fooValBar", "fooTestBar"),
])  # fmt: skip
def test_folders_side_by_side_say_splits(
    name: str, called: tuple[str, str, str], tmp_path: Path
) -> None:
    images(tmp_path, *placed(called, "data/images/{}"))
    BY_FORMAT[name](tmp_path, list(IMAGES))
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == IMAGES
    assert "splits by the folders of the images: " in notes_of(dataset)


@pytest.mark.parametrize("called", [
    ("my_train_set", "other", "more"), ("training_camp", "pitch", "hall"),
    ("prueba", "pruebas", "x"), ("test_1", "test_2", "test_3"),
    ("train_or_val", "train_and_test", "x"), ("contest", "retrained", "interval"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_a_name_beside_no_other_split_is_none(
    name: str, called: tuple[str, str, str], tmp_path: Path
) -> None:
    images(tmp_path, *placed(called, "images/{}"))
    BY_FORMAT[name](tmp_path, list(IMAGES))
    assert read_dataset(tmp_path).splits == (None,)


def test_names_in_different_folders_are_not_side_by_side(tmp_path: Path) -> None:
    images(tmp_path, *placed(("one/my_train_set", "two/my_val_set", "three/my_test_set")))
    BY_FORMAT["coco"](tmp_path, list(IMAGES))
    assert read_dataset(tmp_path).splits == (None,)


def a_csv(folder: Path, column: str, *values: str) -> Dataset:
    rows = [f"{number}.jpg;cup;10;8;30;28;{value}\n" for number, value in enumerate(values)]
    for number in range(len(values)):
        image_file(folder / f"{number}.jpg")
    header = f"filename;class;xmin;ymin;xmax;ymax;{column}\n"
    text_file(folder / "labels.csv", (header + "".join(rows)).encode())
    return read_dataset(folder)


@pytest.mark.parametrize("column", ["split", "set", "Partition", "Datensatz", "sous-ensemble",
                                    "conjunto", "выборка", "数据集", "データセット"])  # fmt: skip
@pytest.mark.parametrize("values", [
    ("Training", "Validierung", "Test"), ("train", "val", "test"), ("训练集", "验证集", "测试集"),
    ("entraînement", "validation", "essai"), ("обучение", "валидация", "тест"),
])  # fmt: skip
def test_a_column_says_the_split_and_is_told(
    column: str, values: tuple[str, str, str], tmp_path: Path
) -> None:
    dataset = a_csv(tmp_path, column, *values)
    assert splits_of(dataset) == {"0.jpg": "train", "1.jpg": "val", "2.jpg": "test"}
    told = notes_of(dataset)
    assert f"split={column}" in told.replace("'", "")
    assert column == "split" or "columns by their words: --columns " in told
    assert "Validierung" not in values or "by their words: Validierung as val" in told


@pytest.mark.parametrize("column", ["set", "Datensatz", "fold"])
def test_a_column_of_other_values_is_no_split(column: str, tmp_path: Path) -> None:
    dataset = a_csv(tmp_path, column, "train", "7", "garden")
    assert dataset.splits == (None,)
    assert f"not read: {column}" in notes_of(dataset)


@pytest.mark.parametrize("name", ["Ätest", "非test", "contesté", "Überval", "réentrain"])
def test_a_part_of_a_word_in_other_letters_is_no_split(name: str) -> None:
    assert split_of_folder(name) is None
    assert split_of_list(name) is None
    assert split_among_words(name) is None


def test_words_begin_at_signs_digits_and_capitals() -> None:
    assert words_of("trainImages_2014") == ["train", "Images", "2014"]
    assert words_of("测试Set-2 Ätest") == ["测试", "Set", "2", "Ätest"]
