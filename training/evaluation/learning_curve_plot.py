"""The plot of a learning curve: what was measured, and what the law says of more images."""

import numpy as np
from matplotlib.axes import Axes

from training.evaluation.learning_curve import TITLES, LearningCurve
from training.evaluation.plots import LIGHT, LINE_COLORS, Theme, colored, empty_figure, png

_PLACES = 200


def plot_learning_curve(curve: LearningCurve, theme: Theme = LIGHT) -> bytes:
    """A PNG: AP and AP50 by the number of images, with their intervals.

    The law is drawn where it was laid through what was measured, and dashed beyond it.

    Args:
        curve: what came out.
        theme: the colors.
    """
    figure = empty_figure(8, 5, theme)
    axes = figure.subplots()
    for (name, title), color in zip(TITLES.items(), LINE_COLORS, strict=False):
        _draw(axes, curve, name, title, color)
    images = [each.images for each in curve.points]
    images += [each.images for each in curve.predictions]
    axes.set_xscale("log", base=2)
    axes.set_xticks(images, [str(each) for each in images], minor=False)
    axes.minorticks_off()
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("images to learn from")
    axes.set_title("AP by the number of images")
    axes.grid(color=theme.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="best", frameon=False, labelcolor=theme.ink)
    colored(axes, theme)
    return png(figure)


def _draw(axes: Axes, curve: LearningCurve, name: str, title: str, color: str) -> None:
    images = np.array([each.images for each in curve.points])
    figures = [each.figures[name] for each in curve.points]
    values = np.array([each.value for each in figures])
    between = [each.interval for each in figures]
    # A sample's middle is not where the figure of all images is: neither side may be below 0.
    sides = [
        [max(0.0, value - each.low) if each else 0.0, max(0.0, each.high - value) if each else 0.0]
        for value, each in zip(values.tolist(), between, strict=True)
    ]
    axes.errorbar(images, values, np.array(sides).T, fmt="o", color=color, capsize=4, label=title)
    law = curve.laws.get(name)
    if law is None or not curve.predictions:
        return
    last = curve.predictions[-1]
    for first, end, style in ((images[0], images[-1], "-"), (images[-1], last.images, "--")):
        places = np.linspace(first, end, _PLACES)
        axes.plot(places, [1 - law.errors(each)[0] for each in places], style, color=color)
    beyond = [(each.images, each.values[name].interval) for each in curve.predictions]
    for place, interval in beyond:
        if interval is not None:
            axes.plot([place] * 2, [interval.low, interval.high], color=color, alpha=0.5, lw=4)
