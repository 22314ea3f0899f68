"""The command line of the AWS CLI: the same words ask for the same, and are answered the same."""

import json
import re
from pathlib import Path

import awscli
import boto3
import pytest
from botocore import xform_name

from codeartifact_emulator import Emulator
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.inputs.help import help_text
from harness.commands import COMMAND, PACKAGE, PLACE, TARGET, ours, theirs
from harness.runs import CORE, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"
REVISION = "E3lhBp0RObRTut4pkjV5c1AQGkgSA7Oxtil6hMMzelc="


FILES = {
    "versions.json": '["1.0.0", "2.0.0+build"]',
    "revisions.json": json.dumps({"1.0.0": REVISION}),
    "package.txt": "core",
    "request.json": json.dumps(
        {
            "domain": "acme",
            "repository": "elsewhere",
            "format": "npm",
            "namespace": "acme",
            "package": "core",
            "versions": ["1.0.0"],
            "expectedStatus": "Unlisted",
            "targetStatus": "Archived",
        }
    ),
}


LINES = {
    "words": (*COMMAND, *PACKAGE, "--versions", "1.0.0", "2.0.0+build", *TARGET),
    "globals first": ("--region", "eu-west-1", *COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET),
    "one word": (*COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET),
    "the last counts": (*COMMAND, *PACKAGE, "--versions", "3", "--versions", "1.0.0", *TARGET),
    "a comma": (*COMMAND, *PACKAGE, "--versions", "1,2", *TARGET),
    "JSON": (*COMMAND, *PACKAGE, "--versions", '["1.0.0","2.0.0+build"]', *TARGET),
    "a file": (*COMMAND, *PACKAGE, "--versions", "file://versions.json", *TARGET),
    "globals anywhere": (
        "codeartifact", "--region", "eu-west-1", "update-package-versions-status", *PACKAGE,
        "--versions", "1.0.0", "--output", "json", "2.0.0+build", *TARGET, "--",
    ),
    "globals by their beginnings": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", "--d", "2.0.0+build", *TARGET, "--re",
        "eu-west-1", "--cli-r", "9",
    ),
    "the last repository": (
        *COMMAND, *PACKAGE, "--repository", "elsewhere", "--versions", "1.0.0", *TARGET,
        "--repository", "npm-store",
    ),
    "an empty profile": (*COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET, "--profile", ""),
    "JSON with escapes": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET,
        "--version-revisions", '{"1.0.0"\n: "E3lhBp0RObRTut4pkjV5c1AQGkgSA7Oxtil6hMMzel\\u0063="}',
    ),
    "equals signs": (
        *COMMAND, "--domain=acme", "--repository=npm-store", "--format=npm", "--namespace=acme",
        "--package=core", "--versions=1.0.0", "--target-status=Published",
    ),
    "beginnings": (
        *COMMAND, "--domain", "acme", "--repo", "npm-store", "--form", "npm", "--names", "acme",
        "--pack", "core", "--versions", "1.0.0", "--target", "Published", "--expected", "Unlisted",
    ),
    "revisions": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", "--version-revisions", f"1.0.0={REVISION}",
        *TARGET,
    ),
    "revisions, quoted": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", "1-2",
        "--version-revisions", f"1.0.0='{REVISION}' , 1-2 = \"{REVISION}\"", *TARGET,
    ),
    "revisions, JSON": (
        *COMMAND, *PACKAGE, "--versions", "2.0.0+build",
        "--version-revisions", json.dumps({"2.0.0+build": REVISION}), *TARGET,
    ),
    "revisions, a file": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", "--version-revisions", "file://revisions.json",
        *TARGET,
    ),
    "a text from a file": (
        *COMMAND, *PLACE, "--namespace", "acme", "--package", "file://package.txt",
        "--versions", "1.0.0", *TARGET,
    ),
    "a request": (*COMMAND, "--cli-input-json", "file://request.json", "--repository", "npm-store"),
    "a request and more": (
        *COMMAND, "--cli-input-json", FILES["request.json"], "--repository", "npm-store",
        "--versions", "1.0.0", "2.0.0+build", *TARGET,
    ),
    "the owner": (
        *COMMAND, *PACKAGE, "--domain-owner", "111122223333", "--versions", "1.0.0", *TARGET,
        "--expected-status", "Unlisted",
    ),
    "what has no effect": (
        *COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET, "--no-paginate", "--color", "off",
        "--no-verify-ssl", "--cli-read-timeout", "9", "--cli-connect-timeout", "9",
    ),
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_script_asks_for_the_same_with_the_commands_name_replaced(
    line: str, emulator: Emulator, workspace: Path
) -> None:
    for version in ("1.0.0", "2.0.0+build", "1,2", "1-2"):
        emulator.store.put(**CORE, version=version, status="Unlisted", revision=REVISION)

    theirs(LINES[line], emulator, workspace)
    (expected,) = calls_of(emulator, UPDATE)
    for version in statuses(emulator):
        emulator.store.put(**CORE, version=version, status="Unlisted", revision=REVISION)
    done = ours(LINES[line], emulator, workspace)

    assert done.returncode == 0, done.stderr
    (call,) = calls_of(emulator, UPDATE)[1:]
    pins = {
        "expectedStatus": "Unlisted",
        "versionRevisions": dict.fromkeys(expected.params["versions"], REVISION),
    }
    assert call.params == {**pins, **expected.params}


OUTPUTS = {
    "by default": (),
    "queried, and empty": ("--query", "failedVersions"),
    "as JSON": ("--output", "json"),
    "as text": ("--output", "text"),
    "queried": ("--query", 'successfulVersions."1.0.0".status'),
    "queried, as text": ("--query", "values(successfulVersions)[].status", "--output", "text"),
    "nothing found": ("--query", "nothing", "--output", "text"),
}  # fmt: skip


@pytest.mark.parametrize("output", OUTPUTS)
def test_stdout_is_what_the_aws_cli_prints(output: str, emulator: Emulator, tmp_path: Path) -> None:
    line = (*COMMAND, *PACKAGE, "--versions", "1.0.0", "1.1.0", *TARGET, *OUTPUTS[output])
    put_core(emulator, "1.0.0", "1.1.0")

    expected = theirs(line, emulator, tmp_path)
    put_core(emulator, "1.0.0", "1.1.0")
    done = ours(line, emulator, tmp_path)

    assert (done.returncode, expected.returncode) == (0, 0)
    if "text" in OUTPUTS[output] or not expected.stdout:
        assert done.stdout == expected.stdout
    else:
        assert json.loads(done.stdout) == json.loads(expected.stdout)


def test_where_every_version_fails_the_answer_is_the_same_and_the_exit_code_is_not(
    emulator: Emulator, tmp_path: Path
) -> None:
    line = (*COMMAND, *PACKAGE, "--versions", "1.0.0", "9.9.9", *TARGET)
    put_core(emulator, "1.0.0")

    expected = theirs(line, emulator, tmp_path)
    done = ours(line, emulator, tmp_path)

    assert (expected.returncode, done.returncode) == (0, 1)
    answers = [json.loads(one.stdout) for one in (expected, done)]
    for answer in answers:
        assert answer["successfulVersions"] == {}
        codes = {v: failure["errorCode"] for v, failure in answer["failedVersions"].items()}
        assert codes == {"1.0.0": "SKIPPED", "9.9.9": "NOT_FOUND"}
    assert "error: NOT_FOUND: 1 version" in done.stderr


def test_the_region_may_come_from_the_aws_configuration_as_for_the_aws_cli(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-1\n", encoding="utf-8")
    line = (*PACKAGE, "--versions", "1.0.0", *TARGET)
    nowhere = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"))

    done = ours(line, emulator, tmp_path, **nowhere)
    (tmp_path / ".aws" / "config").unlink()
    refused = ours(line, emulator, tmp_path, **nowhere)

    assert done.returncode == 0
    assert refused.returncode == 2
    assert "\n  --region: it is required" in refused.stderr
    # There is nothing to answer where an input is wrong.
    assert refused.stdout == ""


def test_the_output_may_come_from_the_aws_configuration_as_for_the_aws_cli(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0", status="Published")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\noutput = text\n", encoding="utf-8")
    line = (*COMMAND, *PACKAGE, "--versions", "1.0.0", *TARGET)

    expected = theirs(line, emulator, tmp_path)
    configured = ours(line, emulator, tmp_path)
    chosen = ours(line, emulator, tmp_path, AWS_DEFAULT_OUTPUT="json")

    assert configured.stdout == expected.stdout
    assert json.loads(chosen.stdout)["failedVersions"] == {}


# --- Skeletons and options. ----------------------------------------------------------------------


def test_the_skeleton_of_a_request_has_what_botocores_model_has() -> None:
    client = boto3.client("codeartifact", region_name="eu-west-1", endpoint_url="http://localhost")
    shape = client.meta.service_model.operation_model(UPDATE).input_shape

    answer = CommandLine.read([*COMMAND, "--generate-cli-skeleton"]).answer or ""

    skeleton = json.loads(answer)
    assert list(skeleton) == list(shape.members)
    kinds = {"string": str, "list": list, "map": dict}
    assert {name: type(value) for name, value in skeleton.items()} == {
        name: kinds[member.type_name] for name, member in shape.members.items()
    }
    for name in ("format", "expectedStatus", "targetStatus"):
        assert skeleton[name] in shape.members[name].enum


def test_a_skeleton_can_be_filled_in_and_given_back(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")
    skeleton = json.loads(
        ours([*COMMAND, "--generate-cli-skeleton", "input"], emulator, tmp_path).stdout
    )
    filled = {**skeleton, "domain": "acme", "repository": "npm-store", "namespace": "acme"}
    filled |= {"package": "core", "versions": ["1.0.0"], "versionRevisions": {}}
    filled |= {"expectedStatus": "Unlisted"}
    (tmp_path / "request.json").write_text(json.dumps(filled), encoding="utf-8")

    done = ours(["--cli-input-json", "file://request.json"], emulator, tmp_path)

    assert done.returncode == 0
    assert statuses(emulator) == {"1.0.0": "Published"}


def test_the_skeleton_of_an_answer_wants_right_inputs_and_sends_nothing(
    emulator: Emulator, tmp_path: Path
) -> None:
    line = (*COMMAND, "--generate-cli-skeleton", "output", *PACKAGE, "--versions", "1.0.0")

    expected = theirs([*line, *TARGET], emulator, tmp_path)
    done = ours([*line, *TARGET], emulator, tmp_path)
    refused = ours(line, emulator, tmp_path)

    assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(expected.stdout))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--target-status: it is required" in refused.stderr
    assert emulator.calls == []


def test_every_option_of_the_aws_cli_is_known() -> None:
    client = boto3.client("codeartifact", region_name="eu-west-1", endpoint_url="http://localhost")
    members = client.meta.service_model.operation_model(UPDATE).input_shape.members
    cli = json.loads((Path(awscli.__file__).parent / "data" / "cli.json").read_bytes())["options"]
    # What version 2 has beside (its `help`), and the two of every command.
    more = ["no-cli-pager", "no-cli-auto-prompt", "cli-binary-format", "cli-input-yaml"]
    more += ["cli-input-json", "generate-cli-skeleton"]
    options = [*map(xform_name, members), *cli, *more]

    shown = help_text(100)

    for option in options:
        name = option.replace("_", "-")
        assert re.search(rf"^  --{name}( |$)", shown, re.MULTILINE), name
