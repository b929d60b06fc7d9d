"""An image of a data set's statistics: class balance, sizes, and where the objects are."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.plot_names import plot_name
from training.datasets.statistics import Statistics, box_sizes_px

# More classes than these have no room on the page; the others are in the table.
MOST_CLASSES = 25
# Cells of the map of where objects are.
HEAT_CELLS = 32


def plot_statistics(dataset: Dataset, statistics: Statistics, path: Path) -> None:
    """Draw it into a file of a kind that its suffix names, such as `.png` or `.svg`.

    Raises:
        DatasetError: the file cannot be written.
    """
    # Without pyplot, which keeps figures and asks for a display.
    figure = Figure(figsize=(14, 8), layout="constrained")
    balance, sizes, where, counts = figure.subplots(2, 2).ravel()
    _balance(balance, statistics)
    _sizes(sizes, dataset, statistics)
    _where(where, dataset)
    _counts(counts, dataset)
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise DatasetError(f"cannot write {path}: {error}") from error


def _balance(axes: Axes, statistics: Statistics) -> None:
    classes = sorted(statistics.classes, key=lambda each: -each.total)[:MOST_CLASSES]
    rows = np.arange(len(classes))
    left = np.zeros(len(classes))
    for split in statistics.images:
        values = np.array([each.objects[split] for each in classes])
        axes.barh(rows, values, left=left, label=plot_name(split))
        left += values
    axes.set_yticks(rows, [plot_name(each.name) for each in classes])
    axes.invert_yaxis()
    axes.set_xlabel("objects")
    axes.set_title("Objects a class")
    axes.legend(title="split")


def _sizes(axes: Axes, dataset: Dataset, statistics: Statistics) -> None:
    common = sorted(statistics.classes, key=lambda each: -each.total)[:MOST_CLASSES]
    found = box_sizes_px(dataset)
    shown = [each.name for each in common if found[each.name]]
    if shown:
        axes.boxplot([found[name] for name in shown], orientation="horizontal", showfliers=False,
                     tick_labels=[plot_name(name) for name in shown])  # fmt: skip
        axes.invert_yaxis()
    axes.set_xlabel("square root of the box's area, pixels")
    axes.set_title("Sizes")


def _where(axes: Axes, dataset: Dataset) -> None:
    heat = np.zeros((HEAT_CELLS, HEAT_CELLS))
    for image in dataset.images:
        for y_min, x_min, y_max, x_max in image.boxes_yxyx * HEAT_CELLS:
            rows = slice(int(y_min), int(np.ceil(y_max)))
            heat[rows, int(x_min) : int(np.ceil(x_max))] += 1
    axes.imshow(heat, cmap="viridis", extent=(0, 1, 1, 0))
    axes.set_title("Where the boxes are")


def _counts(axes: Axes, dataset: Dataset) -> None:
    counts = [len(image.objects) for image in dataset.images]
    highest = max(counts, default=0)
    axes.hist(counts, bins=np.arange(-0.5, min(highest, 60) + 1.5).tolist())
    axes.set_xlabel("objects in an image")
    axes.set_ylabel("images")
    axes.set_title("Objects an image")
