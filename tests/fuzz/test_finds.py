"""What was found, by `make fuzz` or by hand, and the seeds that it begins with."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

FINDS = sorted(Path(__file__).with_name("finds").glob("*/*.bin"))
SEEDS = [(name, place) for name, each in TARGETS.items() for place in range(len(each.seeds()))]


@pytest.mark.parametrize("path", FINDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.filterwarnings("ignore")
def test_what_was_found_is_mended(path: Path) -> None:
    data = path.read_bytes()
    assert len(data) < 20_000
    TARGETS[path.parent.name].run(data)


@pytest.mark.parametrize(("name", "place"), SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_a_seed_is_taken(name: str, place: int) -> None:
    TARGETS[name].run(TARGETS[name].seeds()[place])
