"""Names of classes and splits as matplotlib is to draw them."""

LONGEST_NAME = 20


def plot_name(name: str) -> str:
    r"""As much of a name as there is room for, drawn as it is written.

    To matplotlib `$` begins a formula, and a label that begins with `_` is in no legend.

    >>> plot_name("$5"), plot_name("_rest")
    ('\\$5', ' _rest')
    """
    shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return f"{' ' if shown.startswith('_') else ''}{shown}".replace("$", r"\$")
