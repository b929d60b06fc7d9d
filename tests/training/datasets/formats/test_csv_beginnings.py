"""The beginning of a CSV file, by which it is known and a command is proposed."""

import codecs

import pytest

from training.datasets.formats.csv_files import table
from training.datasets.formats.csv_files.proposal import proposal
from training.datasets.formats.csv_files.table import first_fields

TEXT = "Vorlage;Was;xmin;ymin;xmax;ymax\na.jpg;Käse;1;2;3;4\n"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_byte_order_mark_is_no_part_of_the_proposed_command(mark: bytes) -> None:
    head = mark + TEXT.encode()
    assert first_fields(head)[0] == "Vorlage"
    assert proposal("a.csv", head) == (
        "boxwright dataset check a.csv --columns image=Vorlage,class=Was"
    )


def test_encodings_are_told_apart_only_where_it_is_not_utf8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    def ranked(sample: bytes) -> list[str]:
        asked.append(sample)
        return ["cp1252"]

    monkeypatch.setattr(table, "ranked", ranked)
    assert table.head_text(TEXT.encode()) == TEXT
    assert not asked
    assert table.head_text(TEXT.encode("cp1252")) == TEXT
    assert len(asked) == 1
