from dataclasses import replace

import pytest

from training.configuration.machine import Machine
from training.planning.facts import DataFacts
from training.planning.length import MOST_EPOCHS, Speed, length_choices, table_speed

FACTS = DataFacts(1300, 100, {"cat": 2000})


def lengths(facts: DataFacts, speed: Speed, seconds: float, batch: int = 8) -> tuple[int, int]:
    values = {each.path: each.value for each in length_choices(facts, batch, speed, seconds)}
    return values["optimization", "steps"], values["validation", "every_steps"]


@pytest.mark.parametrize("rate", [2.0, 5.0, 40.0])
@pytest.mark.parametrize("minutes", [10, 20, 60])
def test_training_and_validation_fill_the_time_and_no_more(rate: float, minutes: float) -> None:
    speed = Speed(rate, 40.0, "measured")
    steps, every = lengths(FACTS, speed, minutes * 60)
    validations = -(-steps // every)
    taken = 40 + steps * 8 / rate + validations * FACTS.validation_images * 0.5 / rate
    assert 0.85 * minutes * 60 <= taken <= minutes * 60
    assert 2 <= validations <= 10


def test_few_images_are_not_passed_over_forever() -> None:
    facts = replace(FACTS, images=40)
    steps, _ = lengths(facts, Speed(1000.0, 10.0, "measured"), 3600)
    assert steps == MOST_EPOCHS * 40 / 8
    assert "more passes would add little" in str(
        length_choices(facts, 8, Speed(1000.0, 10.0, ""), 3600)[0]
    )


def test_too_little_time_still_gives_steps_and_says_so() -> None:
    first = length_choices(FACTS, 8, Speed(1.0, 200.0, "measured"), 60)[0]
    assert first.value == 20
    assert "it takes longer than it was given" in first.reason


def test_a_table_knows_cores_gpus_and_sizes() -> None:
    two = table_speed(Machine(2), (320, 320)).images_per_s
    assert two == pytest.approx(5.0)
    assert table_speed(Machine(4), (320, 320)).images_per_s == 2 * two
    assert table_speed(Machine(2), (640, 320)).images_per_s == two / 2
    assert table_speed(Machine(2, has_gpu=True), (320, 320)).images_per_s > 10 * two
    assert "not measured" in table_speed(Machine(2), (320, 320)).how


def test_a_machine_that_took_no_step_in_minutes_is_busy() -> None:
    idle, busy = (table_speed(Machine(2), (320, 320), waited) for waited in (20, 300))
    assert busy.images_per_s == pytest.approx(idle.images_per_s / 3)
    assert (idle.startup_s, busy.startup_s) == (30, 300)
    assert "busy" in busy.how
