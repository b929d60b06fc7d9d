import numpy as np
import pytest
from scipy.optimize import curve_fit

from training.evaluation.power_law import Values, fit_power_laws

IMAGES = (26, 52, 104)


def law(images: Values, floor: float, factor: float, exponent: float) -> Values:
    errors: Values = floor + factor * (images / 104) ** -exponent
    return errors


@pytest.mark.parametrize(
    ("floor", "factor", "exponent"),
    [(0.1, 0.4, 0.5), (0.0, 0.3, 0.35), (0.45, 0.02, 1.5), (0.2, 0.5, 0.05)],
)
def test_a_curve_that_is_a_power_law_is_found_again(
    floor: float, factor: float, exponent: float
) -> None:
    errors = law(np.array(IMAGES, np.float64), floor, factor, exponent)
    found = fit_power_laws(IMAGES, errors[None])
    assert found.exponent == pytest.approx(exponent, rel=2e-3)
    for images in (154, 208):
        wanted = law(np.array(images, np.float64), floor, factor, exponent)
        assert found.errors(images) == pytest.approx(wanted, abs=1e-4)


# SciPy's covariance, which three points do not have, is not asked for.
@pytest.mark.filterwarnings("ignore:Covariance of the parameters:scipy.optimize.OptimizeWarning")
@pytest.mark.parametrize("images", [IMAGES, (12, 25, 50, 104), (10, 11, 104)])
def test_no_other_law_misses_less_than_scipys(images: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    sigmas = np.linspace(0.06, 0.03, len(images))
    true = law(np.array(images, np.float64), 0.25, 0.25, 0.4)
    curves = np.clip(true + rng.normal(0, 0.05, (6, len(images))), 0, 1)

    found = fit_power_laws(images, curves, sigmas.tolist())

    own = sum(
        ((found.errors(count) - curves[:, place]) / sigmas[place]) ** 2
        for place, count in enumerate(images)
    )
    for curve, missed in zip(curves, own, strict=True):
        fits = [
            _scipys(np.array(images, np.float64), curve, sigmas, start) for start in (0.1, 0.5, 2.0)
        ]
        assert missed <= min(fits) + 1e-3


def _scipys(images: Values, errors: Values, sigmas: Values, start: float) -> float:
    """How far the law of `curve_fit` misses the errors."""
    numbers, _, details, _, _ = curve_fit(
        law, images, errors, (0.1, 0.3, start), sigma=sigmas, full_output=True, max_nfev=2000,
        ftol=1e-12, xtol=1e-12, gtol=1e-12, bounds=((0, 0, 0.01), (1, np.inf, 4.0)),
    )  # fmt: skip
    assert details["nfev"] > 0
    return float(np.sum(((law(images, *numbers) - errors) / sigmas) ** 2))


def test_an_error_that_rises_gives_a_law_that_is_flat() -> None:
    found = fit_power_laws(IMAGES, np.array([[0.4, 0.5, 0.6], [0.5, 0.5, 0.5]]))
    assert found.factor == pytest.approx([0, 0], abs=1e-9)
    assert found.errors(10_000) == pytest.approx([0.5, 0.5])


def test_no_error_is_below_0_however_many_images_there_are() -> None:
    found = fit_power_laws(IMAGES, np.array([[0.9, 0.6, 0.1]]))
    assert 0 <= found.errors(1_000_000)[0] < found.errors(208)[0] < 0.5


def test_two_points_are_no_curve() -> None:
    with pytest.raises(ValueError, match="3 points or more"):
        fit_power_laws((1, 2), np.zeros((1, 2)))
