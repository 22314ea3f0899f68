"""The workflows of ``examples``, step by step as they stand, and the roles for them of the pages.

Each step of this action is run with the inputs that the workflow gives it, its expressions replaced
by what a run would put there, and with a token of its job; files go from one job to the next as
artifacts do. Each step that is a script is run by bash, as the runner does.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import codeartifact_status
from harness.pages import ROOT, blocks
from harness.runs import DEFAULT_INPUTS, Finished

README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "examples" / "workflows").glob("*.yml"))
}
Done = subprocess.CompletedProcess[str]
Starter = Callable[..., Finished]
"""What runs the action: ``acting.Act`` or ``runs.Runner``."""

BASH = ("bash", "-e", "-c")
OURS = f"{codeartifact_status.REPOSITORY}@"
REPOSITORY = "my-org/my-repo"
"""The repository that the README's trust policy names."""
RELEASED = json.dumps(
    [{"name": "@acme/core", "version": "1.3.0"}, {"name": "@acme/ui", "version": "2.0.0"}]
)
"""What changesets says that it published."""
CONTEXT = {
    "steps.changesets.outputs.published-packages": RELEASED,
    "inputs.package": "@acme/core",
}


def readme_roles() -> list[dict[str, Any]]:
    """The roles that the pages tell to make, as a seed of the emulator has them."""
    trust, _, release, _ = role_blocks()
    (domain_wide,) = blocks("docs/reference.md", "json", "whole-repositories")
    policies = {"release": release, "domain-wide": json.loads(domain_wide)}
    return [{"name": name, "trust": trust, "policy": policy} for name, policy in policies.items()]


def role_blocks() -> list[dict[str, Any]]:
    """The README's documents for the role.

    The trust of environments, the condition for tags instead, the permissions, and the policy of a
    repository of another account.
    """
    return [json.loads(block) for block in blocks("README.md", "json", "the-role")]


def jobs() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every job of every workflow: the workflow's name, the job's, the job."""
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield workflow, name, job


def our_steps(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [step for step in job["steps"] if str(step.get("uses", "")).startswith(OURS)]


def step_of(workflow: str, name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The job and the step of ours that has this name."""
    (found,) = [
        (job, step)
        for job in WORKFLOWS[workflow]["jobs"].values()
        for step in our_steps(job)
        if step["name"] == name
    ]
    return found


def as_given(value: object, context: Mapping[str, str]) -> str:
    """An input as the runner hands it over: expressions replaced, booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: context[found[1]], str(value))


def run_step(
    start: Starter,
    workflow: str,
    name: str,
    *,
    files: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    **environment: str,
) -> Finished:
    """Run a step of an example with its own inputs and the defaults of action.yml, nothing else.

    ``given`` is what its expressions stand for, beyond ``CONTEXT``.
    """
    job, step = step_of(workflow, name)
    return run_in(start, job, step, files=files, given=given, **environment)


def run_in(
    start: Starter,
    job: Mapping[str, Any],
    step: Mapping[str, Any],
    *,
    files: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    **environment: str,
) -> Finished:
    """Run a step of a job, likewise, of whatever page or file."""
    context = {**CONTEXT, **(given or {})}
    defaults = {
        key: declared["default"]
        for key, declared in ACTION["inputs"].items()
        if declared.get("default") is not None
    }
    inputs = {**defaults, **step["with"]}
    return start(
        files=files,
        claims={"repository": REPOSITORY, "environment": job["environment"]},
        environment={"AWS_REGION": None, "AWS_DEFAULT_REGION": None, **environment},
        **{
            **dict.fromkeys(DEFAULT_INPUTS),
            **{key.replace("-", "_"): as_given(value, context) for key, value in inputs.items()},
        },
    )


def run_script(workflow: str, name: str, directory: Path, **environment: str) -> Done:
    """Run a step that is a script, with the variables that it sets itself."""
    (step,) = [
        step
        for job in WORKFLOWS[workflow]["jobs"].values()
        for step in job["steps"]
        if step.get("name") == name
    ]
    own = {key: text for key, text in step.get("env", {}).items() if "${{" not in text}
    path = f"{directory / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [*BASH, step["run"]],
        cwd=directory,
        env={"PATH": path, **own, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def show(start: Starter, *undos: str) -> Finished:
    """The dry run of a roll back, of what so many attempts of a run have kept."""
    files = {"former.json": "".join(undos)}
    return run_step(start, "roll-back", "Show what would be undone", files=files)


def plan_of(planned: Finished) -> Mapping[str, str]:
    """The files of the job that applies what a dry run has planned."""
    return {"plan.json": (planned.workspace / "plan.json").read_text()}


def apply(start: Starter, shown: Finished) -> Finished:
    """The roll back that was shown."""
    return run_step(start, "roll-back", "Undo", files=plan_of(shown))
