"""The edge to the command line: the AWS CLI's own flags, and this action's inputs as flags.

Every option of ``aws codeartifact update-package-versions-status`` is read as the AWS CLI reads it
(awscli, ``argprocess`` and ``paramfile``): a list is words or one JSON array, a map is
``key=value,key=value`` or JSON, ``file://`` names a file, an unambiguous beginning stands for an
option. Every other input is a flag with the value syntax of the input. What is wrong is collected
here and reported together with the wrong inputs.
"""

import argparse
import difflib
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codeartifact_status.errors import Problem
from codeartifact_status.inputs import answers, values
from codeartifact_status.inputs.documents import read_json, read_yaml
from codeartifact_status.inputs.options import (
    CHOICES,
    COLORS,
    COMMAND,
    FIELDS,
    GLOBALS,
    OF_AWS,
    REFUSED,
    SKELETON,
    SWITCHES,
    is_boolean,
    is_chained,
    is_secret,
    takes_several,
)
from codeartifact_status.inputs.paths import read_file_url
from codeartifact_status.inputs.sources import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """What a command line asks for.

    ``flags`` are None where there is no argument at all, and inputs come from the environment
    alone. ``answer`` is what to print and be done, ``wants_sample`` says that inputs are only to be
    checked, ``color`` whether the log has colors, if that was said. ``problems`` are what is wrong
    with the line itself, ``repeated`` the options that stand twice, of which the AWS CLI heeds the
    last.
    """

    flags: Flags | None = None
    answer: str | None = None
    wants_sample: bool = False
    color: bool | None = None
    problems: tuple[Problem, ...] = ()
    repeated: tuple[str, ...] = ()

    @classmethod
    def read(cls, arguments: Sequence[str]) -> "CommandLine":
        """Take a command line apart; what is wrong with it is kept, not raised."""
        if not arguments:
            return cls()
        line = _Words.of(arguments)
        words = line.given()
        if "--help" in words or line.unknown in (["help"], ["-h"]):
            return cls(answer=answers.help_text())
        if words.get("--version") == [] and not _is_slip(arguments):
            return cls(answer=answers.version_text())
        skeleton = words.pop("--generate-cli-skeleton", None)
        if skeleton in ([], ["input"]) and not line.unknown:
            return cls(answer=json.dumps(SKELETON, indent=4))
        # It may be the second word of one.
        has_secret = any(is_secret(FIELDS[option]) for option in words if option in FIELDS)
        problems = list(_unknown(line.unknown, is_shown=not has_secret))
        if skeleton not in (None, [], ["input"], ["output"]):
            text = f"must be input or output (got {values.shown(' '.join(skeleton or ()))})"
            problems.append(Problem("--generate-cli-skeleton", text))
        flags, wrong = _flags(words)
        return cls(
            flags=flags,
            wants_sample=skeleton == ["output"],
            color=COLORS.get(" ".join(words.get("--color", ()))),
            problems=(*problems, *wrong),
            repeated=line.repeated(),
        )


@dataclass(slots=True)
class _Words:
    """A command line taken apart: each use of each option with its words, and what is no option."""

    uses: dict[str, list[list[str]]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "_Words":
        """Take a line apart as the AWS CLI does: first its global options, wherever they stand."""
        words = cls()
        rest = words._take_globals(list(arguments))
        if rest[-1:] == ["--"]:
            rest.pop()
        for index in range(len(rest) - 1):
            if rest[index : index + 2] == COMMAND:
                # The words that followed `aws` in the line that this one was.
                del rest[index : index + 2]
                break
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        for option in {**FIELDS, **dict.fromkeys(OF_AWS)}:
            parser.add_argument(option, dest=option, nargs="*", action="append")
        parsed, words.unknown = parser.parse_known_args([_in_full(word, OF_AWS) for word in rest])
        for option, uses in vars(parsed).items():
            if uses is not None:
                words.uses.setdefault(option, []).extend(uses)
        return words

    def _take_globals(self, arguments: list[str]) -> list[str]:
        """Take the AWS CLI's global options, each with its value; what remains of the line."""
        rest: list[str] = []
        waiting = list(reversed(arguments))
        while waiting:
            word = waiting.pop()
            option, equals, value = _in_full(word, GLOBALS).partition("=")
            if option not in GLOBALS:
                rest.append(word)
                continue
            is_switch = option in SWITCHES or is_boolean(FIELDS.get(option))
            parts = [value] if equals else []
            if not equals and waiting and _is_value(waiting[-1], is_switch=is_switch):
                parts = [waiting.pop()]
            self.uses.setdefault(option, []).append(parts)
        return rest

    def given(self) -> dict[str, list[str]]:
        """Each option's words: of its last use, as for the AWS CLI, or of all for our own lists."""
        return {
            option: [*itertools.chain(*uses)] if is_chained(FIELDS.get(option)) else uses[-1]
            for option, uses in self.uses.items()
        }

    def repeated(self) -> tuple[str, ...]:
        """The options that stand twice in vain."""
        several = (option for option, uses in self.uses.items() if len(uses) > 1)
        return tuple(option for option in several if not is_chained(FIELDS.get(option)))


def _in_full(word: str, options: Sequence[str]) -> str:
    """An option of the AWS CLI in full, where only its beginning was typed."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or name in FIELDS or name in OF_AWS or name == "--":
        return word
    longer = [option for option in options if option.startswith(name)]
    return f"{longer[0]}{equals}{value}" if len(longer) == 1 else word


def _is_value(word: str, *, is_switch: bool) -> bool:
    """Whether a word after a global option belongs to it."""
    return word.lower() in {"true", "false"} if is_switch else not word.startswith("--")


def _is_slip(arguments: Sequence[str]) -> bool:
    """Whether ``--version`` is followed by one, so that ``--versions`` was meant."""
    follows = zip(arguments, [*arguments[1:], "--"], strict=True)
    return any(a == "--version" and b[:1] not in {"-", ""} and b != COMMAND[0] for a, b in follows)


def _unknown(words: Sequence[str], *, is_shown: bool) -> Iterator[Problem]:
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    for name in dict.fromkeys(options):
        near = difflib.get_close_matches(name, [*FIELDS, *OF_AWS], n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield Problem(name, f"unknown option{hint}")
    if words and not options:
        name = values.shown(words[0]) if is_shown else "A word of the command line"
        yield Problem(name, "belongs to no option; --help lists them all")


def _flags(words: Mapping[str, list[str]]) -> tuple[Flags, list[Problem]]:
    """What each option gives to its input, and what is wrong with some."""
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    typed: dict[str, str] = {}
    for option, parts in words.items():
        name = FIELDS.get(option)
        try:
            if name is None:
                _check(option, parts)
            elif name in typed:
                raise ValueError(f"can't be combined with {typed[name]}; give only one of them")  # noqa: TRY301 - told like the others
            elif parts != [""]:
                # An empty value is an absent one: `--profile "$PROFILE"`.
                given[name] = _value(option, name, parts)
                typed[name] = option
        except ValueError as error:
            problems.append(Problem(option, str(error)))
    return Flags(given, typed), problems


def _check(option: str, parts: Sequence[str]) -> None:
    """Whether an option that is no input is at least one that the AWS CLI would take."""
    if option == "--version":
        # Whatever comes after it.
        raise ValueError("takes no value; did you mean --versions?")
    if option in REFUSED:
        raise ValueError(REFUSED[option])
    choices = CHOICES[option]
    if len(parts) > bool(choices) or (choices and (not parts or parts[0] not in choices)):
        expected = f"one of {', '.join(choices)}" if choices else "nothing"
        raise ValueError(f"{values.shown(' '.join(parts))} is not {expected}")


def _value(option: str, name: str, parts: Sequence[str]) -> object:
    """What the words after an option mean for its input."""
    if not parts and is_boolean(name):
        return "true"
    if not parts:
        raise ValueError("needs a value")
    if name == "versions":
        return _list(parts)
    if takes_several(name):
        return "\n".join(map(read_file_url, parts))
    if len(parts) > 1:
        shown = "" if is_secret(name) else f": {values.shown(' '.join(parts))}"
        raise ValueError(f"takes one value (got {len(parts)}{shown})")
    if option == "--cli-input-json":
        return parts[0]
    text = read_file_url(parts[0])
    if option == "--cli-input-yaml":
        return json.dumps(read_yaml(text))
    return _map(text) if name == "version_revisions" else text


def _list(parts: Sequence[str]) -> object:
    """The AWS CLI's list: words, none of them taken apart, or one JSON array."""
    if len(parts) > 1:
        return list(parts)
    text = read_file_url(parts[0])
    return text if text != parts[0] or text.lstrip().startswith("[") else [text]


# What stands between two commas of the AWS CLI's shorthand syntax.
_PAIR = re.compile(r"""(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,"'\\])+""", re.DOTALL)


def _map(text: str) -> object:
    """The AWS CLI's map: JSON, or ``key=value,key=value``; YAML, as for the input, too.

    A key may hold what the AWS CLI's own shorthand may not: PEP 440 and Semantic Versioning have
    `+`, `!` and `~` in versions.
    """
    if text.lstrip().startswith("{"):
        return read_json(text)
    if re.match(r"[^=]*:(\s|\Z)", text):
        return text
    pairs: dict[str, str] = {}
    position = -1
    while position < len(text):
        pair = _PAIR.match(text, position + 1)
        key, equals, value = pair[0].partition("=") if pair is not None else ("", "", "")
        if pair is None or not equals or text[pair.end() : pair.end() + 1] not in {"", ","}:
            rest = values.shown(text[position + 1 :])
            raise ValueError(f"{rest} is not of the form version=revision")
        if key.strip() in pairs:
            raise ValueError(f"version {values.shown(key.strip())} is given twice")
        pairs[key.strip()] = _unquoted(value.strip())
        position = pair.end()
    return pairs


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote not in {'"', "'"}:
        return value.replace("\\,", ",")
    return value[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")
