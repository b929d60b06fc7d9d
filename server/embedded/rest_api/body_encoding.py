"""Bodies that came compressed.

Source: `EvHTTPRequest::ReadRequestBytes` and `ZLib` in TensorFlow Serving's `util/net_http`: gzip
is unpacked up to a limit, other encodings are read as they are. What is no gzip is an empty body.
"""

import zlib

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_values import invalid

GZIP = "gzip"
# zlib's sign for a gzip header before the data and a checksum after it.
GZIP_WINDOW_BITS = zlib.MAX_WBITS | 16


def unpack_body(body: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """The body as it was before it was compressed.

    Args:
        body: as it came.
        content_encoding: the header's value; empty where there is none.
        max_bytes: no more than that is unpacked, and no more memory taken for it.

    Raises:
        ServingError: INVALID_ARGUMENT, it is no whole gzip file, or becomes longer than that.
    """
    if GZIP not in content_encoding or not body:
        return body
    unpacker = zlib.decompressobj(GZIP_WINDOW_BITS)
    try:
        unpacked = unpacker.decompress(body, max_bytes)
        is_longer = not unpacker.eof and bool(unpacker.decompress(unpacker.unconsumed_tail, 1))
    except zlib.error as error:
        raise _unreadable(f"the body is no gzip: {error}") from error
    if is_longer:
        raise _unreadable(f"the body has more than {max_bytes} bytes when it is unpacked")
    if not unpacker.eof or unpacker.unused_data:
        raise _unreadable("the gzip is cut short, or something follows it")
    return unpacked


def _unreadable(reason: str) -> ServingError:
    return invalid(f"JSON Parse error: The document is empty ({reason})")
