# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of arguments in the errors and reports of the library become the flags of the command that was given.

Below the command line, an error names the argument to change in backticks, alone or with its value: `audio_dir`,
`overwrite=True`. Here the command's own parser tells which flag sets that argument. Arguments of another command
follow its name in parentheses: `tsukasa prepare` (`aligner`).
"""

import argparse
import importlib
import importlib.util
import re
from collections.abc import Iterable


_ARGUMENT = re.compile(r"`([A-Za-z_]\w*)(?:=([^`\s]+))?`")
_OF_ANOTHER_COMMAND = re.compile(r"(`tsukasa\s+(\w+)`\s+\()([^()]*)\)")


def with_flags(message: str, parser: argparse.ArgumentParser) -> str:
    """Replace every argument in backticks by its flag, where the command or the one named before it has it.

    All else stays as it is.

    Args:
        message: an error or a report.
        parser: of the command.
    """

    def of_another_command(match: re.Match[str]) -> str:
        before, command, arguments = match.groups()
        return f"{before}{_with_flags_of(arguments, _parser_of(command))})"

    return _with_flags_of(_OF_ANOTHER_COMMAND.sub(of_another_command, message), parser)


def _parser_of(command: str) -> argparse.ArgumentParser:
    """Make a parser with the arguments of a command, and an empty one when there is no such command."""
    parser = argparse.ArgumentParser()
    module = f"{__package__}.{command}"
    if importlib.util.find_spec(module) is not None:
        importlib.import_module(module).add_arguments(parser)
    return parser


def _with_flags_of(message: str, parser: argparse.ArgumentParser) -> str:
    # argparse has no public list of a parser's arguments; this one is as old as the module.
    actions = parser._actions

    def flag(match: re.Match[str]) -> str:
        name, value = match.groups()
        return _flag([action for action in actions if action.dest == name], value) or match.group()

    return _ARGUMENT.sub(flag, message)


def _flag(actions: Iterable[argparse.Action], value: str | None) -> str | None:
    """Write the option, or the name of the positional argument, that sets an argument to a value; None without one."""
    for action in actions:
        if not action.option_strings:
            return action.metavar if isinstance(action.metavar, str) else action.dest
        longest = max(action.option_strings, key=len)
        if isinstance(action, argparse.BooleanOptionalAction):
            is_off = value == "False"
            return next(name for name in action.option_strings if name.startswith("--no-") == is_off)
        if action.nargs == 0 and value in (None, str(action.const)):
            return longest
        if action.nargs != 0:
            return longest if value is None else f"{longest} {value}"
    return None


__all__ = ["with_flags"]
