"""The images of one request, decoded one by one when they are needed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from types import TracebackType
from typing import Self

from client_api.errors import GatewayError, TooBusy, TooManyPixels, UnreadableUpload
from client_api.limits.concurrency import LARGE_PIXELS, Room
from client_api.observability.request_record import current_record
from detection.images import (
    DecodedImage,
    ImageError,
    ImageFile,
    ImageTooLarge,
    TruncatedImage,
    open_image,
)
from detection.images.decoding_process import DecodingProcess, IsolatedImageFile
from detection.images.errors import DecoderUnavailable
from detection.images.file_cost import is_costly

# Of a JPEG that is decoded smaller where a network of a few hundred pixels is all that sees it. Of
# smaller ones more than two detections in a hundred got another counterpart.
REDUCED_PIXELS = 8_000_000


class LazyImages:
    """Decodes a request's images; a context, which ends when none of them is needed any more.

    Args:
        files: read each image's file, in the order sent.
        max_pixels: the most that one may have.
        room_for_large: entered before the first large image is decoded, left at the end.
        room_for_costly: entered while `decoder` is busy.
        decoder: of images whose cost only a clock bounds.
        accept_truncated: read what is there of one that ends too early.

    Attributes:
        truncated: the rows of those that did, of all that have been decoded.
    """

    def __init__(
        self,
        files: Sequence[Callable[[], bytes]],
        max_pixels: int,
        room_for_large: Room,
        room_for_costly: Room,
        decoder: DecodingProcess,
        *,
        accept_truncated: bool = False,
    ) -> None:
        self.truncated: set[int] = set()
        self._accept_truncated = accept_truncated
        self._files = files
        self._max_pixels = max_pixels
        self._room_for_large = room_for_large
        self._room_for_costly = room_for_costly
        self._decoder = decoder
        self._room = ExitStack()
        self._has_room = False
        self._side_px: int | None = None
        self._last: tuple[int, DecodedImage] | None = None
        self._opened: tuple[int, ImageFile | IsolatedImageFile] | None = None

    def look_at_headers(self) -> None:
        """Refuse what the headers tell, before any of the images costs decoding.

        Raises:
            UnreadableUpload, TooManyPixels: as `__getitem__`.
        """
        for row in range(len(self._files)):
            with current_record().stage("read"):
                self._opened = (row, self._open(row))

    def reduce_large(self, side_px: int | None) -> None:
        """Decode large JPEGs smaller from now on, where nobody looks at more of their pixels.

        Args:
            side_px: that neither side falls below; None for the whole images.
        """
        if side_px != self._side_px:
            self._side_px, self._last = side_px, None

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[DecodedImage]:
        """Each image, decoded anew; the one that came last stays at hand."""
        for row in range(len(self._files)):
            yield self[row]

    def __getitem__(self, row: int) -> DecodedImage:
        """One image; not decoded again where it is the one that came last.

        Raises:
            UnreadableUpload: it is none, or is broken; the message says which of several.
            TooManyPixels: it has too many pixels.
            TooBusy: it is large or costly, and too many such are being looked at.
        """
        if self._last is not None and self._last[0] == row:
            return self._last[1]
        self._last = None
        with current_record().stage("read"):
            # Once only: a file that has been decoded does not tell any more how it was stored.
            opened, self._opened = self._opened, None
            file = opened[1] if opened is not None and opened[0] == row else self._open(row)
            if file.pixel_count > LARGE_PIXELS and not self._has_room:
                self._room.enter_context(self._room_for_large())
                self._has_room = True
            is_isolated = isinstance(file, IsolatedImageFile)
            is_large = file.pixel_count >= REDUCED_PIXELS
            if self._side_px is not None and is_large and isinstance(file, ImageFile):
                file.reduce(self._side_px)
            with self._room_for_costly() if is_isolated else nullcontext():
                try:
                    image = file.decode(accept_truncated=self._accept_truncated)
                except (ImageError, DecoderUnavailable) as error:
                    raise self._translated(error, row) from error
        if image.truncated:
            self.truncated.add(row)
        self._last = (row, image)
        return image

    def _open(self, row: int) -> ImageFile | IsolatedImageFile:
        data = self._files[row]()
        try:
            if not is_costly(data):
                return open_image(data, max_pixels=self._max_pixels)
            with self._room_for_costly():
                return self._decoder.open_image(data, max_pixels=self._max_pixels)
        except (ImageError, DecoderUnavailable) as error:
            raise self._translated(error, row) from error

    def _translated(self, error: ImageError | DecoderUnavailable, row: int) -> GatewayError:
        count = len(self._files)
        where = "" if count == 1 else f"image {row + 1} of {count}: "
        if isinstance(error, DecoderUnavailable):
            return TooBusy(f"{where}the image was not decoded: {error}; try again soon")
        if isinstance(error, ImageTooLarge):
            return TooManyPixels(f"{where}{error}")
        can_be_read = isinstance(error, TruncatedImage) and error.can_be_read
        hint = "; truncated=accept reads what is there" if can_be_read else ""
        return UnreadableUpload(f"{where}{error}{hint}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._last = self._opened = None
        self._room.close()
