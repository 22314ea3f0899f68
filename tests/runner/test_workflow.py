"""The runner's commands and files, and what they become elsewhere."""

import logging
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeartifact_status.reporting.annotations import Annotation, Level
from codeartifact_status.reporting.log import Group
from codeartifact_status.runner.workflow import Tone, Workflow
from harness.runs import parse_outputs, runner_commands


@pytest.fixture
def github() -> Workflow:
    return Workflow(on_github=True)


@pytest.fixture
def elsewhere() -> Workflow:
    return Workflow(on_github=False)


def test_a_secret_is_masked_and_cut_out(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    github.mask("s3cret-token")
    github.line("the token is s3cret-token.")

    out = capsys.readouterr().out
    assert out == "::add-mask::s3cret-token\nthe token is ***.\n"


def test_a_secret_is_masked_once_and_nothing_is_not(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    for secret in ("s3cret-token", "", "s3cret-token"):
        github.mask(secret)

    assert capsys.readouterr().out.count("::add-mask::") == 1


def test_a_secret_of_several_lines_is_masked_line_by_line(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mask of a single brace would make stars of every brace in the job."""
    github.mask(" first-line\r\nsecond-line\n{\n")

    found = runner_commands(capsys.readouterr().out)
    assert [command.message for command in found] == ["first-line", "second-line"]


def test_elsewhere_a_secret_is_cut_out_and_never_printed(
    elsewhere: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere.mask("s3cret-token")
    elsewhere.line("s3cret-token")
    elsewhere.annotate(Annotation(Level.ERROR, "s3cret-token", "a s3cret-token"))
    elsewhere.groups([Group("s3cret-token", ("s3cret-token",))])

    captured = capsys.readouterr()
    assert "s3cret" not in captured.out + captured.err


def test_no_line_of_a_text_becomes_a_command(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    github.line("a\n::error::b\n  ##[error]c\r::error::d")

    out = capsys.readouterr().out
    assert runner_commands(out) == []
    assert len(out.splitlines()) == 3


def test_a_group_is_folded_and_a_line_alone_is_none(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    github.groups([Group("a: 100%", ("1", "::endgroup::")), Group("b")])

    out = capsys.readouterr().out
    assert [(command.name, command.message) for command in runner_commands(out)] == [
        ("group", "a: 100%"),
        ("endgroup", ""),
    ]
    assert out.splitlines()[-1] == "b"


@pytest.mark.parametrize(
    ("color", "variables", "colored"),
    [
        (True, {"NO_COLOR": "1"}, True),
        (False, {}, False),
        (None, {}, True),
        (None, {"NO_COLOR": "1"}, False),
        (None, {"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_has_colors_unless_somebody_wants_none(
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    color: bool | None,
    colored: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    Workflow(on_github=False, color=color).line("done \x1b[1m", tone=Tone.GOOD)

    shown = "done \\x1b[1m"
    assert capsys.readouterr().out == (f"\x1b[32m{shown}\x1b[0m\n" if colored else f"{shown}\n")


def test_an_annotation_keeps_its_lines_and_its_title(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    github.annotate(Annotation(Level.WARNING, "a, b: 50%", "one\ntwo: 100%\n::error::x"))

    (command,) = runner_commands(capsys.readouterr().out)
    assert command.name == "warning"
    assert command.properties == {"title": "a, b: 50%"}
    assert command.message.split("\n")[:2] == ["one", "two: 100%"]
    assert not any(line.startswith("::") for line in command.message.split("\n"))


TEXTS = st.lists(
    st.sampled_from(["::", "##[", "]", "error", "\n", "\r", " ", ",", "=", "%0A", "\u00a0", "x"]),
    max_size=8,
).map("".join)


@given(TEXTS, TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_annotation_is_one_command_whatever_is_in_it(
    capsys: pytest.CaptureFixture[str], title: str, message: str
) -> None:
    Workflow(on_github=True).annotate(Annotation(Level.ERROR, title, message))

    out = capsys.readouterr().out
    assert [command.name for command in runner_commands(out)] == ["error"]
    assert "##[" not in out


def test_elsewhere_there_are_no_commands(
    elsewhere: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere.groups([Group("Packages", ("::error::x",))])
    elsewhere.annotate(Annotation(Level.ERROR, "Trouble", "what\nnow"))

    captured = capsys.readouterr()
    assert runner_commands(captured.out) == runner_commands(captured.err) == []
    assert "Packages\n" in captured.out
    assert "error: Trouble\nwhat\nnow\n" in captured.out


def test_outputs_of_any_text_come_out_as_they_went_in(
    github: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "output"
    file.write_text("earlier=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    values = {"a": "x", "b": "", "c": "ghadelimiter\nEOF\nb<<EOF\n", "d": "x=y", "e": "ünï"}

    github.write_outputs(values)

    assert parse_outputs(file.read_bytes().decode()) == {"earlier": "1", **values}


def test_no_secret_gets_into_the_files(
    github: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        (tmp_path / variable).touch()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    github.mask("s3cret-token")

    github.write_outputs({"a": "s3cret-token"})
    github.write_summary("s3cret-token")

    assert parse_outputs((tmp_path / "GITHUB_OUTPUT").read_text()) == {"a": "***"}
    assert "s3cret" not in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()


def test_a_summary_is_added_to_what_is_there(
    github: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "summary"
    file.write_text("earlier\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))

    github.write_summary("### ✅ done\n")

    assert file.read_text(encoding="utf-8").startswith("earlier\n### ✅ done\n")


@pytest.mark.parametrize("value", ["", None])
def test_without_a_file_nothing_is_written(
    github: Workflow,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    value: str | None,
) -> None:
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(variable, raising=False)
        if value is not None:
            monkeypatch.setenv(variable, value)

    github.write_outputs({"a": "b"})
    github.write_summary("x")

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("where", ["no/such/file", "."])
def test_a_file_that_cannot_be_written_is_an_error_of_the_system(
    github: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / where))

    with pytest.raises(OSError, match=r"\S"):
        github.write_outputs({"a": "b"})


def test_loggers_speak_through_it_without_secrets(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "test_workflow.wire"
    github.mask("s3cret-token")
    github.log_from(name)

    logging.getLogger(name).debug("sent %s\n::error::x Signature=0a1b2c", "s3cret-token")

    out = capsys.readouterr().out.partition("\n")[2]
    assert out.startswith(f"debug: {name}: sent ***\n")
    assert "0a1b2c" not in out
    assert runner_commands(out) == []


def test_lines_of_several_threads_do_not_mix(
    github: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(letter: str) -> None:
        for _ in range(50):
            github.line(letter * 200)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 200
    assert {len(set(line)) for line in lines} == {1}
