"""What came of a training on photos: measured, and what to type next."""

import shlex

import click

from boxwright.train.given_photos import Photos
from training.configuration.experiment import Experiment


def tell_results(photos: Photos, experiment: Experiment, *, has_test: bool) -> None:
    """Evaluate the best weights on test, else on what they were chosen by, and say how to go on.

    Args:
        photos: what was trained on.
        experiment: that was trained.
        has_test: whether the data keeps images apart to test on.
    """
    from boxwright.evaluate.command import evaluate

    run = str(experiment.folder)
    words = [run]
    if has_test:
        words += [*photos.options(), "--split", "test"]
        click.echo("Evaluating the best weights on the test images ...")
    else:
        click.echo(
            "Evaluating the best weights on the validation images ... They were chosen by these, "
            "so that others will be found a little less well; there is no test split."
        )
    try:
        evaluate.main(words, prog_name="boxwright evaluate", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"It could not be evaluated: {error.format_message()}. "
                   f"Try `boxwright evaluate {shlex.join(words)}`.", err=True)  # fmt: skip
    tell_next_steps(experiment)


def tell_next_steps(experiment: Experiment, *, evaluated: bool = True) -> None:
    """Print the commands that come after a training."""
    run, name = shlex.quote(str(experiment.folder)), shlex.quote(experiment.name)
    lines = [
        f"boxwright export {run} --name {name}   # models/{experiment.name}/1",
        f"make up MODEL={name}   # a page and an API at http://localhost:5000",
    ]
    if not evaluated:
        lines.insert(0, f"boxwright evaluate {run}   # on the validation images; --data for others")
    click.echo("\n  ".join(["Go on with:", *lines]))
