"""Pretrained weights that have a name: what they are, whose, and which models they fit.

`model.init_from` takes such a name. What lies in `weights/` beside this file is there in every
clone; the rest is fetched once (`boxwright weights fetch NAME`) from where its makers publish it.
A model starts from its default here unless it is told otherwise, or `random`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What `model.init_from` says of a model that is to start from random weights.
RANDOM = "random"
# In the place of a part's name: the weights fill the whole model.
ALL = "all"
# Where fetched weights are kept, if not in the user's cache folder.
FOLDER_VARIABLE = "BOXWRIGHT_WEIGHTS_DIR"
_BUNDLED = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Pretrained:
    """A row of the catalog.

    Args:
        name: as `model.init_from` takes it.
        architecture: what network it is of.
        trained_on: the data set, and the task.
        license: of the weights, as an SPDX identifier.
        source: who published it, and where.
        models: model -> the part of it that the weights fill, `backbone` or `ALL`.
        default_for: the models that start from it by default.
        file: its name in the clone; None where it has to be fetched.
        url: the official address; None where it lies in the clone.
        size_bytes: of the file.
        sha256: of the file, hexadecimal; None where its makers publish none and it could not be
            fetched when this row was written. `fetch` tells what came.
    """

    name: str
    architecture: str
    trained_on: str
    license: str
    source: str
    models: Mapping[str, str]
    default_for: tuple[str, ...] = ()
    file: str | None = None
    url: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None

    @property
    def path(self) -> Path:
        """Where the file is, or will be once it is fetched; of an archive, its folder."""
        if self.file is not None:
            return _BUNDLED / self.file
        name = (self.url or "").rpartition("/")[2]
        return weights_folder() / self.name / name.removesuffix(".tar.gz")

    @property
    def is_here(self) -> bool:
        """Whether it can be used without a network."""
        return self.path.exists()


_KERAS = "storage.googleapis.com/tensorflow/keras-applications"
_TORCH = "https://download.pytorch.org/models"
_ZOO = "http://download.tensorflow.org/models/object_detection/tf2/20200711"
_ZOO_1 = "http://download.tensorflow.org/models/object_detection"
_V2_MODELS = dict.fromkeys(
    (
        "ssd_mobilenet_v2_fpnlite",
        "ssdlite_mobilenet_v2",
        "ssd_mobilenet_v2",
        "ssd_mobilenet_v2_oid",
    ),
    "backbone",
)
_V3_SMALL_MODELS = dict.fromkeys(
    (
        "ssdlite_mobilenet_v3_small",
        "faster_rcnn_mobilenet_v3_small_fpn",
        "mask_rcnn_mobilenet_v3_small_fpn",
        "cpm_mobilenet_v3_small",
    ),
    "backbone",
)

CATALOG = {
    row.name: row
    for row in (
        Pretrained(
            "mobilenet_v2_open_images",
            "MobileNetV2 1.0, batch norms folded, float16",
            "Open Images v4, boxes of 23 classes, as the backbone of an SSD at 300x300",
            "Apache-2.0",
            "Google's MediaPipe Objectron: npm package @mediapipe/objectron 0.4.1675468480",
            models=_V2_MODELS,
            default_for=tuple(_V2_MODELS),
            file="mobilenet_v2_open_images.npz",
            size_bytes=3_962_405,
            sha256="a32f1dad1ed722400471a06310ef9536a3e52c6ff833fd44b1d35a9d3614d0d8",
        ),
        Pretrained(
            "mobilenet_v2_imagenet",
            "MobileNetV2 1.0",
            "ImageNet (ILSVRC 2012), classification at 224x224",
            "Apache-2.0",
            "Keras Applications",
            models=_V2_MODELS,
            url=f"https://{_KERAS}/mobilenet_v2/"
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        ),
        Pretrained(
            "mobilenet_v2_imagenet_torch",
            "MobileNetV2 1.0",
            "ImageNet (ILSVRC 2012), classification at 224x224",
            "BSD-3-Clause",
            "torchvision, MobileNet_V2_Weights.IMAGENET1K_V1",
            models=_V2_MODELS,
            url=f"{_TORCH}/mobilenet_v2-b0353104.pth",
            size_bytes=14_212_972,
            sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        ),
        Pretrained(
            "mobilenet_v3_small_imagenet_torch",
            "MobileNetV3 small 1.0",
            "ImageNet (ILSVRC 2012), classification at 224x224",
            "BSD-3-Clause",
            "torchvision, MobileNet_V3_Small_Weights.IMAGENET1K_V1",
            models=_V3_SMALL_MODELS,
            url=f"{_TORCH}/mobilenet_v3_small-047dcff4.pth",
            size_bytes=10_306_551,
            sha256="047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
        ),
        Pretrained(
            "mobilenet_v3_small_imagenet",
            "MobileNetV3 small 1.0",
            "ImageNet (ILSVRC 2012), classification at 224x224",
            "Apache-2.0",
            "Keras Applications",
            models=_V3_SMALL_MODELS,
            url=f"https://{_KERAS}/mobilenet_v3/"
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        ),
        Pretrained(
            "mobilenet_v1_imagenet",
            "MobileNet 1.0",
            "ImageNet (ILSVRC 2012), classification at 224x224",
            "Apache-2.0",
            "Keras Applications",
            models={"ssd_mobilenet_v1": "backbone"},
            url=f"https://{_KERAS}/mobilenet/mobilenet_1_0_224_tf_no_top.h5",
        ),
        Pretrained(
            "ssd_mobilenet_v2_coco",
            "SSD on MobileNetV2 1.0, its heads 3x3 convolutions",
            "COCO 2017, boxes of 90 class numbers, at 300x300",
            "Apache-2.0",
            "TensorFlow 1 Detection Model Zoo, ssd_mobilenet_v2_coco_2018_03_29",
            models={**_V2_MODELS, "ssd_mobilenet_v2": ALL},
            url=f"{_ZOO_1}/ssd_mobilenet_v2_coco_2018_03_29.tar.gz",
            # As Intel's Open Model Zoo has them of the same address.
            size_bytes=187_925_923,
            sha256="b9380178b2e35333f1a735e39745928488bdabeb9ed20bc6fa07af8172cb5adc",
        ),
        Pretrained(
            "ssd_mobilenet_v2_fpnlite_320_coco",
            "SSD FPN-Lite on MobileNetV2 1.0",
            "COCO 2017, boxes of 90 class numbers, at 320x320",
            "Apache-2.0",
            "TensorFlow 2 Detection Model Zoo",
            models={"ssd_mobilenet_v2_fpnlite": ALL, "ssdlite_mobilenet_v2": "backbone"},
            url=f"{_ZOO}/ssd_mobilenet_v2_fpnlite_320x320_coco17_tpu-8.tar.gz",
        ),
        Pretrained(
            "ssd_mobilenet_v2_fpnlite_640_coco",
            "SSD FPN-Lite on MobileNetV2 1.0",
            "COCO 2017, boxes of 90 class numbers, at 640x640",
            "Apache-2.0",
            "TensorFlow 2 Detection Model Zoo",
            models={"ssd_mobilenet_v2_fpnlite": ALL, "ssdlite_mobilenet_v2": "backbone"},
            url=f"{_ZOO}/ssd_mobilenet_v2_fpnlite_640x640_coco17_tpu-8.tar.gz",
        ),
    )
}


def default_weights(model_name: str) -> Pretrained | None:
    """The weights that a model starts from by default; None where it has none."""
    return next((row for row in CATALOG.values() if model_name in row.default_for), None)


def weights_folder() -> Path:
    """Where fetched weights are kept."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "boxwright" / "weights"
