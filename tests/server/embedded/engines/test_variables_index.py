import shutil
import struct
from pathlib import Path

import cramjam
import numpy as np
import pytest

from server.embedded.engines.choice import engine_named
from server.embedded.engines.variables_index import (
    FOOTER_BYTES,
    MAGIC,
    SNAPPY,
    UNCOMPRESSED,
    BrokenVariablesIndex,
    data_file_sizes,
    table_entries,
)
from tfrecord.checksum import masked_crc32c


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


@pytest.fixture
def compressed_model(model_with_variables: Path, tmp_path: Path) -> Path:
    """The same model, with the blocks of its index compressed by Snappy."""
    copy = tmp_path / "1"
    shutil.copytree(model_with_variables, copy)
    index = copy / "variables" / "variables.index"
    index.write_bytes(compressed_table(index.read_bytes()))
    return copy


def compressed_table(table: bytes) -> bytes:
    """The same entries in one block, which is compressed."""
    entries = list(table_entries(table))
    packed = bytes(cramjam.snappy.compress_raw(block(entries)))
    index_block = block([(entries[-1][0], varint(0) + varint(len(packed)))])
    data = with_trailer(packed, SNAPPY)
    footer = varint(len(data)) + varint(len(block([])))
    data += with_trailer(block([]), UNCOMPRESSED)
    footer += varint(len(data)) + varint(len(index_block))
    data += with_trailer(index_block, UNCOMPRESSED)
    return data + footer.ljust(FOOTER_BYTES - 8, b"\0") + struct.pack("<Q", MAGIC)


def with_trailer(contents: bytes, compression: int) -> bytes:
    checked = contents + bytes([compression])
    return checked + struct.pack("<I", masked_crc32c(checked))


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Keys in full, and one restart point."""
    return b"".join(
        varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries
    ) + struct.pack("<II", 0, 1)


def varint(value: int) -> bytes:
    head = b""
    while value >= 0x80:
        head += bytes([value & 0x7F | 0x80])
        value >>= 7
    return head + bytes([value])


def test_compressed_blocks_say_the_same_as_others(
    model_with_variables: Path, compressed_model: Path
) -> None:
    plain, packed = (each / "variables" for each in (model_with_variables, compressed_model))
    assert (packed / "variables.index").read_bytes() != (plain / "variables.index").read_bytes()
    assert data_file_sizes(packed / "variables.index") == data_file_sizes(plain / "variables.index")


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_models_with_a_compressed_index_answer_as_others(
    engine: str, model_with_variables: Path, compressed_model: Path
) -> None:
    x = np.array([[1.0, 2.0, 3.0]], np.float32)
    answers = []
    for version_dir in (model_with_variables, compressed_model):
        model = engine_named(engine).load(version_dir)
        signature = model.signatures["serving_default"]
        (alias,) = signature.inputs
        answers.append(model.run("serving_default", {alias: x}, sorted(signature.outputs)))
        model.close()
    for alias, wanted in answers[0].items():
        np.testing.assert_array_equal(answers[1][alias], wanted)


@pytest.mark.parametrize("damage", [b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x08", b"\0"])
def test_a_block_that_does_not_unpack_is_refused_before_it_is(
    damage: bytes, compressed_model: Path
) -> None:
    index = compressed_model / "variables" / "variables.index"
    index.write_bytes(damage + index.read_bytes()[len(damage) :])
    with pytest.raises(BrokenVariablesIndex, match="damaged or cut short"):
        data_file_sizes(index)
