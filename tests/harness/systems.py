"""Other CI systems: the commands that each takes out of its file in ``examples/ci``, and a machine.

The program and the emulator are real. Stand-ins are the commands of the systems: `docker run` gives
the program the variables, directories and files that it is told to, and nothing else;
`buildkite-agent` and `circleci` give a token to a job that may have one.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from codeartifact_emulator import Emulator
from codeartifact_status import REPOSITORY, __version__
from harness.runs import ENTRYPOINT

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "ci"
IMAGE = f"ghcr.io/{REPOSITORY.lower()}:{__version__}"


def text_of(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


GITLAB, RETENTION, BUILDSPEC, BUILDKITE, CIRCLECI = (
    yaml.safe_load(text_of(f"{name}.yml"))
    for name in ("gitlab-ci", "gitlab-retention", "buildspec", "buildkite", "circleci")
)
JENKINSFILE = text_of("Jenkinsfile")


# --- The commands, as each system takes them out of its file. ------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """What a system runs for one job: a script, by a shell, in the job's environment."""

    script: str
    shell: Sequence[str] = ("sh", "-e", "-c")
    arguments: Sequence[str] = ()


def of_gitlab(job: str) -> Step:
    return Step("\n".join({**GITLAB, **RETENTION}[job]["script"]))


def of_jenkins() -> Step:
    (script,) = re.findall(r"\bsh '''(.*?)'''", JENKINSFILE, re.DOTALL)
    # Groovy joins a line that ends with a backslash to the next one.
    return Step(script.replace("\\\n", ""), ("sh", "-xe", "-c"))


def of_codebuild() -> Step:
    build = BUILDSPEC["phases"]["build"]
    commands, after = "\n".join(build["commands"]), "\n".join(build["finally"])
    exported = " ".join(f'"{name}=${name}"' for name in BUILDSPEC["env"]["exported-variables"])
    # One shell for all; the phase fails if any command of it does.
    script = f"(\n{commands}\n)\ncode=$?\n{after}\nprintf '%s\\n' {exported}\nexit $code"
    return Step(script, ("sh", "-c"))


def buildkite_step(key: str) -> Mapping[str, Any]:
    (step,) = [step for step in BUILDKITE["steps"] if step["key"] == key]
    return step  # type: ignore[no-any-return]


def of_buildkite(key: str) -> Step:
    """A step; with the docker plugin, the `docker run` that this makes of its options."""
    step = buildkite_step(key)
    if "plugins" not in step:
        return Step("\n".join(step["command"]), ("bash", "-e", "-c"))
    ((name, options),) = step["plugins"][0].items()
    assert name == "docker#v5.13.0"
    assert options["mount-buildkite-agent"] is options["propagate-uid-gid"] is True
    words = ["docker", "run", "-t", "-i", "--rm", "--init"]
    words += ["--volume", "$PWD:/workdir", "--workdir", "/workdir", "-u", "$(id -u):$(id -g)"]
    for variable in ("BUILDKITE_JOB_ID", "BUILDKITE_BUILD_ID", "BUILDKITE_AGENT_ACCESS_TOKEN"):
        words += ["--env", variable]
    words += ["--volume", "$(command -v buildkite-agent):/usr/bin/buildkite-agent"]
    for variable in options["environment"]:
        words += ["--env", variable]
    words.append(options["image"])
    quoted = [f'"{word}"' for word in words] + [shlex.quote(word) for word in options["command"]]
    return Step(" ".join(quoted), ("bash", "-c"))


def of_circleci(job: str) -> Step:
    (run,) = [
        step["run"] for step in CIRCLECI["jobs"][job]["steps"] if isinstance(step.get("run"), dict)
    ]
    return Step(run["command"], ("bash", "-eo", "pipefail", "-c"))


def circleci_jobs() -> Mapping[str, Any]:
    """The jobs of the workflow: by name, when they are run."""
    entries = CIRCLECI["workflows"]["release"]["jobs"]
    return {name: job for entry in entries for name, job in entry.items()}


def of_docker_run(*arguments: str) -> Step:
    return Step(text_of("docker-run.sh"), ("sh", "-c"), ("docker-run.sh", *arguments))


PROMOTE = {
    "gitlab-ci.yml": of_gitlab("promote"),
    "Jenkinsfile": of_jenkins(),
    "buildspec.yml": of_codebuild(),
    "buildkite.yml": of_buildkite("promote"),
    "circleci.yml": of_circleci("promote"),
    "docker-run.sh": of_docker_run("v1.3.0", "."),
}
ROLL_BACK = {
    "gitlab-ci.yml": of_gitlab("rollback"),
    "circleci.yml": of_circleci("rollback"),
    "docker-run.sh": of_docker_run("back", "."),
}
OF_GITLAB = ("plan-retention", "apply-retention", "retention", "rollback-retention")
"""The jobs that scheduled pipelines have on GitLab."""


VARIABLES: Mapping[str, Mapping[str, str]] = {
    "gitlab-ci.yml": {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_PROJECT_PATH": "acme/widgets",
        "CI_JOB_ID": "7",
        "CI_COMMIT_TAG": "v1.3.0",
    },
    "Jenkinsfile": {
        "JENKINS_URL": "https://ci.acme.example/",
        "JOB_NAME": "acme/widgets/v1.3.0",
        "BUILD_NUMBER": "7",
        "TAG_NAME": "v1.3.0",
    },
    "buildspec.yml": {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/7",
        "CODEBUILD_BUILD_ID": "widgets:7f1c",
        "CODEBUILD_WEBHOOK_HEAD_REF": "refs/tags/v1.3.0",
        **BUILDSPEC["env"]["variables"],
    },
    "buildkite.yml": {
        "BUILDKITE": "true",
        "BUILDKITE_ORGANIZATION_SLUG": "acme",
        "BUILDKITE_PIPELINE_SLUG": "widgets",
        "BUILDKITE_BUILD_NUMBER": "7",
        "BUILDKITE_BUILD_ID": "b-7",
        "BUILDKITE_JOB_ID": "j-7",
        "BUILDKITE_AGENT_ACCESS_TOKEN": "of-the-agent",
        "BUILDKITE_TAG": "v1.3.0",
    },
    "circleci.yml": {
        "CIRCLECI": "true",
        "CIRCLE_PROJECT_USERNAME": "acme",
        "CIRCLE_PROJECT_REPONAME": "widgets",
        "CIRCLE_BUILD_NUM": "7",
        "CIRCLE_TAG": "v1.3.0",
    },
    "docker-run.sh": {},
}
SESSION_NAMES = {
    "gitlab-ci.yml": "acme-widgets-7",
    "Jenkinsfile": "acme-widgets-v1.3.0-7",
    "buildkite.yml": "acme-widgets-7",
    "circleci.yml": "acme-widgets-7",
}


# --- The commands of the systems. ----------------------------------------------------------------

DOCKER = '''
"""`docker run`: what it isn't told to give to the container, the container doesn't have."""
import json, os, pathlib, sys

given = json.loads(pathlib.Path(__file__).with_name("docker.json").read_text())
arguments = sys.argv[1:]
assert arguments.pop(0) == "run"
environment, volumes, workdir = {}, {}, None
while arguments[0].startswith("-"):
    option = arguments.pop(0)
    if option in ("--rm", "--init", "-t", "-i"):
        continue
    value = arguments.pop(0)
    if option == "--env":
        assert "=" not in value
        if value in os.environ:
            environment[value] = os.environ[value]
    elif option == "--volume":
        source, target = value.removesuffix(":ro").split(":")
        volumes[target] = source
    elif option == "--workdir":
        workdir = value
    else:
        assert option in ("--user", "-u"), option
assert arguments.pop(0) == given["image"]
# The endpoint of the credentials, which isn't on this machine.
if environment.pop("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", None):
    environment.update(given["credentials"])
inside = pathlib.Path(given["bin"])
for target, source in volumes.items():
    if target.startswith("/usr/bin/"):
        (inside / pathlib.Path(target).name).symlink_to(source)
os.chdir(volumes[workdir])
environment.update(given["network"], PATH=f"{inside}:/usr/bin:/bin", HOME="/")
words = given["program"] + [volumes.get(argument, argument) for argument in arguments]
os.execve(words[0], words, environment)
'''

# Its job is known to the agent by two variables, in a container, too.
BUILDKITE_AGENT = """#!/bin/sh
set -eu
: "$BUILDKITE_JOB_ID" "$BUILDKITE_AGENT_ACCESS_TOKEN"
case "$*" in
  "oidc request-token --audience sts.amazonaws.com") cat "{home}/token" ;;
  "artifact download status.md . --step promote") cp "{home}/artifacts/status.md" . ;;
  "annotate --context codeartifact-status --style info") cat > "{home}/annotation" ;;
  *) echo "no such command: $*" >&2; exit 64 ;;
esac
"""
CIRCLECI_CLI = """#!/bin/sh
case "$*" in
  'run oidc get --claims {{"aud": "sts.amazonaws.com"}}') cat "{home}/token" ;;
  'run oidc get --claims {{"aud": "sts.amazonaws.com"}} --root-issuer') cat "{home}/token" ;;
  *) echo "no such command: $*" >&2; exit 64 ;;
esac
"""


@dataclass(slots=True)
class Machine:
    """A machine of a CI system: its commands, and the directory of the job."""

    emulator: Emulator
    home: Path
    system: str
    program: Sequence[str] = (sys.executable, "-I", str(ENTRYPOINT))
    workspace: Path = field(init=False)
    secrets: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = self.home / "workspace"
        for name in ("workspace", "bin", "inside", "tmp", "artifacts"):
            (self.home / name).mkdir()
        token = self.emulator.identity_token()
        (self.home / "token").write_text(token)
        keys = self.emulator.environment(user=True)
        credentials = {name: keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        match self.system:
            case "gitlab-ci.yml":
                (declared,) = GITLAB["promote"]["id_tokens"].items()
                self.secrets[declared[0]] = self.emulator.identity_token(declared[1]["aud"])
                self._command("codeartifact-status", self._itself())
            case "Jenkinsfile":
                self.secrets["ID_TOKEN_FILE"] = str(self.home / "token")
                self._command("codeartifact-status", self._itself())
            case "circleci.yml":
                self._command("circleci", CIRCLECI_CLI.format(home=self.home))
                self._command("codeartifact-status", self._itself())
            case "buildkite.yml":
                self._command("buildkite-agent", BUILDKITE_AGENT.format(home=self.home))
                self._docker({})
            case "buildspec.yml":
                self._docker(credentials)
            case "docker-run.sh":
                self.secrets.update(credentials)
                self._docker({})

    def run(self, step: Step, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step as the system does, with its variables."""
        environment = {
            "PATH": f"{self.home / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "CODEBUILD_SRC_DIR": str(self.workspace),
            **self._network(),
            **VARIABLES[self.system],
            **self.secrets,
            **variables,
        }
        return subprocess.run(
            [*step.shell, step.script, *step.arguments],
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def keep_artifacts(self, paths: Sequence[str]) -> None:
        """Take these files out of the workspace, as the system does after each step."""
        for path in paths:
            (self.workspace / path).rename(self.home / "artifacts" / path)

    def outputs(self) -> dict[str, str]:
        lines = (self.workspace / "status.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)  # type: ignore[misc]

    def summary(self) -> str:
        return (self.workspace / "status.md").read_text(encoding="utf-8")

    def _network(self) -> dict[str, str]:
        """Where AWS is: the one thing that no container has to be told."""
        variables = self.emulator.environment()
        return {name: url for name, url in variables.items() if name.startswith("AWS_ENDPOINT_URL")}

    def _itself(self) -> str:
        return f'#!/bin/sh\nexec {shlex.join(self.program)} "$@"\n'

    def _docker(self, credentials: Mapping[str, str]) -> None:
        given = {
            "image": IMAGE,
            "credentials": credentials,
            "bin": str(self.home / "inside"),
            "network": self._network(),
            "program": self.program,
        }
        (self.home / "bin" / "docker.json").write_text(json.dumps(given))
        self._command("docker", f"#!{sys.executable} -IS\n{DOCKER}")

    def _command(self, name: str, text: str) -> None:
        path = self.home / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
