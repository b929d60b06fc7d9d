"""The report, of figures made for it."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from benchmarks.__main__ import CLIENTS, RATIOS, RESULTS, shown_command
from benchmarks.comparison.contenders import OURS
from benchmarks.comparison.details import SHARES, Details
from benchmarks.comparison.load import Measured
from benchmarks.comparison.measuring import LIMIT, Row, to_limit
from benchmarks.comparison.report import markdown, ratios, slower
from tests.support.shared import REPOSITORY


def rows_at(*shares: float) -> dict[str, Row]:
    """Rounds in which the machine's speed differs, and ours is such a share of it each time."""
    rows = {LIMIT: Row(LIMIT), OURS: Row(OURS)}
    for clients in CLIENTS:
        rows[LIMIT].by_clients[clients] = [Measured(100.0 * (n + 1), 1, 1) for n in range(3)]
        rows[OURS].by_clients[clients] = [
            Measured(100.0 * (n + 1) * share, 1, 1) for n, share in enumerate(shares)
        ]
    return rows


def test_a_share_of_the_limit_is_of_the_same_round() -> None:
    assert to_limit(rows_at(0.5, 0.5, 0.5), OURS, 16) == pytest.approx(0.5)
    assert to_limit(rows_at(0.5, 0.4, 0.9), OURS, 16) == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "lines"), [(0.80, 0), (0.69, 0), (0.67, 2)])
def test_what_has_become_slower_is_named(share: float, lines: int, tmp_path: Path) -> None:
    committed = tmp_path / "results.json"
    committed.write_text(json.dumps(ratios(rows_at(0.8, 0.8, 0.8))))
    found = slower(ratios(rows_at(share, share, share)), committed)
    assert len(found) == lines
    assert all(f"{share:.0%} of the limit, 80% before" in line for line in found)


def test_a_committed_figure_that_was_not_measured_is_no_good_one(tmp_path: Path) -> None:
    committed = tmp_path / "results.json"
    committed.write_text(json.dumps({f"{OURS}, 3 clients": 0.5}))
    with pytest.raises(KeyError, match="3 clients"):
        slower(ratios(rows_at(0.8, 0.8, 0.8)), committed)


def page_of(rows: dict[str, Row]) -> str:
    rows[OURS].ready_s, rows[OURS].memory_mb = [2.0, 9.0, 2.5], [300.0, 310.4, 900.0]
    one = Measured(12.34, 5.67, 8.9)
    by_share = dict.fromkeys(SHARES, one)
    details = Details({"640x480.jpg": one}, one, by_share, Measured(5.0, 70.0, 80.0, 900, 3))
    return markdown(rows, details, "A machine", "make bench", "a photo", "plot.svg")


def tables(page: str) -> list[list[list[str]]]:
    """The cells of a page's tables."""
    found = re.findall(r"^\|(?:.*\n)(?:\|.*\n)+", page, re.MULTILINE)
    return [
        [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()]
        for table in found
    ]


def test_a_page_has_the_medians_of_rounds_and_of_their_ratios() -> None:
    page = page_of(rows_at(0.5, 0.4, 0.9))
    assert page.splitlines()[2] == (
        "A machine. `make bench`; medians of 3 rounds in turns, in brackets the lowest and highest "
        "round; one 640x480 JPEG, scaled from a photo."
    )
    (head, _, *body), alone, timed = tables(page)
    assert head == [
        "", "1/s, 1 client", "1/s, 4 clients", "1/s, 16 clients", "1/s, 64 clients",
        "of the limit, 16 clients", "Boxwright to it", "p50 ms, 1 client", "ready s", "memory MB",
    ]  # fmt: skip
    assert body == [
        [LIMIT, *["200 (100-300)"] * 4, "100%", "0.50", "1.0", "", ""],
        [OURS, *["80 (50-270)"] * 4, "50%", "1.00", "1.0", "2.5", "310"],
    ]
    assert [line[0] for line in alone[2:]] == ["640x480.jpg, JSON", "640x480.jpg, annotated JPEG"]
    assert [line[1:] for line in alone[2:]] == [["5.7", "8.9", "12.3"]] * 2
    assert [line[0] for line in timed[2:]] == [
        "50% of the highest rate", "70% of the highest rate", "90% of the highest rate",
        "4 times the highest rate",
    ]  # fmt: skip
    assert [line[1:] for line in timed[2:]] == [
        *[["12.3", "5.7", "8.9", "0", "0"]] * 3,
        ["5.0", "70.0", "80.0", "900", "3"],
    ]
    assert all(len({len(line) for line in table}) == 1 for table in tables(page))


def test_the_committed_page_and_ratios_are_of_the_form_that_is_written() -> None:
    rows = rows_at(0.8, 0.8, 0.8)
    committed = RESULTS.read_text(encoding="utf-8")
    for ours, written in zip(tables(committed), tables(page_of(rows)), strict=True):
        assert ours[0] == written[0]
    assert f"`{shown_command('models', 'hands-gestures', 'hand.jpg', 3, 3)}`" in committed
    assert [*json.loads(RATIOS.read_text(encoding="utf-8"))] == [*ratios(rows)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("models", "hands", "", 3, 3), "make bench MODEL=hands"),
        (("models", "hands", "a.jpg", 3, 3), "make bench MODEL=hands IMAGE=a.jpg"),
        (("own", "hands", "a b.jpg", 3, 3), "make bench MODEL=hands MODELS=own 'IMAGE=a b.jpg'"),
        (
            ("models", "hands", "", 5, 3),
            "python -m benchmarks --models models --model hands --rounds 5 --seconds 3",
        ),
    ],
)
def test_the_command_that_is_shown_can_be_run(
    given: tuple[str, str, str, int, int], shown: str
) -> None:
    assert shown_command(*given) == shown


def test_make_bench_passes_the_photo_on() -> None:
    def commands(*words: str) -> str:
        return subprocess.run(
            ["make", "--dry-run", "bench", *words],
            cwd=REPOSITORY, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
            check=True,
        ).stdout.splitlines()[-1]  # fmt: skip

    assert shlex.split(commands("IMAGE=a b.jpg", "MODEL=hands"))[2:] == [
        "benchmarks", "--models", "models", "--model", "hands", "--image", "a b.jpg",
    ]  # fmt: skip
    assert "--image" not in commands()
