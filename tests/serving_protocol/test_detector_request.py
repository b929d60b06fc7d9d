from typing import Any

import numpy as np
import pytest
from PIL import Image

from detection.images import EXIF_ORIENTATION_TAG, DecodedImage, read_image
from serving_protocol.detector_request import image_batches, image_file
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.messages import Example
from serving_protocol.model_server import ModelChoice
from serving_protocol.tensors import decode_tensor
from tests.serving_protocol.signatures import Declared, signature, tensor_info
from tests.support.image_files import COLORS, as_file, block_colors, colored

MODEL = ModelChoice("hands", version=2)


def image(
    width: int = 48, height: int = 32, file_format: str = "PNG", shade: int = 0
) -> DecodedImage:
    image = Image.new("RGB", (width, height), (shade, shade, shade))
    return read_image(as_file(image, file_format), max_pixels=5_000_000)


def detector(declared: Declared, tensor_name: str = "x:0") -> DetectorSignature:
    return DetectorSignature.find({"detect": signature("x", declared, tensor_name=tensor_name)})


def batches(declared: Declared, *images: DecodedImage) -> list[tuple[Any, tuple[int, ...], Any]]:
    """Each batch's tensor, its images and the size at which they were sent."""
    found = image_batches(detector(declared), images, MODEL)
    return [(decode_tensor(b.request.inputs["x"]), b.images, b.sent_size_wh) for b in found]


def test_a_request_names_model_signature_and_the_outputs_that_are_read() -> None:
    [batch] = image_batches(detector(("UINT8", [1, -1, -1, 3])), [image()], MODEL)
    spec = batch.request.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("hands", 2, "detect")
    assert list(batch.request.output_filter) == [
        "detection_boxes", "detection_classes", "detection_scores", "num_detections",
    ]  # fmt: skip


def test_no_image_is_no_request() -> None:
    assert batches(("UINT8", [1, -1, -1, 3])) == []
    assert batches(("UINT8", [-1, -1, -1, 3])) == []


# sizes of images (w, h) -> shapes of the tensors, and whose rows they are
CASES: list[tuple[Declared, list[tuple[int, int]], list[tuple[list[int], tuple[int, ...]]]]] = [
    (("UINT8", [1, -1, -1, 3]), [(48, 32)], [([1, 32, 48, 3], (0,))]),
    (("UINT8", [1, -1, -1, 3]), [(48, 32)] * 2, [([1, 32, 48, 3], (0,)), ([1, 32, 48, 3], (1,))]),
    (("UINT8", [-1, -1, -1, 3]), [(48, 32)] * 2, [([2, 32, 48, 3], (0, 1))]),
    (("UINT8", [-1, -1, -1, 3]), [(48, 32), (32, 48)],
     [([1, 32, 48, 3], (0,)), ([1, 48, 32, 3], (1,))]),
    (("UINT8", [-1, -1, -1, 3]), [(48, 32), (32, 48), (48, 32)],
     [([2, 32, 48, 3], (0, 2)), ([1, 48, 32, 3], (1,))]),
    (("STRING", [-1]), [(9, 7), (8, 7), (9, 7)], [([2], (0, 2)), ([1], (1,))]),
    (("UINT8", [-1, 20, 30, 3]), [(48, 32), (32, 48)], [([2, 20, 30, 3], (0, 1))]),
    (("UINT8", [4, 20, 30, 3]), [(48, 32)], [([4, 20, 30, 3], (0,))]),
    (("UINT8", [4, 20, 30, 3]), [(9, 7)] * 5, [([4, 20, 30, 3], (0, 1, 2, 3)),
                                               ([4, 20, 30, 3], (4,))]),
    (("UINT8", [-1, 16, -1, 3]), [(48, 32)], [([1, 16, 24, 3], (0,))]),
    (("UINT8", [-1, -1, 24, 3]), [(48, 32)], [([1, 16, 24, 3], (0,))]),
    (("UINT8", [-1, -1, 1, 3]), [(300, 1)], [([1, 1, 1, 3], (0,))]),
    (("UINT8", [-1, -1, 3]), [(48, 32)] * 2, [([32, 48, 3], (0,)), ([32, 48, 3], (1,))]),
    (("UINT8", None), [(48, 32)] * 2, [([2, 32, 48, 3], (0, 1))]),
    (("STRING", [-1]), [(48, 32), (48, 32)], [([2], (0, 1))]),
    (("STRING", [-1]), [(48, 32), (9, 7)], [([1], (0,)), ([1], (1,))]),
    (("STRING", [1]), [(48, 32), (9, 7)], [([1], (0,)), ([1], (1,))]),
    (("STRING", [4]), [(48, 32), (48, 32)], [([4], (0, 1))]),
    (("STRING", [4]), [(48, 32), (9, 7)], [([4], (0,)), ([4], (1,))]),
    (("STRING", []), [(48, 32), (9, 7)], [([], (0,)), ([], (1,))]),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "sizes_wh", "expected"), CASES)
def test_images_go_together_as_far_as_the_signature_allows(
    declared: Declared, sizes_wh: list[tuple[int, int]], expected: Any
) -> None:
    found = batches(declared, *[image(*size) for size in sizes_wh])
    assert [(list(tensor.shape), rows) for tensor, rows, _ in found] == expected


@pytest.mark.parametrize(
    ("images", "keys", "dtype", "names"),
    [
        ([-1], [-1], "STRING", [b"0", b"1"]),
        ([4], [4], "STRING", [b"0", b"1", b"2", b"3"]),
        ([-1], [], "STRING", b"0"),
        ([], [], "STRING", b"0"),
        ([-1], [-1, 1], "STRING", [[b"0"], [b"1"]]),
        ([-1], [-1], "INT64", [0, 1]),
        ([-1], [-1, 1], "INT32", [[0], [1]]),
        ([-1], [], "INT64", 0),
    ],
)
def test_keys_are_as_many_as_the_images_beside_them(
    images: list[int], keys: list[int], dtype: str, names: Any
) -> None:
    declared = signature("x", ("STRING", images))
    declared.inputs["key"].CopyFrom(tensor_info((dtype, keys)))
    found = DetectorSignature.find({"s": declared})
    batch = next(iter(image_batches(found, [image(), image()], MODEL)))
    assert decode_tensor(batch.request.inputs["key"]).tolist() == names


def test_files_of_any_size_go_together_to_a_graph_that_resizes_each() -> None:
    images = [image(*size) for size in [(48, 32), (9, 7), (48, 32)]]
    [batch] = image_batches(detector(("STRING", [-1])), images, MODEL, resizes=True)
    assert batch.images == (0, 1, 2)
    assert [batch.size_sent(row) for row in range(3)] == [(48, 32), (9, 7), (48, 32)]


@pytest.mark.parametrize(
    ("data_type", "together"), [("UINT8", [5, 2]), ("FLOAT", [1] * 7), ("HALF", [2, 2, 2, 1])]
)
def test_a_free_batch_is_no_larger_than_memory_should_hold(
    data_type: str, together: list[int]
) -> None:
    found = image_batches(detector((data_type, [-1, -1, -1, 3])), [image(2048, 2048)] * 7, MODEL)
    assert [len(batch.images) for batch in found] == together


def test_a_fixed_batch_is_filled_up_with_its_last_image() -> None:
    [(tensor, rows, _)] = batches(("UINT8", [4, 2, 3, 3]), image(shade=10), image(shade=20))
    assert tensor[:, 0, 0, 0].tolist() == [10, 20, 20, 20]
    assert rows == (0, 1)


@pytest.mark.parametrize(
    ("declared", "size_wh"),
    [(("UINT8", [1, -1, -1, 3]), (48, 32)), (("UINT8", [1, 20, 30, 3]), (30, 20)),
     (("STRING", [1]), None)],
)  # fmt: skip
def test_the_size_sent_is_width_and_height(declared: Declared, size_wh: Any) -> None:
    [(_, _, sent)] = batches(declared, image())
    assert sent == size_wh


@pytest.mark.parametrize(
    ("declared", "image_wh", "size_wh"),
    [
        ([1, -1, -1, 3], (2048, 1000), (2048, 1000)),
        ([1, -1, -1, 3], (4096, 1000), (2048, 500)),
        ([1, -1, -1, 3], (1, 8192), (1, 2048)),
        ([1, 320, -1, 3], (8192, 1), (2048, 320)),
        ([1, -1, 320, 3], (1, 8192), (320, 2048)),
    ],
)
def test_no_side_is_sent_above_the_limit(
    declared: list[int], image_wh: tuple[int, int], size_wh: tuple[int, int]
) -> None:
    large = read_image(as_file(Image.new("RGB", image_wh), "PNG"), max_pixels=50_000_000)
    [(tensor, _, sent)] = batches(("UINT8", declared), large)
    assert sent == size_wh
    assert tensor.shape == (1, size_wh[1], size_wh[0], 3)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_large_file_is_sent_smaller_in_its_own_format(file_format: str) -> None:
    large = read_image(as_file(Image.new("RGB", (4096, 64)), file_format), max_pixels=1_000_000)
    sent = read_image(image_file(large), max_pixels=1_000_000)
    assert (sent.width, sent.height, sent.format) == (2048, 32, file_format)


@pytest.mark.parametrize("data_type", ["UINT8", "INT32", "FLOAT", "HALF", "DOUBLE", "UINT16"])
def test_pixels_are_0_to_255_in_the_inputs_type(data_type: str) -> None:
    data = as_file(colored(), "PNG")
    [(tensor, _, _)] = batches((data_type, [1, -1, -1, 3]), read_image(data, max_pixels=10_000))
    assert np.array_equal(tensor[0, 8::16, 8::16], COLORS)


def test_encoded_files_of_a_fixed_size_are_sent_as_they_are() -> None:
    one = image(file_format="JPEG")
    [(tensor, _, _)] = batches(("STRING", [-1]), one)
    assert tensor.tolist() == [one.data]


def test_an_example_holds_the_file_and_its_format() -> None:
    found = image_batches(
        detector(("STRING", [-1]), "tf_example:0"),
        [image(file_format="JPEG"), image(file_format="BMP")],
        MODEL,
    )
    [batch] = found
    examples = [Example.FromString(each) for each in decode_tensor(batch.request.inputs["x"])]
    formats = [each.features.feature["image/format"].bytes_list.value[0] for each in examples]
    files = [each.features.feature["image/encoded"].bytes_list.value[0] for each in examples]
    assert formats == [b"jpeg", b"png"]
    assert [file[:4] for file in files] == [b"\xff\xd8\xff\xe0", b"\x89PNG"]


def test_requests_are_made_one_at_a_time() -> None:
    found = image_batches(detector(("UINT8", [1, -1, -1, 3])), [image()] * 3, MODEL)
    assert next(found).images == (0,)
    assert next(found).images == (1,)


def every_kind_of_file() -> dict[str, bytes]:
    image = colored()
    turned = Image.Exif()
    turned[EXIF_ORIENTATION_TAG] = 6
    return {
        "JPEG": as_file(image, "JPEG", quality=95),
        "JPEG turned": as_file(image, "JPEG", quality=95, exif=turned),
        "JPEG of CMYK": as_file(image.convert("CMYK"), "JPEG", quality=95),
        "JPEG of grey": as_file(image.convert("L"), "JPEG", quality=95),
        "JPEG progressive": as_file(image, "JPEG", quality=95, progressive=True),
        "two in one": as_file(image, "MPO", quality=95, save_all=True, append_images=[image]),
        "PNG": as_file(image, "PNG"),
        "PNG turned": as_file(image, "PNG", exif=turned),
        "PNG of a palette": as_file(image.quantize(6), "PNG", transparency=0),
        "PNG with alpha": as_file(image.convert("RGBA"), "PNG"),
        "PNG of one bit": as_file(image.convert("1"), "PNG"),
        "PNG of 16 bits": as_file(
            Image.fromarray(np.arange(6, dtype=np.uint16).reshape(2, 3)), "PNG"
        ),
        "PNG with a transparent color": as_file(image, "PNG", transparency=(255, 0, 0)),
        "WEBP": as_file(image, "WEBP"),
        "WEBP turned": as_file(image, "WEBP", exif=turned),
        "BMP": as_file(image, "BMP"),
        "GIF": as_file(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
        "TIFF turned": as_file(image, "TIFF", exif=turned),
    }


@pytest.mark.parametrize("kind", every_kind_of_file())
def test_tensorflow_decodes_from_the_file_sent_what_a_person_sees(tf: Any, kind: str) -> None:
    seen = read_image(every_kind_of_file()[kind], max_pixels=10_000)
    decoded = tf.io.decode_image(image_file(seen), channels=3, expand_animations=False).numpy()
    assert decoded.shape == (seen.height, seen.width, 3)
    difference = np.abs(decoded.astype(np.int16) - np.asarray(seen.pixels, np.int16))
    assert difference.max() <= (16 if seen.format == "JPEG" else 0)
    if seen.width % 16 == 0:
        blocks = block_colors(Image.fromarray(decoded)) - block_colors(seen.pixels)
        assert np.abs(blocks).max() <= 4


@pytest.mark.parametrize("declared", [("UINT8", [-1, 8, 8, 3]), ("STRING", [-1])])
def test_no_more_images_go_together_than_the_embedded_server_takes(declared: Declared) -> None:
    found = batches(declared, *[image(8, 8)] * 130)
    assert [len(images) for _, images, _ in found] == [128, 2]
