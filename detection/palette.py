"""The colors of classes."""

# Eight colors that people with color-blindness tell apart, on light and on dark images
# (Okabe and Ito 2008, "Color Universal Design", with a violet in the place of black).
PALETTE = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#9467BD",
)


def class_color(class_id: int) -> str:
    """The color of a class, `#RRGGBB`: the same in every image."""
    return PALETTE[(class_id - 1) % len(PALETTE)]
