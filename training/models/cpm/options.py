"""`CpmOptions`: what a config's `model.options` can say of every Convolutional Pose Machine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from training.models.option_checks import check_names, is_number, require


@dataclass(frozen=True)
class CpmOptions:
    """Numbers of a Convolutional Pose Machine; the defaults are those of the model that has them.

    Args:
        stages: how often the belief maps are made, each time from the features and the maps before.
        channels: of the convolutions of a stage.
        feature_channels: of the features that every stage sees.
        width: the backbone's channels, as a share of the published ones; a VGG has one width.
        sigma: how wide the Gaussian around a point is in the ideal maps, in cells of the maps.
        hidden_weight: how much a point counts in the loss that is hidden, by its hand or by
            something else, against the 1 of one that is seen; what is not labelled counts nothing.

    Raises:
        ModelError: a value that cannot be; the message names it.
    """

    stages: int = 6
    channels: int = 128
    feature_channels: int = 128
    width: float = 1.0
    sigma: float = 1.0
    hidden_weight: float = 1.0

    def __post_init__(self) -> None:
        for name, most in (("stages", 12), ("channels", 1024), ("feature_channels", 1024)):
            value = getattr(self, name)
            fits = type(value) is int and 1 <= value <= most
            require(fits, name, f"a whole number in 1..{most}", value)
        for name, most in (("width", 4), ("sigma", 10)):
            value = getattr(self, name)
            fits = is_number(value) and 0 < value <= most
            require(fits, name, f"a number above 0, {most} at most", value)
        weight = self.hidden_weight
        require(is_number(weight) and 0 <= weight <= 1, "hidden_weight", "in 0..1", weight)

    @classmethod
    def of(cls, defaults: "CpmOptions", chosen: Mapping[str, Any]) -> Self:
        """A model's defaults with what was chosen in their place.

        Raises:
            ModelError: there is no such option, or a value that it cannot take.
        """
        check_names(cls, chosen)
        return replace(defaults, **chosen)  # type: ignore[return-value]  # cls is not subclassed
