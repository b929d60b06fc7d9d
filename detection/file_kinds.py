"""What a file that is no image of ours seems to be, so that an error can name it."""

# The first bytes, or for ISO media files the brand behind them, and what people call such a file.
_BEGINNINGS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\xff\xd8", "a JPEG image with a broken header"),
    (b"\x89PNG", "a PNG image with a broken header"),
    (b"GIF8", "a GIF image with a broken header"),
    (b"II*\0", "a TIFF image with a broken header"),
    (b"MM\0*", "a TIFF image with a broken header"),
    (b"II+\0", "a TIFF image with a broken header"),
    (b"MM\0+", "a TIFF image with a broken header"),
    (b"RIFF", "a RIFF file that is no whole WebP image"),
    (b"\0\0\0\x0cjP", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (b"{", "JSON"),
)
_ISO_BRANDS = (
    (b"avif", "an AVIF image with a broken header"),
    (b"avis", "an AVIF image with a broken header"),
    (b"hei", "a HEIC image with a broken header"),
    (b"hev", "a HEIC image with a broken header"),
    (b"mif", "a HEIF image with a broken header"),
    (b"msf1", "a HEIF image with a broken header"),
    (b"crx", "a camera's raw file"),
    (b"qt", "a QuickTime video"),
    (b"", "an MP4 video"),
)


def describe_file(data: bytes) -> str:
    """What `data` seems to be, and how long it is.

    Example:
        >>> describe_file(b"%PDF-1.7 ...")
        'a PDF document of 12 bytes'
    """
    if not data:
        return "an empty file"
    return f"{_kind(data)} of {len(data)} bytes"


def _kind(data: bytes) -> str:
    start = data[:32].lstrip().lower()
    if data[4:8] == b"ftyp":
        return next(kind for brand, kind in _ISO_BRANDS if data[8:12].startswith(brand))
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning) or start.startswith(beginning.lower()):
            return kind
    is_text = data[:32].isascii() and start.decode("ascii").isprintable()
    return "a text" if is_text else "a file of an unknown kind"
