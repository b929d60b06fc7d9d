"""What became of a pipeline's settings, as text."""

from collections import Counter
from collections.abc import Sequence

import yaml

from training.configuration.pipeline_config.conversion import ConvertedPipeline
from training.configuration.pipeline_config.tree import Line, Outcome


def summary(lines: Sequence[Line]) -> str:
    """How many of each.

    Example:
        >>> summary([Line("model.ssd.num_classes: 90", 3, Outcome.MAPS, "data.label_map")])
        '1 of its settings maps, 0 differ, 0 are left out'
    """
    of = Counter(line.outcome for line in lines)
    maps, differs, left_out = (of[each] for each in Outcome)
    return (
        f"{maps} of its settings {'maps' if maps == 1 else 'map'}, "
        f"{differs} {'differs' if differs == 1 else 'differ'}, "
        f"{left_out} {'is' if left_out == 1 else 'are'} left out"
    )


def told(line: Line) -> str:
    """One line.

    Example:
        >>> told(Line("train_config.batch_size: 24", 140, Outcome.MAPS, "optimization.batch_size"))
        'line 140  maps      train_config.batch_size: 24 -> optimization.batch_size'
    """
    return f"line {line.line:<4} {line.outcome:<8}  {line.setting} -> {line.told}"


def as_yaml(pipeline: ConvertedPipeline, source: str) -> str:
    """A config of ours, with a comment for each setting that the pipeline had.

    Args:
        pipeline: converted.
        source: the file that it was.
    """
    text: str = yaml.safe_dump(
        pipeline.settings.plain(), sort_keys=False, allow_unicode=True, width=100
    )
    comments = "".join(f"#   {told(line)}\n" for line in pipeline.lines)
    return f"{text}\n# From {source}: {summary(pipeline.lines)}.\n{comments}"
