"""Writing Pascal VOC: `Annotations/*.xml`, `JPEGImages/`, `ImageSets/Main/*.txt`."""

from pathlib import Path
from xml.sax.saxutils import escape

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.formats.files.image_files import copy_images, flat_names, write_text
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.voc.corners import FROM_ONE
from training.datasets.formats.written_classes import check_classes, no_xml, spaces_around
from training.datasets.workers import Workers


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write VOC's folders.

    Raises:
        DatasetError: XML cannot hold a class's name.
    """
    check_classes(
        dataset.class_names, "Pascal VOC", lambda name: no_xml(name) or spaces_around(name)
    )
    names = flat_names(dataset.images, suffix_matters=False)
    listed: dict[str, list[str]] = {}
    for image in dataset.images:
        name = names[image.split, image.name]
        stem = Path(name).stem
        write_text(folder / "Annotations" / f"{stem}.xml", format_annotation(image, name))
        if image.split:
            listed.setdefault(image.split, []).append(stem)
    for split, stems in listed.items():
        lines = "".join(f"{stem}\n" for stem in stems)
        write_text(folder / "ImageSets" / "Main" / f"{split}.txt", lines)
    write_label_map(dataset.label_map, folder)
    copies = [
        (image.source, folder / "JPEGImages" / names[image.split, image.name])
        for image in dataset.images
    ]
    copy_images(copies, workers)


def format_annotation(image: AnnotatedImage, file_name: str) -> str:
    """The XML of one image."""
    lines = [
        "<annotation>",
        "\t<folder>JPEGImages</folder>",
        f"\t<filename>{escape(file_name)}</filename>",
        f"\t<source><annotation>{FROM_ONE}</annotation></source>",
        f"\t<size><width>{image.width}</width><height>{image.height}</height>"
        "<depth>3</depth></size>",
        "\t<segmented>0</segmented>",
    ]
    for each in image.objects:
        x_min, y_min, x_max, y_max = image.pixels_xyxy(each.box_yxyx)
        lines += [
            "\t<object>",
            f"\t\t<name>{escape(each.label)}</name>",
            "\t\t<pose>Unspecified</pose>",
            f"\t\t<truncated>{each.truncated:d}</truncated>",
            f"\t\t<difficult>{each.difficult:d}</difficult>",
            "\t\t<bndbox>",
            f"\t\t\t<xmin>{_number(x_min + 1)}</xmin>",
            f"\t\t\t<ymin>{_number(y_min + 1)}</ymin>",
            f"\t\t\t<xmax>{_number(x_max)}</xmax>",
            f"\t\t\t<ymax>{_number(y_max)}</ymax>",
            "\t\t</bndbox>",
            "\t</object>",
        ]
    return "\n".join([*lines, "</annotation>", ""])


def _number(value: float) -> str:
    """Whole numbers as such, which some readers demand."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
