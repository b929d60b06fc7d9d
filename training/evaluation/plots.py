"""The report's plots: precision and recall, F1 by threshold, the confusion matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from detection.palette import PALETTE
from training.datasets.plot_names import plot_name
from training.evaluation.confusion import ConfusionMatrix
from training.evaluation.precision_recall import Curve

# With more classes than these a matrix has no room for numbers, a legend none for names.
MOST_NUMBERS, MOST_NAMES = 25, 16
# `detection.drawing.PALETTE` with a darker yellow, which is seen on white.
LINE_COLORS = tuple("#A89B00" if each == "#F0E442" else each for each in PALETTE)
LINE_STYLES = ("-", "--", ":", "-.")
DOTS_PER_INCH = 110


@dataclass(frozen=True)
class Theme:
    """The colors of a page that a plot lies on.

    Args:
        paper: behind everything.
        ink: of text and axes.
        faint: of the grid.
        colors: matplotlib's name of a row of colors for counts, the lowest near to `paper`.
    """

    paper: str
    ink: str
    faint: str
    colors: str


LIGHT = Theme("#ffffff", "#1c1c1c", "#d8d8d8", "Blues")
DARK = Theme("#1b1d21", "#e8e8e8", "#3c4048", "cividis")


def plot_precision_recall(
    at_50: Sequence[Curve], at_75: Sequence[Curve], overall: Curve, theme: Theme = LIGHT
) -> bytes:
    """A PNG of three: the curves at IoU 0.5 and at 0.75, and F1 by threshold at 0.5.

    Args:
        at_50: a curve a class.
        at_75: the same classes.
        overall: all classes at 0.5; the line at its best threshold is dashed.
        theme: the colors.
    """
    figure = empty_figure(15, 4.8, theme)
    first, second, third = figure.subplots(1, 3)
    for axes, curves in ((first, at_50), (second, at_75)):
        for curve, color, style in _styled(curves):
            # From recall 0, where the best detection's precision already holds.
            recall = np.append(0, curve.recall)
            precision = np.append(curve.precision[:1], curve.precision)
            axes.plot(recall, precision, style, color=color, label=plot_name(curve.name))
        _square(axes, "recall", "precision", theme)
        axes.set_title(f"Precision and recall, IoU {curves[0].iou:g}" if curves else "")
    for curve, color, style in _styled(at_50):
        third.plot(curve.thresholds, curve.f1, style, color=color, label=plot_name(curve.name))
    third.plot(overall.thresholds, overall.f1, color=theme.ink, linewidth=2.5, label=overall.name)
    _square(third, "score threshold", "F1", theme)
    third.set_title("F1 by threshold, IoU 0.5")
    if overall.best is not None:
        third.axvline(overall.best.threshold, color=theme.ink, linestyle="--", linewidth=1)
    if len(at_50) <= MOST_NAMES:
        third.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False,
                     labelcolor=theme.ink)  # fmt: skip
    return png(figure)


def plot_confusion(matrix: ConfusionMatrix, theme: Theme = LIGHT) -> bytes:
    """A PNG of the matrix: each row's shares as colors, and the counts."""
    count = len(matrix.labels)
    side = min(max(4.2, 0.55 * count + 2.2), 16)
    figure = empty_figure(side + 1, side, theme)
    axes = figure.subplots()
    totals = np.maximum(matrix.counts.sum(1, keepdims=True), 1)
    shares = matrix.counts / totals  # (K + 1, K + 1)
    image = axes.imshow(shares, cmap=theme.colors, vmin=0, vmax=1)
    names = [plot_name(name) for name in matrix.labels]
    axes.set_xticks(range(count), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(count), names)
    axes.set_xlabel("found")
    axes.set_ylabel("there")
    if count <= MOST_NUMBERS:
        for row, column in np.ndindex(shares.shape):
            if matrix.counts[row, column]:
                red, green, blue, _ = image.cmap(image.norm(shares[row, column]))
                ink = "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else "#fff"
                axes.text(column, row, str(matrix.counts[row, column]), color=ink,
                          ha="center", va="center", fontsize=9)  # fmt: skip
    colored(axes, theme)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("share of the row", color=theme.ink)
    bar.ax.tick_params(colors=theme.ink)
    return png(figure)


def empty_figure(width: float, height: float, theme: Theme) -> Figure:
    """A figure of so many inches, to draw into."""
    # Without pyplot, which keeps figures and asks for a display.
    return Figure(figsize=(width, height), layout="constrained", facecolor=theme.paper)


def _styled(curves: Sequence[Curve]) -> list[tuple[Curve, str, str]]:
    """Those with something to show, each with a color and a style of line."""
    styles = [(color, style) for style in LINE_STYLES for color in LINE_COLORS]
    return [
        (curve, *styles[number % len(styles)])
        for number, curve in enumerate(curves)
        if curve.thresholds.size and curve.object_count
    ]


def _square(axes: Axes, x_label: str, y_label: str, theme: Theme) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(color=theme.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    colored(axes, theme)


def colored(axes: Axes, theme: Theme) -> None:
    """Give axes a theme's colors."""
    axes.set_facecolor(theme.paper)
    axes.tick_params(colors=theme.ink)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(theme.ink)
    for spine in axes.spines.values():
        spine.set_color(theme.faint)


def png(figure: Figure) -> bytes:
    """The figure as a file."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH)
    return file.getvalue()
