"""A flag for every setting of an experiment, made from the settings themselves."""

import dataclasses
import json
from collections.abc import Mapping

import click

from training.configuration.errors import ConfigurationError
from training.configuration.experiment import Experiment
from training.configuration.fields import Setting, descriptions, settings_of
from training.configuration.former_names import former_paths
from training.configuration.located import Located, parse_located
from training.configuration.reading import type_in_words
from training.configuration.writing import plain

Changes = dict[tuple[str, ...], Located]


def setting_options() -> list[click.Option]:
    """The options, in the order of the settings; `changes_of` reads them."""
    return [
        click.Option(
            [flag_of(path), _parameter(path)],
            metavar="YAML",
            help=_help(setting),
            hidden=path != setting.path,
        )
        for setting in settings_of(Experiment)
        for path in (setting.path, *former_paths(setting.path))
    ]


def flag_of(path: tuple[str, ...]) -> str:
    """The flag of a setting.

    Example:
        >>> flag_of(("optimization", "batch_size"))
        '--optimization.batch-size'
    """
    return f"--{'.'.join(path).replace('_', '-')}"


def changes_of(values: Mapping[str, str | None]) -> Changes:
    """What the flags say, by setting.

    Raises:
        ConfigurationError: a value is no YAML, or a setting is given under both of its names.
    """
    changes: Changes = {}
    for setting in settings_of(Experiment):
        for path in (*former_paths(setting.path), setting.path):
            text = values.get(_parameter(path))
            if text is not None:
                if setting.path in changes:
                    former = changes[setting.path].where
                    raise ConfigurationError(
                        f"{former} is the former name of {flag_of(path)}; give one of them"
                    )
                changes[setting.path] = parse_located(text, flag_of(path), numbered=False)
    return changes


class ExperimentCommand(click.Command):
    """A command whose help shows the settings' flags by section."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse them; of a setting without its section, the flags that end so are named."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            asked = error.option_name.lstrip("-")
            flags = [flag_of(setting.path) for setting in settings_of(Experiment)]
            meant = [flag for flag in flags if flag.rpartition(".")[2] == asked]
            if not meant:
                raise
            words = f"No such option '{error.option_name}'. Did you mean {' or '.join(meant)}?"
            raise click.NoSuchOption(error.option_name, words, ctx=ctx) from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options, then a section for each of the experiment's."""
        own, sections = [], dict[str, list[tuple[str, str]]]()
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            section, dot, _ = record[0].removeprefix("--").partition(".")
            if dot:
                sections.setdefault(section, []).append(record)
            else:
                own.append(record)
        with formatter.section("Options"):
            formatter.write_dl(own)
        titles = descriptions(Experiment)
        for section, records in sections.items():
            with formatter.section(f"{section}: {titles[section]}"):
                formatter.write_dl(records)


def _parameter(path: tuple[str, ...]) -> str:
    return "setting__" + "__".join(path)


def _help(setting: Setting) -> str:
    default = setting.default
    text = f"{setting.help} ({type_in_words(setting.kind)})"
    if default is dataclasses.MISSING:
        return text
    return f"{text}  [{json.dumps(plain(default))}]"
