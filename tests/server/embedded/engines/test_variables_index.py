from pathlib import Path

import pytest

from server.embedded.engines.variables_index import BrokenVariablesIndex, data_file_sizes


def test_the_index_says_how_long_the_data_is(model_with_variables: Path) -> None:
    variables = model_with_variables / "variables"
    data = variables / "variables.data-00000-of-00001"
    assert data_file_sizes(variables / "variables.index") == {data.name: data.stat().st_size}


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_an_index_that_is_cut_short_is_told_from_a_whole_one(
    kept: float, model_with_variables: Path, tmp_path: Path
) -> None:
    whole = (model_with_variables / "variables" / "variables.index").read_bytes()
    cut = tmp_path / "variables.index"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(BrokenVariablesIndex, match="cut short"):
        data_file_sizes(cut)


def test_a_file_of_zeros_is_no_index(tmp_path: Path) -> None:
    zeros = tmp_path / "variables.index"
    zeros.write_bytes(bytes(4096))
    with pytest.raises(BrokenVariablesIndex):
        data_file_sizes(zeros)
