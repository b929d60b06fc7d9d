"""The weights that a training starts from: those the experiment names, the default, or random."""

from collections.abc import Callable, Sequence

from training.configuration.experiment import Experiment
from training.models.detector import Detector
from training.pretrained.catalog import ALL, RANDOM, default_weights
from training.pretrained.report import PretrainedWeightsReport
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import Batches, init_from

# Of the layers that were left as they were; what is there besides is in the log file.
LAYERS_SHOWN = 3


def load_initial_weights(
    detector: Detector,
    experiment: Experiment,
    calibration_batches: Batches,
    say: Callable[[str], None],
    note: Callable[[str], None] = lambda _: None,
    *,
    class_names: Sequence[str] | None = None,
) -> PretrainedWeightsReport | None:
    """Fill the detector as `model.init_from` says, and say what it starts from.

    Args:
        detector: with random weights.
        experiment: whose `model.init_from` may be null: the model's default of the catalog.
        calibration_batches: as `init_from` takes them.
        say: called with a summary for people.
        note: called with every layer that was left as it was.
        class_names: the detector's, in the order of its outputs; as `init_from` takes them.

    Returns:
        What fitted; None where all weights stay random.

    Raises:
        PretrainedWeightsError: what the experiment names cannot be read, or does not fit. A default
            that does not fit is passed over.
    """
    named = experiment.model.init_from
    if named == RANDOM:
        say("starts from random weights, as model.init_from says")
        return None
    if named is not None:
        report = init_from(detector, named, calibration_batches, class_names=class_names)
        _tell(report, say, note)
        return report
    default = default_weights(experiment.model.name)
    if default is None:
        say("starts from random weights: no default is known for this model")
        return None
    try:
        part = default.models[experiment.model.name]
        report = init_from(
            detector,
            default.name,
            calibration_batches,
            class_names=class_names,
            whole_part=None if part == ALL else part,
        )
    except PretrainedWeightsError as error:
        say(f"starts from random weights: {default.name}, its default, does not fit ({error})")
        return None
    say(f"starts from {default.name}, its default ({default.trained_on}; {default.license}); "
        "model.init_from: random starts from random weights")  # fmt: skip
    _tell(report, say, note)
    return report


def _tell(
    report: PretrainedWeightsReport, say: Callable[[str], None], note: Callable[[str], None]
) -> None:
    say(report.as_text(LAYERS_SHOWN))
    note(report.as_text())
