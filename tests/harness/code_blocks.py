"""What a block of code of a page has to stand, by its language. A language without a check fails.

YAML is a workflow or a part of one, for the runner's schema, actionlint and this action's own
reading of inputs; or a seed, or a part of a file of another system. JSON is a policy, for the
emulator, or a document of this action. Commands are the affair of ``command_blocks``. What the
blocks do, where they are run, is in the tests.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from codeartifact_emulator import Emulator
from codeartifact_emulator.documents import parse
from codeartifact_emulator.policies import Kind, parse_policy
from codeartifact_emulator.seed import plant
from codeartifact_status.identity.tokens import read_claims
from codeartifact_status.inputs.reading import read
from codeartifact_status.reporting.run import ACTION as OURS
from harness.command_blocks import BIN, check_console, check_script
from harness.examples import ACTION, CONTEXT, as_given
from harness.inputs import environment
from harness.pages import ROOT, Block

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
    "steps.hide.outputs.undo": UNDO,
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
    with environment(**{f"INPUT_{name.upper()}": text for name, text in given.items()}):
        step = read(None, ref=f"refs/tags/{tag}", on_github=True)
    step.check()


def _valid(schema: str, document: Any) -> None:
    _validator(schema).validate(json.loads(json.dumps(document)))


@cache
def _validator(schema: str) -> Any:
    document = get_builtin_schema(schema)
    return jsonschema.validators.validator_for(document)(document)


# --- JSON. ---------------------------------------------------------------------------------------


def check_json(text: str) -> None:
    """Let the emulator read a policy, whole or in part, or this action a document of its own."""
    document = json.loads(text)
    if isinstance(document, list):
        with environment(INPUT_PACKAGES=text, INPUT_DOMAIN="acme", AWS_REGION="eu-west-1"):
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

    with environment():
        model = botocore.session.Session().get_service_model(service)
    return tuple(model.operation_names)


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
    """A tree whose files and folders are there."""
    for line in text.splitlines():
        name, *_ = line.split()
        if re.fullmatch(r"[\w./-]+(/|\.py)", name):
            end = f"/{name.rstrip('/')}"
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
