"""Workflows on a real runner (nektos/act), as they stand, with nothing to reach but loopback.

What `uses:` names is served from directories: this action's own `action.yml` with the image that
was built, and stand-ins for the actions of others (`actions/`), for npm and for GitHub's command
line. A workflow is changed in four ways only: each job that may have an OIDC token gets one of its
own, as GitHub would give it; each step of ours gets an id, where it has none; and a probe after it,
which writes down what a later step sees; and `queue` is taken out, which act 0.2.89 doesn't know.
`/seen` and `/artifacts` are directories of the test.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from codeartifact_status.reporting.run import ACTION as OURS

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ACT = ROOT / ".venv" / "bin" / "act"
STAND_INS = {"changesets/action": "changesets"} | {
    f"actions/{name}": name for name in ("upload-artifact", "download-artifact")
}
RESULT = "fromJSON(steps.{id}.outputs.result || '{{}}')"
PROBES = {
    "step": "steps.{id}.outcome",
    "goes-on-as": "steps.{id}.conclusion",
    "outcome": "steps.{id}.outputs.outcome",
    "changed": "steps.{id}.outputs.changed-count",
    "planned": "steps.{id}.outputs.planned-count",
    "result": f"{RESULT}.outcome",
    "packages": f"join({RESULT}.packages.*.package, ' ')",
    "first": f"{RESULT}.packages[0].versions[0].after",
    "back-to": "fromJSON(steps.{id}.outputs.undo || '[]')[0].target-status",
}
"""What a later step can see of a step of ours: the name in the probe, and the expression."""


def load(path: Path) -> dict[str, Any]:
    """Read a workflow. YAML 1.1 takes the key `on` for a boolean."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on": document.pop(True), **document}


EXAMPLES = {path.stem: load(path) for path in (ROOT / "examples" / "workflows").glob("*.yml")}
FILES = {document["name"]: f"{stem}.yml" for stem, document in EXAMPLES.items()}
"""The files of the examples, by the names that they say."""


def our_steps(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if step.get("uses") == OURS]


def probe(identifier: str, name: str) -> dict[str, Any]:
    """A step that writes down what can be seen of another one."""
    seen = {
        f"SEEN_{what}": "${{ " + expression.format(id=identifier) + " }}"
        for what, expression in PROBES.items()
    }
    return {
        "name": f"Probe {name}",
        "if": "always()",
        "run": f"env | grep ^SEEN_ > /seen/{name}",
        "env": seen,
    }


def prepared(
    workflow: Mapping[str, Any], tokens: Callable[[Mapping[str, Any]], Mapping[str, str]]
) -> dict[str, Any]:
    """The workflow with probes, and with what GitHub gives to a job that may have a token."""
    whole: dict[str, Any] = json.loads(json.dumps(workflow))
    whole.get("concurrency", {}).pop("queue", None)
    for job_name, job in whole["jobs"].items():
        if job.get("permissions", {}).get("id-token") == "write":
            job["env"] = {**tokens(job), **job.get("env", {})}
        if "PATH" in job.get("env", {}):
            # No step that runs a command could find it.
            continue
        steps = []
        for step in job["steps"]:
            steps.append(step)
            if step.get("uses") == OURS:
                identifier = step.setdefault("id", f"step-{len(steps)}")
                steps.append(probe(identifier, f"{job_name}.{identifier}"))
        job["steps"] = steps
    return whole


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of a workflow left behind."""

    exit_code: int
    events: list[dict[str, Any]]
    log: str
    """What the jobs said, and what the runner said of them."""
    seen: Mapping[str, Mapping[str, str]]
    """What the probes saw, by job and step: `promote.promote`."""

    @property
    def jobs(self) -> Mapping[str, str]:
        """The result of each job that was run."""
        found = (event for event in self.events if "jobResult" in event)
        return {event["jobID"]: event["jobResult"] for event in found}

    @property
    def summaries(self) -> Mapping[str, str]:
        """What stands in the job summary, by job and step: `promote.promote`."""
        found = (event for event in self.events if event.get("command") == "summary")
        return {f"{e['jobID']}.{e['stepID'][0]}": str(e["content"]) for e in found}

    @property
    def annotations(self) -> list[tuple[str, str]]:
        """Level and message of what the runner took for an annotation."""
        levels = ("error", "warning", "notice")
        found = (event for event in self.events if event.get("command") in levels)
        return [(event["command"], str(event["arg"])) for event in found]


@dataclass(slots=True)
class Runner:
    """Runs workflows in one repository; each run has a number, and artifacts by that number."""

    image: str
    base: str
    directory: Path
    repository: str
    """Its name: `my-org/my-repo`."""
    variables: Mapping[str, str]
    """What the surroundings of every job say: where CodeArtifact and STS are."""
    tokens: Callable[[Mapping[str, Any]], Mapping[str, str]]
    last_run: int = 1000
    answers: dict[str, Any] = field(default_factory=dict)
    """What GitHub says of each run and of commits, by the path of its API."""
    seconds: list[float] = field(default_factory=list)
    """How long each run took."""

    def __post_init__(self) -> None:
        for name in ("repository", "seen", "artifacts", "ours", "home"):
            (self.directory / name).mkdir()
        for command in (
            ("init", "--quiet"),
            ("remote", "add", "origin", f"https://github.com/{self.repository}"),
            ("-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x", "--allow-empty"),
        ):
            git = ("git", "-C", self.directory / "repository", *command)
            subprocess.run(git, check=True, timeout=60)
        action = (ROOT / "action.yml").read_text()
        runs = yaml.safe_load(action)["runs"]
        if runs != {"using": "docker", "image": runs["image"]}:
            raise AssertionError(f"action.yml runs otherwise than by an image: {runs}")
        ours = action.replace(f"image: {runs['image']}", f"image: docker://{self.image}")
        (self.directory / "ours" / "action.yml").write_text(ours)

    def run(
        self,
        workflow: Mapping[str, Any],
        *,
        event: str = "push",
        ref: str = "refs/heads/main",
        inputs: Mapping[str, str] | None = None,
        attempt: int = 1,
        seconds: float = 180,
    ) -> Done:
        """Run a workflow to its end, as the next of this repository, or as the last again."""
        self.last_run += attempt == 1
        self._publish(workflow, event)
        seen = self.directory / "seen"
        shutil.rmtree(seen)
        seen.mkdir()
        file = self.directory / "workflow.yml"
        file.write_text(yaml.safe_dump(prepared(workflow, self.tokens), sort_keys=False))
        payload = self.directory / "event.json"
        payload.write_text(json.dumps({"ref": ref, "inputs": dict(inputs or {})}))
        options = self._options(workflow, attempt)
        before = time.monotonic()
        done = subprocess.run(
            [ACT, event, "--json", "-W", file, "-e", payload, *options],
            check=False,
            cwd=self.directory / "repository",
            # Whoever runs these tests may have settings and secrets of their own for act.
            env={
                **os.environ,
                "HOME": str(self.directory / "home"),
                "XDG_CONFIG_HOME": str(self.directory / "home"),
                "XDG_CACHE_HOME": str(self.directory / "home"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        self.seconds.append(time.monotonic() - before)
        lines = done.stdout.splitlines()
        events = [json.loads(line) for line in lines if line[:1] == "{"]
        return Done(
            exit_code=done.returncode,
            events=events,
            log="\n".join(
                [
                    f"{event.get('jobID', 'act')}: {event['msg'].rstrip()}"
                    for event in events
                    if event.keys() & {"raw_output", "stepResult", "jobResult", "command"}
                    or event["level"] != "info"
                ]
                + [line for line in lines if line[:1] != "{"]
            ),
            seen={path.name: _seen(path.read_text()) for path in sorted(seen.iterdir())},
        )

    def artifact(self, name: str, *, run: int | None = None) -> str | None:
        """A file of one of the run's artifacts: `undo-1/undo.json`; None if it isn't there."""
        path = self.directory / "artifacts" / str(run or self.last_run) / name
        return path.read_text() if path.exists() else None

    def _publish(self, workflow: Mapping[str, Any], event: str) -> None:
        """Let GitHub know of this run, which is one of a commit on main."""
        here = f"repos/{self.repository}"
        self.answers[f"{here}/compare/main...c0ffee"] = {"status": "identical"}
        self.answers[f"{here}/actions/runs/{self.last_run}"] = {
            "head_repository": {"full_name": self.repository},
            "event": event,
            "path": f".github/workflows/{FILES.get(workflow['name'])}",
            "head_sha": "c0ffee",
        }
        (self.directory / "answers.json").write_text(json.dumps(self.answers))

    def _options(self, workflow: Mapping[str, Any], attempt: int) -> Iterator[str]:
        yield from ("-P", f"ubuntu-latest={self.base}", "--pull=false")
        yield from ("--secret", "GITHUB_TOKEN=of-the-run")
        yield from ("--no-cache-server", "--container-daemon-socket", "-", "--rm")
        yield from ("--local-repository", f"{OURS}={self.directory / 'ours'}")
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                uses = step.get("uses", "")
                if directory := STAND_INS.get(uses.partition("@")[0]):
                    yield from ("--local-repository", f"{uses}={HERE / 'actions' / directory}")
        mounts = {
            self.directory / "seen": "/seen",
            self.directory / "artifacts": "/artifacts",
            self.directory / "answers.json": "/answers.json:ro",
            HERE / "npm": "/usr/local/bin/npm:ro",
            HERE.parent / "harness" / "gh.py": "/usr/local/bin/gh:ro",
        }
        yield from ("--container-options", " ".join(f"-v {a}:{b}" for a, b in mounts.items()))
        variables = {
            **self.variables,
            "GH_ANSWERS": "/answers.json",
            "GITHUB_RUN_ID": str(self.last_run),
            "GITHUB_RUN_ATTEMPT": str(attempt),
        }
        for name, value in variables.items():
            yield from ("--env", f"{name}={value}")


def _seen(text: str) -> Mapping[str, str]:
    pairs = (line.removeprefix("SEEN_").partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs}
