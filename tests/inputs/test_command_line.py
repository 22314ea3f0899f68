"""The command line: flags, help, answers, streams; lines of the AWS CLI are in ``test_aws_cli``."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_emulator import Emulator
from codeartifact_status.errors import InputError
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.inputs.declaring import GROUPS
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.help import help_text
from codeartifact_status.inputs.options import FIELDS, INPUTS, OF_AWS
from codeartifact_status.inputs.reading import Step, read
from codeartifact_status.inputs.sources import flag_of
from harness.commands import COMMAND, PACKAGE, PLACE, TARGET, ours, started
from harness.runs import BARE, CORE, ENTRYPOINT, ROLE, put_core, statuses


def step_of(arguments: Sequence[str]) -> Step:
    line = CommandLine.read(arguments)
    return read(line.flags, ref="", beside=line.problems)


def inputs(*arguments: str) -> Inputs:
    step = step_of([*PACKAGE, "--region", "eu-west-1", *arguments])
    step.check()
    return step.inputs


def problems(*arguments: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        step_of(arguments).check()
    return {problem.name: problem.text for problem in caught.value.problems}


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No input or region of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("INPUT_", "AWS_")):
            monkeypatch.delenv(name)


# --- Flags of our own. ---------------------------------------------------------------------------


def test_every_input_is_a_flag_in_one_group() -> None:
    names = [name for group in INPUTS.values() for name in group]

    assert len(names) == len(set(names))
    assert set(names) == set(Inputs.model_fields) - {"aws_max_attempts", "right"}


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_help_has_every_flag_once_and_no_line_that_is_wider_than_the_terminal(columns: int) -> None:
    lines = help_text(columns).splitlines()
    options = [line.split()[0] for line in lines if line.startswith("  --")]

    assert len(options) == len(set(options))
    assert set(options) >= {flag_of(name) for names in INPUTS.values() for name in names}
    assert {f"{group.title}:" for group in GROUPS} <= set(lines)
    # An option and the examples stay whole on a terminal that is narrower.
    assert max(map(len, lines)) <= min(max(columns, 74), 100)


def test_help_says_defaults_bounds_choices_and_speaks_of_flags() -> None:
    text = " ".join(help_text(80).split())

    assert "--concurrency N Maximum number of calls in flight. 1 to 64. Default: 8." in text
    assert "--color on|off|auto" in text
    assert "Many packages in one step, instead of --package:" in text
    assert "`" not in text


def test_a_switch_needs_no_value_and_takes_one() -> None:
    base = ("--versions", "1", *TARGET)

    assert inputs(*base, "--dry-run").dry_run is True
    assert inputs(*base, "--dry-run", "false").dry_run is False
    assert inputs(*base, "--dry-run=true").dry_run is True
    assert inputs(*base).dry_run is False


def test_an_input_of_several_values_takes_words_and_may_be_repeated() -> None:
    given = inputs(
        *("--versions", "1", *TARGET, "--versions-matching", "1.*", "^2", "--repository", "a1,b1"),
        *("--versions-matching", "3.*", "--allow-failed-versions", "NOT_FOUND", "SKIPPED"),
        *("--allowed-account-ids", "111122223333", "444455556666"),
    )

    assert given.versions_matching == ("1.*", "^2", "3.*")
    # Of an option of the AWS CLI, the last use counts.
    assert given.repository == ("a1", "b1")
    assert given.allow_failed_versions.codes == {"NOT_FOUND", "SKIPPED"}
    assert given.allowed_account_ids == ("111122223333", "444455556666")


def test_a_flag_goes_over_the_environment_and_the_environment_over_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INPUT_DOMAIN", "other")
    monkeypatch.setenv("INPUT_VERSIONS", "5")
    request = json.dumps({"versions": ["7"], "targetStatus": "Archived"})

    given = inputs("--cli-input-json", request)

    assert given.domain == "acme"
    assert given.versions == ("5",)
    assert given.target_status == "Archived"


def test_a_request_may_be_yaml_as_for_version_2_of_the_aws_cli(tmp_path: Path) -> None:
    request = tmp_path / "request.yaml"
    request.write_text("versions: [1.10]\ntargetStatus: Published\n", encoding="utf-8")

    given = inputs("--cli-input-yaml", f"file://{request}")

    assert given.versions == ("1.10",)


def test_all_that_is_wrong_is_told_at_once_by_the_names_that_were_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INPUT_FORMAT", "npn")

    found = problems(
        *("--domain", "Acme_X", "--region", "nowhere", "--pakage", "core", "--color", "blue"),
        *("--versions", "--repository", "npm-store", "--cli-read-timeout", "soon", "--dry-run=no"),
        *("--generate-cli-skeleton", "both", "--keep-latest", "1", "2"),
        *("--cli-input-json", '{"targetStatus": "publish"}', "--undo-file", "file://absent"),
    )

    assert set(found) == {
        *("--domain", "--region", "--pakage", "--color", "--versions", "--cli-read-timeout"),
        *("--dry-run", "--generate-cli-skeleton", "--package", "--keep-latest"),
        *("format", "target-status (targetStatus in cli-input-json)", "--undo-file"),
    }
    assert found["--pakage"].endswith("did you mean --package?")
    assert found["--versions"] == "needs a value"
    assert found["--keep-latest"] == 'takes one value (got 2: "1 2")'
    assert found["--color"] == '"blue" is not one of on, off, auto'


@pytest.mark.parametrize(
    ("arguments", "name", "text"),
    [
        (("--role-external-id", "s3cret", "word"), "--role-external-id", "takes one value (got 2)"),
        (("--role-external-id=s3cret", "word"), "A word of the command line", "no option"),
        (("--role-external-id", "s3cret!"), "--role-external-id", "must be 2 to 1224 characters"),
        (("--query", "https://me:s3cret@x"), "--query", "like a secret"),
        (("--keep-latest", "https://me:s3cret@x", "word"), "--keep-latest", "like a secret"),
        (("--endpoint-url", "https://me:s3cret/w@x"), "--endpoint-url", "a password"),
        (("--endpoint-url", "me:s3cret@x"), "--endpoint-url", "a password"),
        (("--role-to-assume", "eyJs3cret-s3cret.s3cret"), "--role-to-assume", "like a secret"),
        (("--session-policy", f"S3cret{'s3cret' * 100}"), "--session-policy", "like a secret"),
    ],
)
def test_what_may_be_a_secret_is_not_shown(
    arguments: tuple[str, ...], name: str, text: str
) -> None:
    found = problems(*arguments)

    assert text in found[name]
    assert not any("s3cret" in shown or "word" in shown.split() for shown in found.values())
    assert not any("s3cret" in shown for shown in found)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("stray",), '"stray"'),
        (("--region", "eu-west-1", "--aws-region", "eu-west-2"), "--aws-region"),
        (("--version-revisions", "1.0=a,1.0=b"), "--version-revisions"),
        (("--version-revisions", "1.0"), "--version-revisions"),
        (("--version-revisions", "1.0=a,,"), "--version-revisions"),
        (("--package", "file://"), "--package"),
        (("--cli-input-json", "{}", "--cli-input-yaml", "a: b"), "--cli-input-yaml"),
        (("--output", "yaml"), "--output"),
        (("--cli-auto-prompt",), "--cli-auto-prompt"),
        (("--undo-file", "a.json", "--result-file", "./a.json"), "--result-file"),
    ],
)
def test_a_wrong_flag_is_told_by_its_name(arguments: Sequence[str], name: str) -> None:
    assert name in problems(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--web-identity-token-file", "eyJhbGciOiJSUzI1NiJ9.e30.c2VjcmV0"),
        ("--endpoint-url", "http://user:c2VjcmV0@localhost"),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(arguments: Sequence[str]) -> None:
    assert "c2VjcmV0" not in problems(*arguments)[arguments[0]]


@pytest.mark.parametrize("option", ["--undo-file", "--output-file", "--ca-bundle"])
def test_a_path_that_no_file_system_takes_is_a_wrong_value(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")

    assert option in problems(option, "a" * 300)
    assert option in problems(option, "loop/x")


# --- Hostile words. ------------------------------------------------------------------------------


words = st.lists(
    st.one_of(
        st.sampled_from([*FIELDS, *OF_AWS]),
        st.text(min_size=1, max_size=8),
    ),
    max_size=6,
)


@given(words)
def test_no_line_of_words_makes_it_stumble(line: list[str]) -> None:
    if CommandLine.read(line).answer is None and line:
        # No line is whole: it would need a domain, which these texts don't make.
        assert step_of(line).problems


# --- Answers. ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [("--help",), (*COMMAND, "help"), ("--wrong", "--help"), ("-h",)])
def test_help_is_an_answer_on_stdout(line: Sequence[str], capsys: Any) -> None:
    from codeartifact_status.action import main

    assert main(line) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Set the status")
    assert printed.err == ""


def test_the_version_names_what_a_report_of_a_bug_should(
    emulator: Emulator, tmp_path: Path
) -> None:
    done = ours(["--version"], emulator, tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("codeartifact-status/")
    assert "Python/" in done.stdout
    assert "botocore/" in done.stdout
    assert done.stderr == ""


def test_a_slip_of_the_finger_is_not_green(emulator: Emulator, tmp_path: Path) -> None:
    done = ours([*PACKAGE, "--version", "1.0.0", *TARGET], emulator, tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "--version: takes no value; did you mean --versions?" in done.stderr


def test_what_a_repeated_option_drops_is_told(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")
    line = (*PACKAGE, "--versions", "3", "--versions", "1.0.0", *TARGET)

    done = ours(line, emulator, tmp_path)

    assert done.returncode == 0
    assert "--versions is given twice; the last value was used" in done.stderr


def test_a_query_that_cannot_be_evaluated_is_no_answer(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")
    line = (*PACKAGE, "--versions", "1.0.0", *TARGET, "--query", "keys(nothing)")

    done = ours([*line, "--output-file", "o.env"], emulator, tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "error: No answer\nThe query can't be evaluated: " in done.stderr
    # What was done was done, and is told elsewhere.
    assert "CHANGED_COUNT=1\n" in (tmp_path / "o.env").read_text(encoding="utf-8")


def test_with_several_packages_the_answer_is_the_result(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")
    emulator.store.put(**{**CORE, "package": "ui"}, version="2.0.0", status="Unlisted")
    packages = json.dumps(["pkg:npm/%40acme/core@1.0.0", "pkg:npm/%40acme/ui@2.0.0"])
    line = (*PLACE, "--packages", packages, *TARGET)

    done = ours([*line, "--result-file", "r.json"], emulator, tmp_path)
    queried = ours([*line, "--query", "packages[].package"], emulator, tmp_path)

    assert json.loads(done.stdout) == json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert json.loads(queried.stdout) == ["core", "ui"]


# --- Streams, which a process has. ---------------------------------------------------------------


def redirected(redirection: str, emulator: Emulator, home: Path) -> Any:
    """A promotion of 1.0.0 with its streams as a shell lays them."""
    line = shlex.join(
        [sys.executable, "-I", str(ENTRYPOINT), *PACKAGE, "--versions", "1.0.0", *TARGET]
    )
    return subprocess.run(
        ["sh", "-c", f"{line} {redirection}"],  # noqa: S607
        cwd=home,
        env={**BARE, **emulator.environment(user=True)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_stream_that_was_closed_does_not_change_the_verdict(
    closed: str, emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")

    done = redirected(closed, emulator, tmp_path)

    assert done.returncode == 0
    assert statuses(emulator) == {"1.0.0": "Published"}


def test_an_answer_that_cannot_be_written_is_not_green(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")

    done = redirected("> /dev/full", emulator, tmp_path)

    assert done.returncode == 1
    assert "The answer could not be written" in done.stderr


def test_a_reader_that_goes_away_does_not_change_the_verdict(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")
    line = (*PACKAGE, "--versions", "1.0.0", *TARGET)
    with subprocess.Popen(
        [sys.executable, "-I", str(ENTRYPOINT), *line],
        cwd=tmp_path,
        env={**BARE, **emulator.environment(user=True)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()

    assert process.wait(timeout=30) == 0
    assert statuses(emulator) == {"1.0.0": "Published"}


def test_the_log_of_a_command_goes_to_stderr_also_on_github(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")
    line = (*PACKAGE, "--versions", "1.0.0", "9.9.9", *TARGET, "--output", "table")

    done = started(line, emulator, tmp_path, GITHUB_ACTIONS="true")

    assert done.returncode == 1
    assert re.search(r"\| 9\.9\.9 .*\| NOT_FOUND +\|", done.stdout)
    assert "::" not in done.stdout
    assert "::error title=NOT_FOUND" in done.stderr


def test_a_command_prints_no_secret_for_a_runner_to_mask(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    line = (*PACKAGE, "--versions", "1.0.0", "1.1.0", *TARGET, "--role-to-assume", ROLE)

    done = started(line, emulator, tmp_path, GITHUB_ACTIONS="true")

    assert done.returncode == 0
    assert "::group::" in done.stderr
    assert "add-mask" not in done.stderr
