"""A model that is copied straight into the folder is loaded once it is whole."""

from pathlib import Path

from boxwright.up.copied_models import CopiedModels
from boxwright.up.serving_state import ServingState

FAILED = ServingState(failed=(("m", "version 1: cut short"),))


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_a_model_that_failed_in_the_middle_of_its_copy_is_complete_once_it_rests(
    tmp_path: Path,
) -> None:
    write(tmp_path / "m" / "1", "saved_model.pb", "x")
    models = CopiedModels(tmp_path, lambda: FAILED)
    models.know(["m"])
    assert models.complete() == models.complete() == set()
    write(tmp_path / "m" / "1" / "variables", "variables.index", "x")
    assert models.complete() == set()
    write(tmp_path / "m" / "1" / "variables", "variables.index", "xx")
    assert models.complete() == set()
    assert models.complete() == {"m"}
    # Once: what it is now was tried.
    assert models.complete() == set()


def test_a_model_that_answers_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "m" / "1", "saved_model.pb", "x")
    models = CopiedModels(tmp_path, lambda: ServingState(answering=("m",)))
    models.know(["m"])
    write(tmp_path / "m" / "2", "saved_model.pb", "x")
    assert [models.complete() for _ in range(3)] == [set()] * 3


def test_one_that_is_still_loading_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path / "m" / "1", "saved_model.pb", "x")
    states = [ServingState(loading=("m",)), None, FAILED]
    models = CopiedModels(tmp_path, lambda: states.pop(0))
    models.know(["m"])
    write(tmp_path / "m" / "1", "saved_model.pb", "xx")
    assert [models.complete() for _ in range(4)] == [set(), set(), set(), {"m"}]
