"""`PretrainedWeightsReport`: what was taken from a source, what was not, and why."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.pretrained.matching import OTHER, PARTS, Matches


@dataclass(frozen=True)
class TakenWeight:
    """A variable and the name in the source of what it now holds."""

    part: str
    name: str
    source_name: str
    values: int


@dataclass(frozen=True)
class LeftWeight:
    """A variable that keeps what it had, and why."""

    part: str
    name: str
    reason: str
    values: int


@dataclass(frozen=True)
class PretrainedWeightsReport:
    """What `init_from` has done.

    Args:
        source: as it was named.
        kind: what it turned out to be.
        taken: the variables that were filled.
        left: those that were not.
        unused: what the source has besides.
        notes: what else to know before training.
    """

    source: str
    kind: str
    taken: tuple[TakenWeight, ...]
    left: tuple[LeftWeight, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def counts(self, part: str) -> tuple[int, int]:
        """How many variables of a part were filled, and how many it has."""
        taken = sum(each.part == part for each in self.taken)
        return taken, taken + sum(each.part == part for each in self.left)

    def as_text(self, shown: int | None = None) -> str:
        """A table of the parts, then a line for each layer that was left as it was.

        Args:
            shown: that many layers at most; all of them where it is None.
        """
        lines = [f"init_from {self.source}: {self.kind}", f"  {'part':10}{'taken':>7}{'of':>7}"]
        for part in (*PARTS, OTHER):
            taken, total = self.counts(part)
            if total:
                lines.append(f"  {part:10}{taken:7}{total:7}")
        left = _by_layer(self.left)
        lines += [f"  left: {layer}: {reasons}" for layer, reasons in left[:shown]]
        if shown is not None and len(left) > shown:
            lines.append(f"  left: {len(left) - shown} more layers")
        if self.unused:
            lines.append(f"  not used: {len(self.unused)}, {_first(self.unused)}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def save(self, path: Path) -> None:
        """Write all of it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def report_of(
    source: str, kind: str, matches: Matches, notes: Sequence[str] = ()
) -> PretrainedWeightsReport:
    """The report of what was matched."""
    return PretrainedWeightsReport(
        source=source,
        kind=kind,
        taken=tuple(
            TakenWeight(
                each.target.part,
                each.target.name,
                each.source_name,
                int(each.target.variable.value.shape.num_elements()),
            )
            for each in matches.matched
        ),
        left=tuple(
            LeftWeight(
                each.target.part,
                each.target.name,
                each.reason,
                int(each.target.variable.value.shape.num_elements()),
            )
            for each in matches.unmatched
        ),
        unused=matches.unused,
        notes=tuple(notes),
    )


def _by_layer(left: Sequence[LeftWeight]) -> list[tuple[str, str]]:
    """The layers, and their variables by the reason why they were left."""
    layers: dict[str, dict[str, list[str]]] = {}
    for each in left:
        layer, _, variable = each.name.rpartition("/")
        layers.setdefault(layer, {}).setdefault(each.reason, []).append(variable)
    return [
        (layer, ", ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items()))
        for layer, reasons in layers.items()
    ]


def _first(names: Sequence[str], shown: int = 3) -> str:
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest
