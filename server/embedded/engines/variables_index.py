"""How long the files with a SavedModel's variables have to be.

`variables.index` is a sorted string table (LevelDB's format) that names, for each tensor, the data
file and the bytes in it. With it, a folder that is still being copied can be told from a whole one
without reading the data.

Source: tensorflow/core/util/tensor_bundle and tensorflow/core/lib/io/format.cc.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import cramjam
from google.protobuf.message import DecodeError

from serving_protocol.messages import BundleEntryProto, BundleHeaderProto

FOOTER_BYTES = 48
MAGIC = 0xDB4775248B80FB57
UNCOMPRESSED, SNAPPY = 0, 1
# TensorFlow's blocks have 256 KB; what a few bytes promise is looked at before it is unpacked.
MAX_BLOCK_BYTES = 64 * 1024 * 1024


class BrokenVariablesIndex(ValueError):
    """The file is no whole index of variables."""


def data_file_sizes(index_file: Path) -> dict[str, int]:
    """The data files that an index speaks of, and the bytes that each must at least have.

    Args:
        index_file: `.../variables/variables.index`.

    Returns:
        Name, for example `variables.data-00000-of-00001`, to size in bytes.

    Raises:
        BrokenVariablesIndex: the file is cut short or is something else.
        OSError: it cannot be read.
    """
    table = index_file.read_bytes()
    try:
        entries = dict(table_entries(table))
        header = BundleHeaderProto.FromString(entries.pop(b""))
        sizes = [0] * max(header.num_shards, 1)
        for value in entries.values():
            entry = BundleEntryProto.FromString(value)
            sizes[entry.shard_id] = max(sizes[entry.shard_id], entry.offset + entry.size)
    except (
        IndexError,
        KeyError,
        struct.error,
        DecodeError,
        cramjam.DecompressionError,
    ) as error:
        raise BrokenVariablesIndex(f"{index_file} is damaged or cut short") from error
    return {
        f"{index_file.stem}.data-{shard:05d}-of-{len(sizes):05d}": size
        for shard, size in enumerate(sizes)
    }


def table_entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every key with its value, from all blocks of the table, keys rising."""
    footer = table[-FOOTER_BYTES:]
    (magic,) = struct.unpack("<Q", footer[-8:])
    if magic != MAGIC:
        raise IndexError("the footer is missing")
    _, position = _block_handle(footer, 0)
    index_block, _ = _block_handle(footer, position)
    for _, handle in _block_entries(_block(table, *index_block)):
        data_block, _ = _block_handle(handle, 0)
        yield from _block_entries(_block(table, *data_block))


def _block_handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return (offset, size), position


def _block(table: bytes, offset: int, size: int) -> bytes:
    # One byte for the compression follows the contents; TensorFlow Serving's own builds compress.
    contents, compression = table[offset : offset + size], table[offset + size]
    if compression == UNCOMPRESSED:
        return contents
    if compression != SNAPPY or cramjam.snappy.decompress_raw_len(contents) > MAX_BLOCK_BYTES:
        raise IndexError("a block is compressed in an unknown way, or too large")
    return bytes(cramjam.snappy.decompress_raw(contents))


def _block_entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        unshared, position = _varint(block, position)
        value_size, position = _varint(block, position)
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + value_size]
        position += value_size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
