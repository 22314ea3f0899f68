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
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from codeartifact_status import __version__, values
from codeartifact_status.errors import InputError, Problem
from codeartifact_status.inputs import Inputs
from codeartifact_status.manifest import read_yaml
from codeartifact_status.sources import API_REQUEST, Flags, flag_of, read_file_url

GROUPS: Mapping[str, tuple[str, ...]] = {
    "What to change": (
        *("domain", "domain_owner", "repository", "format", "namespace", "package", "versions"),
        *("version_revisions", "packages", "version_from_tag", "versions_matching"),
        *("exclude_versions", "keep_latest", "expected_status", "target_status", "cli_input_json"),
    ),
    "How to go about it": (
        *("allow_failed_versions", "on_failure", "max_changes", "wait_seconds", "dry_run"),
        *("allow_irreversible", "concurrency", "timeout_seconds"),
    ),
    "What comes back": (
        *("output", "query", "undo_file", "result_file", "output_file", "summary_file", "debug"),
    ),
    "Who you are": (
        *("role_to_assume", "aws_region", "audience", "role_session_name"),
        *("role_duration_seconds", "session_policy", "allowed_account_ids"),
        *("web_identity_token_file", "role_chaining", "role_external_id", "profile"),
    ),
    "The connection": (
        *("endpoint_url", "ca_bundle", "cli_connect_timeout", "cli_read_timeout"),
        *("no_verify_ssl", "no_sign_request"),
    ),
}
"""The inputs as ``--help`` and the README group them."""

_ONLY_OF_AWS = {
    "--help": "Show this text.",
    "--version": "Show the version of this program and of what it is built on.",
    "--generate-cli-skeleton": "Show a request to fill in (input), or an answer (output).",
    "--cli-input-yaml": "The API request as YAML, or file://…; other flags override it.",
}
"""Options of the AWS CLI that aren't inputs, and have an effect."""

_WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "--no-paginate": (),
    "--no-cli-pager": (),
    "--no-cli-auto-prompt": (),
    "--v2-debug": (),
    "--color": ("on", "off", "auto"),
    "--cli-binary-format": ("base64", "raw-in-base64-out"),
}
"""Options of the AWS CLI, version 1 or 2, that change nothing here, and the values they take."""

_SWITCHES = {"--help", "--version", *(o for o, choices in _WITHOUT_EFFECT.items() if not choices)}

_REFUSED = {"--cli-auto-prompt": "there is nobody to be prompted"}
"""Options of the AWS CLI that can't be had here, and why."""

_OF_AWS = (
    *map(flag_of, API_REQUEST.values()),
    *("--cli-input-json", "--output", "--query", "--profile", "--debug", "--endpoint-url"),
    *("--no-verify-ssl", "--no-sign-request", "--ca-bundle"),
    *("--cli-read-timeout", "--cli-connect-timeout"),
    *("--region", *_ONLY_OF_AWS, *_WITHOUT_EFFECT, *_REFUSED),
)

_LISTS = frozenset(
    {"repository", "versions_matching", "exclude_versions", "allow_failed_versions"}
    | {"allowed_account_ids"}
)
"""Inputs of several values, besides ``versions``; as flags they may be repeated, too."""

_COMMAND = ["codeartifact", "update-package-versions-status"]

SKELETON: Mapping[str, object] = {
    "domain": "",
    "domainOwner": "",
    "repository": "",
    "format": "npm",
    "namespace": "",
    "package": "",
    "versions": [""],
    "versionRevisions": {"KeyName": ""},
    "expectedStatus": "Published",
    "targetStatus": "Published",
}
"""An API request with nothing in it, as the AWS CLI (version 2) generates it."""

SAMPLE = {
    "successfulVersions": {"KeyName": {"revision": "revision", "status": "status"}},
    "failedVersions": {"KeyName": {"errorCode": "errorCode", "errorMessage": "errorMessage"}},
}
"""An API answer with nothing in it, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """What a command line asks for.

    ``flags`` are None where there is no argument at all, and inputs come from the environment
    alone. ``answer`` is what to print and be done, ``wants_sample`` says that inputs are only to be
    checked. ``problems`` are what is wrong with the line itself, ``repeated`` the options that
    stand twice, of which the AWS CLI heeds the last.
    """

    flags: Flags | None = None
    answer: str | None = None
    wants_sample: bool = False
    problems: tuple[Problem, ...] = ()
    repeated: tuple[str, ...] = ()

    @classmethod
    def read(cls, arguments: Sequence[str]) -> "CommandLine":
        """Take a command line apart; what is wrong with it is kept, not raised."""
        if not arguments:
            return cls()
        words, repeated, unknown = _parse(_without_command(list(arguments)))
        if "--help" in words or unknown in (["help"], ["-h"]):
            return cls(answer=help_text())
        if words.get("--version") == []:
            return cls(answer=version_text())
        skeleton = words.pop("--generate-cli-skeleton", None)
        if skeleton in ([], ["input"]):
            return cls(answer=json.dumps(SKELETON, indent=4))
        problems = list(_unknown(unknown))
        if skeleton not in (None, ["output"]):
            text = f"{values.shown(' '.join(skeleton or ()))} is neither input nor output"
            problems.append(Problem("--generate-cli-skeleton", text))
        given: dict[str, Any] = {}
        typed: dict[str, str] = {}
        for option, parts in words.items():
            field = _FIELDS.get(option)
            try:
                if field is None:
                    _check(option, parts)
                elif field in typed:
                    raise ValueError(f"it contradicts {typed[field]}; give one of the two")  # noqa: TRY301 - told like the others
                else:
                    given[field] = _value(option, field, parts)
                    typed[field] = option
            except ValueError as error:
                problems.append(Problem(option, str(error)))
        return cls(
            flags=Flags(given, typed),
            wants_sample=skeleton == ["output"],
            problems=tuple(problems),
            repeated=repeated,
        )

    def name(self, field: str) -> str:
        """An input's name, as it is typed here."""
        return field.replace("_", "-") if self.flags is None else self.flags.name(field)

    def inputs(self) -> Inputs:
        """The inputs that it asks for, together with those of the environment.

        Raises:
            InputError: with all that is wrong, here and there.
        """
        try:
            inputs = Inputs() if self.flags is None else Inputs(flags=self.flags)
        except InputError as error:
            named = {problem.name for problem in self.problems}
            others = (problem for problem in error.problems if problem.name not in named)
            raise InputError([*self.problems, *others]) from None
        if self.problems:
            raise InputError(self.problems)
        return inputs


_FIELDS: Mapping[str, str] = {
    **{f"--{name.replace('_', '-')}": name for names in GROUPS.values() for name in names},
    **{flag_of(name): name for names in GROUPS.values() for name in names},
    "--cli-input-yaml": "cli_input_json",
}
"""The input that each flag gives."""


def _without_command(arguments: list[str]) -> list[str]:
    """The arguments without the words that followed ``aws`` in the line that this one was."""
    for index in range(len(arguments) - 1):
        if arguments[index : index + 2] == _COMMAND:
            return [*arguments[:index], *arguments[index + 2 :]]
    return arguments


def _parse(arguments: list[str]) -> tuple[dict[str, list[str]], tuple[str, ...], list[str]]:
    """Each option with its words, those that stand twice in vain, and what is no option."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in {**_FIELDS, **dict.fromkeys(_OF_AWS)}:
        parser.add_argument(option, dest=option, nargs="*", action="append")
    parsed, unknown = parser.parse_known_args([_unabbreviated(word) for word in arguments])
    given = {option: uses for option, uses in vars(parsed).items() if uses is not None}
    words = {
        option: [*itertools.chain(*uses)] if _FIELDS.get(option) in _LISTS else uses[-1]
        for option, uses in given.items()
    }
    repeated = (option for option, uses in given.items() if uses[:-1] and words[option] is uses[-1])
    return words, tuple(repeated), unknown


def _unabbreviated(word: str) -> str:
    """An option of the AWS CLI in full, where only its beginning was typed."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or name in _FIELDS or name in _OF_AWS or name == "--":
        return word
    longer = [option for option in _OF_AWS if option.startswith(name)]
    return f"{longer[0]}{equals}{value}" if len(longer) == 1 else word


def _unknown(words: Sequence[str]) -> Iterator[Problem]:
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    for name in dict.fromkeys(options):
        near = difflib.get_close_matches(name, [*_FIELDS, *_OF_AWS], n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield Problem(name, f"there is no such option{hint}")
    if words and not options:
        yield Problem(values.shown(words[0]), "it belongs to no option; --help shows them all")


def _check(option: str, parts: Sequence[str]) -> None:
    """Whether an option that has no effect is at least one that the AWS CLI would take."""
    if option == "--version":
        raise ValueError("it takes no value; did you mean --versions?")
    if option in _REFUSED:
        raise ValueError(_REFUSED[option])
    choices = _WITHOUT_EFFECT[option]
    if len(parts) > bool(choices) or (choices and (not parts or parts[0] not in choices)):
        expected = f"one of {', '.join(choices)}" if choices else "nothing"
        raise ValueError(f"{values.shown(' '.join(parts))} is not {expected}")


def _value(option: str, field: str, parts: Sequence[str]) -> object:
    """What the words after an option mean for its input."""
    if isinstance(Inputs.model_fields[field].default, bool) and not parts:
        return "true"
    if not parts:
        raise ValueError("it has no value")
    if field == "versions":
        return _list(parts)
    if field in _LISTS:
        return "\n".join(map(read_file_url, parts))
    if len(parts) > 1:
        raise ValueError(f"it takes one value, and has {len(parts)}: {' '.join(parts)}")
    if option == "--cli-input-json":
        return parts[0]
    text = read_file_url(parts[0])
    if option == "--cli-input-yaml":
        return json.dumps(read_yaml(text))
    return _map(text) if field == "version_revisions" else text


def _list(parts: Sequence[str]) -> object:
    """The AWS CLI's list: words, none of them taken apart, or one JSON array."""
    if len(parts) > 1:
        return list(parts)
    text = read_file_url(parts[0])
    return text if text != parts[0] or text.lstrip().startswith("[") else [text]


# One pair of the AWS CLI's shorthand syntax, and what ends it. A key may hold what the AWS CLI's
# own may not: PEP 440 and Semantic Versioning have `+`, `!` and `~` in versions.
_PAIR = re.compile(
    r"""\s*(?P<key>[^=,\s]+)\s*=\s*
    (?:"(?P<double>(?:\\.|[^"\\])*)" | '(?P<single>(?:\\.|[^'\\])*)' | (?P<bare>(?:\\,|[^,"'])*?))
    \s*(?:,|\Z)""",
    re.VERBOSE,
)


def _map(text: str) -> object:
    """The AWS CLI's map: JSON, or ``key=value,key=value``; YAML, as for the input, too."""
    if text.lstrip().startswith("{") or re.search(r":(\s|\Z)", text):
        return text
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None:
            raise ValueError(f"{values.shown(text[position:])} is not of the form version=revision")
        quoted = pair["double"] if pair["double"] is not None else pair["single"]
        bare = (pair["bare"] or "").replace("\\,", ",")
        if pair["key"] in pairs:
            raise ValueError(f"version {values.shown(pair['key'])} stands twice")
        pairs[pair["key"]] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = pair.end()
    return pairs


# --- What answers by itself. -----------------------------------------------------------------

_COLUMN = 36

_AS_FLAGS = {
    "versions": "The versions, as words or as one JSON array.",
    "query": "A JMESPath expression over what is shown.",
    "output": "How the result is shown: text, json or table; json by default.",
}
"""What differs from the input's own description, where it is a flag."""


def version_text() -> str:
    """This program's version and those that a report of a bug should name."""
    return (
        f"codeartifact-status/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()} botocore/{metadata.version('botocore')}"
    )


def help_text() -> str:
    """Every option in one line, by groups."""
    lines = [
        "Set the status of package versions in AWS CodeArtifact, in batch, and tell the truth",
        "about it.",
        "",
        "usage: codeartifact-status --domain VALUE --repository VALUE --format VALUE",
        "         --package VALUE --versions VALUE ... --target-status VALUE [options]",
        "",
        "Takes every option of `aws codeartifact update-package-versions-status`, with its syntax.",
        "Each input may be given by the environment as well: INPUT_TARGET_STATUS=Published.",
    ]
    for title, names in GROUPS.items():
        lines += ["", f"{title}:"]
        for name in names:
            text = _AS_FLAGS.get(name) or Inputs.model_fields[name].description or ""
            lines.append(_help_line(flag_of(name), name, text))
    lines += ["", "Of the AWS CLI:"]
    lines += [_help_line(option, None, text) for option, text in _ONLY_OF_AWS.items()]
    lines += [_help_line(option, None, "Accepted, without effect.") for option in _WITHOUT_EFFECT]
    lines += [
        "",
        "With flags, stdout holds what --output and --query ask for, JSON by default, and the log",
        "goes to stderr. Exit codes: 0 every version is at the target, or its failure is allowed;",
        "1 some version is not; 2 an input is wrong; 3 no identity; 4 CodeArtifact could not be",
        "asked; 70 a bug of this program; 128+n stopped by signal n.",
    ]
    return "\n".join(lines)


def _help_line(option: str, field: str | None, text: str) -> str:
    several = field == "versions" or field in _LISTS
    switch = field is not None and isinstance(Inputs.model_fields[field].default, bool)
    if field is None:
        switch = option in _SWITCHES
    shown = f"  {option}{'' if switch else ' VALUE'}{' ...' if several else ''}"
    return f"{shown:{_COLUMN}}  {text}"
