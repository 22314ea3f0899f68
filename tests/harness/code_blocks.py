"""What a block of code of a page has to stand, by its language. A language without a check fails.

YAML is a workflow or a part of one, for the runner's schema, actionlint and this action's own
reading of inputs; or a seed, or a part of a file of another system. JSON is a policy, for the
emulator, or a document of this action. Commands are read by the programs that they start, as far as
these are here. What the blocks do, where they are run, is in the tests.
"""

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from pip._internal.commands import create_command

from codeartifact_emulator import Emulator
from codeartifact_emulator.__main__ import main as emulator_main
from codeartifact_emulator.documents import parse
from codeartifact_emulator.policies import Kind, parse_policy
from codeartifact_emulator.seed import plant
from codeartifact_status.identity.tokens import read_claims
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.inputs.reading import read
from codeartifact_status.reporting.run import ACTION as OURS
from harness.examples import ACTION, CONTEXT, as_given
from harness.pages import ROOT, Block

BIN = Path(sys.executable).parent

UNDO = """\
[{"repository": "npm-store", "format": "npm", "package": "@acme/core", "versions": ["1.3.0"],
  "expected-status": "Unlisted", "target-status": "Published"}]"""
FILES = {
    "release-modules.txt": "com.acme:client\ncom.acme:server\n",
    "quarantine.txt": "# GHSA-0000-0000-0000\npkg:npm/chalk@5.6.1\n",
    "plan.json": UNDO,
    "undo.json": UNDO,
    "trust.json": "{}",
    "permissions.json": "{}",
}
"""Files that are in the workspace where a page says so."""

SAID = {
    **CONTEXT,
    "needs.publish.outputs.hidden": UNDO,
    "matrix.packages": "@acme/a*",
}
"""What the expressions in the inputs of a page stand for."""

PLACE = {"domain": "acme", "aws-region": "eu-west-1", "target-status": "Published"}
WHAT = {"repository": "npm-store", "format": "npm", "package": "core", "versions": "1.3.0"}
"""What a part of a step leaves out."""


def check(block: Block) -> None:
    """Raise AssertionError, or what reads it raises, if a block isn't right."""
    assert block.language in CHECKS, f"{block}: nothing checks {block.language!r}"
    CHECKS[block.language](block.text)


# --- YAML. ---------------------------------------------------------------------------------------


def check_yaml(text: str) -> None:
    """Find out what it is a part of, and check it as such."""
    document = yaml.safe_load(text)
    if isinstance(document, list):
        document = {"steps": document}
    # YAML 1.1 takes the key `on` for a boolean.
    keys = {"on" if key is True else key for key in document}
    document = {"on" if key is True else key: value for key, value in document.items()}
    if keys <= ACTION["inputs"].keys():
        check_inputs({**_completing(document), **document})
    elif keys & {"domains", "roles"}:
        plant(parse(text))
    elif keys == {"id_tokens"}:
        _valid("vendor.gitlab-ci", {"job": {"script": "true", **document}})
    elif keys == {"plugins"}:
        _valid("vendor.buildkite", {"steps": [{"command": "true", **document}]})
    elif keys == {"enable-openid-connect"}:
        # Forgejo's, for which there is no schema (Forgejo Docs, "Security OpenID Connect").
        assert document["enable-openid-connect"] is True
    else:
        check_workflow(document)


def _completing(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a step needs beside the inputs that a page shows of it."""
    if "packages" in inputs:
        return {**PLACE, "repository": "npm-store", "format": "npm"}
    what = dict(WHAT)
    if inputs.keys() & {"packages-matching", "version-from-tag"}:
        del what["package"]
    if inputs.keys() & {"version-from-tag", "versions-matching"}:
        del what["versions"]
    if "{package}" not in inputs.get("version-from-tag", "{package}"):
        what |= {} if "packages-matching" in inputs else {"package": "core"}
    return {**PLACE, **what}


def check_workflow(part: Mapping[str, Any]) -> None:
    """Check a workflow, or what is left of one when it is completed."""
    workflow: dict[str, Any] = {"on": "push", **part}
    if "jobs" not in workflow:
        job: dict[str, Any] = {"runs-on": "ubuntu-latest", "steps": [{"run": "true"}]}
        job |= {"steps": workflow.pop("steps")} if "steps" in workflow else {}
        workflow["jobs"] = {"job": job}
    _valid("vendor.github-workflows", workflow)
    linted = subprocess.run(
        [BIN / "actionlint", "-shellcheck", "", "-"],
        input=yaml.safe_dump(workflow),
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            uses = str(step.get("uses", OURS))
            assert uses == OURS or re.search("@[0-9a-f]{40}$", uses), uses
            if "uses" in step and uses == OURS:
                # A part may show just what is about.
                is_whole = "target-status" in step["with"] or "packages" in step["with"]
                check_inputs({**step["with"], **({} if is_whole else {**PLACE, **WHAT})})


def check_inputs(inputs: Mapping[str, Any]) -> None:
    """Let this action read inputs as a workflow gives them, for a tag that matches."""
    assert inputs.keys() <= ACTION["inputs"].keys()
    pattern = str(inputs.get("version-from-tag", "v{version}"))
    tag = pattern.replace("{package}", "@acme/core").replace("{version}", "1.3.0")
    given = {name: as_given(value, SAID) for name, value in inputs.items()}
    with _environment(**{f"INPUT_{name.upper()}": text for name, text in given.items()}):
        step = read(None, ref=f"refs/tags/{tag}", on_github=True)
    step.check()


def _valid(schema: str, document: Any) -> None:
    _validator(schema).validate(json.loads(json.dumps(document)))


@cache
def _validator(schema: str) -> Any:
    document = get_builtin_schema(schema)
    return jsonschema.validators.validator_for(document)(document)


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """These variables, and none of ours that has a say in inputs, identity or connection."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if re.match("AWS_|INPUT_|.*_proxy$", name, re.IGNORECASE):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


# --- JSON. ---------------------------------------------------------------------------------------


def check_json(text: str) -> None:
    """Let the emulator read a policy, whole or in part, or this action a document of its own."""
    document = json.loads(text)
    if isinstance(document, list):
        with _environment(INPUT_PACKAGES=text, INPUT_DOMAIN="acme", AWS_REGION="eu-west-1"):
            read(None, ref="").check()
        return
    if "packages" in document:
        assert document.keys() == {"outcome", "dryRun", "packages"}
        return
    if "iss" in document:
        with Emulator.start() as emulator:
            issued = read_claims(emulator.identity_token(environment="release"))
        assert document.keys() <= issued.keys()
        return
    if "Effect" in document:
        document = {"Version": "2012-10-17", "Statement": [document]}
    if "Statement" not in document:
        trusted = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": document,
        }
        document = {"Version": "2012-10-17", "Statement": [trusted]}
    parse_policy(document, kind_of(document))
    for statement in document["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            service, name = action.split(":")
            assert name in operations(service), action


GITHUB = "token.actions.githubusercontent.com"


def kind_of(policy: Mapping[str, Any]) -> Kind:
    """What a policy is for, by what stands in it."""
    (first, *_) = policy["Statement"]
    if "Resource" not in first:
        return Kind.TRUST
    return Kind.RESOURCE if "Principal" in first else Kind.IDENTITY


@cache
def operations(service: str) -> Sequence[str]:
    """The calls of a service, by which its actions are named."""
    import botocore.session

    with _environment():
        model = botocore.session.Session().get_service_model(service)
    return tuple(model.operation_names)


# --- Commands. -----------------------------------------------------------------------------------


def commands(text: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Each command of a block: the variables that are set for it, and its words."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        variables: dict[str, str] = {}
        while words and (found := re.fullmatch(r"([A-Z_]+)=(.*)", words[0])):
            variables[found[1]] = found[2]
            del words[0]
        if words:
            yield variables, words


def check_console(text: str) -> None:
    """Let each program read its own words."""
    for _, (program, *words) in commands(text.replace("<digest>", "0" * 64)):
        name = program.rpartition("/")[2]
        assert name in PROGRAMS, f"nothing checks {name}"
        if program != name:
            # Of an environment that a page tells to make.
            assert program.startswith((".venv/bin/", "venv/bin/")), program
        PROGRAMS[name](words)


def our_flags(program: Sequence[str]) -> list[str] | None:
    """The flags that a command gives to this program; None if it starts another."""
    match program:
        case ["uvx" | "pipx", *rest] if (at := _position(rest)) is not None:
            return list(rest[at + 1 :])
        case [name, *rest] if name.rpartition("/")[2] == "codeartifact-status":
            return list(rest)
        case _:
            return None


def _position(words: Sequence[str]) -> int | None:
    found = (n for n, w in enumerate(words) if re.match(r"codeartifact-status(@|==)\d", w))
    return next(found, None)


def _flags(words: Sequence[str]) -> None:
    problems = CommandLine.read(words).problems
    assert problems == (), problems


def _uvx(words: Sequence[str]) -> None:
    if words[0] == "--from":
        assert words[2] == "codeartifact-emulator"
        _emulator(words[3:])
        return
    flags = our_flags(["uvx", *words])
    assert flags is not None
    _flags(flags)


def _pipx(words: Sequence[str]) -> None:
    assert words[0] == "run"
    _uvx(words[1:])


def _emulator(words: Sequence[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        # Whatever else it is told: it shows its help, if it knows what it was told before.
        assert emulator_main([*words, "--help"]) == 0


def _python(words: Sequence[str]) -> None:
    match words:
        case ["-m", "codeartifact_emulator", *rest]:
            _emulator(rest)
        case ["-m", "venv", directory]:
            assert not directory.startswith("-")
        case _:
            raise AssertionError(f"nothing checks python {words}")


def _pip(words: Sequence[str]) -> None:
    create_command(words[0]).parse_args(list(words[1:]))


def _make(words: Sequence[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z0-9-]+):.*## ", text, re.MULTILINE)
    for word in words:
        assert word in targets or re.fullmatch(r"[A-Z]+=.*", word), word


def _aws(words: Sequence[str]) -> None:
    """Let the AWS CLI read the words, up to where it would send them: nobody listens there."""
    import awscli
    from awscli.clidriver import create_clidriver

    if tuple(words) in {("sso", "login"), ("configure", "export-credentials", "--format", "env")}:
        # Of the AWS CLI's version 2.
        return
    variables = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
        # Which awscli sets for its process where it is imported.
        "AWS_DATA_PATH": str(Path(awscli.__file__).parent / "data"),
    }
    nowhere = ["--endpoint-url", "http://127.0.0.1:9"]
    with _environment(**variables), contextlib.redirect_stderr(io.StringIO()) as told:
        create_clidriver().main([*words, *nowhere])
    assert "Could not connect to the endpoint URL" in told.getvalue(), told.getvalue()


def _docker(words: Sequence[str]) -> None:
    assert words[0] in {"build", "run"}
    if words[0] == "build":
        dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        arguments = re.findall(r"^ARG (\w+)", dockerfile, re.MULTILINE)
        given = [words[at + 1] for at, word in enumerate(words) if word == "--build-arg"]
        assert {text.partition("=")[0] for text in given} <= set(arguments)


@cache
def _flags_of_act() -> frozenset[str]:
    told = subprocess.run([BIN / "act", "--help"], capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"--[a-z-]+", told.stdout))


def _act(words: Sequence[str]) -> None:
    assert {word for word in words if word.startswith("--")} <= _flags_of_act()


def _elsewhere(*known: str) -> Callable[[Sequence[str]], None]:
    """A program that isn't here: only these of its commands are in a page."""

    def among(words: Sequence[str]) -> None:
        assert " ".join(words).startswith(known), words

    return among


PROGRAMS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "act": _act,
    "aws": _aws,
    "codeartifact-status": _flags,
    "docker": _docker,
    "echo": lambda _: None,
    "gh": _elsewhere("attestation verify", "api"),
    "git": _elsewhere("clone --mirror", "-C"),
    "make": _make,
    "pip": _pip,
    "pipx": _pipx,
    "python": _python,
    "skopeo": _elsewhere("copy --all"),
    "uvx": _uvx,
}


def check_script(text: str) -> None:
    """Let shellcheck read a script, and look at the commands of AWS in it."""
    script = text.replace("…", "")
    done = subprocess.run(
        [BIN / "shellcheck", "--shell", "sh", "--exclude", "SC2034", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for _, words in commands(script):
        if words[0] in {"aws", "make"}:
            PROGRAMS[words[0]](words[1:])


# --- What is no code of its own. -----------------------------------------------------------------


def check_groovy(text: str) -> None:
    """What isn't a comment is in the file for Jenkins, which is run."""
    jenkinsfile = (ROOT / "examples" / "ci" / "Jenkinsfile").read_text(encoding="utf-8")
    for line in text.splitlines():
        assert line.strip().startswith("//") or line.strip() in jenkinsfile, line


@cache
def _tree() -> frozenset[str]:
    """The files and folders of this repository, without those that tools have made."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        here = Path(folder).relative_to(ROOT)
        found += [(here / name).as_posix() for name in (*folders, *files)]
    return frozenset(found)


def check_plain(text: str) -> None:
    """Commands of make, or a tree whose files and folders are there."""
    for line in text.splitlines():
        words = re.split(r" {2,}#", line.strip())[0].split(maxsplit=1)
        if words and words[0] == "make":
            _make([word for word in shlex.split(words[1]) if word != "make"])
        elif words and re.fullmatch(r"[\w./-]+(/|\.py)", words[0]):
            end = f"/{words[0].rstrip('/')}"
            assert any(f"/{path}".endswith(end) for path in _tree()), end


CHECKS: Mapping[str, Callable[[str], None]] = {
    "": check_plain,
    "console": check_console,
    "groovy": check_groovy,
    "json": check_json,
    "sh": check_script,
    "shell": check_script,
    "yaml": check_yaml,
}


def put_files(directory: Path) -> None:
    """Put what the pages name into a workspace."""
    for name, text in FILES.items():
        (directory / name).write_text(text, encoding="utf-8")
