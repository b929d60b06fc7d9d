"""`Plan`: a configuration with the reason of each choice in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from training.configuration.machine import Machine
from training.planning.choices import (
    DEFAULT_MODEL,
    PLAIN_SSD_MODELS,
    Choice,
    augmentation_choices,
    batch_size_choice,
    box_options_choice,
    exclusive_classes_choice,
    input_size_choice,
    model_choice,
)
from training.planning.facts import DataFacts
from training.planning.learning import freeze_choice, learning_rate_choice, loss_choices

Settings = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What is to be trained, and how.

    Args:
        choices: in the order in which they are told; what somebody has set is not among them.
    """

    choices: tuple[Choice, ...]

    def value(self, *path: str) -> Any:
        """What was chosen for a setting; None where nothing was."""
        return next((each.value for each in self.choices if each.path == path), None)

    def with_choices(self, choices: Sequence[Choice], chosen: Mapping[Settings, Any]) -> "Plan":
        """The same with more, without those that somebody has set."""
        more = tuple(each for each in choices if not _is_set(each.path, chosen))
        return replace(self, choices=(*self.choices, *more))

    def as_yaml(
        self, head: Mapping[str, Any], data: Mapping[str, Any], chosen: Mapping[Settings, Any]
    ) -> str:
        """The configuration, its reasons as comments above it.

        Args:
            head: settings of no section, such as the name.
            data: the section of that name.
            chosen: what somebody has set, by its path; it goes over everything else.
        """
        sections: dict[str, Any] = {**head, "model": {}, "data": dict(data)}
        settings = [(each.path, each.value) for each in self.choices]
        for path, value in [*settings, *chosen.items()]:
            section = sections
            for name in path[:-1]:
                section = section.setdefault(name, {})
            # Another setting may go into it.
            section[path[-1]] = dict(value) if isinstance(value, Mapping) else value
        reasons = "".join(f"# {' '.join(str(each).split())}\n" for each in self.choices)
        return reasons + yaml.safe_dump(sections, sort_keys=False, allow_unicode=True, width=100)


def plan_training(
    facts: DataFacts, machine: Machine, minutes: float, chosen: Mapping[Settings, Any]
) -> Plan:
    """All but how long: that needs the speed of what is planned here.

    Args:
        facts: of the data.
        machine: that trains.
        minutes: that it may take.
        chosen: what somebody has set, by its path; it is followed, and left out.
    """
    plan = Plan(()).with_choices([model_choice(facts)], chosen)
    name = chosen.get(("model", "name"), DEFAULT_MODEL)
    if name == DEFAULT_MODEL or name in PLAIN_SSD_MODELS:
        plan = plan.with_choices([input_size_choice(facts, machine, minutes)], chosen)
        size = chosen.get(("model", "input_size"), plan.value("model", "input_size"))
        options = box_options_choice(facts, str(name), size_hw(size))
        plan = plan.with_choices([options] if options else [], chosen)
    exclusive = exclusive_classes_choice(facts, str(name))
    plan = plan.with_choices([exclusive] if exclusive else [], chosen)
    plan = plan.with_choices(loss_choices(facts, str(name)), chosen)
    frozen = freeze_choice(str(name), chosen)
    plan = plan.with_choices([frozen] if frozen else [], chosen)
    plan = plan.with_choices(augmentation_choices(facts), chosen)
    return plan.with_choices([batch_size_choice(facts, machine), learning_rate_choice()], chosen)


def size_hw(value: Any) -> tuple[int, int] | None:
    """Height and width of an `input_size` as YAML has it; None where it is none."""
    if isinstance(value, int):
        return value, value
    if isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value):
        return value[0], value[1]
    return None


def _is_set(path: Settings, chosen: Mapping[Settings, Any]) -> bool:
    return any(path[: len(each)] == each for each in chosen)
