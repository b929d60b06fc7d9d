"""CSV files whose columns are called in other languages, and `--columns` for a part of them."""

import shlex
from pathlib import Path

import pytest

from tests.support.annotated_folders import boxes_of, image_file, notes_of, text_file
from tests.support.command_line import run_main
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.csv_files.header import understand
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

BOX = (10.0, 8.0, 30.0, 28.0)
UNKNOWN = "Vorlage;Was;xmin;ymin;xmax;ymax\na.jpg;cup;10;8;30;28\n"


def a_set(folder: Path, text: str, encoding: str = "utf-8", **options: object) -> Dataset:
    image_file(folder / "a.jpg")
    text_file(folder / "labels.csv", text.encode(encoding))
    return read_dataset(folder, None, ReadOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "encoding", "columns"),
    [
        ("Dateiname;Klasse;xmin;ymin;xmax;ymax", "utf-8", "image=Dateiname,class=Klasse"),
        ("Dateiname;Klasse;xmin;ymin;xmax;ymax", "utf-8-sig", "image=Dateiname,class=Klasse"),
        ("Bild;Größe;Kategorie;xmin;ymin;xmax;ymax", "cp1252", "image=Bild,class=Kategorie"),
        ("Nom du fichier;Étiquette;x1;y1;x2;y2", "cp1252",
         "image=Nom du fichier,class=Étiquette"),
        ("archivo;clase;izquierda;arriba;derecha;abajo", "utf-8",
         "image=archivo,class=clase,x_min=izquierda,y_min=arriba,x_max=derecha,y_max=abajo"),
        ("nome_arquivo;Rótulo;xmin;ymin;xmax;ymax", "utf-8", "image=nome_arquivo,class=Rótulo"),
        ("nazwa pliku;etykieta;xmin;ymin;xmax;ymax", "cp1250",
         "image=nazwa pliku,class=etykieta"),
        ("dosya;kategori;xmin;ymin;xmax;ymax", "utf-8", "image=dosya,class=kategori"),
        ("文件名;类别;左;上;右;下", "gbk",
         "image=文件名,class=类别,x_min=左,y_min=上,x_max=右,y_max=下"),
        ("ファイル名;ラベル;xmin;ymin;xmax;ymax", "cp932", "image=ファイル名,class=ラベル"),
        ("파일명;클래스;xmin;ymin;xmax;ymax", "cp949", "image=파일명,class=클래스"),
        ("Имя файла;Класс;xmin;ymin;xmax;ymax", "cp1251",
         "image=Имя файла,class=Класс"),
    ],
)  # fmt: skip
def test_words_of_other_languages_are_taken_and_told(
    header: str, encoding: str, columns: str, tmp_path: Path
) -> None:
    row = "a.jpg;9;cup;10;8;30;28" if "Größe" in header else "a.jpg;cup;10;8;30;28"
    dataset = a_set(tmp_path, f"{header}\n{row}\n", encoding)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", BOX)]
    assert f"columns by their words: --columns {columns} says so" in (
        notes_of(dataset).replace("'", "")
    )


def test_a_corner_and_a_size_in_another_language(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "Datei;Klasse;x;y;Breite;Höhe\na.jpg;cup;10;8;20;20\n")
    assert boxes_of(dataset) == [("a.jpg", None, "cup", BOX)]
    assert "box_width=Breite,box_height=Höhe" in notes_of(dataset)


def test_english_names_go_before_and_are_no_guess() -> None:
    header = ["Bild", "filename", "Klasse", "label", "xmin", "ymin", "xmax", "ymax"]
    known = understand(header)
    assert (known["image"], known["class"]) == ("filename", "label")


def test_english_columns_are_not_told_as_words(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "image;label;x1;y1;x2;y2\na.jpg;cup;10;8;30;28\n")
    assert "by their words" not in notes_of(dataset)


@pytest.mark.parametrize(
    "columns",
    [
        {"image": "Vorlage", "class": "Was"},
        {"class": "Was", "picture": "Vorlage", "x_min": "xmin"},
    ],
)
def test_columns_needs_those_alone_that_are_not_known(
    columns: dict[str, str], tmp_path: Path
) -> None:
    dataset = a_set(tmp_path, UNKNOWN, columns=columns)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", BOX)]
    assert "columns that --columns does not name: " in notes_of(dataset)
    assert "x_max=xmax" in notes_of(dataset)


def test_shares_are_found_out_where_units_are_not_said(tmp_path: Path) -> None:
    text = "Vorlage;label;xmin;ymin;xmax;ymax\na.jpg;cup;0,25;0,25;0,5;0,5\n"
    columns = {"image": "Vorlage"}
    dataset = a_set(tmp_path, text, columns=columns)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", (16, 12, 32, 24))]
    assert "taken as shares" in notes_of(dataset)


def test_what_is_still_missing_is_proposed(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels\.csv --columns image=Vorlage,class=Was$"):
        a_set(tmp_path, UNKNOWN, columns={"image": "Vorlage"})


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"columns Vorlaeg: labels.csv has Vorlage, Was, xmin"):
        a_set(tmp_path, UNKNOWN, columns={"image": "Vorlaeg"})


def test_a_class_column_is_proposed_where_only_that_is_missing(tmp_path: Path) -> None:
    text = "filename;Was;xmin;ymin;xmax;ymax\na.jpg;cup;10;8;30;28\n"
    with pytest.raises(DatasetError, match="--columns class=Was says which column does"):
        a_set(tmp_path, text)
    assert boxes_of(a_set(tmp_path, text, columns={"class": "Was"})) == [
        ("a.jpg", None, "cup", BOX)
    ]


@pytest.mark.parametrize("row", ["a.jpg;cup;10;8;30;28", "a.jpg;cup;10,0;8;30;28"])
def test_a_file_without_a_header_and_with_decimal_commas(row: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"{row}\n")
    assert boxes_of(dataset) == [("a.jpg", None, "cup", BOX)]
    assert "there is no header" in notes_of(dataset)


def test_a_mapping_of_a_part_is_written_again(tmp_path: Path) -> None:
    image_file(tmp_path / "set" / "a.jpg")
    text_file(tmp_path / "set" / "labels.csv", UNKNOWN)
    outcome = run_main("dataset", "split", tmp_path / "set", tmp_path / "out", "--fractions",
                       "train=1", "--columns", "image=Vorlage,class=Was")  # fmt: skip
    assert outcome.code == 0, outcome.text
    (written,) = (tmp_path / "out").rglob("*.csv")
    assert written.read_text().splitlines()[0].startswith("Vorlage,")
    columns = {"image": "Vorlage", "class": "Was"}
    again = read_dataset(tmp_path / "out", None, ReadOptions(columns=columns))
    assert [each[2:] for each in boxes_of(again)] == [("cup", BOX)]


def test_columns_that_are_not_known_name_the_option_with_a_guess(tmp_path: Path) -> None:
    text = "vorlage,was,l,o,r,u\na.jpg,cup,10,8,30,28\n"
    with pytest.raises(DatasetError, match=r"vorlage, was, l.*--columns says what") as raised:
        a_set(tmp_path, text)
    path = tmp_path / "labels.csv"
    command = f"boxwright dataset check {path} --columns "
    assert command in str(raised.value)
    (columns,) = shlex.split(str(raised.value).split(command)[1])
    said = dict(pair.split("=") for pair in columns.split(","))
    assert said == {"image": "vorlage", "class": "was", "x_min": "l", "y_min": "o",
                    "x_max": "r", "y_max": "u"}  # fmt: skip
    assert boxes_of(a_set(tmp_path, text, columns=said)) == [("a.jpg", None, "cup", BOX)]
